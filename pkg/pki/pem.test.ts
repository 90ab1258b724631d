import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspectCertificate } from './inspect.ts';
import { createCertificateAuthority, issueCertificate } from './issue.ts';
import { anchorsOf, bundleContains, chainsTo, isSelfSigned, splitPem, trustBundle } from './pem.ts';

const now = new Date('2026-11-21T10:00:00Z');
const [old, next] = await Promise.all([authority(), authority()]);

function authority(): ReturnType<typeof createCertificateAuthority> {
  return createCertificateAuthority({ commonName: 'prod.data', now, validForDays: 10 });
}

describe('trustBundle', () => {
  test('keeps the order, holds each authority once, and is the same text however it was written before', () => {
    const bundle = trustBundle(next.certPem, old.certPem);
    assert.deepEqual(splitPem(bundle), [next.certPem, old.certPem]);
    assert.equal(trustBundle(bundle, old.certPem), bundle);
    assert.equal(trustBundle(`# new one\r\n${bundle.replaceAll('\n', '\r\n')}`), bundle);
  });

  test('does not let a private key slip into what everybody may read', () => {
    assert.equal(trustBundle(old.keyPem + old.certPem), old.certPem);
  });

  test('contains an authority only when every certificate of it is there', () => {
    const bundle = trustBundle(next.certPem, old.certPem);
    assert.equal(bundleContains(bundle, old.certPem), true);
    assert.equal(bundleContains(old.certPem, bundle), false);
    assert.equal(bundleContains(bundle, ''), false);
  });
});

describe('chainsTo', () => {
  test('is true for the signing authority and for a bundle with it, false for one of the same name', async () => {
    const request = { ca: old, commonName: 'a', dnsNames: [], usages: ['client'], now, validForDays: 1 } as const;
    const { certPem } = await issueCertificate(request);
    assert.equal(chainsTo(certPem, old.certPem), true);
    assert.equal(chainsTo(certPem, trustBundle(next.certPem, old.certPem)), true);
    assert.equal(chainsTo(certPem, next.certPem), false);
    assert.equal(chainsTo(certPem, ''), false);
    assert.equal(isSelfSigned(certPem), false);
    assert.equal(isSelfSigned(old.certPem), true);
  });

  test('ends also when a chain repeats itself', async () => {
    const request = { ca: old, commonName: 'a', dnsNames: [], usages: ['client'], now, validForDays: 1 } as const;
    const { certPem } = await issueCertificate(request);
    assert.equal(chainsTo(certPem + old.certPem + old.certPem, next.certPem), false);
  });
});

test('anchorsOf names those of a bundle that a certificate leads to, and none where none is', async () => {
  const request = { ca: old, commonName: 'a', dnsNames: [], usages: ['client'], now, validForDays: 1 } as const;
  const { certPem } = await issueCertificate(request);
  const { fingerprint256 } = inspectCertificate(old.certPem);
  assert.deepEqual(anchorsOf(certPem, trustBundle(next.certPem, old.certPem)), [fingerprint256]);
  assert.deepEqual([anchorsOf(certPem, next.certPem), anchorsOf('', old.certPem)], [[], []]);
});
