// What is read out of certificates, and why one is issued anew: whatever a person made of it is a reason and never an exception.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspectCertificate, reissueReason, renewalDue, renewalTime, type WantedCertificate } from './inspect.ts';
import { createCertificateAuthority, issueCertificate } from './issue.ts';
import type { CertificateAuthority, IssuedCertificate } from './types.ts';

const now = new Date('2026-11-21T10:00:00Z');
const host = 'prod-0.prod-nodes.data.svc';
const broken = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';

async function authority(): Promise<CertificateAuthority> {
  return createCertificateAuthority({ commonName: 'prod.data', now, validForDays: 3650 });
}

function wanted(ca: CertificateAuthority, change: Partial<WantedCertificate> = {}): WantedCertificate {
  return {
    commonName: '0.prod.data',
    dnsNames: [host, 'localhost'],
    usages: ['server', 'client'],
    caPem: ca.certPem,
    ...change,
  };
}

function issue(ca: CertificateAuthority): Promise<IssuedCertificate> {
  return issueCertificate({ ca, now, validForDays: 90, ...wanted(ca) });
}

describe('renewal', () => {
  test('is due from two thirds of the life on, and not a second before', () => {
    const certificate = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-03-31T00:00:00Z') };
    const due = renewalTime(certificate);
    assert.equal(due.toISOString(), '2026-03-01T08:00:00.000Z');
    assert.equal(renewalDue(certificate, new Date(due.getTime() - 1000)), false);
    assert.equal(renewalDue(certificate, due), true);
  });
});

describe('reissueReason', () => {
  test('leaves a fitting certificate alone, also when its names come in another order', async () => {
    const ca = await authority();
    const have = await issue(ca);
    assert.equal(reissueReason(have, wanted(ca), now), undefined);
    assert.equal(reissueReason(have, wanted(ca, { dnsNames: ['localhost', host] }), now), undefined);
    assert.equal(reissueReason(have, wanted(ca, { usages: ['client'] }), now), undefined);
  });

  test('names what changed', async () => {
    const [ca, other] = [await authority(), await authority()];
    const have = await issue(ca);
    const client = await issueCertificate({ ca, now, validForDays: 90, ...wanted(ca, { usages: ['client'] }) });
    const foreign = (await issue(ca)).keyPem;
    const cases = [
      ['Missing', { certPem: undefined, keyPem: have.keyPem }, wanted(ca)],
      ['Missing', { certPem: have.certPem, keyPem: undefined }, wanted(ca)],
      ['Unreadable', { certPem: 'hello', keyPem: have.keyPem }, wanted(ca)],
      ['Unreadable', { certPem: have.certPem, keyPem: 'hello' }, wanted(ca)],
      ['Unreadable', { certPem: have.certPem + broken, keyPem: have.keyPem }, wanted(ca)],
      ['KeyMismatch', { certPem: have.certPem, keyPem: foreign }, wanted(ca)],
      ['CommonNameChanged', have, wanted(ca, { commonName: '1.prod.data' })],
      ['NamesChanged', have, wanted(ca, { dnsNames: [host] })],
      ['NamesChanged', have, wanted(ca, { dnsNames: [host, 'localhost', 'nifi.example.com'] })],
      ['UsagesChanged', client, wanted(ca)],
      ['IssuerChanged', have, wanted(other)],
    ] as const;
    for (const [reason, pair, want] of cases) assert.equal(reissueReason(pair, want, now), reason);
    const late = new Date('2027-01-20T10:00:00Z');
    assert.equal(reissueReason(have, wanted(ca), late), 'RenewalDue');
    const early = new Date('2026-11-21T09:50:00Z');
    assert.equal(reissueReason(have, wanted(ca), early), 'NotYetValid');
  });

  test('an authority of the same name with another key is another issuer', async () => {
    const [ca, renewed] = [await authority(), await authority()];
    const { certPem } = await issue(ca);
    assert.notEqual(inspectCertificate(certPem).issuerKeyId, inspectCertificate(renewed.certPem).subjectKeyId);
    assert.equal(reissueReason(await issue(ca), wanted(renewed), now), 'IssuerChanged');
  });
});

describe('inspectCertificate', () => {
  test('reads the first certificate of a chain and refuses a text without one', async () => {
    const ca = await authority();
    const leaf = await issue(ca);
    assert.equal(inspectCertificate(leaf.certPem + ca.certPem).commonName, '0.prod.data');
    assert.equal(inspectCertificate(ca.certPem + leaf.certPem).commonName, 'prod.data');
    assert.throws(() => inspectCertificate(leaf.keyPem), /holds no PEM certificate/);
  });
});
