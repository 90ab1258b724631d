// Compares resourceVersions. Since KEP-5504 (stable in Kubernetes 1.35) they are decimal numbers that grow without bound and are
// comparable within one resource; they do not fit a JavaScript number, hence the comparison by length and then by text.

const decimal = /^[1-9][0-9]*$/;

/**
 * Negative when `a` is older than `b`, 0 when equal, positive when newer. The empty text and "0" are older than everything.
 * Throws TypeError for what is not a resourceVersion.
 */
export function compareResourceVersions(a: string, b: string): number {
  const left = normal(a);
  const right = normal(b);
  if (left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The newer of the two; either may be absent. */
export function newerResourceVersion(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareResourceVersions(a, b) >= 0 ? a : b;
}

function normal(version: string): string {
  if (version === '' || version === '0') return '';
  if (!decimal.test(version)) throw new TypeError(`"${version}" is not a resourceVersion`);
  return version;
}
