// The writes that replace an authority, with real certificates: what each leaves in which Secret, and that each is bound to what the plan saw.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { secrets } from '../../../pkg/kube/resources.ts';
import { inspectCertificate } from '../../../pkg/pki/inspect.ts';
import { createCertificateAuthority } from '../../../pkg/pki/issue.ts';
import { chainsTo, splitPem } from '../../../pkg/pki/pem.ts';
import type { CertificateAuthority } from '../../../pkg/pki/types.ts';
import { apply } from '../apply.ts';
import type { CertificateRequest, Step } from '../plan/steps.ts';
import { now } from '../plan/testing.objects.ts';
import { aWorld } from '../plan/testing.ts';
import { decode, nextAuthority } from '../projections.ts';
import { aCluster, base64 } from '../testing.ts';
import { aStage, type Stage } from './testing.ts';

const up = aWorld(aCluster().withNodes(1)).provisioned();
const key = (name: string) => ({ namespace: 'data', name });

let old: CertificateAuthority;
let next: CertificateAuthority;
before(async () => {
  old = await createCertificateAuthority({ commonName: 'prod CA', now, validForDays: 3650 });
  next = await createCertificateAuthority({ commonName: 'prod CA next', now, validForDays: 3650 });
});

const present = () => ({ 'tls.crt': old.certPem, 'tls.key': old.keyPem, 'ca.crt': old.certPem });
const both = () => ({
  ...present(),
  [nextAuthority.certificate]: next.certPem,
  [nextAuthority.key]: next.keyPem,
  [nextAuthority.probeCertificate]: 'probe',
  [nextAuthority.probeKey]: 'probe',
});

/** The Secret of this name, before and after the step; the step is bound to the version that is there. */
async function through(
  authority: Record<string, string>,
  name: string,
  step: (lock: { resourceVersion: string }) => Step,
) {
  const leaf = { 'tls.crt': 'certificate', 'tls.key': 'key', 'ca.crt': old.certPem };
  const stage = aStage(up.withSecret('prod-ca', { data: base64(authority) }));
  const put = (secret: string, data: Record<string, string>) =>
    stage.put(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: key(secret), data: base64(data) });
  const stored = { 'prod-ca': await put('prod-ca', authority), 'prod-0-tls': await put('prod-0-tls', leaf) };
  const { resourceVersion = '' } = stored[name as keyof typeof stored].metadata;
  const applied = await apply(stage.context, { steps: [step({ resourceVersion })], findings: [] });
  return { stage, applied, data: await read(stage, name) };
}

async function read(stage: Stage, name: string): Promise<Readonly<Record<string, string>>> {
  const { data = {} } = (await stage.api.get(secrets, key(name))) ?? {};
  return Object.fromEntries(Object.entries(data).map(([file, text]) => [file, decode(text)]));
}

describe('A new authority', () => {
  const prepare = ({ resourceVersion }: { resourceVersion: string }): Step => ({
    kind: 'PrepareAuthority',
    name: 'prod-ca',
    resourceVersion,
    note: 'as asked',
  });

  test('is laid next to the present one, under another name, with a client certificate to try it with', async () => {
    const { data, stage } = await through(present(), 'prod-ca', prepare);
    const { [nextAuthority.certificate]: cert = '', [nextAuthority.probeCertificate]: probe = '', ...rest } = data;
    assert.deepEqual(
      { ...rest, [nextAuthority.key]: '', [nextAuthority.probeKey]: '' },
      {
        ...present(),
        [nextAuthority.key]: '',
        [nextAuthority.probeKey]: '',
      },
    );
    assert.equal(inspectCertificate(cert).commonName, 'prod CA 2026-11-21T12:00:00Z');
    assert.equal(inspectCertificate(probe).commonName, 'operator.prod.data');
    assert.deepEqual([chainsTo(probe, cert), chainsTo(probe, old.certPem)], [true, false]);
    assert.deepEqual(stage.events, ['Normal CertificateAuthorityPrepared']);
  });

  test('is not written over one that another plan wrote meanwhile', async () => {
    const { data, applied } = await through(both(), 'prod-ca', () => prepare({ resourceVersion: '0' }));
    assert.deepEqual(data, both());
    assert.deepEqual(applied.findings, []);
  });
});

test('Trusting both changes ca.crt and nothing else of a certificate', async () => {
  const { data } = await through(both(), 'prod-0-tls', ({ resourceVersion }) => ({
    kind: 'TrustAuthorities',
    name: 'prod-0-tls',
    resourceVersion,
  }));
  assert.deepEqual(data, { 'tls.crt': 'certificate', 'tls.key': 'key', 'ca.crt': `${old.certPem}${next.certPem}` });
});

describe('A certificate', () => {
  const request: Omit<CertificateRequest, 'issuer' | 'replaces'> = {
    secret: 'prod-0-tls',
    commonName: '0.prod.data',
    dnsNames: ['prod-0'],
    usages: ['server', 'client'],
    node: 0,
  };
  for (const issuer of ['present', 'next'] as const) {
    test(`of the ${issuer} authority comes with both to trust`, async () => {
      const { data } = await through(both(), 'prod-0-tls', (replaces) => ({
        kind: 'IssueNodeCertificate',
        id: 0,
        certificate: { ...request, issuer, replaces },
      }));
      const signer = issuer === 'next' ? next : old;
      assert.ok(chainsTo(data['tls.crt'] ?? '', signer.certPem));
      assert.deepEqual(splitPem(data['ca.crt'] ?? ''), [...splitPem(old.certPem), ...splitPem(next.certPem)]);
    });
  }
});

describe('The new authority alone', () => {
  const promote = ({ resourceVersion }: { resourceVersion: string }): Step => ({
    kind: 'PromoteAuthority',
    name: 'prod-ca',
    resourceVersion,
  });

  test('takes the place of the former, of whose key nothing is left', async () => {
    const { data, stage } = await through(both(), 'prod-ca', promote);
    assert.deepEqual(data, { 'tls.crt': next.certPem, 'tls.key': next.keyPem, 'ca.crt': next.certPem });
    assert.deepEqual(stage.events, ['Normal CertificateAuthorityReplaced']);
  });

  test('is not made of nothing', async () => {
    const { data, stage } = await through(present(), 'prod-ca', promote);
    assert.deepEqual([data, stage.events], [present(), []]);
  });
});
