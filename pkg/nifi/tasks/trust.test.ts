// What counts as a node that has loaded its files: it accepts the new client and shows the certificate it should, both.

import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import { inspectCertificate } from '../../pki/inspect.ts';
import type { CertificateAuthority, IssuedCertificate } from '../../pki/types.ts';
import { authority, certificateFor, certificateHost, type PlayedNode, playNode } from '../testing/played-node.ts';
import type { TaskContext } from '../types.ts';
import { convince, type TrustQuestion } from './trust.ts';
import { TaskWaiting } from './waiting.ts';

describe('A node', () => {
  let old: CertificateAuthority;
  let next: CertificateAuthority;
  let probe: IssuedCertificate;
  let shown: IssuedCertificate;
  let node: PlayedNode;
  let status = 200;

  before(async () => {
    old = await authority('old');
    next = await authority('next');
    probe = await certificateFor(next, 'operator.c.ns');
    shown = await certificateFor(old, '0.c.ns', { dnsNames: [certificateHost(0)] });
  });
  beforeEach(async () => {
    status = 200;
    node = await playNode({ id: 0, ca: old, certificate: shown, handler: () => ({ status, body: {} }) });
  });
  afterEach(() => node.stop());

  const both = (): CertificateAuthority => ({ ...old, certPem: `${old.certPem}${next.certPem}` });
  const question = (change: Partial<TrustQuestion> = {}): TrustQuestion => ({
    node: node.address,
    process: 'pod-0 container',
    caPem: both().certPem,
    certPem: probe.certPem,
    keyPem: probe.keyPem,
    shows: inspectCertificate(shown.certPem).fingerprint256,
    ...change,
  });
  const asked = (change: Partial<TrustQuestion> = {}, signal: AbortSignal = new AbortController().signal) =>
    convince(question(change)).run({ signal } as TaskContext);
  const waits = (words: RegExp) => (error: unknown) => error instanceof TaskWaiting && words.test(error.message);

  test('that trusts both and shows the certificate of its Secret is convinced, whatever it answers', async () => {
    node.serve(shown, both());
    for (status of [200, 403, 500]) assert.equal(await asked(), undefined);
    assert.deepEqual(
      node.requests.map(({ clientName, serverName }) => [clientName, serverName]),
      [1, 2, 3].map(() => ['operator.c.ns', certificateHost(0)]),
    );
  });

  test('that does not trust the new authority yet is waited for', async () => {
    await assert.rejects(asked(), waits(/node 0 takes no client of the new authority/));
  });

  test('that shows another certificate than its Secret holds is waited for, although it trusts both', async () => {
    node.serve(await certificateFor(old, '0.c.ns', { dnsNames: [certificateHost(0)] }), both());
    await assert.rejects(asked(), waits(/node 0 shows another certificate/));
  });

  test('under a name that is not its own, or of an authority that nobody named, is not believed', async () => {
    node.serve(shown, both());
    const other = { ...node.address, host: certificateHost(1) };
    await assert.rejects(asked({ node: other }), waits(/does not match/));
    await assert.rejects(asked({ caPem: next.certPem }), waits(/node 0 takes no client/));
  });

  test('that listens nowhere is waited for, and one that never answers until the task is ended', async () => {
    await assert.rejects(asked({ node: { ...node.address, port: 1 } }), waits(/ECONNREFUSED/));
    const ending = new AbortController();
    node.handler = () => {
      ending.abort();
      return () => undefined;
    };
    node.serve(shown, both());
    await assert.rejects(asked({}, ending.signal), TaskWaiting);
  });

  test('is asked again when its process, its address or its certificate is another one', () => {
    const inputs = [{}, { process: 'pod-0 another' }, { shows: 'another' }, { certPem: 'another' }].map(
      (change) => convince(question(change)).input,
    );
    assert.equal(new Set(inputs).size, inputs.length);
    assert.equal(convince(question()).input, convince(question()).input);
  });
});
