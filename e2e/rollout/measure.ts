// What a rollout cost, from the logs of those who were asked: requests to Kubernetes, calls to NiFi, and the operator's own time.

import { hostName, podName } from '../../api/v1/labels.ts';
import { entriesOf, operatorRequests } from '../bench/requests.ts';
import type { ClusterHandle } from '../lab/cluster.ts';
import type { Requests } from '../lab/counting.ts';
import type { Lab } from '../lab/lab.ts';
import { type NodeOverhead, overheadOf } from './overhead.ts';
import { played } from './scene.ts';

export interface RolloutCost {
  readonly requests: Requests;
  /** `METHOD /path` with ids left out → how many calls NiFi had. */
  readonly nifiCalls: Readonly<Record<string, number>>;
  readonly nodes: readonly NodeOverhead[];
}

/** Of everything since a moment before the change; nobody else may have asked NiFi meanwhile. */
export async function rolloutCost(
  lab: Lab,
  cluster: ClusterHandle,
  ids: readonly number[],
  since: Date,
): Promise<RolloutCost> {
  const { namespace } = cluster;
  const calls = lab.nifi.log.list((call) => call.namespace === namespace && call.at >= since);
  const changes = calls.filter(({ method, path }) => method === 'PUT' && path.includes('/controller/cluster/nodes/'));
  const audit = await entriesOf(lab, { since, namespace }, (line) => !line.includes('"verb":"watch"'));
  const nifiCalls: Record<string, number> = {};
  for (const { method, path } of calls) {
    const call = `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gu, '{id}').replace(/\?.*$/u, '')}`;
    nifiCalls[call] = (nifiCalls[call] ?? 0) + 1;
  }
  return {
    requests: await operatorRequests(lab, { since, namespace }),
    nifiCalls,
    nodes: overheadOf({
      audit,
      disconnects: changes.map(({ at }) => at.getTime()),
      connected: connectedAt(lab, cluster, ids),
    }),
  };
}

function connectedAt(lab: Lab, cluster: ClusterHandle, ids: readonly number[]): ReadonlyMap<string, number> {
  const { table } = played(lab, cluster);
  const found = new Map<string, number>();
  for (const id of ids) {
    const address = hostName(cluster.name, id, cluster.namespace);
    const entry = table.all().find((candidate) => candidate.address === address);
    const event = entry && table.eventsOf(entry.nodeId).find(({ message }) => message.endsWith('Node connected.'));
    if (event) found.set(podName(cluster.name, id), event.at.getTime());
  }
  return found;
}
