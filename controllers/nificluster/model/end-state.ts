// What a run is to end in: everything as the spec says, and nothing else left. A pure function of the spec, so a run with
// faults must end as one without.

import { annotations, labels } from '../../../api/v1/labels.ts';
import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import { configMaps, type Pod, persistentVolumeClaims, pods } from '../../../pkg/kube/resources.ts';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import { type NodeRecord, readRecord } from '../build/record.ts';
import { membersOf } from '../plan/membership.ts';
import { canary, key } from './names.ts';
import { SharedRenders } from './shared-renders.ts';
import type { ModelWorld } from './world.ts';

/** Node → what is there for it; without names and UIDs that are made anew. */
export type EndState = Readonly<Record<number, { readonly inputs: string; readonly volumes: readonly string[] }>>;

export function endStateOf({ api }: ModelWorld): EndState {
  const records = [...api.snapshot(configMaps).values()].filter(isPart('record'));
  return Object.fromEntries(
    records.map((object) => {
      const id = nodeOf(object);
      const record = readRecord(id, object);
      const volumes = [...api.snapshot(persistentVolumeClaims).values()].filter((claim) => nodeOf(claim) === id);
      const inputs = 'unreadable' in record ? record.unreadable : record.inputs;
      return [id, { inputs, volumes: volumes.map(({ metadata }) => metadata.name).toSorted() }];
    }),
  );
}

export function missingIn(world: ModelWorld): string | undefined {
  const members = membersOf(world.cluster.build().spec);
  if (members.length === 0) return world.api.snapshot(pods).size === 0 ? undefined : 'Pods of a cluster without nodes';
  for (const id of members) {
    const missing = missingOf(world, id);
    if (missing !== undefined) return `node ${id}: ${missing}`;
  }
  return leftOver(world, members) ?? untold(world);
}

/** The status says so too, of this generation, and of nothing that is under way. */
function untold({ api }: ModelWorld): string | undefined {
  const { metadata, status } = api.peek(nifiClusterType, key) ?? {};
  const conditions = status?.conditions ?? [];
  const ready = conditions.some((one) => one.type === 'Ready' && one.status === 'True');
  const busy = conditions.find((one) => one.type === 'Reconciling' || one.type === 'Stalled');
  if (ready && busy === undefined && status?.observedGeneration === metadata?.generation) return undefined;
  return `the status says ${busy?.message ?? 'not Ready'}`;
}

function missingOf(world: ModelWorld, id: number): string | undefined {
  const { api, nifi } = world;
  const pod = api.peek(pods, { ...key, name: `prod-${id}` });
  const stored = api.peek(configMaps, { ...key, name: `prod-${id}` });
  if (pod === undefined) return 'no Pod';
  if (stored === undefined) return 'no record';
  const record = readRecord(id, stored);
  if ('unreadable' in record) return 'its record cannot be read';
  if (record.removal !== undefined) return `its removal is ${record.removal.state}`;
  if (record.inputs !== desiredInputs(world, id)) return 'its record is not what the spec asks for';
  const process = nifi.processOf(pod.metadata.uid ?? '');
  const connected = process !== undefined && nifi.table.of(process)?.status === 'CONNECTED';
  return podMisses(world, pod, record) ?? (connected ? revisionsOf(world, record) : 'NiFi does not call it connected');
}

function podMisses(world: ModelWorld, pod: Pod, record: NodeRecord): string | undefined {
  const { deletionTimestamp, annotations: kept } = pod.metadata;
  if (deletionTimestamp !== undefined) return 'its Pod is going';
  if (kept?.[annotations.disconnectedBy] !== undefined) return 'its Pod is marked';
  if (kept?.[annotations.revision] !== record.revision) return 'its Pod runs another revision';
  if (isRestartDue(world, pod)) return 'its restart was asked for';
  const ready = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return ready === true ? undefined : 'its Pod is not ready';
}

/** By whole seconds, as Kubernetes keeps the time of a creation. */
function isRestartDue({ wishes }: ModelWorld, { metadata }: KubeObject): boolean {
  const second = (text: string): number => Math.floor(Date.parse(text) / 1_000);
  const made = second(metadata.creationTimestamp ?? '');
  return [metadata.annotations, wishes].some((all) => second(all?.[annotations.restartRequestedAt] ?? '') > made);
}

function revisionsOf({ api }: ModelWorld, { id, revision }: NodeRecord): string | undefined {
  const names = [...api.snapshot(configMaps).values()]
    .filter((object) => isPart('configuration')(object) && nodeOf(object) === id)
    .map(({ metadata }) => metadata.name);
  return names.length === 1 && names[0]?.endsWith(revision) ? undefined : `its configurations are ${names.join(', ')}`;
}

function leftOver({ api, nifi }: ModelWorld, members: readonly number[]): string | undefined {
  const objects = [pods, configMaps, persistentVolumeClaims].flatMap((type): readonly KubeObject[] => [
    ...api.snapshot(type as typeof pods).values(),
  ]);
  const left = objects.find((object) => {
    const id = nodeOf(object);
    return (
      !Number.isNaN(id) && !members.includes(id) && object.metadata.annotations?.[annotations.released] === undefined
    );
  });
  if (left !== undefined) return `${left.kind} ${left.metadata.name} is left`;
  const ghost = [...nifi.table.entries.values()].find(({ process }) => !members.includes(process.id));
  return ghost && `NiFi still has an entry of node ${ghost.process.id}`;
}

const renders = new SharedRenders();

function desiredInputs({ cluster, uid }: ModelWorld, id: number): string | undefined {
  const resolved = { ...cluster.validated().cluster, uid };
  return renders.get(resolved, JSON.stringify([uid, resolved.spec]), canary).desired.get(id)?.inputs;
}

function isPart(component: string): (object: KubeObject) => boolean {
  return (object) => object.metadata.labels?.[labels.component] === component;
}

function nodeOf(object: KubeObject): number {
  return Number(object.metadata.labels?.[labels.node] ?? 'none');
}
