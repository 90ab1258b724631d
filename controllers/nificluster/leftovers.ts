// What a cluster that is gone has left and nobody owns, read from the caches.
// A Secret of cert-manager's counts only once no Certificate is left: before that cert-manager would write it again.

import { sensitiveKeySecretName } from '../../api/v1/labels.ts';
import type { ObjectKey } from '../../pkg/kube/types.ts';
import { certificateNameAnnotation, certificateType } from '../../pkg/pki/certmanager.ts';
import type { Leftovers } from './cleanup.ts';
import { clusterIndex, type Stores } from './observe.ts';

export function leftoversOf(key: ObjectKey, stores: Stores): Leftovers {
  const index = `${key.namespace}/${key.name}`;
  const secrets = stores.secrets
    .byIndex(clusterIndex, index)
    .filter(({ metadata }) => metadata.ownerReferences === undefined)
    .map(({ metadata: { name, uid = '', annotations = {} } }) => ({ name, uid, annotations }));
  const awaited = stores.shared.some((store) =>
    store.byIndex(clusterIndex, index).some(({ kind }) => kind === certificateType.kind),
  );
  const written = secrets.filter(({ annotations }) => certificateNameAnnotation in annotations);
  return {
    pods: stores.pods.byIndex(clusterIndex, index).length,
    claims: stores.claims.byIndex(clusterIndex, index).length,
    sensitiveKeyUid: secrets.find(({ name }) => name === sensitiveKeySecretName(key.name))?.uid,
    certificates: awaited ? [] : written.map(({ name, uid }) => ({ name, uid })),
  };
}
