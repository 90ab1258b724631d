// Certificates of a running cluster come from somebody else from now on: from the real cert-manager instead of the cluster's own
// authority, back, from another issuer, from the same one with a new authority, and from a cert-manager that wrote the mounted
// Secrets itself. Every time a client reads all the while, no node restarts and nobody distrusts anybody.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  caSecretName,
  issuedSecretName,
  nodeCertificateSecretName,
  operatorCertificateSecretName,
} from '../../api/v1/labels.ts';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { ensureCertManager } from '../../e2e/certmanager/binary.ts';
import {
  type CertManager,
  createCaIssuer,
  installCertManagerCrds,
  renew,
  startCertManager,
} from '../../e2e/certmanager/certmanager.ts';
import { aNamespace, type ClusterHandle } from '../../e2e/lab/cluster.ts';
import { until } from '../../e2e/lab/until.ts';
import { secrets } from '../../pkg/kube/resources.ts';
import { certificateType } from '../../pkg/pki/certmanager.ts';
import { createCertificateAuthority } from '../../pkg/pki/issue.ts';
import { chainsTo, splitPem } from '../../pkg/pki/pem.ts';
import type { CertificateAuthority } from '../../pkg/pki/types.ts';
import { putSecret, type Stage, startStage, undisturbed } from './bad-input.fixture.ts';
import { filesOf, watchTrust } from './trust.fixture.ts';

const members = [0, 1, 2] as const;
const mounted = [operatorCertificateSecretName('prod'), ...members.map((id) => nodeCertificateSecretName('prod', id))];
const base: NiFiClusterSpec = { version: '2.6.0', replicas: members.length };
const patient = { timeoutMs: 180_000 };

