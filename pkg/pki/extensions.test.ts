import 'reflect-metadata';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import * as x509 from '@peculiar/x509';
import { keyIdentifiers } from './extensions.ts';
import { inspectCertificate } from './inspect.ts';
import { createCertificateAuthority, issueCertificate } from './issue.ts';

const now = new Date('2026-11-21T10:00:00Z');

async function pair(): Promise<{ readonly root: string; readonly leaf: string }> {
  const ca = await createCertificateAuthority({ commonName: 'prod.data', now, validForDays: 3650 });
  const dnsNames = ['prod-0.prod-nodes.data.svc', 'nifi.example.com'];
  const leaf = await issueCertificate({
    ca,
    commonName: '0.prod.data',
    dnsNames,
    usages: ['server'],
    now,
    validForDays: 90,
  });
  return { root: ca.certPem, leaf: leaf.certPem };
}

describe('a certificate read by what Node brings', () => {
  test('has the facts that a whole parser finds', async () => {
    const { root, leaf } = await pair();
    for (const pem of [root, leaf]) {
      const facts = inspectCertificate(pem);
      const parsed = new x509.X509Certificate(pem);
      const names = parsed.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
      assert.equal(facts.subject, parsed.subject);
      assert.deepEqual([facts.commonName], parsed.subjectName.getField('CN'));
      assert.deepEqual(
        facts.dnsNames,
        names.map(({ value }) => value),
      );
      assert.deepEqual([facts.notBefore, facts.notAfter], [parsed.notBefore, parsed.notAfter]);
      assert.equal(facts.issuerKeyId, parsed.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId);
      assert.equal(facts.subjectKeyId, parsed.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId);
    }
    assert.equal(inspectCertificate(leaf).issuerKeyId, inspectCertificate(root).subjectKeyId);
  });

  test('keeps a name with a comma in one piece, and takes no address for a name', async () => {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=odd',
      keys,
      extensions: [
        new x509.SubjectAlternativeNameExtension([
          { type: 'url', value: 'https://a.example/, DNS:b.example' },
          { type: 'dns', value: 'c.example, DNS:d.example' },
          { type: 'ip', value: '10.0.0.1' },
          { type: 'dns', value: 'e.example' },
        ]),
      ],
    });
    const facts = inspectCertificate(certificate.toString('pem'));
    assert.deepEqual(facts.dnsNames, ['c.example, DNS:d.example', 'e.example']);
    assert.deepEqual([facts.issuerKeyId, facts.subjectKeyId], [undefined, undefined]);
  });

  test('bytes that are cut off or mean nothing give no identifier', async () => {
    const { raw } = new X509Certificate((await pair()).leaf);
    assert.ok(keyIdentifiers(raw).issuer);
    for (let length = 0; length < raw.length - 1; length += 1)
      assert.deepEqual(keyIdentifiers(raw.subarray(0, length)), { issuer: undefined, subject: undefined });
    assert.deepEqual(keyIdentifiers(Buffer.alloc(64, 0xff)), { issuer: undefined, subject: undefined });
  });
});
