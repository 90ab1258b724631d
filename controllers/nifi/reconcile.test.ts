// What the dataflow kinds share: a finalizer before anything else, a status from the first visit on, and a deletion that waits for
// a NiFi that is away and not for one that is gone.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withDefaults } from '../../api/v1/nificluster.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import type { DefaultedNiFiRegistryClient } from '../../api/v1/zz_generated.nifiregistryclient.ts';
import { WriteTracker } from '../../pkg/kube/consistency.ts';
import { ModelApi } from '../../pkg/kube/testing/model-api.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import { finalizer } from './finalizer.ts';
import type { DataflowKind } from './kind.ts';
import { DataflowReconciler } from './reconcile.ts';
import { stalled, type Verdict } from './verdict.ts';

type Client = DefaultedNiFiRegistryClient;
const key = { namespace: 'data', name: 'flows' };
const prod = withDefaults({
  apiVersion: 'datadynamics.io/v1',
  kind: 'NiFiCluster',
  metadata: { namespace: 'data', name: 'prod', uid: 'c' },
  spec: { version: '2.6.0', replicas: 1 },
});

interface Setting {
  readonly cluster?: typeof prod | undefined;
  readonly view?: 'CONNECTED' | 'none';
  readonly held?: Verdict;
  /** Why it does not fit its schema. */
  readonly problems?: readonly string[];
}

async function aScene({ cluster = prod, view = 'CONNECTED', held, problems }: Setting, isThere = true) {
  const api = new ModelApi();
  api.lingers = (_type, { metadata }) => (metadata.finalizers ?? []).length > 0;
  const object: Client = {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiRegistryClient',
    metadata: { ...key, generation: 1 },
    spec: { clusterRef: { name: 'prod' }, type: 'NiFiRegistry' },
  };
  await api.create(nifiRegistryClientType, object);
  const asked: string[] = [];
  const measured: string[] = [];
  const released: string[] = [];
  const forgotten: string[] = [];
  const kind: DataflowKind<Client, { readonly id?: string }> = {
    type: nifiRegistryClientType,
    decode: (each) => (problems ? { ok: false, problems } : { ok: true, object: each as Client }),
    clusterOf: ({ spec }) => spec.clusterRef.name,
    referencesOf: () => [],
    obstacleTo: () => undefined,
    heldBy: () => held,
    bring: async () => {
      asked.push('bring');
      return { verdict: { is: 'Ready', reason: 'Ready', message: 'well' }, status: { id: 'x' } };
    },
    leave: async () => {
      asked.push('leave');
      return undefined;
    },
    forget: (_, uid) => void forgotten.push(uid ?? ''),
  };
  const gateway = {
    lastView: () => (view === 'none' ? undefined : { nodes: [{ status: view }] }),
    problem: () => undefined,
  } as unknown as Gateway;
  const reconciler = new DataflowReconciler(kind, {
    client: api,
    objects: { get: () => api.peek(nifiRegistryClientType, key) },
    clusters: { get: () => (isThere ? cluster : undefined) },
    gateways: { for: () => gateway },
    tracker: new WriteTracker(() => undefined),
    references: { track: () => undefined, read: () => () => ({ state: 'unknown' }), version: () => '' },
    recorder: { event: () => undefined },
    metrics: {
      objectTold: (told, _key, conditions) => measured.push(`${told} ${conditions?.[0]?.reason ?? 'is gone'}`),
    },
    release: ({ name }) => void released.push(name),
  });
  let monotonicMs = 0;
  const visit = (afterMs = 2_000) => reconciler.reconcile(key, new Date(0), (monotonicMs += afterMs));
  const seen = () => api.peek(nifiRegistryClientType, key);
  const ready = () => seen()?.status?.conditions?.find(({ type }) => type === 'Ready');
  return { api, asked, measured, released, forgotten, visit, seen, ready };
}

