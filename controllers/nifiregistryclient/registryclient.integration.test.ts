// Registry clients of a running cluster, on a real API server with the stand-in NiFi: made once, kept as the spec says, told when
// something is in the way, mended by itself when it no longer is, and gone when the object is.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { digestSecretName } from '../../api/v1/labels.ts';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import type { NiFiRegistryClientSpec } from '../../api/v1/zz_generated.nifiregistryclient.ts';
import { aNamespace, type ClusterHandle } from '../../e2e/lab/cluster.ts';
import { type Lab, startLab } from '../../e2e/lab/lab.ts';
import { runOperator } from '../../e2e/lab/operator.ts';
import { until } from '../../e2e/lab/until.ts';
import { events, secrets } from '../../pkg/kube/resources.ts';
import type { Operator } from '../../pkg/operator/operator.ts';

const namespace = 'flows';
const canary = 'Kanarienvogel-4712';
const clusterRef = { name: 'prod' };
const github: NiFiRegistryClientSpec = {
  clusterRef,
  type: 'GitHub',
  properties: {
    'Repository Owner': 'example',
    'Repository Name': 'flows',
    'Authentication Type': 'PERSONAL_ACCESS_TOKEN',
  },
  secretProperties: { 'Personal Access Token': { name: 'github', key: 'token' } },
};
const registry: NiFiRegistryClientSpec = {
  clusterRef,
  type: 'NiFiRegistry',
  properties: { url: 'http://registry:18080' },
};

