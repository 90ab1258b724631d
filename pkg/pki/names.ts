// Common names of the certificates of a cluster.
// A common name may have 64 characters at most (RFC 5280, ub-common-name); a longer one keeps its first label and
// replaces the rest by a digest of it, so that it stays one name for one cluster and a pattern can still match it.

import { createHash } from 'node:crypto';

const longest = 64;
/** 40 hexadecimal digits are 160 bits: no two clusters share them. */
const digestLength = 40;

/** `<subject>.<cluster>.<namespace>`, or `<subject>.<digest of the cluster's part>` when that is too long. */
export function certificateCommonName(subject: string, cluster: string, namespace: string): string {
  return `${subject}.${certificateScope(cluster, namespace)}`;
}

/** What all common names of a cluster end with. It depends on the cluster only, so one pattern fits all its nodes. */
export function certificateScope(cluster: string, namespace: string): string {
  const scope = `${cluster}.${namespace}`;
  const room = longest - '2147483647.'.length;
  return scope.length <= room ? scope : createHash('sha256').update(scope).digest('hex').slice(0, digestLength);
}
