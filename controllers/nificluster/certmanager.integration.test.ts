// A cluster whose certificates come from cert-manager: from its real controllers, on a real API server.
// Nothing that cert-manager does is played; NiFi is, and it reloads certificates as NiFi does.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';
import {
  hostName,
  issuedSecretName,
  nodeCertificateSecretName,
  operatorCertificateSecretName,
} from '../../api/v1/labels.ts';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster, NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { type CertManagerBinary, ensureCertManager } from '../../e2e/certmanager/binary.ts';
import {
  type CertManager,
  createCaIssuer,
  installCertManagerCrds,
  renew,
  startCertManager,
} from '../../e2e/certmanager/certmanager.ts';
import { aNamespace, type ClusterHandle } from '../../e2e/lab/cluster.ts';
import { type Lab, startLab } from '../../e2e/lab/lab.ts';
import { runOperator } from '../../e2e/lab/operator.ts';
import { until } from '../../e2e/lab/until.ts';
import { type Secret, secrets } from '../../pkg/kube/resources.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import { certificateType } from '../../pkg/pki/certmanager.ts';
import { inspectCertificate } from '../../pkg/pki/inspect.ts';
import { createCertificateAuthority } from '../../pkg/pki/issue.ts';
import type { CertificateAuthority, CertificateFacts } from '../../pkg/pki/types.ts';
import { decode } from './projections.ts';

/** The garbage collector learns of a new kind within 30 seconds. */
const patient = { timeoutMs: 180_000 };

const members = [0, 1, 2];
const issuer = 'prod-issuer';
const base: NiFiClusterSpec = {
  version: '2.6.0',
  replicas: 3,
  proxyHosts: ['nifi.example.org:443'],
  tls: { issuerRef: { name: issuer } },
};

