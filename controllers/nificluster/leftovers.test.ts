// What a deleted cluster leaves that somebody must take: only what nobody owns, and never what others would make anew.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { labels } from '../../api/v1/labels.ts';
import { labelIndex } from '../../pkg/kube/mapping.ts';
import { Store } from '../../pkg/kube/store.ts';
import { type KubeObject, keyOf, keyText } from '../../pkg/kube/types.ts';
import { certificateType } from '../../pkg/pki/certmanager.ts';
import { leftoversOf } from './leftovers.ts';
import { clusterIndex, type Stores } from './observe.ts';

const key = { namespace: 'data', name: 'prod' };
const ofCertManager = { 'cert-manager.io/certificate-name': 'prod-0-tls' };

function an(kind: string, name: string, more: Partial<KubeObject['metadata']> = {}): KubeObject {
  const metadata = { name, namespace: 'data', uid: `uid of ${name}`, labels: { [labels.cluster]: 'prod' }, ...more };
  return { apiVersion: 'v1', kind, metadata };
}

function aStore(objects: readonly KubeObject[]): Store<never> {
  const store = new Store<KubeObject>({ indexes: { [clusterIndex]: labelIndex(labels.cluster) } });
  store.addPartition('');
  store.replace('', new Map(objects.map((object) => [keyText(keyOf(object)), object])), '1');
  return store as unknown as Store<never>;
}

function storesWith(secrets: readonly KubeObject[], shared: readonly KubeObject[] = []): Stores {
  const [pods, claims, configMaps] = [aStore([]), aStore([an('PersistentVolumeClaim', 'data-prod-0')]), aStore([])];
  return { pods, claims, configMaps, secrets: aStore(secrets), shared: [aStore(shared)] };
}

const ownerReferences = [{ apiVersion: 'v1', kind: 'NiFiCluster', name: 'prod', uid: 'uid', controller: true }];

describe('The leftovers of a cluster', () => {
  test('are its volumes, the generated key and what cert-manager wrote', () => {
    const secrets = [an('Secret', 'prod-sensitive-key'), an('Secret', 'prod-0-tls', { annotations: ofCertManager })];
    assert.deepEqual(leftoversOf(key, storesWith(secrets)), {
      pods: 0,
      claims: 1,
      sensitiveKeyUid: 'uid of prod-sensitive-key',
      certificates: [{ name: 'prod-0-tls', uid: 'uid of prod-0-tls' }],
    });
  });

  test('are no Secrets that have an owner, nor certificates that were orphaned on purpose', () => {
    const secrets = [
      an('Secret', 'prod-sensitive-key', { ownerReferences }),
      an('Secret', 'prod-0-tls', { ownerReferences, annotations: ofCertManager }),
      an('Secret', 'prod-ca'),
    ];
    const { sensitiveKeyUid, certificates } = leftoversOf(key, storesWith(secrets));
    assert.deepEqual([sensitiveKeyUid, certificates], [undefined, []]);
  });

  test('are no certificates as long as cert-manager would write them again', () => {
    const secrets = [an('Secret', 'prod-0-tls', { annotations: ofCertManager })];
    const { certificates } = leftoversOf(key, storesWith(secrets, [an(certificateType.kind, 'prod-1-tls')]));
    assert.deepEqual(certificates, []);
  });
});
