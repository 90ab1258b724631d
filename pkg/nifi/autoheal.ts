// Decides which disconnected nodes NiFi should take back. Pure: the view, the marks and the clock come in, decisions with reasons go out.
// It must never reconnect a node that a person took out, that is leaving, or that the operator still wants down.
// Surprising: a node whose disconnection nothing explains is left alone. A NiFi that restarted has forgotten its events, and the
// forgotten one may have been a person's; a node that merely lost its coordinator comes back by its own heartbeat.

import { type DisconnectCause, disconnectCause } from './events.ts';
import type { ClusterView, ViewNode } from './types.ts';

/** How often the operator has asked NiFi to take one node back. */
export interface ReconnectAttempts {
  readonly count: number;
  /** When the last one was asked for, monotonic. */
  readonly lastAtMs: number;
}

export interface AutoHealInput {
  readonly view: ClusterView;
  /** The time of the decision, monotonic. */
  readonly nowMs: number;
  /** `autoHeal.reconnectAfter` in milliseconds; undefined turns it off for all but the operator's own disconnections. */
  readonly reconnectAfterMs: number | undefined;
  /** Ids that belong to the cluster and are not leaving. */
  readonly members: ReadonlySet<number>;
  /** Ids whose Pod carries the mark `disconnected-by`: the operator disconnected them. */
  readonly markedDisconnected: ReadonlySet<number>;
  /** Ids that the operator wants down right now (a restart or an offload is under way). */
  readonly wantedDown: ReadonlySet<number>;
  /** When each node was last wanted down, monotonic; one that never was is not named. */
  readonly lastDownAtMs?: ReadonlyMap<number, number>;
  /** The operator's NiFi identity: a request in its name is no person's. */
  readonly operatorIdentity: string;
  readonly attempts: ReadonlyMap<number, ReconnectAttempts>;
  /** The longest pause between two attempts for one node; 10 minutes when absent. */
  readonly maxBackoffMs?: number;
}

export type AutoHealDecision =
  | { readonly id: number; readonly nodeId: string; readonly reconnect: true; readonly reason: ReconnectReason }
  | {
      readonly id: number;
      readonly nodeId: string;
      readonly reconnect: false;
      readonly reason: LeaveReason;
      /** When asking again may change the answer, monotonic. */
      readonly againAtMs?: number;
    };

export type ReconnectReason = 'DisconnectedByOperator' | 'DisconnectedByNiFi';
export type LeaveReason =
  | 'NotMember'
  | 'WantedDown'
  | 'DisconnectedByPerson'
  | 'Unexplained'
  | 'Disabled'
  | 'TooEarly'
  | 'BackingOff'
  | 'NodeConnecting';

/** A process that has just come up joins by itself within this time, also after a disconnection in the operator's name. */
const JOINS_WITHIN_MS = 15_000;
const FIRST_BACKOFF_MS = 60_000;
const MAX_BACKOFF_MS = 600_000;

/**
 * Decides about every node that NiFi's view calls DISCONNECTED or OFFLOADED, in the view's order.
 * At most one node is taken back at a time: NiFi refuses flow changes while any node is CONNECTING.
 */
export function planAutoHeal(input: AutoHealInput): readonly AutoHealDecision[] {
  const decisions: AutoHealDecision[] = [];
  let busy = input.view.nodes.some((node) => node.status === 'CONNECTING');
  for (const node of input.view.nodes) {
    if (node.id === undefined || (node.status !== 'DISCONNECTED' && node.status !== 'OFFLOADED')) {
      continue;
    }
    const decision = decide(input, node, node.id, busy);
    busy ||= decision.reconnect;
    decisions.push(decision);
  }
  return decisions;
}

function decide(input: AutoHealInput, node: ViewNode, id: number, busy: boolean): AutoHealDecision {
  const leave = (reason: LeaveReason, againAtMs?: number): AutoHealDecision => ({
    id,
    nodeId: node.nodeId,
    reconnect: false,
    reason,
    ...(againAtMs === undefined ? {} : { againAtMs }),
  });
  if (!input.members.has(id)) {
    return leave('NotMember');
  }
  if (input.wantedDown.has(id)) {
    return leave('WantedDown');
  }
  const joinsUntilMs = (input.lastDownAtMs?.get(id) ?? Number.NEGATIVE_INFINITY) + JOINS_WITHIN_MS;
  if (input.nowMs < joinsUntilMs) {
    return leave('TooEarly', joinsUntilMs);
  }
  const reason = whoseDisconnect(input, node, id);
  if (reason !== 'DisconnectedByOperator' && reason !== 'DisconnectedByNiFi') {
    return leave(reason);
  }
  if (reason === 'DisconnectedByNiFi') {
    if (input.reconnectAfterMs === undefined) {
      return leave('Disabled');
    }
    const dueAtMs = node.sinceMs + input.reconnectAfterMs;
    if (input.nowMs < dueAtMs) {
      return leave('TooEarly', dueAtMs);
    }
  }
  const pausedUntilMs = backoffUntil(input, id);
  if (input.nowMs < pausedUntilMs) {
    return leave('BackingOff', pausedUntilMs);
  }
  return busy ? leave('NodeConnecting') : { id, nodeId: node.nodeId, reconnect: true, reason };
}

function whoseDisconnect(input: AutoHealInput, node: ViewNode, id: number): ReconnectReason | LeaveReason {
  const cause: DisconnectCause = disconnectCause(node.events, input.operatorIdentity);
  switch (cause.by) {
    case 'person':
      return 'DisconnectedByPerson';
    case 'operator':
      return 'DisconnectedByOperator';
    case 'nifi':
      return input.markedDisconnected.has(id) ? 'DisconnectedByOperator' : 'DisconnectedByNiFi';
    case 'unknown':
      return input.markedDisconnected.has(id) ? 'DisconnectedByOperator' : 'Unexplained';
    default:
      return cause.by satisfies never;
  }
}

function backoffUntil(input: AutoHealInput, id: number): number {
  const attempts = input.attempts.get(id);
  if (attempts === undefined || attempts.count === 0) {
    return Number.NEGATIVE_INFINITY;
  }
  const longest = input.maxBackoffMs ?? MAX_BACKOFF_MS;
  return attempts.lastAtMs + Math.min(longest, FIRST_BACKOFF_MS * 2 ** (attempts.count - 1));
}
