// Events for what is *not* done: a node that has to go down and waits, with the reason, told once as long as the reason
// lasts. What is done tells of itself. Only what was told is remembered: a restart of the operator tells it once more.

import type { Reason } from '../../api/v1/conditions.ts';
import type { ObjectKey } from '../../pkg/kube/types.ts';
import type { ApplyContext } from './apply/context.ts';
import type { Finding } from './plan/steps.ts';

/** A refusal to take a node down; the rest of what a plan finds is progress, or told with the conditions. */
const refusals: ReadonlySet<Reason> = new Set<Reason>([
  'RestartPending',
  'RemovalPending',
  'RebuildPending',
  'NoOtherNode',
  'OffloadStalled',
  'RolloutStalled',
  'Paused',
  'WaitingForNodes',
  'NiFiRefused',
]);

export class Explanations {
  /** By `namespace/name`, what was told: node and reason. The words may change every second, a queue shrinks. */
  private readonly told = new Map<string, ReadonlySet<string>>();

  /** Publishes what is new among the findings of a disrupt plan, and forgets what is over. */
  tell(key: ObjectKey, findings: readonly Finding[], event: ApplyContext['event']): void {
    const name = `${key.namespace}/${key.name}`;
    const before = this.told.get(name);
    const now = new Set<string>();
    for (const { node, reason, message, effect } of findings) {
      if (node === undefined || effect === 'notes' || !refusals.has(reason)) continue;
      const refusal = `${node} ${reason}`;
      if (!now.has(refusal) && before?.has(refusal) !== true) event('Normal', reason, message);
      now.add(refusal);
    }
    this.told.set(name, now);
  }

  forget(key: ObjectKey): void {
    this.told.delete(`${key.namespace}/${key.name}`);
  }
}
