// Webhooks that are away: nothing but v1alpha1 needs them. Pods, v1, the operator's own writes and every deletion go on, also where an
// object was written in v1alpha1, and also when whoever listens in their place never answers.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import { KubeApiError } from '../../pkg/kube/errors.ts';
import { pods } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import type { CustomResourceDefinition } from '../../pkg/webhook/trust.ts';
import { until } from '../lab/until.ts';
import { definitionType, type SmallLab, startSmallLab } from './scene.ts';

const namespace = 'down';
const collection = `/apis/datadynamics.io/v1alpha1/namespaces/${namespace}/nificlusters`;
/** `timeoutSeconds` of the webhook: who waits for it takes no less. */
const givenMs = 5_000;
let small: SmallLab;
let port: number;

before(async () => {
  small = await startSmallLab();
  port = small.operator.ports.webhook ?? 0;
  await small.lab.namespace(namespace);
  for (const name of ['kept', 'deleted', 'collected']) {
    const spec = { replicas: 1, version: '2.6.0' };
    const body = { apiVersion: 'datadynamics.io/v1alpha1', kind: 'NiFiCluster', metadata: { name }, spec };
    await small.lab.client.raw('POST', collection, { body });
  }
  await small.operator.stop();
});
after(async () => {
  await small.lab.stop();
});

const key = (name: string) => ({ namespace, name });

async function makesAndDeletesAPod(): Promise<void> {
  const spec = { containers: [{ name: 'any', image: 'example.com/any' }], schedulerName: 'nobody' };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: key('any'), spec } as unknown as KubeObject;
  const began = performance.now();
  await small.lab.client.create(pods, pod);
  await small.lab.client.delete(pods, key('any'), { gracePeriodSeconds: 0 });
  assert.ok(performance.now() - began < givenMs, 'Pods do not wait for webhooks of other kinds');
}

describe('Without the webhooks', () => {
  test('Pods come and go', makesAndDeletesAPod);

  test('a cluster is read and written in v1, by people and by the operator', async () => {
    const { client } = small.lab;
    await client.patch(nifiClusterType, key('kept'), { spec: { replicas: 2 } });
    await client.patch(nifiClusterType, key('kept'), { status: { phase: 'Scaling' } }, { subresource: 'status' });
    const { spec, status } = (await client.get(nifiClusterType, key('kept'))) ?? {};
    assert.deepEqual([spec?.replicas, status?.phase], [2, 'Scaling']);
  });

  test('a cluster that was written in v1alpha1 is deleted, by name and with its namespace', async () => {
    const { client } = small.lab;
    await client.delete(nifiClusterType, key('deleted'));
    assert.equal(await client.get(nifiClusterType, key('deleted')), undefined);
    await client.raw('DELETE', `/apis/datadynamics.io/v1/namespaces/${namespace}/nificlusters/collected`);
    assert.equal(await client.get(nifiClusterType, key('collected')), undefined);
  });

  test('v1alpha1 is answered with an error that names the webhook', async () => {
    const asked = small.lab.client.raw('GET', `${collection}/kept`, { deadlineMs: 20_000 });
    await assert.rejects(asked, (error) => error instanceof KubeApiError && /conversion webhook/.test(error.message));
  });
});

describe('With somebody in their place who never answers', () => {
  const open = new Set<Socket>();
  const silent = createServer((socket) => open.add(socket));
  before(() => new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve)));
  after(() => {
    for (const socket of open) socket.destroy();
    silent.close();
  });

  test('Pods come and go', makesAndDeletesAPod);

  test('a write in v1 goes through after the five seconds that the webhook is given', async () => {
    const began = performance.now();
    await small.lab.client.patch(nifiClusterType, key('kept'), { spec: { replicas: 3 } }, { deadlineMs: 20_000 });
    assert.ok(performance.now() - began > givenMs - 500, 'it was asked for as long as it is given');
    await until('somebody was asked', () => open.size > 0);
  });

  test('a deletion does not ask at all', async () => {
    const began = performance.now();
    await small.lab.client.delete(nifiClusterType, key('kept'));
    assert.ok(performance.now() - began < givenMs);
    assert.equal(await small.lab.client.get(nifiClusterType, key('kept')), undefined);
  });
});

test('The CRD of v1 alone takes the place of both versions, and every object is still there', async () => {
  const { client } = small.lab;
  const spec = { replicas: 1, version: '2.6.0' };
  const metadata = key('stays');
  await client.create(nifiClusterType, {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiCluster',
    metadata,
    spec,
  } as never);
  const name = 'nificlusters.datadynamics.io';
  const live = await client.get(definitionType, { namespace: '', name });
  const file = new URL('../../config/crd/datadynamics.io_nificlusters.yaml', import.meta.url);
  const plain = parse(await readFile(file, 'utf8')) as CustomResourceDefinition;
  const resourceVersion = live?.metadata.resourceVersion ?? '';
  await client.update(definitionType, { ...plain, metadata: { ...plain.metadata, resourceVersion } });
  await until('v1alpha1 is gone', async () => {
    try {
      await client.raw('GET', collection);
      return false;
    } catch (error) {
      return error instanceof KubeApiError && error.status === 404;
    }
  });
  assert.equal((await client.get(nifiClusterType, metadata))?.spec.replicas, 1);
});