describe('registry clients', () => {
  let lab: Lab;
  let operator: Operator;
  let cluster: ClusterHandle;
  const log: unknown[] = [];

  before(async () => {
    lab = await startLab();
    operator = await runOperator(lab.controlPlane.kubeconfig, ['--drift-period', '1s'], log);
    const space = await aNamespace(lab, namespace);
    cluster = await space.create('prod', { version: '2.6.0', replicas: 1 });
    await cluster.ready();
  });
  after(async () => {
    await operator.stop();
    await lab.stop();
  });

  const key = (name: string) => ({ namespace, name });
  const get = (name: string) => lab.client.get(nifiRegistryClientType, key(name));
  const inNiFi = () => [...(lab.nifi.cluster(`${namespace}/prod`).state?.registryClients.values() ?? [])];
  const named = (name: string) => inNiFi().filter((client) => client.name === name);
  const create = (name: string, spec: NiFiRegistryClientSpec) =>
    lab.client.create(nifiRegistryClientType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiRegistryClient',
      metadata: { name, namespace },
      spec,
    });
  const readyCondition = async (name: string) => {
    const object = await get(name);
    const { generation } = object?.metadata ?? {};
    return object?.status?.observedGeneration === generation
      ? object?.status?.conditions?.find(({ type }) => type === 'Ready')
      : undefined;
  };
  const told = async (name: string, reason: string): Promise<string> => {
    const describeIt = async () => [(await get(name))?.status, inNiFi()];
    const condition = await until(
      `${name} says ${reason}`,
      async () => {
        const ready = await readyCondition(name);
        return ready?.reason === reason && ready;
      },
      { describe: describeIt },
    );
    return condition.message;
  };
  const gone = (name: string) =>
    until(`${name} is gone`, async () => (await get(name)) === undefined, { describe: () => get(name) });
  const putToken = (token: string) =>
    lab.client.apply(
      secrets,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'github', namespace },
        data: { token: Buffer.from(token).toString('base64') },
      },
      { fieldManager: 'lab', force: true },
    );

  test('a client is made once, says where it is, and is found again by an operator that lost its status', async () => {
    await create('registry', registry);
    await told('registry', 'Ready');
    const [made] = named('registry');
    assert.equal((await get('registry'))?.status?.id, made?.id);
    await lab.client.patch(nifiRegistryClientType, key('registry'), { status: null }, { subresource: 'status' });
    await told('registry', 'Ready');
    assert.deepEqual(
      named('registry').map(({ id }) => id),
      [made?.id],
    );
  });

  test('what is changed by hand is changed back, and a new value of the spec is written', async () => {
    const client = named('registry')[0];
    assert.ok(client);
    client.properties = { ...client.properties, url: 'http://elsewhere' };
    await until('it is changed back', () => named('registry')[0]?.properties['url'] === 'http://registry:18080');
    await lab.client.patch(nifiRegistryClientType, key('registry'), {
      spec: { properties: { url: 'http://new:18080' } },
    });
    await until('it has the new value', () => named('registry')[0]?.properties['url'] === 'http://new:18080');
    await told('registry', 'Ready');
  });

  test('a Secret that is missing, then lacks the key, then is good, then changes', async () => {
    await create('github', github);
    assert.match(await told('github', 'ReferenceMissing'), /secretProperties\[Personal Access Token\].*Secret github/u);
    await lab.client.apply(
      secrets,
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'github', namespace }, data: { other: '' } },
      { fieldManager: 'lab', force: true },
    );
    assert.match(await told('github', 'ReferenceKeyMissing'), /key token/u);
    await putToken(canary);
    await told('github', 'Ready');
    assert.equal(named('github')[0]?.properties['Personal Access Token'], canary);
    await putToken(`${canary}-2`);
    await until(
      'the changed token is written',
      () => named('github')[0]?.properties['Personal Access Token'] === `${canary}-2`,
    );
    await told('github', 'Ready');
  });

  test('the value of a Secret is nowhere but in NiFi', async () => {
    const object = await get('github');
    const kept = await lab.client.get(secrets, key(digestSecretName(object?.metadata.uid ?? '')));
    assert.ok(kept?.data?.['digests.json']);
    const { items } = await lab.client.list(events, { namespace });
    const decoded = Object.values(kept.data).map((text) => Buffer.from(text, 'base64').toString());
    assert.ok(!JSON.stringify([object, decoded, items, log, named('github')[0]?.description]).includes(canary));
  });

  test('nothing is written while nothing changes, also after a restart of the operator', async () => {
    const since = new Date();
    await operator.stop();
    operator = await runOperator(lab.controlPlane.kubeconfig, ['--drift-period', '1s'], log);
    const versions = async () =>
      Promise.all(['registry', 'github'].map(async (name) => (await get(name))?.metadata.resourceVersion));
    const before = await versions();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    assert.deepEqual(await versions(), before);
    const writes = lab.nifi.log.list(
      (call) => call.at >= since && call.method !== 'GET' && call.path.includes('registry-clients'),
    );
    assert.deepEqual(writes, []);
  });

  test('another type is another client, and the former one goes', async () => {
    const before = named('registry')[0]?.id;
    await lab.client.patch(nifiRegistryClientType, key('registry'), {
      spec: { ...github, properties: { ...github.properties, url: null } },
    });
    await until(
      'one client of the other class is left',
      () => {
        const ours = inNiFi().filter(({ description }) => description?.includes(`${namespace}/registry `));
        return ours.length === 1 && ours[0]?.id !== before && ours[0]?.name === 'registry';
      },
      { describe: inNiFi },
    );
    await told('registry', 'Ready');
  });

  test('a host inside is refused before NiFi hears of it, and a class that NiFi does not have after', async () => {
    await create('inside', { clusterRef, type: 'NiFiRegistry', properties: { url: 'http://169.254.169.254/' } });
    assert.match(
      await told('inside', 'HostNotAllowed'),
      /spec\.properties\[url\].*169\.254\.169\.254.*--allowed-registry-hosts/u,
    );
    assert.deepEqual(named('inside'), []);
    await create('classless', { clusterRef, type: 'org.example.Nothing' });
    assert.match(await told('classless', 'NiFiRefused'), /org\.example\.Nothing is not known/u);
  });

  test('a deleted object takes its client along, and only that', async () => {
    for (const name of ['registry', 'inside', 'classless']) await lab.client.delete(nifiRegistryClientType, key(name));
    for (const name of ['registry', 'inside', 'classless']) await gone(name);
    assert.deepEqual(
      inNiFi().map(({ name }) => name),
      ['github'],
    );
  });

  test('a deletion is not held by a cluster that is gone, and a missing cluster is told', async () => {
    await lab.client.delete(nifiClusterType, key('prod'));
    await lab.client.delete(nifiRegistryClientType, key('github'));
    await gone('github');
    await create('orphan', registry);
    assert.match(await told('orphan', 'ClusterMissing'), /spec\.clusterRef names the NiFiCluster prod/u);
    await lab.client.delete(nifiRegistryClientType, key('orphan'));
    await gone('orphan');
  });
});
