// What is taken from another Secret, with real certificates: only what was planned with, only exactly those authorities, and a
// Secret that cert-manager wrote becomes ours.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { secrets } from '../../../pkg/kube/resources.ts';
import { inspectCertificate } from '../../../pkg/pki/inspect.ts';
import { createCertificateAuthority, issueCertificate } from '../../../pkg/pki/issue.ts';
import { chainsTo } from '../../../pkg/pki/pem.ts';
import type { CertificateAuthority, IssuedCertificate } from '../../../pkg/pki/types.ts';
import { apply } from '../apply.ts';
import type { CertificateRequest, Step } from '../plan/steps.ts';
import { now } from '../plan/testing.objects.ts';
import { aWorld } from '../plan/testing.ts';
import { decode } from '../projections.ts';
import { aCluster, base64 } from '../testing.ts';
import { aStage, type Stage } from './testing.ts';

const key = (name: string) => ({ namespace: 'data', name });
const fingerprint = ({ certPem }: { readonly certPem: string }): string => inspectCertificate(certPem).fingerprint256;

let old: CertificateAuthority;
let other: CertificateAuthority;
let leaf: IssuedCertificate;
before(async () => {
  old = await createCertificateAuthority({ commonName: 'prod CA', now, validForDays: 3650 });
  other = await createCertificateAuthority({ commonName: 'issuer', now, validForDays: 3650 });
  const names = { commonName: '0.prod.data', dnsNames: ['prod-0'], usages: ['server', 'client'] } as const;
  leaf = await issueCertificate({ ca: other, ...names, now, validForDays: 90 });
});

interface Scene {
  readonly stage: Stage;
  readonly resourceVersion: string;
}

/** A mounted Secret of the own authority that nobody owns, and the one that cert-manager wrote beside it. */
async function scene(): Promise<Scene> {
  const up = aWorld(aCluster().withNodes(1)).provisioned();
  const own = { 'tls.crt': old.certPem, 'tls.key': old.keyPem, 'ca.crt': old.certPem };
  const stage = aStage(
    up.withSecret('prod-ca', { data: base64(own) }).withSecret('prod-0-tls', { ownerUid: undefined }),
  );
  const put = (name: string, data: Record<string, string>, annotations = {}) =>
    stage.put(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...key(name), annotations },
      data: base64(data),
    });
  await put('prod-ca', own);
  await put('prod-0-tls-issued', { 'tls.crt': leaf.certPem, 'tls.key': leaf.keyPem, 'ca.crt': other.certPem });
  const annotations = { 'cert-manager.io/certificate-name': 'prod-0-tls', 'example.org/kept': 'yes' };
  const mounted = await put(
    'prod-0-tls',
    { 'tls.crt': 'former', 'tls.key': 'key', 'ca.crt': old.certPem },
    annotations,
  );
  return { stage, resourceVersion: mounted.metadata.resourceVersion ?? '' };
}

async function read({ api }: Stage) {
  const { data = {}, metadata } = (await api.get(secrets, key('prod-0-tls'))) ?? {};
  return { metadata, files: Object.fromEntries(Object.entries(data).map(([file, text]) => [file, decode(text)])) };
}

const both = () => ({
  fingerprints: [fingerprint(old), fingerprint(other)],
  secrets: ['prod-ca', 'prod-0-tls-issued'],
});

function taking(resourceVersion: string, change: Partial<CertificateRequest> = {}): Step {
  const certificate: CertificateRequest = {
    secret: 'prod-0-tls',
    commonName: '0.prod.data',
    dnsNames: ['prod-0'],
    usages: ['server', 'client'],
    node: 0,
    issuer: 'present',
    replaces: { resourceVersion },
    copies: { secret: 'prod-0-tls-issued', fingerprint: fingerprint(leaf) },
    authorities: both(),
    ...change,
  };
  return { kind: 'IssueNodeCertificate', id: 0, certificate };
}

