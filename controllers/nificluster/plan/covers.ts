// Whether a live object already says everything that we would apply.
// The API server adds defaults and others add fields, so equality would never hold; what we do not name is not ours.

/** True when every value in `desired` is in `live`. Lists must have the same length and match element by element. */
export function covers(live: unknown, desired: unknown): boolean {
  if (Array.isArray(desired)) {
    return (
      Array.isArray(live) &&
      live.length === desired.length &&
      desired.every((element, index) => covers(live[index], element))
    );
  }
  if (typeof desired === 'object' && desired !== null) {
    if (typeof live !== 'object' || live === null) return Object.keys(desired).length === 0;
    const fields = live as Readonly<Record<string, unknown>>;
    return Object.entries(desired).every(([key, value]) => covers(fields[key], value));
  }
  return live === desired;
}
