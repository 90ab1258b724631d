// Which node to ask next: connected ones first, the one that answered last before others, and paused ones not at all. Pure.
// Surprising: nodes that do not look promising are rotated through, so that after some rounds every one of them has been asked.

import type { ClusterView, NodeAddress } from './types.ts';
import { connectedIn } from './view.ts';

export interface Choice {
  readonly nodes: readonly NodeAddress[];
  /** The last view, however old: a hint, not a truth. */
  readonly view: ClusterView | undefined;
  /** Whether the node's breaker keeps it from being asked. */
  readonly paused: (id: number) => boolean;
  /** Counts the rounds, for the rotation. */
  readonly round: number;
}

/** The ids to ask, best first. When all are paused, one is named nevertheless: somebody must find out that it is back. */
export function askOrder(choice: Choice): readonly number[] {
  const connected = new Set(choice.view === undefined ? [] : connectedIn(choice.view));
  const rank = (node: NodeAddress): number =>
    (node.ready === true ? 0 : 4) + (connected.has(node.id) ? 0 : 2) + (choice.view?.takenFrom === node.id ? 0 : 1);
  const turn = choice.nodes.length === 0 ? 0 : choice.round % choice.nodes.length;
  const rotated = [...choice.nodes.slice(turn), ...choice.nodes.slice(0, turn)];
  const ids = rotated.sort((a, b) => rank(a) - rank(b)).map((node) => node.id);
  const free = ids.filter((id) => !choice.paused(id));
  return free.length === 0 ? ids.slice(0, 1) : free;
}
