// Events for what is *not* done: a node that has to go down and waits, with the reason, told once as long as the reason
// lasts, and not before the second plan that finds it: the first one after a change mostly only lacks NiFi's answer. What
// is done tells of itself. Only what was told is remembered: a restart of the operator tells it once more.

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
  /** By `namespace/name`, refusals by node and reason, and whether they were told. The words may change every second, a queue shrinks. */
  private readonly known = new Map<string, ReadonlyMap<string, boolean>>();

  /** Publishes what is new among the findings of a plan, and forgets what is over. The condition tells what blocks first. */
  tell(key: ObjectKey, findings: readonly Finding[], event: ApplyContext['event']): void {
    const name = `${key.namespace}/${key.name}`;
    const before = this.known.get(name);
    const now = new Map<string, boolean>();
    const headline = findings.find(({ effect }) => effect === 'blocks');
    for (const finding of findings) {
      const { node, reason, message, effect } = finding;
      if (finding === headline || node === undefined || effect === 'notes' || !refusals.has(reason)) continue;
      const refusal = `${node} ${reason}`;
      if (now.has(refusal)) continue;
      const stood = before?.has(refusal) === true;
      if (stood && before?.get(refusal) === false) event('Normal', reason, message);
      now.set(refusal, stood);
    }
    this.known.set(name, now);
  }

  forget(key: ObjectKey): void {
    this.known.delete(`${key.namespace}/${key.name}`);
  }
}