describe('An object of a dataflow kind', () => {
  test('gets its finalizer before NiFi hears of it', async () => {
    const { asked, visit, seen } = await aScene({});
    await visit();
    assert.deepEqual([seen()?.metadata.finalizers, asked], [[finalizer], []]);
  });

  test('is Ready for its generation, and then nothing is written', async () => {
    const { api, visit, seen, ready } = await aScene({});
    await visit();
    await visit();
    assert.deepEqual([ready()?.status, seen()?.status?.observedGeneration, seen()?.status?.id], ['True', 1, 'x']);
    const version = api.resourceVersion;
    await visit();
    assert.equal(api.resourceVersion, version);
  });

  test('is measured whenever it is looked at, and not any more when it is gone', async () => {
    const { api, measured, visit } = await aScene({});
    for (let times = 0; times < 3; times += 1) await visit();
    api.play(nifiRegistryClientType, key, { metadata: { finalizers: [] } });
    api.drop(nifiRegistryClientType, key);
    await visit();
    assert.deepEqual(measured, ['NiFiRegistryClient Ready', 'NiFiRegistryClient Ready', 'NiFiRegistryClient is gone']);
  });

  test('that names another cluster is no longer worked or read for in the former one', async () => {
    const { api, released, visit } = await aScene({});
    for (let times = 0; times < 3; times += 1) await visit();
    assert.deepEqual(released, []);
    api.play(nifiRegistryClientType, key, { spec: { clusterRef: { name: 'test' } } });
    for (let times = 0; times < 3; times += 1) await visit();
    assert.deepEqual(released, ['prod']);
  });

  test('of a name that another one had is not taken for that one, though its end was not seen', async () => {
    const { api, released, forgotten, visit, seen } = await aScene({});
    for (let times = 0; times < 3; times += 1) await visit();
    const former = seen();
    assert.ok(former);
    api.play(nifiRegistryClientType, key, { metadata: { finalizers: [] } });
    api.drop(nifiRegistryClientType, key);
    await api.create(nifiRegistryClientType, { ...former, metadata: { ...key, generation: 1 } });
    assert.notEqual(seen()?.metadata.uid, former.metadata.uid);
    await visit();
    assert.deepEqual([forgotten, released], [[former.metadata.uid], ['prod']]);
    assert.deepEqual(seen()?.metadata.finalizers, [finalizer]);
  });

  test('says that its cluster does not exist', async () => {
    const { asked, visit, ready } = await aScene({}, false);
    await visit();
    await visit();
    assert.deepEqual([ready()?.reason, asked], ['ClusterMissing', []]);
  });

  test('says that its cluster sleeps', async () => {
    const asleep = { ...prod, spec: { ...prod.spec, replicas: 0 } };
    const { visit, ready } = await aScene({ cluster: asleep });
    await visit();
    await visit();
    assert.match(`${ready()?.reason}: ${ready()?.message}`, /^ClusterNotReady: .*sleeps/u);
  });

  test('keeps what is told while an operator that has just begun knows nothing, for a minute', async () => {
    const { api, visit, ready } = await aScene({ view: 'none' });
    const conditions = [{ type: 'Ready', status: 'True', reason: 'Ready', message: 'well', lastTransitionTime: '' }];
    api.play(nifiRegistryClientType, key, { status: { observedGeneration: 1, conditions } });
    await visit();
    await visit();
    assert.equal(ready()?.status, 'True');
    await visit(61_000);
    assert.equal(ready()?.reason, 'ClusterNotReady');
  });
});

describe('A deletion', () => {
  const doomed = async (setting: Setting, isThere = true, annotations: Readonly<Record<string, string>> = {}) => {
    const scene = await aScene(setting, isThere);
    const metadata = { finalizers: [finalizer], annotations };
    scene.api.play(nifiRegistryClientType, key, { metadata });
    scene.api.drop(nifiRegistryClientType, key);
    await scene.visit();
    return { ...scene, isFree: (scene.seen()?.metadata.finalizers ?? []).length === 0 };
  };

  test('takes the finalizer off when nothing is left in NiFi', async () => {
    const { asked, isFree } = await doomed({});
    assert.deepEqual([asked, isFree], [['leave'], true]);
  });

  test('is not held by a cluster that is gone, or going', async () => {
    const going = { ...prod, metadata: { ...prod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    for (const { asked, isFree } of [await doomed({}, false), await doomed({ cluster: going })]) {
      assert.deepEqual([asked, isFree], [[], true]);
    }
  });

  test('waits for a NiFi that is away, and says how not to', async () => {
    const { ready, isFree } = await doomed({ view: 'none' });
    assert.equal(isFree, false);
    assert.match(ready()?.message ?? '', /the deletion waits: .*leave-behind=true/u);
  });

  test('waits for nothing when a person leaves behind what is in NiFi', async () => {
    const { asked, isFree } = await doomed({ view: 'none' }, true, { 'nifi.datadynamics.io/leave-behind': 'true' });
    assert.deepEqual([asked, isFree], [[], true]);
  });

  test('of what cannot be read waits too, says so, and leaves behind what is in NiFi when a person asks for it', async () => {
    const unreadable = { problems: ['spec.type is required'] };
    const { ready, isFree } = await doomed(unreadable);
    assert.equal(isFree, false);
    assert.match(ready()?.message ?? '', /the deletion waits: spec\.type is required; .*leave-behind=true/u);
    const left = await doomed(unreadable, true, { 'nifi.datadynamics.io/leave-behind': 'true' });
    assert.deepEqual([left.asked, left.isFree], [[], true]);
  });

  test('waits for what uses the object', async () => {
    const { ready, asked, isFree } = await doomed({ held: stalled('InUse', 'by orders') });
    assert.deepEqual([ready()?.reason, asked, isFree], ['InUse', [], false]);
  });
});
