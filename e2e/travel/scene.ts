// What the tests of old worlds, second leaders and bad connections share: a cluster with flow files in its queues, and what was
// done to it. It is counted where nobody can be mistaken: in the audit log, in NiFi's own log and on the disks.

import assert from 'node:assert/strict';
import { podName } from '../../api/v1/labels.ts';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { entriesOf } from '../bench/requests.ts';
import { type AuditEntry, WRITE_VERBS } from '../controlplane/audit.ts';
import { aNamespace, type ClusterHandle } from '../lab/cluster.ts';
import type { Lab } from '../lab/lab.ts';
import type { PlayedFlow } from '../nifi/flow/played-flow.ts';

export const patient = { timeoutMs: 180_000, everyMs: 50 };
/** A change that every node must be restarted for. */
export const aChange = { spec: { node: { config: { nifiProperties: { 'nifi.queue.swap.threshold': '40000' } } } } };

export const queuedOnEach = 200;

/** Of 2.6.0, in a namespace of its own. The operator runs already, or is started next. */
export async function create(lab: Lab, namespace: string, spec: Partial<NiFiClusterSpec>): Promise<ClusterHandle> {
  return (await aNamespace(lab, namespace)).create('prod', { version: '2.6.0', ...spec });
}

/** Puts flow files on each of these nodes, and has their sources go on. */
export function play(lab: Lab, { namespace, name }: ClusterHandle, ids: readonly number[]): PlayedFlow {
  const flow = lab.nifi.play(`${namespace}/${name}`, { producePerSecond: 20, backPressure: 100_000 });
  for (const id of ids) lab.nifi.nodeOfPod(namespace, podName(name, id)).produce(queuedOnEach, flow.connectionId);
  return flow;
}

export function assertNothingLost(flow: PlayedFlow): void {
  flow.stop();
  const { produced, consumed, queued, lost } = flow.counts();
  assert.ok(produced >= queuedOnEach, 'the sources went on');
  assert.deepEqual([lost, produced], [0, consumed + queued]);
}

/** Writes of the operators to a cluster's objects that were carried out, oldest first; not status, events and kept Leases. */
export async function writesTo(lab: Lab, { namespace }: ClusterHandle, since: Date): Promise<readonly AuditEntry[]> {
  const entries = await entriesOf(lab, { since, namespace }, (line) => line.includes('"userAgent":"nifi-operator'));
  return entries.filter(
    ({ verb, code, objectRef: { resource, subresource } }) =>
      WRITE_VERBS.includes(verb) &&
      code < 300 &&
      subresource === '' &&
      (verb === 'delete' || !['events', 'leases'].includes(resource)),
  );
}

/** `delete pods/prod-1`. */
export function named({ verb, objectRef: { resource, name } }: AuditEntry): string {
  return `${verb} ${resource}/${name}`;
}

/** Names of the Pods that an operator deleted, in order. */
export function podsDeleted(writes: readonly AuditEntry[]): readonly string[] {
  return writes
    .filter(({ verb, objectRef }) => verb === 'delete' && objectRef.resource === 'pods')
    .map(({ objectRef }) => objectRef.name);
}

/** What NiFi was told to do with nodes and did, as `PUT` and `DELETE`, oldest first. */
export function movesIn(lab: Lab, { namespace }: ClusterHandle, since: Date): readonly string[] {
  return lab.nifi.log
    .list(({ namespace: asked, at, status }) => asked === namespace && at >= since && status < 300)
    .filter(({ method, path }) => method !== 'GET' && path.includes('/controller/cluster/nodes/'))
    .map(({ method }) => method);
}
