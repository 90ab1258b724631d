// What NiFi says of a node, as far as it may be believed: by another node's view, not older than a few seconds.
// A node's own view counts only where nobody else could be asked. Unknown is never taken for disconnected: what may not be
// known is answered with undefined or `Unknown`, and callers wait.

import { hostName } from '../../../../api/v1/labels.ts';
import type { ClusterView, NodeConnection, NodeReport, ViewNode } from '../../../../pkg/nifi/types.ts';
import type { PlanInput } from '../input.ts';
import { nothingRunsIn } from '../stuck.ts';
import type { ObservedPod, World } from '../world.ts';
import { oncePer } from './once.ts';

/** An older answer decides nothing. It allows for the call and the way back through the queue. */
const freshMs = 5_000;

export interface Connection {
  /** `Absent`: the view has no entry of this node. `Unknown`: there is no view that may be believed about it. */
  readonly state: NodeConnection | 'Absent' | 'Unknown';
  readonly entry: ViewNode | undefined;
  readonly fresh: boolean;
  /** When the view was asked for, monotonic. */
  readonly takenAtMs: number;
}

type Known = Pick<PlanInput, 'cluster' | 'world' | 'monotonicMs'>;

export function connectionOf(input: Known, id: number): Connection {
  const view = viewBesides(input, id);
  if (view === undefined) return { state: 'Unknown', entry: undefined, fresh: false, takenAtMs: 0 };
  const entry = entryOf(input, view, id);
  const { takenAtMs } = view;
  return { state: entry?.status ?? 'Absent', entry, fresh: isFresh(input, takenAtMs), takenAtMs };
}

export function isFresh({ monotonicMs }: Pick<PlanInput, 'monotonicMs'>, takenAtMs: number): boolean {
  return monotonicMs - takenAtMs <= freshMs;
}

/** The newest view that was asked of another node; a node's own when no other node runs. */
export function viewBesides({ world }: Pick<Known, 'world'>, id: number): ClusterView | undefined {
  const { views, ready } = wordsOf(world);
  const alone = ready.size === (ready.has(id) ? 1 : 0);
  return views.find(({ takenFrom }) => takenFrom !== id || alone);
}

/** Every view, the newest first, and the nodes whose process calls itself connected. */
const wordsOf = oncePer(({ view, opinions, pods }: World) => ({
  views: [view, ...opinions.values()].filter((one) => one !== undefined).toSorted((a, b) => b.takenAtMs - a.takenAtMs),
  ready: new Set([...pods.values()].filter(({ container }) => container?.ready === true).map(({ id }) => id)),
}));

/** By its address: the gateway knows ids only of nodes whose process runs. Of two entries, the connected one. */
export function entryOf({ cluster }: Pick<Known, 'cluster'>, view: ClusterView, id: number): ViewNode | undefined {
  const { byId, byAddress } = entriesOf(view);
  const entries = [...(byId.get(id) ?? []), ...(byAddress.get(hostName(cluster.name, id, cluster.namespace)) ?? [])];
  // In the order of the view.
  const sorted = entries.toSorted((a, b) => a.at - b.at);
  return (sorted.find(({ node }) => node.status === 'CONNECTED') ?? sorted[0])?.node;
}

const entriesOf = oncePer(({ nodes }: ClusterView) => {
  const entries = nodes.map((node, at) => ({ node, at }));
  return {
    byId: Map.groupBy(entries, ({ node }) => node.id),
    byAddress: Map.groupBy(entries, ({ node }) => node.address),
  };
});

/** Ready by its own word, and connected by another's. */
export function isUp(input: Known, id: number): boolean {
  const pod = input.world.pods.get(id);
  return pod?.ready === true && !pod.deleting && connectionOf(input, id).state === 'CONNECTED';
}

/** Whether taking the node down takes something from the cluster; `unknown` until NiFi has answered. */
export function countsAsConnected(input: Known & Pick<PlanInput, 'now'>, id: number): boolean | 'unknown' {
  const pod = input.world.pods.get(id);
  if (pod === undefined || pod.deleting || nothingRunsIn(pod)) return false;
  const { state, fresh } = connectionOf(input, id);
  const saysItselfReady = pod.container?.ready === true;
  if (fresh && state === 'CONNECTED') return true;
  // Of a node that we disconnected the view is enough; of another one it may be the coordinator that is mistaken.
  if (fresh) return saysItselfReady && pod.disconnectedBy === undefined ? 'unknown' : false;
  // Nobody can be asked: no process calls itself connected. The probe's own word, because the Pod's condition also turns
  // when a Kubernetes node is lost on which NiFi goes on.
  return wordsOf(input.world).ready.size === 0 && !mayStall(input, pod) ? false : 'unknown';
}

const stallsMs = 60_000;

/** A process that called itself connected a moment ago may only be slow to say so again, above all the last one that has all the work. */
function mayStall({ now }: Pick<PlanInput, 'now'>, { container, readySinceMs }: ObservedPod): boolean {
  const startedAtMs = container?.started === true ? container.startedAtMs : undefined;
  if (readySinceMs === undefined || startedAtMs === undefined) return false;
  return readySinceMs > startedAtMs && now.getTime() - readySinceMs < stallsMs;
}

/** What the process that runs in this Pod said of itself at `sinceMs` or later, apart from the cluster. */
export function ownWord(input: Known, id: number, sinceMs: number): NodeReport | undefined {
  const report = input.world.reports.get(id);
  const current = report !== undefined && report.podUid === input.world.pods.get(id)?.uid;
  if (!current || report.connectedToCluster) return undefined;
  return isFresh(input, report.takenAtMs) && report.takenAtMs >= sinceMs ? report : undefined;
}

/** `node 3 is CONNECTING`: why a node counts as down, in the words of whoever knows best. */
export function downWords(input: Known, id: number): string {
  const pod = input.world.pods.get(id);
  if (pod === undefined) return `node ${id} has no Pod`;
  if (isUp(input, id)) return `node ${id} goes first`;
  if (pod.deleting) return `the Pod of node ${id} is being deleted`;
  const { state } = connectionOf(input, id);
  if (nothingRunsIn(pod)) return `node ${id} does not run (${pod.container?.waitingReason ?? pod.phase})`;
  if (state === 'Unknown') return `nothing is known of node ${id}`;
  if (state === 'Absent')
    return `node ${id} ${input.cluster.members.includes(id) ? 'has not joined yet' : 'is leaving'}`;
  return state === 'CONNECTED' ? `node ${id} is not ready` : `node ${id} is ${state}`;
}