async function carriedOut({ stage }: Scene, step: Step) {
  const { failures, findings } = await apply(stage.context, { steps: [step], findings: [] });
  assert.deepEqual([failures, findings], [[], []]);
  return await read(stage);
}

describe('A certificate that cert-manager issued', () => {
  test('is taken over with its key and with everybody to trust, into a Secret that is ours from then on', async () => {
    const set = await scene();
    const { files, metadata } = await carriedOut(set, taking(set.resourceVersion));
    assert.deepEqual(files, {
      'tls.crt': leaf.certPem,
      'tls.key': leaf.keyPem,
      'ca.crt': `${old.certPem}${other.certPem}`,
    });
    assert.deepEqual(metadata?.annotations, { 'example.org/kept': 'yes' });
    assert.deepEqual(
      metadata?.ownerReferences?.map(({ kind, uid }) => [kind, uid]),
      [['NiFiCluster', 'cluster-uid']],
    );
  });

  test('makes a Secret where there is none', async () => {
    const set = await scene();
    await set.stage.api.delete(secrets, key('prod-0-tls'));
    const { replaces: _, ...request } = (taking('') as Extract<Step, { kind: 'IssueNodeCertificate' }>).certificate;
    const certificate = { ...request, replaces: undefined };
    const { files } = await carriedOut(set, { kind: 'IssueNodeCertificate', id: 0, certificate });
    assert.equal(files['tls.crt'], leaf.certPem);
  });

  test('is left where it is when cert-manager has written another meanwhile', async () => {
    const set = await scene();
    const copies = { secret: 'prod-0-tls-issued', fingerprint: 'of another' };
    const { files } = await carriedOut(set, taking(set.resourceVersion, { copies }));
    assert.equal(files['tls.crt'], 'former');
  });
});

test('A certificate of the own authority may come with others to trust', async () => {
  const set = await scene();
  const { copies: _, ...request } = (taking(set.resourceVersion) as Extract<Step, { kind: 'IssueNodeCertificate' }>)
    .certificate;
  const { files } = await carriedOut(set, { kind: 'IssueNodeCertificate', id: 0, certificate: request });
  assert.ok(chainsTo(files['tls.crt'] ?? '', old.certPem));
  assert.equal(files['ca.crt'], `${old.certPem}${other.certPem}`);
});

describe('Whom to trust', () => {
  const trusting = (resourceVersion: string, authorities: ReturnType<typeof both>): Step => ({
    kind: 'TrustAuthorities',
    name: 'prod-0-tls',
    resourceVersion,
    authorities,
  });

  test('is written in exactly the order that was planned, and nothing else changes', async () => {
    const set = await scene();
    const { files } = await carriedOut(set, trusting(set.resourceVersion, both()));
    assert.deepEqual(files, { 'tls.crt': 'former', 'tls.key': 'key', 'ca.crt': `${old.certPem}${other.certPem}` });
  });

  test('is not written by half: an authority that is nowhere any more ends it', async () => {
    const set = await scene();
    const { files } = await carriedOut(set, trusting(set.resourceVersion, { ...both(), secrets: ['prod-ca'] }));
    assert.equal(files['ca.crt'], old.certPem);
  });
});

test('A client certificate to try nodes with is laid beside the own authority', async () => {
  const { stage } = await scene();
  const { resourceVersion = '' } = (await stage.api.get(secrets, key('prod-ca')))?.metadata ?? {};
  await apply(stage.context, { steps: [{ kind: 'ProveAuthority', name: 'prod-ca', resourceVersion }], findings: [] });
  const { data = {} } = (await stage.api.get(secrets, key('prod-ca'))) ?? {};
  const probe = decode(data['probe.crt'] ?? '');
  assert.ok(chainsTo(probe, old.certPem));
  assert.deepEqual(inspectCertificate(probe).usages, ['client']);
  assert.equal(decode(data['tls.crt'] ?? ''), old.certPem);
});
