import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterLabels } from '../../api/v1/labels.ts';
import type { Secret } from '../../pkg/kube/resources.ts';
import { createCertificateAuthority } from '../../pkg/pki/issue.ts';
import {
  nextAuthority,
  projectClaim,
  projectConfigMap,
  projectPod,
  projectSecret,
  projectWhole,
} from './projections.ts';
import { base64 } from './testing.ts';

const metadata = {
  name: 'prod-0',
  namespace: 'data',
  uid: 'uid',
  resourceVersion: '7',
  generation: 2,
  creationTimestamp: '2026-01-01T00:00:00Z',
  deletionTimestamp: '2026-01-02T00:00:00Z',
  labels: clusterLabels('prod', 'node'),
  ownerReferences: [{ apiVersion: 'datadynamics.io/v1', kind: 'NiFiCluster', name: 'prod', uid: 'owner' }],
  finalizers: ['example.com/hold'],
};
const stored = { ...metadata, managedFields: [{ manager: 'somebody' }], annotations: { 'example.com/note': 'x' } };

describe('what caches keep', () => {
  test('metadata is whole but for managed fields, and of annotations only ours where only ours are read', () => {
    const object = { apiVersion: 'v1', metadata: stored };
    assert.deepEqual(projectWhole({ ...object, kind: 'Service' }).metadata, {
      ...metadata,
      annotations: stored.annotations,
    });
    assert.deepEqual(projectPod({ ...object, kind: 'Pod' }).metadata, metadata);
    assert.deepEqual(projectClaim({ ...object, kind: 'PersistentVolumeClaim' }).metadata, metadata);
    assert.deepEqual(projectConfigMap({ ...object, kind: 'ConfigMap', metadata: { name: 'bare' } }).metadata, {
      name: 'bare',
    });
  });

  test("a Secret's certificate is known and its key is not kept when it is a node's", async () => {
    const now = new Date('2026-01-01T00:00:00Z');
    const { certPem, keyPem } = await createCertificateAuthority({ commonName: 'prod CA', now, validForDays: 10 });
    const data = base64({ 'tls.crt': certPem, 'tls.key': keyPem, 'ca.crt': certPem });
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: stored, data } satisfies Secret;
    const ofCluster = projectSecret(secret);
    assert.equal(ofCluster.certificate?.commonName, 'prod CA');
    assert.deepEqual(ofCluster.trusts, [ofCluster.certificate?.fingerprint256]);
    assert.deepEqual(ofCluster.anchors, ofCluster.trusts);
    const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const broken = base64({ 'tls.crt': `${certPem}${garbage}`, 'ca.crt': certPem });
    assert.deepEqual(projectSecret({ ...secret, data: { ...data, ...broken } }).anchors, []);
    assert.deepEqual(ofCluster.data, data);

    assert.equal(ofCluster.next, undefined);
    const changing = projectSecret({
      ...secret,
      data: { ...data, [nextAuthority.certificate]: data['tls.crt'] ?? '' },
    });
    assert.equal(changing.next?.fingerprint256, ofCluster.certificate?.fingerprint256);

    const labels = { ...stored.labels, 'nifi.datadynamics.io/node': '0' };
    const ofNode = projectSecret({ ...secret, metadata: { ...stored, labels } });
    assert.equal(ofNode.data, undefined);
    assert.deepEqual(ofNode.keys, ['ca.crt', 'tls.crt', 'tls.key']);
    assert.equal(ofNode.certificate?.commonName, 'prod CA');
  });
});
