// Makes a cluster view out of a node's answer, or refuses to: a node that is not connected in its own answer is no witness. Pure.
// Also the agreement between views: NiFi's coordinator may be stale, so what is about to be trusted can be asked of two.
// Surprising: NiFi lists a node that rejoined under a new id twice for a moment; only the entry that is connected counts then.

import type { ClusterNode } from './endpoints/cluster.ts';
import type { ClusterView, NodeAddress, NodeConnection, ViewNode } from './types.ts';

/** The answer cannot be believed: the node that gave it is itself not a connected member. */
export class RejectedViewError extends Error {
  override readonly name = 'RejectedViewError';
}

export interface ViewInput {
  readonly nodes: readonly ClusterNode[];
  /** The node that was asked. */
  readonly asked: NodeAddress;
  readonly known: readonly NodeAddress[];
  /** The view before, for how long a status has lasted. */
  readonly previous: ClusterView | undefined;
  /** When the request was sent. */
  readonly takenAtMs: number;
}

/** Throws RejectedViewError unless the asked node is CONNECTED in its own answer. */
export function makeView(input: ViewInput): ClusterView {
  const { asked, takenAtMs } = input;
  const own = input.nodes.filter((node) => isAt(node, asked));
  if (!own.some((node) => node.status === 'CONNECTED')) {
    const status = own[0]?.status ?? 'unknown';
    throw new RejectedViewError(`Node ${asked.id} is ${status} in its own view`);
  }
  const before = new Map(input.previous?.nodes.map((node) => [node.nodeId, node]));
  const nodes = input.nodes.map((node): ViewNode => {
    const old = before.get(node.nodeId);
    const id = input.known.find((each) => isAt(node, each))?.id;
    const sinceMs = old?.status === node.status ? old.sinceMs : takenAtMs;
    return { ...node, sinceMs, ...(id === undefined ? {} : { id }) };
  });
  return { takenAtMs, takenFrom: asked.id, nodes };
}

/** Whether two views say the same about membership, states and roles (queues and heartbeats always differ). */
export function sameView(a: ClusterView, b: ClusterView): boolean {
  return summary(a) === summary(b);
}

/** The entry for a node of the cluster; of two, the connected one. */
export function nodeIn(view: ClusterView, id: number): ViewNode | undefined {
  const entries = view.nodes.filter((node) => node.id === id);
  return entries.find((node) => node.status === 'CONNECTED') ?? entries[0];
}

/** The ids that a view calls CONNECTED. */
export function connectedIn(view: ClusterView): readonly number[] {
  return view.nodes.flatMap((node) => (node.status === 'CONNECTED' && node.id !== undefined ? [node.id] : []));
}

/** A node that is CONNECTING, in which case NiFi refuses changes; undefined when there is none. */
export function connectingIn(view: ClusterView): ViewNode | undefined {
  return view.nodes.find((node) => node.status === 'CONNECTING');
}

/**
 * The state of a node on which all views agree; undefined when they do not, when one does not know the node, or when there are
 * fewer views than `witnesses` taken from different nodes other than the node itself.
 */
export function agreedStatus(
  views: readonly (ClusterView | undefined)[],
  id: number,
  witnesses: number,
): NodeConnection | undefined {
  const others = views.filter((view) => view !== undefined && view.takenFrom !== id);
  const states = new Set(others.map((view) => view && nodeIn(view, id)?.status));
  const sources = new Set(others.map((view) => view?.takenFrom));
  return sources.size >= witnesses && states.size === 1 ? [...states][0] : undefined;
}

function isAt(node: ClusterNode, address: NodeAddress): boolean {
  return node.apiPort === address.port && (node.address === address.host || node.address === address.ip);
}

function summary(view: ClusterView): string {
  const lines = view.nodes.map((node) => [node.nodeId, node.id, node.address, node.status, ...[...node.roles].sort()]);
  return JSON.stringify(lines.map(String).sort());
}