describe('the issuer of a running cluster', () => {
  let stage: Stage;
  let certManager: CertManager | undefined;
  const authorities: Record<'first' | 'second', CertificateAuthority | undefined> = {
    first: undefined,
    second: undefined,
  };
  before(async () => {
    const binary = await ensureCertManager({ onProgress: (line) => process.stderr.write(`${line}\n`) });
    stage = await startStage();
    await stage.restartOperator(async () => {
      await installCertManagerCrds(stage.lab, binary);
      certManager = startCertManager(stage.lab, binary);
    });
    for (const name of ['first', 'second'] as const)
      authorities[name] = await createCertificateAuthority({ commonName: name, now: new Date(), validForDays: 30 });
  });
  after(async () => {
    await certManager?.stop();
    await stage.stop();
  });

  const authority = (name: 'first' | 'second'): CertificateAuthority => {
    const one = authorities[name];
    assert.ok(one);
    return one;
  };
  const aCluster = async (namespace: string, issuer?: 'first' | 'second'): Promise<ClusterHandle> => {
    const space = await aNamespace(stage.lab, namespace);
    for (const name of ['first', 'second'] as const)
      await createCaIssuer(stage.lab, { namespace, name }, authority(name));
    const cluster = await space.create('prod', issuer ? { ...base, tls: { issuerRef: { name: issuer } } } : base);
    await cluster.ready(patient);
    return cluster;
  };
  /** All show certificates of this authority, and neither a Secret nor a process trusts another. */
  const onlyOf = async (cluster: ClusterHandle, certPem: string): Promise<boolean> => {
    const files = await Promise.all(mounted.map((name) => filesOf(stage.lab, cluster, name)));
    const written = files.every(
      ({ 'tls.crt': own = '', 'ca.crt': ca = '' }) => chainsTo(own, certPem) && splitPem(ca).join() === certPem,
    );
    const nodes = members.map((id) => stage.lab.nifi.nodeOfPod(cluster.namespace, `prod-${id}`).material);
    return written && nodes.every((material) => material?.authorities.length === 1);
  };
  /** Changes it under a client's eyes, and waits until it has changed. */
  const through = async (
    cluster: ClusterHandle,
    change: () => Promise<unknown>,
    isOver: () => Promise<boolean>,
  ): Promise<void> => {
    const watched = watchTrust(stage.lab, cluster, members);
    await undisturbed(stage.lab, cluster, members, async () => {
      await change();
      await until('it has changed', isOver, {
        ...patient,
        describe: async () => [
          watched.distrust.slice(0, 3),
          watched.failed.slice(0, 3),
          (await cluster.get()).status?.conditions,
          await certManager?.tail(),
        ],
      });
      await cluster.ready();
    });
    await watched.stop();
  };

  test('is cert-manager instead of the cluster itself, whose authority is gone afterwards', async () => {
    const cluster = await aCluster('to-cert-manager');
    const issuer = { spec: { tls: { issuerRef: { name: 'first' } } } };
    await through(
      cluster,
      () => cluster.patch(issuer),
      () => onlyOf(cluster, authority('first').certPem),
    );
    await until(
      'the key is gone',
      async () => (await stage.lab.client.get(secrets, cluster.key('prod-ca'))) === undefined,
    );
  });

  test('is the cluster itself instead of cert-manager, of which nothing is left afterwards', async () => {
    const cluster = await aCluster('to-own', 'first');
    const isOver = async (): Promise<boolean> => {
      const { 'tls.crt': own = '' } = await filesOf(stage.lab, cluster, caSecretName('prod'));
      return own !== '' && (await onlyOf(cluster, own));
    };
    await through(cluster, () => cluster.patch({ spec: { tls: null } }), isOver);
    await until('nothing is left', async () => {
      const left = (await cluster.list(secrets)).filter(({ metadata }) => metadata.name.endsWith(issuedSecretName('')));
      return left.length === 0 && (await cluster.list(certificateType)).length === 0;
    });
  });

  test('is another one', async () => {
    const cluster = await aCluster('another', 'first');
    const issuer = { spec: { tls: { issuerRef: { name: 'second' } } } };
    await through(
      cluster,
      () => cluster.patch(issuer),
      () => onlyOf(cluster, authority('second').certPem),
    );
  });

  test('has a new authority, with which cert-manager renews one certificate after the other', async () => {
    const cluster = await aCluster('rotation', 'first');
    const { certPem, keyPem } = authority('second');
    const change = async (): Promise<void> => {
      await putSecret(stage.lab, cluster, 'first', { 'tls.crt': certPem, 'tls.key': keyPem });
      await renew(stage.lab, cluster.key('prod-1-tls'));
      await until(
        'the node whose certificate was renewed first has it',
        async () => chainsTo((await filesOf(stage.lab, cluster, 'prod-1-tls'))['tls.crt'] ?? '', certPem),
        patient,
      );
      for (const name of ['prod-0-tls', 'prod-2-tls']) await renew(stage.lab, cluster.key(name));
    };
    await through(cluster, change, () => onlyOf(cluster, certPem));
  });

  test('wrote the mounted Secrets itself, under an earlier version of the operator: it does so no more', async () => {
    const cluster = await aCluster('earlier', 'first');
    const asBefore = async (): Promise<void> => {
      for (const name of mounted) {
        const live = await stage.lab.client.get(certificateType, cluster.key(name));
        assert.ok(live);
        const { apiVersion, kind, metadata, spec } = live;
        const { namespace, labels = {}, ownerReferences = [] } = metadata;
        const own = { name, ...(namespace === undefined ? {} : { namespace }), labels, ownerReferences };
        await stage.lab.client.apply(certificateType, {
          apiVersion,
          kind,
          metadata: own,
          spec: { ...spec, secretName: name },
        });
        for (const secret of [issuedSecretName(name), name])
          await stage.lab.client.delete(secrets, cluster.key(secret));
      }
      for (const name of mounted)
        await until(
          `cert-manager has written ${name}`,
          async () => 'tls.crt' in (await filesOf(stage.lab, cluster, name)),
        );
    };
    const isOver = async (): Promise<boolean> => {
      const all = await Promise.all(mounted.map((name) => stage.lab.client.get(secrets, cluster.key(name))));
      const ours = all.every((one) => one?.metadata.ownerReferences?.[0]?.kind === 'NiFiCluster');
      return ours && (await onlyOf(cluster, authority('first').certPem));
    };
    await undisturbed(stage.lab, cluster, members, () => stage.restartOperator(asBefore));
    await through(cluster, () => Promise.resolve(), isOver);
    for (const name of mounted) {
      const { metadata } = (await stage.lab.client.get(secrets, cluster.key(name))) ?? {};
      assert.deepEqual(Object.keys(metadata?.annotations ?? {}), [], name);
    }
  });
});
