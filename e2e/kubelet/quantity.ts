// Kubernetes quantities as numbers: enough of them to compare what a Pod asks for with what a node has.

const suffixes: Readonly<Record<string, number>> = {
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

/** `1500m` → 1.5, `2Gi` → 2147483648. Throws for what is no quantity. */
export function parseQuantity(text: string): number {
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]?i?)$/.exec(text);
  const scale = suffixes[match?.[2] ?? ''];
  if (match === null || scale === undefined) throw new Error(`not a quantity: ${text}`);
  return Number(match[1]) * scale;
}
