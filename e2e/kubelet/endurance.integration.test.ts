// The played kubelet when things around it fail, and how little it asks of the API server for many Pods.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { kubeconfigAccess } from '../../pkg/kube/access.ts';
import { KubeClient } from '../../pkg/kube/client.ts';
import { persistentVolumeClaims as claims, configMaps, pods, secrets } from '../../pkg/kube/resources.ts';
import { readAudit, settleAudit } from '../controlplane/audit.ts';
import { type ControlPlane, startControlPlane } from '../controlplane/controlplane.ts';
import { createIpAllocator } from './ips.ts';
import { startKubelet } from './kubelet.ts';
import { nifiHome } from './root.ts';
import { aClaim, anObject, aPod, containerOf, createFakeRuntime, eventually, isReady, podWhere } from './testing.ts';
import type { KubeletOptions, NiFiRuntime, PlayedKubelet } from './types.ts';

const key = (name: string) => ({ namespace: 'default', name });

describe('the played kubelet in adversity', () => {
  let controlPlane: ControlPlane;
  let client: KubeClient;
  let kubelet: PlayedKubelet;
  const problems: unknown[] = [];

  before(async () => {
    controlPlane = await startControlPlane();
    client = new KubeClient({ access: await kubeconfigAccess(controlPlane.kubeconfig) });
  });
  afterEach(async () => {
    for (const { name } of kubelet.pods.values()) await client.delete(pods, key(name), { gracePeriodSeconds: 0 });
    await eventually('no Pods', () => kubelet.pods.size === 0 || undefined);
    await kubelet.stop();
    assert.deepEqual(problems.splice(0), []);
  });
  after(async () => {
    await client?.close();
    await controlPlane?.stop();
  });

  async function start(runtime: NiFiRuntime, change: Partial<KubeletOptions> = {}): Promise<void> {
    kubelet = await startKubelet({
      kubeconfig: controlPlane.kubeconfig,
      runtime,
      dir: join(controlPlane.dir, 'kubelet'),
      ips: createIpAllocator(),
      speed: 20,
      onError: (error) => problems.push(error),
      ...change,
    });
  }

  test('kills a NiFi that does not stop within its grace', async () => {
    await start(createFakeRuntime({ stubborn: true }));
    await client.create(pods, aPod('stubborn', { terminationGracePeriodSeconds: 20 }));
    await podWhere(client, 'stubborn', isReady);
    const began = performance.now();
    await client.delete(pods, key('stubborn'));
    await eventually('stubborn gone', async () => (await client.get(pods, key('stubborn'))) === undefined || undefined);
    assert.ok(performance.now() - began >= 950, 'not before its grace, 20 s at twenty times the speed');
  });

  test('respects an eviction, which is a deletion like any other to it', async () => {
    const runtime = createFakeRuntime();
    await start(runtime);
    await client.create(pods, aPod('evicted'));
    await podWhere(client, 'evicted', isReady);
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: key('evicted') };
    await client.raw('POST', '/api/v1/namespaces/default/pods/evicted/eviction', { body });
    await eventually('evicted gone', async () => (await client.get(pods, key('evicted'))) === undefined || undefined);
    assert.ok(runtime.stops.has('evicted'));
  });

  test('goes on after the API server was away', async () => {
    const runtime = createFakeRuntime();
    await start(runtime);
    await client.create(pods, aPod('before'));
    await podWhere(client, 'before', isReady);
    await controlPlane.restartApiServer({ graceMs: 0 });
    runtime.exit('before', { exitCode: 1, lastLines: '' });
    await client.create(pods, aPod('after'), { deadlineMs: 20_000 });
    await podWhere(client, 'after', isReady);
    await podWhere(client, 'before', (pod) => isReady(pod) && containerOf(pod)?.restartCount === 1);
  });

  test('takes over what an earlier kubelet ran: same Pod, same disk, another container', async () => {
    await start(createFakeRuntime());
    await client.create(claims, aClaim('kept'));
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'kept' } }];
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    await client.create(pods, aPod('kept', { volumes }, { volumeMounts }));
    const first = await podWhere(client, 'kept', isReady);
    writeFileSync(join(kubelet.pods.get('default/kept')?.root ?? '', 'data/flow'), 'kept');
    await kubelet.stop();
    await start(createFakeRuntime());
    const second = await podWhere(client, 'kept', (pod) => isReady(pod) && containerOf(pod)?.restartCount === 1);
    assert.equal(second.metadata.uid, first.metadata.uid);
    assert.notEqual(containerOf(second)?.containerID, containerOf(first)?.containerID);
    assert.equal(readFileSync(join(kubelet.pods.get('default/kept')?.root ?? '', 'data/flow'), 'utf8'), 'kept');
  });

  test('brings up sixty Pods without a process each and with at most four status writes a Pod', async () => {
    const runtime = createFakeRuntime({ healthyAfterMs: 200 });
    await start(runtime, { runEntryScript: false });
    await client.create(secrets, anObject('Secret', 'key', { key: 'a key of twelve' }));
    await client.create(configMaps, anObject('ConfigMap', 'start', { candidates: '3' }));
    await client.create(configMaps, anObject('ConfigMap', 'config', { 'nifi.properties': 'a=b\n' }));
    const names = Array.from({ length: 60 }, (_, index) => `many-${index}`);
    await Promise.all(names.map((name) => client.create(pods, fullPod(name))));
    await eventually(
      'all Ready',
      () => [...kubelet.pods.values()].filter(({ ready }) => ready).length === 60 || undefined,
    );
    for (const name of names) await podWhere(client, name, isReady);
    const { root } = runtime.starts.find(({ pod }) => pod === 'many-7') ?? { root: '' };
    assert.match(
      readFileSync(join(root, nifiHome, 'conf/nifi.properties'), 'utf8'),
      /^a=b\n[^]*max\.candidates=3\n[^]*a key of/,
    );
    await settleAudit(controlPlane.auditLog);
    const entries = await readAudit(controlPlane.auditLog);
    const own = entries.filter(
      ({ userAgent, objectRef, verb }) =>
        userAgent?.startsWith('played-kubelet') && verb === 'patch' && objectRef?.subresource === 'status',
    );
    const most = Math.max(...names.map((name) => own.filter(({ objectRef }) => objectRef?.name === name).length));
    assert.ok(most >= 1 && most <= 4, `${most} status writes for one Pod`);
  });
});

/** A Pod as the operator mounts it, as far as the short way of handing the configuration over is concerned. */
function fullPod(name: string): ReturnType<typeof aPod> {
  const volumes = [
    { name: 'conf', emptyDir: {} },
    { name: 'config', configMap: { name: 'config' } },
    { name: 'start', configMap: { name: 'start' } },
    { name: 'key', secret: { secretName: 'key' } },
  ];
  const directories = { config: 'NIFI_CONFIG_DIR', start: 'NIFI_START_DIR', key: 'NIFI_KEY_DIR' };
  const env = Object.entries(directories).map(([volume, variable]) => ({
    name: variable,
    value: `/etc/nifi/${volume}`,
  }));
  const mounted = Object.keys(directories).map((volume) => ({ name: volume, mountPath: `/etc/nifi/${volume}` }));
  const volumeMounts = [{ name: 'conf', mountPath: `${nifiHome}/conf` }, ...mounted];
  return aPod(name, { volumes }, { env, volumeMounts, command: ['/bin/false'] });
}
