import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { inspectCertificate } from './inspect.ts';
import { createCertificateAuthority, issueCertificate } from './issue.ts';
import { chainsTo, splitPem } from './pem.ts';

const now = new Date('2026-11-21T10:00:00.750Z');

function authority(validForDays = 3650): ReturnType<typeof createCertificateAuthority> {
  return createCertificateAuthority({ commonName: 'prod.data', now, validForDays });
}

describe('createCertificateAuthority', () => {
  test('makes a self-signed authority whose dates follow from now', async () => {
    const ca = await authority();
    const read = new X509Certificate(ca.certPem);
    assert.equal(read.ca, true);
    assert.equal(read.verify(read.publicKey), true);
    assert.equal(ca.notAfter.toISOString(), '2036-11-18T10:00:00.000Z');
    assert.deepEqual(inspectCertificate(ca.certPem).notAfter, ca.notAfter);
    assert.equal(inspectCertificate(ca.certPem).notBefore.toISOString(), '2026-11-21T09:55:00.000Z');
  });

  test('refuses a common name that no certificate may have', async () => {
    for (const commonName of ['', 'x'.repeat(65)]) {
      await assert.rejects(createCertificateAuthority({ commonName, now, validForDays: 1 }), RangeError);
    }
  });
});

describe('issueCertificate', () => {
  test('gives a leaf with exactly the names and usages asked for', async () => {
    const ca = await authority();
    const dnsNames = ['prod-0.prod-nodes.data.svc', 'prod.data.svc', 'localhost'];
    const usages = ['server', 'client'] as const;
    const leaf = await issueCertificate({ ca, commonName: '0.prod.data', dnsNames, usages, now, validForDays: 90 });
    const facts = inspectCertificate(leaf.certPem);
    assert.equal(facts.subject, 'CN=0.prod.data');
    assert.equal(facts.commonName, '0.prod.data');
    assert.deepEqual(facts.dnsNames, dnsNames);
    assert.deepEqual(facts.usages, ['server', 'client']);
    assert.deepEqual([facts.notBefore, facts.notAfter], [leaf.notBefore, leaf.notAfter]);
    assert.equal(facts.issuerKeyId, inspectCertificate(ca.certPem).subjectKeyId);
    assert.equal(new X509Certificate(leaf.certPem).ca, false);
  });

  test('gives a PKCS#8 key on P-256 that belongs to the leaf, another one each time', async () => {
    const ca = await authority();
    const request = { ca, commonName: '0.prod.data', dnsNames: [], usages: ['client'], now, validForDays: 90 } as const;
    const [one, two] = [await issueCertificate(request), await issueCertificate(request)];
    assert.match(one.keyPem, /^-----BEGIN PRIVATE KEY-----\n/);
    const key = createPrivateKey(one.keyPem);
    assert.equal(key.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    assert.equal(new X509Certificate(one.certPem).checkPrivateKey(key), true);
    assert.equal(new X509Certificate(two.certPem).checkPrivateKey(key), false);
    assert.notEqual(new X509Certificate(one.certPem).serialNumber, new X509Certificate(two.certPem).serialNumber);
  });

  test('never outlives the authority that signed it', async () => {
    const ca = await authority(30);
    const leaf = await issueCertificate({
      ca,
      commonName: 'a',
      dnsNames: [],
      usages: ['client'],
      now,
      validForDays: 90,
    });
    assert.deepEqual(leaf.notAfter, ca.notAfter);
  });

  test('does not write the self-signed root into the chain', async () => {
    const ca = await authority();
    const leaf = await issueCertificate({
      ca,
      commonName: 'a',
      dnsNames: [],
      usages: ['client'],
      now,
      validForDays: 1,
    });
    assert.equal(splitPem(leaf.certPem).length, 1);
    assert.equal(chainsTo(leaf.certPem, ca.certPem), true);
  });

  test('treats a common name as one value, whatever characters it has', async () => {
    const ca = await authority();
    const commonName = 'a, O=b+CN=c';
    const leaf = await issueCertificate({ ca, commonName, dnsNames: [], usages: ['client'], now, validForDays: 1 });
    assert.equal(inspectCertificate(leaf.certPem).commonName, commonName);
  });

  test('refuses an authority that expired, that lacks its certificate, or whose key is another one', async () => {
    const [ca, other] = [await authority(10), await authority()];
    const request = { commonName: 'a', dnsNames: [], usages: ['client'], validForDays: 1 } as const;
    const later = new Date('2026-12-21T10:00:00Z');
    await assert.rejects(
      issueCertificate({ ...request, ca, now: later }),
      /CN=prod\.data expired at 2026-12-01T10:00:00/,
    );
    await assert.rejects(issueCertificate({ ...request, ca: { ...ca, certPem: '' }, now }), /has no certificate/);
    const mixed = { certPem: ca.certPem, keyPem: other.keyPem };
    await assert.rejects(issueCertificate({ ...request, ca: mixed, now }), /key does not belong to the authority/);
  });
});
