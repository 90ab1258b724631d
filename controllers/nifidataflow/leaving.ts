// How a dataflow leaves a NiFi: because its object is deleted, or because it names another cluster now.
// A move is a leave and then a beginning: while the former cluster cannot be worked with, nothing is made in the new one.
// A crash after the flow has left, and before the object says so, costs one more look.

import { annotations } from '../../api/v1/labels.ts';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import { isConflict, isNotFound } from '../../pkg/kube/errors.ts';
import { keyOf, type ObjectKey } from '../../pkg/kube/types.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import type { GatewayTask, TaskState } from '../../pkg/nifi/types.ts';
import type { ClusterState } from '../nifi/cluster.ts';
import { isLeftBehind } from '../nifi/finalizer.ts';
import type { Outcome, Scene } from '../nifi/kind.ts';
import { type Verdict, working } from '../nifi/verdict.ts';
import { type Search, withdrawFlow } from './apply.ts';
import type { FlowMemory } from './memory.ts';
import { isSamePlace, leavingFrom, type Place, placeOf, placePatch } from './place.ts';
import type { LeaveWish } from './plan/leave.ts';
import { verdictOfFlowTask } from './refusal.ts';
import { type FlowFacts, factsIn, requestAfter } from './status.ts';

type Flow = DefaultedNiFiDataflow;

export interface LeavingOptions {
  readonly client: Pick<KubeApi, 'patch'>;
  readonly siblingsOf: (namespace: string) => readonly Flow[];
  readonly clusterNamed: (key: ObjectKey) => ClusterState;
}

/** The events of another cluster do not tell; a look costs no call. */
const lookMs = 5_000;

/** Of one object at one time, leaving one cluster. */
type LeavingScene = Omit<Scene<Flow>, 'references'>;

/** Takes it out of the cluster where it was before; undefined when it is in no other cluster any more. */
export async function leaveFormer(
  scene: LeavingScene,
  memory: FlowMemory,
  options: LeavingOptions,
): Promise<Outcome<FlowFacts> | undefined> {
  const { object, key, reader } = scene;
  const place = placeOf(object);
  const cluster = object.spec.clusterRef.name;
  if (place === undefined || place.cluster === cluster) return undefined;
  const status = factsIn(object);
  if (!isLeftBehind(object)) {
    const former = options.clusterNamed({ namespace: key.namespace, name: place.cluster });
    if (former.state === 'unready') {
      const verdict = waitingFor(place.cluster, former.verdict);
      return { verdict, status, againMs: lookMs };
    }
    // Before anything of it is stopped there: the spec may be changed back.
    if (former.state === 'ready' && !(await keepPlace(options.client, object, leavingFrom(place))))
      return { verdict: moving, status };
    const outcome = former.state === 'gone' ? undefined : leave({ ...scene, ...former }, memory, options);
    if (outcome !== undefined) return { ...outcome, againMs: lookMs };
    if (former.state === 'ready') former.gateway.release(reader);
  }
  for (const field of Object.keys(memory) as (keyof FlowMemory)[]) delete memory[field];
  const written = await keepPlace(options.client, object, { cluster, parents: [] });
  return written ? undefined : { verdict: moving, status };
}

/** Takes it out of this cluster; undefined when nothing is left there that has to go. */
export function leave(
  scene: LeavingScene,
  memory: FlowMemory,
  { siblingsOf }: LeavingOptions,
): Outcome<FlowFacts> | undefined {
  const { object, gateway, reader, now } = scene;
  const { metadata, spec, status } = object;
  if (spec.deletionPolicy === 'Orphan') return undefined;
  const { namespace = '', name, uid = '' } = metadata;
  const wish: LeaveWish = {
    owner: { kind: reader.kind, namespace, name, uid },
    name: spec.displayName ?? name,
    state: spec.state,
    deletionPolicy: spec.deletionPolicy,
  };
  const drop = metadata.annotations?.[annotations.dropQueues] === 'true';
  const from = placeOf(object)?.cluster ?? spec.clusterRef.name;
  const places = placesOf(scene);
  if (places === undefined) return { verdict: withdrawing, status: factsIn(object) };
  const search = { ...places, others: othersAmong(siblingsOf(namespace), uid) };
  const state = ask(gateway, withdrawFlow({ wish, search, drop, from, reader, memory }), memory);
  if (state.state === 'done') return undefined;
  const request = requestAfter(status?.lastRequest, { memory, due: undefined, state, now });
  const verdict = memory.verdict ?? verdictOfFlowTask(state, withdrawing);
  return { verdict, status: { ...factsIn(object), ...(request && { lastRequest: request }) } };
}

/** UIDs of all but this one. */
export function othersAmong(flows: readonly Flow[], uid: string | undefined): readonly string[] {
  return flows.flatMap(({ metadata }) => (metadata.uid === undefined || metadata.uid === uid ? [] : [metadata.uid]));
}

/**
 * Somebody may have taken the annotation away: then its mark is looked for where the spec puts it. Undefined while NiFi has not told
 * which groups have the parent's name.
 */
function placesOf({ object, gateway, reader }: LeavingScene): Pick<Search, 'parents' | 'knownId'> | undefined {
  const place = placeOf(object);
  if (place !== undefined) return { parents: place.parents, knownId: place.id };
  const { id, name } = object.spec.parentProcessGroup ?? {};
  if (name === undefined) return { parents: [id?.toLowerCase() ?? 'root'], knownId: undefined };
  const root = gateway.flows.groups('root', Number.POSITIVE_INFINITY, reader);
  const named = root?.groups.filter((group) => group.name === name).map((group) => group.id);
  return named && { parents: ['root', ...named], knownId: undefined };
}

/** Runs the task; what the former one ended with is not about this one. */
export function ask(gateway: Gateway, task: GatewayTask, memory: FlowMemory): TaskState {
  if (memory.input !== task.input) memory.verdict = undefined;
  memory.input = task.input;
  return gateway.run(task);
}

/** Writes where it is or may be; false when the object has gone on, whose own event brings it again. */
export async function keepPlace(client: Pick<KubeApi, 'patch'>, object: Flow, place: Place): Promise<boolean> {
  if (isSamePlace(placeOf(object), place)) return true;
  const { uid } = object.metadata;
  try {
    const options = uid === undefined ? {} : { uid };
    await client.patch(nifiDataflowType, keyOf(object), placePatch(uid, place), options);
    return true;
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return false;
    throw error;
  }
}

const withdrawing = working('Withdrawing', 'the flow is being taken out of NiFi');
const moving = working('Applying', 'the flow is moved to another cluster');

function waitingFor(cluster: string, { is, reason, message }: Verdict): Verdict {
  const way = `annotate it with ${annotations.leaveBehind}=true to leave there what it has`;
  return { is, reason, message: `the flow is still in the NiFiCluster ${cluster}: ${message}; ${way}` };
}