describe('a cluster with an issuer', () => {
  let lab: Lab;
  let binary: CertManagerBinary;
  let certManager: CertManager | undefined;
  let operator: Operator;
  let authority: CertificateAuthority;
  const errors: unknown[] = [];

  before(async () => {
    const onProgress = (line: string): boolean => process.stderr.write(`${line}\n`);
    binary = await ensureCertManager({ onProgress });
    lab = await startLab({ kubelet: { serviceAccountTokens: true }, nifi: { onError: (error) => errors.push(error) } });
    operator = await runOperator(lab.controlPlane.kubeconfig, ['--drift-period', '1s'], [], { absentMs: 500 });
    authority = await createCertificateAuthority({ commonName: 'issuer', now: new Date(), validForDays: 30 });
  });
  after(async () => {
    await operator?.stop();
    await certManager?.stop();
    await lab?.stop();
    // The garbage collector may take a deleted cluster's Role before its Pods: then NiFi's last writes are refused.
    const unexpected = errors.map(String).filter((error) => !/leases.*deleted/u.test(error));
    assert.deepEqual(unexpected, []);
  });

  const create = async (namespace: string, spec: NiFiClusterSpec): Promise<ClusterHandle> =>
    (await aNamespace(lab, namespace)).create('prod', spec);
  const createWithIssuer = async (namespace: string): Promise<ClusterHandle> => {
    const space = await aNamespace(lab, namespace);
    await createCaIssuer(lab, { namespace, name: issuer }, authority);
    return await space.create('prod', base);
  };
  const pemOf = async (cluster: ClusterHandle, secret: string): Promise<string | undefined> => {
    const data = (await lab.client.get(secrets, cluster.key(secret)))?.data ?? {};
    return data['tls.crt'] && decode(data['tls.crt']);
  };
  const factsOf = async (cluster: ClusterHandle, secret: string): Promise<CertificateFacts> =>
    inspectCertificate((await pemOf(cluster, secret)) ?? '');
  const containerIds = async (cluster: ClusterHandle): Promise<readonly unknown[]> => {
    const all = await Promise.all(members.map((id) => cluster.pod(id)));
    return all.map((pod) => [pod?.metadata.uid, pod?.status?.containerStatuses?.map(({ containerID }) => containerID)]);
  };
  /** The certificate that a node shows to who connects with what the operator has. */
  const served = async (cluster: ClusterHandle, id: number): Promise<string> => {
    const own = (await lab.client.get(secrets, cluster.key(operatorCertificateSecretName('prod'))))?.data ?? {};
    const [cert, key, ca] = ['tls.crt', 'tls.key', 'ca.crt'].map((file) => decode(own[file] ?? ''));
    const { ip: host } = lab.nifi.nodeOfPod(cluster.namespace, `prod-${id}`);
    const servername = hostName('prod', id, cluster.namespace);
    return await fingerprintOf({ host, port: 8443, servername, cert, key, ca });
  };

  test('waits while cert-manager is not installed, says so, and goes on by itself once it is', async () => {
    const cluster = await create('late', base);
    const { status } = await cluster.until('it is told', told('IssuerUnavailable'));
    assert.match(messageOf(status), /cert-manager is not installed in this Kubernetes cluster: install it/u);
    assert.equal((await cluster.list(secrets)).some(isCertificate), false);

    await installCertManagerCrds(lab, binary);
    certManager = startCertManager(lab, binary);
    await createCaIssuer(lab, cluster.key(issuer), authority);
    await cluster.ready({ describe: async () => [await cluster.get(), await certManager?.tail()] });
  });

  test('has certificates of that issuer, good for what nodes and the operator do, and all nodes connect over them', async () => {
    const cluster = await createWithIssuer('issued');
    const { status } = await cluster.ready();
    assert.deepEqual(
      status?.nodes?.map(({ state }) => state),
      members.map(() => 'CONNECTED'),
    );
    const root = inspectCertificate(authority.certPem);
    for (const id of members) {
      const facts = await factsOf(cluster, nodeCertificateSecretName('prod', id));
      assert.equal(facts.commonName, `${id}.prod.issued`);
      assert.deepEqual(facts.usages.toSorted(), ['client', 'server']);
      assert.equal(facts.issuerKeyId, root.subjectKeyId);
      assert.ok(facts.dnsNames.includes(`prod-${id}.prod-nodes.issued.svc`), facts.dnsNames.join());
      for (const name of ['prod.issued.svc', 'localhost', 'nifi.example.org'])
        assert.ok(facts.dnsNames.includes(name), `${name} is not in ${facts.dnsNames.join()}`);
      assert.equal(await served(cluster, id), facts.fingerprint256);
    }
    const own = await factsOf(cluster, operatorCertificateSecretName('prod'));
    assert.deepEqual([own.commonName, own.usages], ['operator.prod.issued', ['client']]);
    const kinds = (await cluster.list(secrets)).map(({ metadata }) => metadata.name).toSorted();
    const issued = ['prod-0-tls', 'prod-1-tls', 'prod-2-tls', 'prod-operator-tls'].flatMap((name) => [
      name,
      issuedSecretName(name),
    ]);
    assert.deepEqual(kinds, [...issued, 'prod-sensitive-key']);
  });

  test('takes renewed certificates into use, and a Secret that was deleted, and restarts nothing', async () => {
    const cluster = await createWithIssuer('renewed');
    await cluster.ready();
    const names = [
      ...members.map((id) => nodeCertificateSecretName('prod', id)),
      operatorCertificateSecretName('prod'),
    ];
    const [lost = '', taken = '', ...rest] = names;
    const old = await Promise.all(names.map((name) => pemOf(cluster, name)));
    const containers = await containerIds(cluster);

    await lab.client.delete(secrets, cluster.key(issuedSecretName(lost)));
    await lab.client.delete(secrets, cluster.key(taken));
    await until('what is mounted is there again', async () => (await pemOf(cluster, taken)) === old[1]);
    await Promise.all([taken, ...rest].map((name) => renew(lab, cluster.key(name))));
    await until('all certificates are new', async () => {
      const now = await Promise.all(names.map((name) => pemOf(cluster, name)));
      return now.every((pem, index) => pem !== undefined && pem !== old[index]);
    });
    for (const id of members) {
      const { fingerprint256 } = await factsOf(cluster, nodeCertificateSecretName('prod', id));
      await until(`node ${id} shows its new certificate`, async () => (await served(cluster, id)) === fingerprint256);
    }

    const node = lab.nifi.nodeOfPod(cluster.namespace, 'prod-1');
    node.disconnectBy('CN=somebody');
    await cluster.until('the operator sees it', ({ status }) => status?.nodes?.[1]?.state === 'DISCONNECTED');
    node.connectBy('CN=somebody');
    await cluster.ready();
    assert.deepEqual(await containerIds(cluster), containers);
  });

  test('waits for an issuer that does not exist, says what cert-manager says, and goes on by itself once it does', async () => {
    const cluster = await create('nobody', base);
    const { status } = await cluster.until('it is told', told('CertificatePending'));
    assert.match(messageOf(status), /Certificate prod-operator-tls: .*\. If it lasts, see that Issuer prod-issuer of/u);
    await cluster.until("cert-manager's words are told", (now) =>
      messageOf(now.status).includes('Issuing certificate as Secret does not exist'),
    );
    await createCaIssuer(lab, cluster.key(issuer), authority);
    await cluster.ready();
  });

  test('leaves no certificate when it is deleted, and its name can be used for one with its own authority', async () => {
    const cluster = await createWithIssuer('deleted');
    await cluster.ready();
    await lab.client.delete(nifiClusterType, cluster.key('prod'));
    await until('its Secrets but the key are gone', async () => (await cluster.list(secrets)).length === 1, {
      ...patient,
      describe: async () => (await cluster.list(secrets)).map(({ metadata }) => metadata),
    });
    assert.deepEqual(await cluster.list(certificateType), []);
    const { tls: _, ...own } = base;
    await (await cluster.again({ ...own, adoptVolumes: true })).ready();
  });

  test('does not concern a cluster without one', async () => {
    const { tls: _, ...own } = base;
    const cluster = await create('own', own);
    await cluster.ready();
    assert.deepEqual(await cluster.list(certificateType), []);
    const root = inspectCertificate((await pemOf(cluster, 'prod-ca')) ?? '');
    const { issuerKeyId } = await factsOf(cluster, nodeCertificateSecretName('prod', 0));
    assert.equal(issuerKeyId, root.subjectKeyId);
  });
});

function told(wanted: string): (cluster: DefaultedNiFiCluster) => boolean {
  return ({ status }) => status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === wanted) ?? false;
}

function messageOf(status: DefaultedNiFiCluster['status']): string {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
}

function isCertificate({ metadata }: Secret): boolean {
  return metadata.name.endsWith('-tls');
}

async function fingerprintOf(options: Parameters<typeof connect>[1] & { readonly port: number }): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
