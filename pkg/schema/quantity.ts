// Kubernetes quantities as numbers, to compare sizes and to check a heap against a limit.
// A double holds every size that a disk has; what is not exact at 2^53 bytes is no decision of ours.

const scales: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * `1500m` → 1.5, `2Gi` → 2147483648 (apimachinery resource.Quantity).
 * @throws RangeError for what is no quantity
 */
export function parseQuantity(text: string): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([numkMGTPE]?i?)$/u.exec(text);
  const scale = scales[match?.[2] ?? ''];
  if (match === null || scale === undefined) throw new RangeError(`"${text}" is not a quantity such as 500m or 10Gi`);
  return Number(match[1]) * scale;
}

/** Negative, zero or positive, as `a` is smaller than, equal to or larger than `b`. */
export function compareQuantities(a: string, b: string): number {
  return parseQuantity(a) - parseQuantity(b);
}
