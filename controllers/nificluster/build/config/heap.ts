// The JVM's notation of sizes, to compare a heap with a container's memory limit.

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const smallestHeap = 2 * 2 ** 20;

/**
 * Bytes of a heap size as -Xmx takes it: a whole number with k, m, g or t, in either case, or nothing for bytes.
 * Undefined when the JVM would refuse it: another notation (`1.5g`, `1Gi`, `512MB`) or less than 2 MiB.
 */
export function javaHeapBytes(text: string): number | undefined {
  const match = /^(\d{1,12})([kKmMgGtT]?)$/.exec(text);
  const unit = units[(match?.[2] ?? 'none').toLowerCase()];
  if (match === null || unit === undefined) return undefined;
  const bytes = Number(match[1]) * unit;
  return Number.isSafeInteger(bytes) && bytes >= smallestHeap ? bytes : undefined;
}
