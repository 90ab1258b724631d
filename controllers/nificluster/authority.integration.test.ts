// A running cluster gets a new certificate authority while a client reads from it all the time: no node restarts, no two nodes
// distrust each other at any moment, the client never fails, and at the end nobody trusts the former authority.
// The operator is not told when a node has loaded its files; it sees it from outside, and a node that hangs holds the change up.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  annotations,
  caSecretName,
  nodeCertificateSecretName,
  operatorCertificateSecretName,
} from '../../api/v1/labels.ts';
import type { ClusterHandle } from '../../e2e/lab/cluster.ts';
import { until } from '../../e2e/lab/until.ts';
import { secrets } from '../../pkg/kube/resources.ts';
import { inspectCertificate } from '../../pkg/pki/inspect.ts';
import { chainsTo } from '../../pkg/pki/pem.ts';
import { type Stage, startStage, undisturbed } from './bad-input.fixture.ts';
import { ask, filesOf, watchTrust } from './trust.fixture.ts';

const members = [0, 1, 2] as const;

describe('the authority of a running cluster', () => {
  let stage: Stage;
  before(async () => {
    stage = await startStage();
  });
  after(() => stage.stop());

  const read = (cluster: ClusterHandle, name: string) => filesOf(stage.lab, cluster, name);
  const renew = async (cluster: ClusterHandle, at: Date): Promise<void> => {
    const wish = { metadata: { annotations: { [annotations.renewRequestedAt]: at.toISOString() } } };
    await stage.lab.client.patch(secrets, cluster.key(caSecretName('prod')), wish);
  };

  test('is replaced on request under traffic: nobody restarts, nobody distrusts anybody, and the former is trusted no more', async () => {
    const cluster = await stage.cluster('changes', { replicas: members.length });
    await cluster.ready({ timeoutMs: 180_000 });
    const former = await read(cluster, caSecretName('prod'));
    const formerOperator = await read(cluster, operatorCertificateSecretName('prod'));
    const watched = watchTrust(stage.lab, cluster, members);

    await undisturbed(stage.lab, cluster, members, async () => {
      await renew(cluster, new Date());
      await cluster.until('it is told', ({ status }) =>
        (status?.conditions ?? []).some(
          ({ type, reason }) => type === 'CertificatesValid' && reason === 'CertificateAuthorityChanging',
        ),
      );
      const isReplaced = async (): Promise<boolean> => {
        const { 'tls.crt': now = '', 'next.crt': next } = await read(cluster, caSecretName('prod'));
        return next === undefined && now !== former['tls.crt'];
      };
      await until('the authority is another one', isReplaced, {
        timeoutMs: 180_000,
        describe: async () => [watched.distrust.slice(0, 3), (await cluster.get()).status?.conditions],
      });
      await until('no node trusts the former', () =>
        members.every(
          (id) => stage.lab.nifi.nodeOfPod(cluster.namespace, `prod-${id}`).material?.authorities.length === 1,
        ),
      );
      await cluster.ready();
    });
    await watched.stop();

    const now = await read(cluster, caSecretName('prod'));
    assert.notEqual(
      inspectCertificate(now['tls.crt'] ?? '').subject,
      inspectCertificate(former['tls.crt'] ?? '').subject,
    );
    assert.deepEqual(Object.keys(now).toSorted(), ['ca.crt', 'tls.crt', 'tls.key']);
    for (const name of [
      operatorCertificateSecretName('prod'),
      ...members.map((id) => nodeCertificateSecretName('prod', id)),
    ]) {
      const files = await read(cluster, name);
      assert.equal(files['ca.crt'], now['tls.crt'], name);
      assert.ok(chainsTo(files['tls.crt'] ?? '', now['tls.crt'] ?? ''), name);
    }
    const refusedNow = { ...formerOperator, 'ca.crt': now['tls.crt'] ?? '' };
    for (const id of members)
      await assert.rejects(ask(stage.lab, cluster, id, refusedNow), `node ${id} takes the former client`);
  });

  test('waits for a node that hangs, changes nothing meanwhile that it would not take, and goes on by itself', async () => {
    const cluster = await stage.cluster('hangs', { replicas: members.length });
    await cluster.ready({ timeoutMs: 180_000 });
    const former = await read(cluster, caSecretName('prod'));
    const release = stage.lab.nifi.nodeOfPod(cluster.namespace, 'prod-1').hang();
    await renew(cluster, new Date());
    const words = ({ status }: { status?: { conditions?: readonly { type?: string; message?: string }[] } }): string =>
      status?.conditions?.find(({ type }) => type === 'CertificatesValid')?.message ?? '';
    await cluster.until('it says whom it waits for', (object) => /until node 1 runs/.test(words(object)));
    for (const id of members) {
      const { 'tls.crt': own = '' } = await read(cluster, nodeCertificateSecretName('prod', id));
      assert.ok(chainsTo(own, former['tls.crt'] ?? ''), `node ${id}`);
    }
    release();
    await until(
      'the authority is another one',
      async () => {
        const { 'tls.crt': now, 'next.crt': next } = await read(cluster, caSecretName('prod'));
        return next === undefined && now !== former['tls.crt'];
      },
      { timeoutMs: 180_000 },
    );
  });
});
