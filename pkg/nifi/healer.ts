// Carries the auto-heal decisions of one cluster out: runs the reconnect tasks, counts attempts, and asks to be called again in time.
// What it remembers is only how often it tried and who was down: after a restart of the operator both begin anew, which is harmless.

import type { Cancel, Clock } from '../kube/clock.ts';
import {
  type AutoHealDecision,
  type AutoHealInput,
  planAutoHeal,
  type ReconnectAttempts,
  type ReconnectReason,
} from './autoheal.ts';
import { reconnectNode } from './tasks/reconnect.ts';
import type { ClusterView, GatewayTask, TaskState } from './types.ts';
import { nodeIn } from './view.ts';

/** What the controller knows and the gateway does not. */
export type HealWish = Omit<AutoHealInput, 'view' | 'nowMs' | 'attempts' | 'lastDownAtMs'> & {
  /** Called when NiFi has accepted to take the node back. */
  readonly asked?: (id: number, reason: ReconnectReason) => void;
};

export interface HealerOptions {
  readonly clock: Clock;
  readonly lastView: () => ClusterView | undefined;
  readonly run: (task: GatewayTask) => TaskState;
  readonly onChange: () => void;
}

/** A node that stays connected this long has its attempts forgotten. */
const STABLE_MS = 600_000;

export class Healer {
  private readonly options: HealerOptions;
  private readonly attempts = new Map<number, ReconnectAttempts>();
  private readonly lastDownAtMs = new Map<number, number>();
  private cancelTimer: Cancel | undefined;

  constructor(options: HealerOptions) {
    this.options = options;
  }

  /** Decides by the last view, and has what is decided done. Empty while there is no view. */
  heal(wish: HealWish): readonly AutoHealDecision[] {
    const { clock, lastView } = this.options;
    const view = lastView();
    if (view === undefined) {
      return [];
    }
    const nowMs = clock.monotonicMs();
    this.forgetStable(view, nowMs);
    for (const id of wish.wantedDown) {
      this.lastDownAtMs.set(id, nowMs);
    }
    const { attempts, lastDownAtMs } = this;
    const decisions = planAutoHeal({ ...wish, view, nowMs, attempts, lastDownAtMs });
    for (const decision of decisions) {
      if (decision.reconnect) {
        this.reconnect(decision.id, decision.reason, view, wish);
      }
    }
    this.remind(decisions, nowMs);
    return decisions;
  }

  close(): void {
    this.cancelTimer?.();
  }

  private reconnect(
    id: number,
    reason: ReconnectReason,
    view: ClusterView,
    { operatorIdentity, asked }: HealWish,
  ): void {
    const node = nodeIn(view, id);
    if (node === undefined) {
      return;
    }
    const count = this.attempts.get(id)?.count ?? 0;
    const { nodeId, sinceMs } = node;
    const task = reconnectNode({ id, nodeId, sinceMs, attempt: count, operatorIdentity }, () => asked?.(id, reason));
    const state = this.options.run(task);
    if (state.state === 'done') {
      this.attempts.set(id, { count: count + 1, lastAtMs: state.atMs });
    }
  }

  private forgetStable(view: ClusterView, nowMs: number): void {
    for (const id of this.attempts.keys()) {
      const node = nodeIn(view, id);
      if (node === undefined || (node.status === 'CONNECTED' && nowMs - node.sinceMs >= STABLE_MS)) {
        this.attempts.delete(id);
      }
    }
  }

  private remind(decisions: readonly AutoHealDecision[], nowMs: number): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    const times = decisions.flatMap((each) => (each.reconnect ? [] : (each.againAtMs ?? [])));
    if (times.length > 0) {
      this.cancelTimer = this.options.clock.setTimeout(this.options.onChange, Math.max(1, Math.min(...times) - nowMs));
    }
  }
}
