// What is done when a cluster is gone: only what has no owner, nothing while a volume is left, and everything repeatable.

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { clusterSelector } from '../../api/v1/labels.ts';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import { KubeTransportError } from '../../pkg/kube/errors.ts';
import { configMaps, leases, persistentVolumeClaims, secrets } from '../../pkg/kube/resources.ts';
import { ModelApi } from '../../pkg/kube/testing/model-api.ts';
import { Cleaner } from './cleanup.ts';

const key = { namespace: 'data', name: 'prod' };
const component = '01234567-89ab-cdef-0123-456789abcdef';
const state = `prod-nifi-component-${component}`;

describe('Cleaning up after a cluster', () => {
  let api: ModelApi;
  let cleaner: Cleaner;
  let keyUid: string;

  beforeEach(async () => {
    api = new ModelApi();
    cleaner = new Cleaner(api);
    const put = (type: Parameters<ModelApi['create']>[0], name: string, namespace = 'data') =>
      api.create(type, { apiVersion: type.apiVersion, kind: type.kind, metadata: { name, namespace } });
    for (const name of ['prod-cluster-coordinator', 'prod-primary-node', 'prod-2-primary-node'])
      await put(leases, name);
    const kept = ['prod-2-nifi-component-x', 'prod-nifi-component-notes', 'prod-start', `other-${state}`];
    for (const name of [state, ...kept]) await put(configMaps, name);
    await put(configMaps, state, 'elsewhere');
    const secret = await put(secrets, 'prod-sensitive-key');
    keyUid = secret.metadata.uid ?? '';
  });

  async function left(): Promise<readonly string[]> {
    const lists = await Promise.all([leases, configMaps, secrets].map((type) => api.list(type)));
    return lists.flatMap(({ items }) => items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  }

  test('leaves NiFi’s Leases while a node still runs, which would only take them again', async () => {
    await cleaner.clean(key, { pods: 1, claims: 1, sensitiveKeyUid: keyUid, certificates: [] });
    assert.ok((await left()).some((name) => name.endsWith('coordinator')));
    await cleaner.clean(key, { pods: 0, claims: 1, sensitiveKeyUid: keyUid, certificates: [] });
    assert.ok(!(await left()).some((name) => name.endsWith('prod-cluster-coordinator')));
  });

  test('writes nothing when another process took NiFi’s Leases before', async () => {
    await cleaner.clean(key, { pods: 0, claims: 1, sensitiveKeyUid: keyUid, certificates: [] });
    const before = api.calls.length;
    await new Cleaner(api).clean(key, { pods: 0, claims: 1, sensitiveKeyUid: keyUid, certificates: [] });
    const verbs = new Set(api.calls.slice(before).map(({ verb }) => verb));
    assert.deepEqual(verbs, new Set(['get']));
  });

  test('takes NiFi’s Leases at once, and nothing that is needed as long as a volume exists', async () => {
    await cleaner.clean(key, { pods: 0, claims: 1, sensitiveKeyUid: keyUid, certificates: [] });
    const names = await left();
    assert.deepEqual(
      names.filter((name) => /coordinator|primary/.test(name)),
      ['data/prod-2-primary-node'],
    );
    assert.ok(names.includes('data/prod-sensitive-key'));
    assert.ok(names.includes(`data/${state}`));
  });

  test('takes the key and NiFi’s state with the last volume, and nothing of another cluster or namespace', async () => {
    await cleaner.clean(key, { pods: 0, claims: 0, sensitiveKeyUid: keyUid, certificates: [] });
    assert.deepEqual((await left()).toSorted(), [
      `data/other-${state}`,
      'data/prod-2-nifi-component-x',
      'data/prod-2-primary-node',
      'data/prod-nifi-component-notes',
      'data/prod-start',
      `elsewhere/${state}`,
    ]);
  });

  test('takes nothing from a cluster that is there after all: the cache may show the time before it was made', async () => {
    await api.create(nifiClusterType, {
      apiVersion: nifiClusterType.apiVersion,
      kind: nifiClusterType.kind,
      metadata: { name: 'prod', namespace: 'data' },
    } as DefaultedNiFiCluster);
    const before = await left();
    await cleaner.clean(key, { pods: 0, claims: 0, sensitiveKeyUid: keyUid, certificates: [] });
    assert.deepEqual(await left(), before);
  });

  test('leaves the key and NiFi’s state while a volume exists that the cache does not show yet', async () => {
    const { apiVersion, kind } = persistentVolumeClaims;
    const metadata = { name: 'data-prod-0', namespace: 'data', labels: clusterSelector('prod') };
    await api.create(persistentVolumeClaims, { apiVersion, kind, metadata });
    await cleaner.clean(key, { pods: 0, claims: 0, sensitiveKeyUid: keyUid, certificates: [] });
    const names = await left();
    assert.ok(names.includes('data/prod-sensitive-key'));
    assert.ok(names.includes(`data/${state}`));
  });

  test('takes certificates that nobody owns, also while a volume exists, and none that was made anew meanwhile', async () => {
    for (const name of ['prod-0-tls', 'prod-1-tls'])
      await api.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'data' } });
    const { metadata } = (await api.get(secrets, { ...key, name: 'prod-0-tls' })) ?? { metadata: { uid: '' } };
    const known = { name: 'prod-0-tls', uid: metadata.uid ?? '' };
    await cleaner.clean(key, { pods: 0, claims: 1, sensitiveKeyUid: keyUid, certificates: [known] });
    assert.ok(!(await left()).includes('data/prod-0-tls'));
    const another = { name: 'prod-1-tls', uid: 'another' };
    const certificates = [known, another];
    await assert.rejects(cleaner.clean(key, { pods: 0, claims: 1, sensitiveKeyUid: keyUid, certificates }), {
      reason: 'Conflict',
    });
    assert.ok((await left()).includes('data/prod-1-tls'));
  });

  test('leaves a key of the same name that is another one', async () => {
    await assert.rejects(cleaner.clean(key, { pods: 0, claims: 0, sensitiveKeyUid: 'another', certificates: [] }), {
      reason: 'Conflict',
    });
    assert.ok((await left()).includes('data/prod-sensitive-key'));
  });

  test('does not repeat itself for every event of a vanishing cluster, but does for the next one', async () => {
    await cleaner.clean(key, { pods: 0, claims: 0, sensitiveKeyUid: undefined, certificates: [] });
    const calls = api.calls.length;
    await cleaner.clean(key, { pods: 0, claims: 0, sensitiveKeyUid: undefined, certificates: [] });
    assert.equal(api.calls.length, calls);
    cleaner.appeared(key);
    await cleaner.clean(key, { pods: 0, claims: 0, sensitiveKeyUid: undefined, certificates: [] });
    assert.ok(api.calls.length > calls);
  });

  test('goes on after a failure where it was', async () => {
    api.before = ({ verb }) => {
      if (verb === 'list') throw new KubeTransportError('cut', 'ECONNRESET', false);
    };
    await assert.rejects(
      cleaner.clean(key, { pods: 0, claims: 0, sensitiveKeyUid: keyUid, certificates: [] }),
      KubeTransportError,
    );
    api.before = () => undefined;
    assert.ok((await left()).includes('data/prod-sensitive-key'));
    await cleaner.clean(key, { pods: 0, claims: 0, sensitiveKeyUid: keyUid, certificates: [] });
    assert.ok(!(await left()).includes('data/prod-sensitive-key'));
    assert.ok(!(await left()).includes(`data/${state}`));
  });
});
