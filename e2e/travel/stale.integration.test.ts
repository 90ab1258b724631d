// Time travel: an operator that starts anew against an API server whose caches lag sees an older world than the one that it, or
// the operator before it, has acted in. The lag is real: a second kube-apiserver to which etcd's watches tell nothing for a
// while, kind by kind, while what it reads and writes in etcd is current. It lists from its cache, as API servers did before
// they could stream the first state.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { annotations } from '../../api/v1/labels.ts';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import { kubeconfigAccess } from '../../pkg/kube/access.ts';
import { KubeClient } from '../../pkg/kube/client.ts';
import { secrets } from '../../pkg/kube/resources.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import type { SecondApiServer } from '../controlplane/controlplane.ts';
import { type FaultProxy, type Match, startKubeconfigProxy } from '../controlplane/faultproxy.ts';
import { watchNodes } from '../crash/watch.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';
import { aChange, assertNothingLost, create, movesIn, named, patient, play, podsDeleted, writesTo } from './scene.ts';

const kinds = {
  clusters: '/registry/datadynamics.io/nificlusters/',
  pods: '/registry/pods/',
  configMaps: '/registry/configmaps/',
  claims: '/registry/persistentvolumeclaims/',
} as const;
/** Long enough for an operator to do what it is about to do: it acts within milliseconds of NiFi's first answer. */
const temptationMs = 4_000;
const noWatchList = '--feature-gates=WatchList=false';
const isClusterRead: Match = ({ method, path, watch }) =>
  method === 'GET' && !watch && path.endsWith('/nificlusters/prod');
const isStatusWrite: Match = ({ method, path }) => method === 'PATCH' && path.includes('/nificlusters/prod/status');

