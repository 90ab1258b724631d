// Whom a change of authority waits for. What a running node trusts is not in its Secret but in its process, which follows late;
// so only what was seen from outside counts.

import { nodeCertificateSecretName } from '../../../api/v1/labels.ts';
import type { PlanInput } from './input.ts';
import type { CertificateRequest } from './steps.ts';

/**
 * Nodes with a Pod on some Kubernetes node that have not shown that they run with what their Secret holds. Also those that
 * crash, start or end: the files of a Pod follow its Secret late, and its process may run again before they do. One that
 * gets no certificates any more, because it is going, is waited for until its Pod is gone. One whose Pod waits for a Secret
 * that was never there has no files to be late with.
 */
export function unconvinced({ world, cluster }: PlanInput, wanted: readonly CertificateRequest[]): readonly number[] {
  return [...world.pods.values()]
    .filter(({ hostNode, phase }) => hostNode !== undefined && phase !== 'Failed' && phase !== 'Succeeded')
    .filter(
      ({ id, container }) =>
        container?.containerId !== undefined || world.secrets.has(nodeCertificateSecretName(cluster.name, id)),
    )
    .filter(({ id }) => !world.convinced.has(id) || !wanted.some(({ node }) => node === id))
    .map(({ id }) => id);
}

export function bearer({ node, bearer: other }: Pick<CertificateRequest, 'node' | 'bearer'>): string {
  return node === undefined ? (other ?? 'the operator') : `node ${node}`;
}
