// The played kubelet against a real API server, with a runtime that is no NiFi.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { kubeconfigAccess } from '../../pkg/kube/access.ts';
import { KubeClient } from '../../pkg/kube/client.ts';
import {
  persistentVolumeClaims as claims,
  configMaps,
  events,
  pods,
  type StorageClass,
  secrets,
  storageClasses,
} from '../../pkg/kube/resources.ts';
import { type ControlPlane, startControlPlane } from '../controlplane/controlplane.ts';
import { createIpAllocator } from './ips.ts';
import { startKubelet } from './kubelet.ts';
import { nodeType } from './nodes.ts';
import {
  aClaim,
  anObject,
  aPod,
  containerOf,
  createFakeRuntime,
  eventually,
  isReady,
  isWaitingFor,
  podWhere,
} from './testing.ts';
import type { PlayedKubelet } from './types.ts';

const key = (name: string) => ({ namespace: 'default', name });

describe('the played kubelet', () => {
  let controlPlane: ControlPlane;
  let client: KubeClient;
  let kubelet: PlayedKubelet;
  const runtime = createFakeRuntime();
  const problems: unknown[] = [];

  before(async () => {
    controlPlane = await startControlPlane();
    client = new KubeClient({ access: await kubeconfigAccess(controlPlane.kubeconfig) });
    kubelet = await startKubelet({
      kubeconfig: controlPlane.kubeconfig,
      runtime,
      dir: join(controlPlane.dir, 'kubelet'),
      ips: createIpAllocator(),
      serviceAccountTokens: true,
      speed: 20,
      capacity: { cpu: '8', memory: '16Gi', pods: '110' },
      onError: (error) => problems.push(error),
    });
  });
  after(async () => {
    await kubelet?.stop();
    await client?.close();
    await controlPlane?.stop();
    assert.deepEqual(problems, []);
  });

  async function remove(name: string): Promise<void> {
    await client.delete(pods, key(name), { gracePeriodSeconds: 0 });
    await eventually(`${name} gone`, () => (kubelet.pods.has(`default/${name}`) ? undefined : true));
  }

  test('runs a Pod until it is Ready, with everything that a status of a real kubelet says', async () => {
    await client.create(pods, aPod('plain'));
    const pod = await podWhere(client, 'plain', isReady);
    const { spec, status } = pod;
    assert.ok(kubelet.nodes.includes(spec?.nodeName ?? ''));
    assert.equal(status?.phase, 'Running');
    assert.match(status?.podIP ?? '', /^127\./);
    const conditions = Object.fromEntries((status?.conditions ?? []).map(({ type, status }) => [type, status]));
    assert.deepEqual(conditions, {
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: 'True',
      ContainersReady: 'True',
      PodScheduled: 'True',
    });
    const { containerID, started, restartCount, state } = containerOf(pod) ?? {};
    assert.match(containerID ?? '', /^containerd:\/\/[0-9a-f]{64}$/);
    assert.deepEqual({ started, restartCount }, { started: true, restartCount: 0 });
    assert.ok(state?.running?.startedAt);
    await remove('plain');
  });

  test('mounts ConfigMaps, Secrets and the bound token, resolves the environment, and rewrites what changes', async () => {
    await client.create(configMaps, anObject('ConfigMap', 'files', { 'a.txt': 'one', other: 'not asked for' }));
    await client.create(secrets, anObject('Secret', 'keys', { key: 'hush' }));
    const volumes = [
      { name: 'files', configMap: { name: 'files', items: [{ key: 'a.txt', path: 'sub/a.txt' }] } },
      { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o400 } },
    ];
    const env = [
      { name: 'FILES', value: '/etc/files' },
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'key' } } },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ];
    const volumeMounts = [
      { name: 'files', mountPath: '/etc/files' },
      { name: 'keys', mountPath: '/etc/keys' },
    ];
    const command = [
      '/bin/sh',
      '-c',
      'grep -q one "$FILES/sub/a.txt" && EXTRA=$FILES exec "$NIFI_HOME/bin/nifi.sh" run',
    ];
    await client.create(pods, aPod('mounts', { volumes }, { command, env, volumeMounts }));
    const pod = await podWhere(client, 'mounts', isReady);
    const start = runtime.starts.find((each) => each.pod === 'mounts');
    assert.ok(start);
    const { FILES, KEY, IP, EXTRA, NIFI_HOME } = start.env;
    assert.deepEqual(
      { FILES, KEY, IP, EXTRA, NIFI_HOME },
      { FILES: '/etc/files', KEY: 'hush', IP: pod.status?.podIP, EXTRA: '/etc/files', NIFI_HOME: start.home },
    );
    assert.equal(readFileSync(join(start.root, '/etc/keys/key'), 'utf8'), 'hush');
    const claims = Buffer.from((start.serviceAccountToken ?? '').split('.')[1] ?? '', 'base64url').toString();
    assert.match(claims, /"pod":\{"name":"mounts"/);
    const account = join(start.root, '/var/run/secrets/kubernetes.io/serviceaccount');
    assert.deepEqual(
      readdirSync(account)
        .filter((name) => !name.startsWith('..'))
        .sort(),
      ['ca.crt', 'namespace', 'token'],
    );
    await client.patch(configMaps, key('files'), { data: { 'a.txt': 'two' } });
    const file = join(start.root, '/etc/files/sub/a.txt');
    await eventually('the new content', () => readFileSync(file, 'utf8') === 'two' || undefined);
    await remove('mounts');
  });

  test('holds a Pod whose ConfigMap or whose key for the environment is missing, and goes on when it comes', async () => {
    const volumes = [{ name: 'late', configMap: { name: 'late' } }];
    const env = [{ name: 'KEY', valueFrom: { configMapKeyRef: { name: 'late', key: 'missing' } } }];
    await client.create(pods, aPod('late', { volumes }, { env, volumeMounts: [{ name: 'late', mountPath: '/late' }] }));
    await podWhere(client, 'late', isWaitingFor('PodInitializing'));
    await eventually('the event', async () => {
      const { items } = await client.list(events, { namespace: 'default' });
      return items.find(
        ({ regarding, note }) => regarding.name === 'late' && note.includes('configmap "late" not found'),
      );
    });
    await client.create(configMaps, anObject('ConfigMap', 'late', { present: '1' }));
    const held = await podWhere(client, 'late', isWaitingFor('CreateContainerConfigError'));
    assert.equal(containerOf(held)?.state?.waiting?.message, "couldn't find key missing in ConfigMap default/late");
    await client.patch(configMaps, key('late'), { data: { missing: '2' } });
    await podWhere(client, 'late', isReady);
    await remove('late');
  });

  test('gives a claim its disk with the first Pod, keeps it for the next Pod, grows it, and loses it with the claim', async () => {
    await client.create(claims, aClaim('data'));
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    const container = { volumeMounts: [{ name: 'data', mountPath: '/var/lib/nifi/data' }] };
    await client.create(pods, aPod('disk', { volumes }, container));
    await podWhere(client, 'disk', isReady);
    const claim = await client.get(claims, key('data'));
    assert.equal(claim?.status?.phase, 'Bound');
    const uid = claim?.metadata.uid ?? '';
    assert.deepEqual(runtime.starts.at(-1)?.volumes, { '/var/lib/nifi/data': uid });
    writeFileSync(join(runtime.starts.at(-1)?.root ?? '', '/var/lib/nifi/data/flow'), 'kept');
    await remove('disk');
    await client.create(pods, aPod('disk', { volumes }, container));
    await podWhere(client, 'disk', isReady);
    assert.equal(readFileSync(join(kubelet.diskOf(uid), 'flow'), 'utf8'), 'kept');
    await client.patch(claims, key('data'), { spec: { resources: { requests: { storage: '3Gi' } } } });
    await eventually('the growth', async () => {
      const grown = await client.get(claims, key('data'));
      return grown?.status?.capacity?.['storage'] === '3Gi' || undefined;
    });
    await client.delete(claims, key('data'));
    assert.ok((await client.get(claims, key('data')))?.metadata.deletionTimestamp, 'a mounted claim stays');
    await remove('disk');
    await eventually('the disk gone', () => !existsSync(kubelet.diskOf(uid)) || undefined);
    await eventually('the volume gone', async () => {
      const { items } = (await client.raw('GET', '/api/v1/persistentvolumes')) as { items: unknown[] };
      return items.length === 0 || undefined;
    });
  });

  test('leaves a Pod without a node when a claim is missing, nothing is big enough, or no label matches', async () => {
    const unschedulable = async (name: string): Promise<string> => {
      const pod = await podWhere(client, name, ({ status }) => status?.conditions?.[0]?.reason === 'Unschedulable');
      assert.equal(pod.spec?.nodeName, undefined);
      return pod.status?.conditions?.[0]?.message ?? '';
    };
    await client.create(pods, aPod('big', {}, { resources: { requests: { cpu: '9' } } }));
    assert.equal(await unschedulable('big'), '0/3 nodes are available: 3 Insufficient cpu.');
    await client.create(pods, aPod('picky', { nodeSelector: { disk: 'fast' } }));
    assert.match(await unschedulable('picky'), /3 node\(s\) didn't match Pod's node affinity\/selector/);
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'nowhere' } }];
    await client.create(pods, aPod('claimless', { volumes }));
    assert.equal(await unschedulable('claimless'), 'persistentvolumeclaim "nowhere" not found');
    await client.patch(nodeType, { namespace: '', name: 'node-2' }, { metadata: { labels: { disk: 'fast' } } });
    assert.equal((await podWhere(client, 'picky', isReady)).spec?.nodeName, 'node-2');
    await client.patch(nodeType, { namespace: '', name: 'node-2' }, { spec: { unschedulable: true } });
    await client.create(pods, aPod('cordoned', { nodeSelector: { disk: 'fast' } }));
    assert.match(await unschedulable('cordoned'), /1 node\(s\) were unschedulable/);
    await client.patch(nodeType, { namespace: '', name: 'node-2' }, { spec: { unschedulable: null } });
    await podWhere(client, 'cordoned', isReady);
    for (const name of ['big', 'picky', 'claimless', 'cordoned'])
      await client.delete(pods, key(name), { gracePeriodSeconds: 0 });
  });

  test('looks again at a Pod whose claim named a storage class that comes only now', async () => {
    await client.create(claims, aClaim('classless', '1Gi', 'late'));
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'classless' } }];
    const volumeMounts = [{ name: 'data', mountPath: '/var/lib/nifi/data' }];
    await client.create(pods, aPod('early', { volumes }, { volumeMounts }));
    await podWhere(client, 'early', ({ status }) => status?.conditions?.[0]?.reason === 'Unschedulable');
    const standard = await client.get(storageClasses, { namespace: '', name: 'standard' });
    const { provisioner, volumeBindingMode } = standard ?? {};
    const late = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'late' } };
    await client.create(storageClasses, { ...late, provisioner, volumeBindingMode } as StorageClass);
    await podWhere(client, 'early', isReady);
    await remove('early');
    await client.delete(claims, key('classless'));
  });

  test('starts a container that dies again in its Pod, under another id, and backs off when it goes on dying', async () => {
    await client.create(pods, aPod('crash'));
    const first = await podWhere(client, 'crash', isReady);
    runtime.exit('crash', { exitCode: 1, lastLines: 'the key is wrong' });
    const second = await podWhere(client, 'crash', (pod) => isReady(pod) && containerOf(pod)?.restartCount === 1);
    assert.equal(second.metadata.uid, first.metadata.uid);
    const status = containerOf(second);
    assert.notEqual(status?.containerID, containerOf(first)?.containerID);
    const { exitCode, reason, message } = status?.lastState?.terminated ?? {};
    assert.deepEqual({ exitCode, reason, message }, { exitCode: 1, reason: 'Error', message: 'the key is wrong' });
    assert.ok(kubelet.killContainer('default', 'crash', 'OOMKilled'));
    const killed = await podWhere(client, 'crash', isWaitingFor('CrashLoopBackOff'));
    assert.equal(containerOf(killed)?.lastState?.terminated?.reason, 'OOMKilled');
    assert.equal(killed.status?.phase, 'Running');
    await podWhere(client, 'crash', (pod) => isReady(pod) && containerOf(pod)?.restartCount === 2);
    await remove('crash');
  });

  test('shows what a start command said that never reached NiFi', async () => {
    await client.create(pods, aPod('refused', {}, { command: ['/bin/sh', '-c', 'echo no key >&2; exit 3'] }));
    const pod = await podWhere(client, 'refused', (each) => containerOf(each)?.lastState?.terminated !== undefined);
    const { exitCode, message } = containerOf(pod)?.lastState?.terminated ?? {};
    assert.deepEqual({ exitCode, message }, { exitCode: 3, message: 'no key' });
    await remove('refused');
  });

  test('tells NiFi to stop, in played time, and takes the Pod away when it has', async () => {
    await client.create(pods, aPod('gentle'));
    const { metadata } = await podWhere(client, 'gentle', isReady);
    const ip = kubelet.pods.get('default/gentle')?.ip;
    await client.delete(pods, key('gentle'));
    await eventually('gentle gone', async () => {
      const pod = await client.get(pods, key('gentle'));
      return pod === undefined || undefined;
    });
    assert.equal(runtime.stops.get('gentle'), 3);
    assert.ok(ip);
    await eventually(
      'its files gone',
      () => !existsSync(join(controlPlane.dir, 'kubelet', 'pods', metadata.uid ?? '')) || undefined,
    );
  });

  test('finishes nothing on a lost node, and everything once it is back', async () => {
    await client.create(pods, aPod('stays', { nodeName: 'node-1' }));
    await client.create(pods, aPod('goes', { nodeName: 'node-1' }));
    await podWhere(client, 'stays', isReady);
    await podWhere(client, 'goes', isReady);
    await kubelet.nodeLost('node-1');
    await podWhere(client, 'stays', (pod) => !isReady(pod));
    await client.delete(pods, key('goes'));
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const hanging = await client.get(pods, key('goes'));
    assert.ok(hanging?.metadata.deletionTimestamp, 'hangs in Terminating past its grace');
    assert.equal(hanging.status?.phase, 'Running');
    await kubelet.nodeBack('node-1');
    await eventually('goes gone', async () => ((await client.get(pods, key('goes'))) === undefined ? true : undefined));
    await podWhere(client, 'stays', (pod) => isReady(pod) && containerOf(pod)?.restartCount === 1);
    await remove('stays');
  });

  test('plays an image that cannot be pulled, an eviction, a held readiness and a blocked provisioner', async () => {
    const pullable = kubelet.failImage((image) => image.includes('2.6.0'));
    const unblock = kubelet.blockProvisioning(({ name }) => name === 'blocked');
    const unready = kubelet.holdReadiness('default', 'faulty');
    await client.create(claims, aClaim('blocked'));
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'blocked' } }];
    await client.create(pods, aPod('faulty', { volumes }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await client.get(claims, key('blocked')))?.status?.phase, 'Pending');
    unblock();
    await podWhere(client, 'faulty', isWaitingFor('ErrImagePull'));
    await podWhere(client, 'faulty', isWaitingFor('ImagePullBackOff'));
    pullable();
    const started = await podWhere(client, 'faulty', ({ status }) => status?.containerStatuses?.[0]?.started === true);
    assert.equal(isReady(started), false);
    unready();
    await podWhere(client, 'faulty', isReady);
    await kubelet.failPod('default', 'faulty');
    const evicted = await podWhere(client, 'faulty', ({ status }) => status?.phase === 'Failed');
    assert.equal(evicted.status?.reason, 'Evicted');
    assert.ok(evicted.status?.conditions?.some(({ type }) => type === 'DisruptionTarget'));
    await remove('faulty');
    await client.delete(claims, key('blocked'));
  });

  test('runs the init containers of the image first, one after another', async () => {
    const volumes = [{ name: 'conf', emptyDir: {} }];
    const init = (name: string, script: string) => ({
      name,
      image: 'apache/nifi:2.6.0',
      command: ['/bin/sh', '-ec', script],
      env: [{ name: 'TARGET', value: '/conf' }],
      volumeMounts: [{ name: 'conf', mountPath: '/conf' }],
    });
    const initContainers = [
      init('copy-conf', 'cp -R "$NIFI_HOME/conf/." "$TARGET/"'),
      init('second', 'test -f /conf/README && echo done > /conf/second'),
    ];
    const volumeMounts = [{ name: 'conf', mountPath: '/opt/nifi/nifi-current/conf' }];
    await client.create(pods, aPod('init', { volumes, initContainers }, { volumeMounts }));
    const pod = await podWhere(client, 'init', isReady);
    const codes = pod.status?.initContainerStatuses?.map(({ state }) => state?.terminated?.exitCode);
    assert.deepEqual(codes, [0, 0]);
    const conf = join(runtime.starts.at(-1)?.root ?? '', '/opt/nifi/nifi-current/conf');
    assert.deepEqual(readdirSync(conf).sort(), ['README', 'second']);
    await remove('init');
  });

  test('evaluates a probe that it does not recognise under a real shell', async () => {
    const script = 'body=$(curl -s http://127.0.0.1:52020/health/cluster); [ "$body" = "Status: CONNECTED" ]';
    const readinessProbe = { exec: { command: ['/bin/sh', '-c', script] }, periodSeconds: 2, timeoutSeconds: 10 };
    await client.create(pods, aPod('shelled', {}, { readinessProbe }));
    await podWhere(client, 'shelled', isReady);
    await remove('shelled');
  });
});