describe('An operator that starts anew against an API server that lags', () => {
  const operators: Operator[] = [];
  let lab: Lab;
  let second: SecondApiServer;
  let proxy: FaultProxy & { readonly kubeconfig: string };
  let behind: KubeClient;

  before(async () => {
    lab = await startLab();
    second = await lab.controlPlane.startSecondApiServer([noWatchList]);
    proxy = await startKubeconfigProxy(second.kubeconfig);
    behind = new KubeClient({ access: await kubeconfigAccess(proxy.kubeconfig), userAgent: 'test' });
  });
  after(async () => {
    await Promise.all(operators.map((operator) => operator.stop()));
    await behind?.close();
    await proxy?.stop();
    await second?.stop();
    await lab?.stop();
  });

  async function start(kubeconfig: string, namespace: string): Promise<Operator> {
    const operator = await runOperator(kubeconfig, ['--watch-namespaces', namespace]);
    operators.push(operator);
    return operator;
  }

  /** The API server fills the cache of our own kind only when somebody asks for it. */
  async function hold(...which: readonly (keyof typeof kinds)[]): Promise<void> {
    await behind.list(nifiClusterType, { resourceVersion: '0' });
    assert.equal(second.etcd.hold(...which.map((kind) => kinds[kind])), which.length);
    proxy.requests.length = 0;
  }

  function catchUp(): void {
    proxy.faults.clear();
    second.etcd.release();
  }

  /** Two nodes, of which the API server that lags knows, and a third one. */
  async function grown(namespace: string) {
    const cluster = await create(lab, namespace, { replicas: 2 });
    const first = await start(lab.controlPlane.kubeconfig, namespace);
    await cluster.ready(patient);
    await hold('clusters');
    const old = proxy.faults.record(isClusterRead);
    await behind.get(nifiClusterType, cluster.key('prod'));
    const before = await old;
    await cluster.patch({ spec: { replicas: 3 } });
    await cluster.ready(patient);
    const flow = play(lab, cluster, [0, 1, 2]);
    await first.stop();
    return { cluster, flow, before };
  }

  const containersOf = (namespace: string): readonly (string | undefined)[] =>
    [0, 1, 2].map((id) => lab.nifi.nodeOfPod(namespace, `prod-${id}`).containerId);

  for (const { what, namespace, hears } of [
    { what: 'takes no node out that it does not know to be wanted', namespace: 'added', hears: true },
    { what: 'takes none out either when only a consistent read tells', namespace: 'told', hears: false },
  ]) {
    test(what, async () => {
      const { cluster, flow } = await grown(namespace);
      const before = containersOf(namespace);
      const watched = watchNodes(lab, cluster, [0, 1, 2]);
      const since = new Date();
      // Where its status is written it waits to see that; where it is not, nothing keeps it from the plan.
      if (!hears) proxy.faults.answer(409, undefined, undefined, isStatusWrite);
      proxy.requests.length = 0;
      const later = await start(proxy.kubeconfig, namespace);
      const looked = hears ? isStatusWrite : isClusterRead;
      await until('it has planned to take node 2 out', () => proxy.requests.some(looked), patient);
      await sleep(temptationMs);
      const writes = await writesTo(lab, cluster, since);
      assert.deepEqual(
        writes.filter(({ verb, objectRef }) => verb === 'delete' || objectRef.resource === 'pods').map(named),
        [],
      );
      catchUp();
      await until(
        'it has seen all',
        async () => later.manager.healthz().ok && (await cluster.get()).status?.planned?.leaving?.length === 0,
        patient,
      );
      await cluster.ready(patient);
      assert.deepEqual(movesIn(lab, cluster, since), []);
      watched.stop();
      assert.equal(watched.most, 0);
      assert.deepEqual(containersOf(namespace), before);
      await later.stop();
      assertNothingLost(flow);
    });
  }

  test('would take it out if that read told of the past too, and brings it back when it learns better', async () => {
    const { cluster, flow, before } = await grown('fooled');
    proxy.faults.answer(409, undefined, undefined, isStatusWrite);
    proxy.faults.replay(before, isClusterRead);
    const later = await start(proxy.kubeconfig, 'fooled');
    const isMarked = async (): Promise<boolean> =>
      (await cluster.pod(2))?.metadata.annotations?.[annotations.disconnectedBy] !== undefined;
    await until('node 2 is marked', isMarked, patient);
    catchUp();
    await until(
      'node 2 is wanted again',
      async () => (await cluster.pod(2)) !== undefined && !(await isMarked()),
      patient,
    );
    await cluster.ready(patient);
    await later.stop();
    assertNothingLost(flow);
  });

  test('deletes no Pod twice and takes no second node down in the middle of a restart that it has not seen', async () => {
    const cluster = await create(lab, 'middle', { replicas: 3 });
    const first = await start(lab.controlPlane.kubeconfig, 'middle');
    await cluster.ready(patient);
    const flow = play(lab, cluster, [0, 1, 2]);
    await hold('pods', 'configMaps');
    const since = new Date();
    const watched = watchNodes(lab, cluster, [0, 1, 2]);
    await cluster.patch(aChange);
    const deleted = async (): Promise<readonly string[]> => podsDeleted(await writesTo(lab, cluster, since));
    await until('a Pod was deleted', async () => (await deleted()).length > 0, { ...patient, everyMs: 5 });
    await first.stop();
    const later = await start(proxy.kubeconfig, 'middle');
    await sleep(temptationMs);
    assert.equal((await deleted()).length, 1);
    assert.equal(watched.most, 1);
    catchUp();
    await cluster.until(
      'all are rolled out',
      ({ status }) => status?.nodes?.every(({ updated }) => updated === true) === true,
      patient,
    );
    await cluster.ready(patient);
    watched.stop();
    assert.deepEqual((await deleted()).toSorted(), ['prod-0', 'prod-1', 'prod-2']);
    assert.equal(watched.most, 1);
    await later.stop();
    assertNothingLost(flow);
  });

  test('deletes nothing because of the deletion of an earlier cluster of the name, nor because there was none', async () => {
    const earlier = await create(lab, 'again', { replicas: 1 });
    const first = await start(lab.controlPlane.kubeconfig, 'again');
    await earlier.ready(patient);
    const key = earlier.key('prod');
    await lab.client.patch(nifiClusterType, key, { metadata: { finalizers: ['example.com/wait'] } });
    await lab.client.delete(nifiClusterType, key);
    await hold('clusters');
    await lab.client.patch(nifiClusterType, key, { metadata: { finalizers: null } });
    await until('it is gone', async () => (await lab.client.get(nifiClusterType, key)) === undefined, patient);
    await until('its Pod is gone', async () => (await earlier.pod(0)) === undefined, patient);
    const cluster = await earlier.again({ version: '2.6.0', replicas: 2, adoptVolumes: true });
    await cluster.ready(patient);
    const flow = play(lab, cluster, [0, 1]);
    await first.stop();
    const since = new Date();
    const later = await start(proxy.kubeconfig, 'again');
    await sleep(temptationMs);
    assert.deepEqual((await writesTo(lab, cluster, since)).map(named), []);
    catchUp();
    await sleep(temptationMs / 2);
    await later.stop();
    assert.deepEqual((await writesTo(lab, cluster, since)).filter(({ verb }) => verb === 'delete').map(named), []);
    assertNothingLost(flow);
  });

  test('leaves key, Leases and state of a cluster that it does not see yet, because it reads before it clears up', async () => {
    await hold('clusters', 'pods', 'claims');
    const cluster = await create(lab, 'unseen', { replicas: 1 });
    const first = await start(lab.controlPlane.kubeconfig, 'unseen');
    await cluster.ready(patient);
    const flow = play(lab, cluster, [0]);
    await first.stop();
    const since = new Date();
    proxy.requests.length = 0;
    const later = await start(proxy.kubeconfig, 'unseen');
    await until('it has looked again', () => proxy.requests.some(isClusterRead), patient);
    await sleep(temptationMs / 2);
    assert.deepEqual((await writesTo(lab, cluster, since)).map(named), []);
    assert.ok(await lab.client.get(secrets, cluster.key('prod-sensitive-key')));
    catchUp();
    await later.stop();
    assertNothingLost(flow);
  });
});
