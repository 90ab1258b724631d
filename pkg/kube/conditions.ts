// Sets conditions the way metav1 wants them: one per type, and lastTransitionTime moves only when the status does.
//
// Pure. The surprising rule: when nothing changes, the very same array comes back, so that an unchanged status is seen by identity
// and costs no write.

/** metav1.Condition. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

/** `conditions` with this one set; `now` becomes its lastTransitionTime when the status is another than before. */
export function setCondition(
  conditions: readonly Condition[],
  condition: Omit<Condition, 'lastTransitionTime'>,
  now: Date,
): readonly Condition[] {
  const index = conditions.findIndex((known) => known.type === condition.type);
  const known = conditions[index];
  const lastTransitionTime = known?.status === condition.status ? known.lastTransitionTime : wholeSeconds(now);
  const next: Condition = { ...condition, lastTransitionTime };
  if (known && same(known, next)) return conditions;
  return known ? conditions.with(index, next) : [...conditions, next];
}

/** `conditions` without that type. */
export function removeCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return conditions.some((known) => known.type === type)
    ? conditions.filter((known) => known.type !== type)
    : conditions;
}

/** The condition of that type. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((known) => known.type === type);
}

/** True when the condition is there and says True. */
export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

function same(a: Condition, b: Condition): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration
  );
}

/** metav1.Time as the API server writes it. */
function wholeSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
