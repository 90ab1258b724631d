// The cert-manager Certificate for one certificate of the cluster, where spec.tls names an issuer. cert-manager writes a
// Secret beside the one that the Pod mounts, so that the operator decides when a node gets to see what is in it.

import { clusterLabels, issuedSecretName, nodeLabels } from '../../../../api/v1/labels.ts';
import { buildCertificate, type Certificate } from '../../../../pkg/pki/certmanager.ts';
import type { CertificateRequest } from '../../plan/steps.ts';
import type { ResolvedCluster } from '../../resolved.ts';
import { clusterOwner } from './owner.ts';

/** Throws TypeError for a cluster without an issuer: such a one has an authority of its own. */
export function certificateObject(cluster: ResolvedCluster, request: CertificateRequest): Certificate {
  const issuerRef = cluster.spec.tls?.issuerRef;
  if (issuerRef === undefined) throw new TypeError('the cluster names no issuer');
  const { secret, node, commonName, dnsNames, usages } = request;
  return buildCertificate({
    metadata: {
      name: secret,
      namespace: cluster.namespace,
      labels:
        node === undefined ? clusterLabels(cluster.name, 'certificate') : nodeLabels(cluster.name, node, 'certificate'),
      ownerReferences: [clusterOwner(cluster)],
    },
    secretName: issuedSecretName(secret),
    commonName,
    dnsNames,
    usages,
    issuerRef,
  });
}
