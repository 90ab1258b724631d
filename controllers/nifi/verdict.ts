// What a reconcile comes to, in the words of kstatus: Ready sums up, Reconciling and Stalled are there only while true. Pure.
// Surprise: conditions are set upon those that are stored, so that lastTransitionTime moves only when a status does.

import type { Reason } from '../../api/v1/conditions.ts';
import { type Condition, removeCondition, setCondition } from '../../pkg/kube/conditions.ts';

export interface Verdict {
  /** Ready: as asked. Working: the operator or NiFi is at it. Stalled: a person, or another object, has to change first. */
  readonly is: 'Ready' | 'Working' | 'Stalled';
  readonly reason: Reason;
  /** One sentence: which field or object, and what mends it. Never a value of a Secret. */
  readonly message: string;
}

export function working(reason: Reason, message: string): Verdict {
  return { is: 'Working', reason, message };
}

export function stalled(reason: Reason, message: string): Verdict {
  return { is: 'Stalled', reason, message };
}

/** The conditions that say so. */
export function conditionsFor(
  stored: readonly Condition[] | undefined,
  verdict: Verdict,
  { generation, now }: { readonly generation: number | undefined; readonly now: Date },
): readonly Condition[] {
  const { is, reason, message } = verdict;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  let conditions = setCondition(
    stored ?? [],
    { type: 'Ready', status: is === 'Ready' ? 'True' : 'False', reason, message, ...observed },
    now,
  );
  for (const [type, holds] of [
    ['Reconciling', is === 'Working'],
    ['Stalled', is === 'Stalled'],
  ] as const) {
    conditions = holds
      ? setCondition(conditions, { type, status: 'True', reason, message, ...observed }, now)
      : removeCondition(conditions, type);
  }
  return conditions;
}
