import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildCertificate, type Certificate, type CertificateStatus, certificateReadiness } from './certmanager.ts';

const labels = { 'nifi.datadynamics.io/cluster': 'prod', 'nifi.datadynamics.io/node': '0' };
const order = {
  metadata: { name: 'prod-0', namespace: 'data', labels },
  secretName: 'prod-0-tls',
  commonName: '0.prod.data',
  dnsNames: ['prod-0.prod-nodes.data.svc', 'prod'],
  usages: ['server', 'client'],
  issuerRef: { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' },
} as const;

describe('buildCertificate', () => {
  test('asks for what NiFi needs of a node: its names, both usages, a PKCS#8 key that changes with each renewal', () => {
    assert.deepEqual(buildCertificate(order), {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'prod-0', namespace: 'data', labels },
      spec: {
        secretName: 'prod-0-tls',
        secretTemplate: { labels },
        commonName: '0.prod.data',
        dnsNames: ['prod-0.prod-nodes.data.svc', 'prod'],
        usages: ['digital signature', 'server auth', 'client auth'],
        privateKey: { algorithm: 'ECDSA', size: 256, encoding: 'PKCS8', rotationPolicy: 'Always' },
        revisionHistoryLimit: 1,
        issuerRef: { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' },
      },
    });
  });

  test('asks for a client certificate without names for the operator', () => {
    const { spec } = buildCertificate({ ...order, commonName: 'operator.prod.data', dnsNames: [], usages: ['client'] });
    assert.equal('dnsNames' in spec, false);
    assert.deepEqual(spec.usages, ['digital signature', 'client auth']);
  });
});

describe('certificateReadiness', () => {
  function seen(status: CertificateStatus, generation = 2): Certificate {
    const certificate = buildCertificate(order);
    return { ...certificate, metadata: { ...certificate.metadata, generation }, status };
  }

  test('is ready when cert-manager says so of the latest generation', () => {
    const conditions = [
      { type: 'Issuing', status: 'False' },
      { type: 'Ready', status: 'True', observedGeneration: 2 },
    ];
    const renewalTime = '2027-01-20T10:00:00Z';
    assert.deepEqual(certificateReadiness(seen({ conditions, renewalTime })), { ready: true, renewalTime });
  });

  test('waits for an answer to the latest change', () => {
    const conditions = [{ type: 'Ready', status: 'True', observedGeneration: 1 }];
    const readiness = certificateReadiness(seen({ conditions }));
    assert.equal(readiness.ready ? 'Ready' : readiness.reason, 'Outdated');
  });

  test("hands cert-manager's own reason and message on", () => {
    const conditions = [{ type: 'Ready', status: 'False', reason: 'DoesNotExist', message: 'issuer not found' }];
    assert.deepEqual(certificateReadiness(seen({ conditions })), {
      ready: false,
      reason: 'DoesNotExist',
      message: 'issuer not found',
    });
  });

  test('tells a Certificate that is not there from one that nobody looked at', () => {
    const reasons = [undefined, seen({}), buildCertificate(order)].map((certificate) => {
      const readiness = certificateReadiness(certificate);
      return readiness.ready ? 'Ready' : readiness.reason;
    });
    assert.deepEqual(reasons, ['NotFound', 'NoCondition', 'NoCondition']);
  });
});
