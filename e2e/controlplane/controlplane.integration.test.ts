import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readAudit, settleAudit } from './audit.ts';
import { type ControlPlane, startControlPlane } from './controlplane.ts';
import { getStatus } from './probe.ts';

const run = promisify(execFile);

describe('the control plane', () => {
  let controlPlane: ControlPlane;
  let startMs: number;

  before(async () => {
    const started = performance.now();
    controlPlane = await startControlPlane({ onProgress: (line) => process.stderr.write(`${line}\n`) });
    startMs = performance.now() - started;
  });
  after(async () => await controlPlane.stop());

  async function kubectl(...args: string[]): Promise<string> {
    const { path, args: bound } = controlPlane.kubectl;
    return (await run(path, [...bound, ...args])).stdout;
  }

  async function apply(object: object): Promise<void> {
    const { path, args } = controlPlane.kubectl;
    const child = spawn(path, [...args, 'apply', '-f', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.end(JSON.stringify(object));
    assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 0);
  }

  async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (!(await check())) {
      assert.ok(performance.now() < deadline, `${what}: not within a minute`);
      await sleep(100);
    }
  }

  async function exists(...args: string[]): Promise<boolean> {
    return (await kubectl('get', '--ignore-not-found', '-o', 'name', ...args)).trim() !== '';
  }

  const pod = (name: string, labels: Record<string, string>, owner?: object): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels, ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });

  test('says that it is Kubernetes 1.34.4', async () => {
    const { serverVersion } = JSON.parse(await kubectl('version', '-o', 'json')) as {
      serverVersion: { gitVersion: string };
    };
    assert.equal(serverVersion.gitVersion, 'v1.34.4');
  });

  test('reports its memory and its start', async (t) => {
    const sizes = await controlPlane.residentBytes();
    assert.deepEqual(Object.keys(sizes).toSorted(), ['etcd', 'kube-apiserver', 'kube-controller-manager']);
    const megabytes = Object.entries(sizes).map(([name, bytes]) => `${name} ${Math.round(bytes / 2 ** 20)} MiB`);
    t.diagnostic(`started in ${Math.round(startMs)} ms; ${megabytes.join(', ')}`);
  });

  test('listens on the loopback only', async () => {
    // Local address and state of every IPv4 and IPv6 socket that this network namespace listens on.
    const port = Number(new URL(controlPlane.url).port).toString(16).toUpperCase().padStart(4, '0');
    const lines = (await readFile('/proc/net/tcp', 'utf8')) + (await readFile('/proc/net/tcp6', 'utf8'));
    const listening = lines.split('\n').filter((line) => line.includes(`:${port} `) && line.includes(' 0A '));
    assert.equal(listening.length, 1);
    assert.match(listening[0] ?? '', / 0100007F:/);
  });

  test('collects what a deleted owner owned', async () => {
    await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owner', namespace: 'default' } });
    const uid = await kubectl('get', 'configmap/owner', '-o', 'jsonpath={.metadata.uid}');
    await apply(pod('owned', {}, { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }));
    await kubectl('delete', 'configmap/owner');
    await eventually('the Pod is collected', async () => !(await exists('pod/owned')));
  });

  test('takes a loopback address as a Pod IP', async () => {
    await apply(pod('looped', {}));
    const status = { podIP: '127.3.2.1', podIPs: [{ ip: '127.3.2.1' }] };
    await kubectl('patch', 'pod/looped', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));
    assert.equal(await kubectl('get', 'pod/looped', '-o', 'jsonpath={.status.podIP}'), '127.3.2.1');
  });

  test('makes endpoint slices, counts disruptions and quotas, and publishes its CA', async () => {
    const labels = { app: 'a' };
    await apply({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        pod('served', labels),
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'a', namespace: 'default' },
          spec: { selector: labels, ports: [{ port: 80 }] },
        },
        {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'a', namespace: 'default' },
          spec: { minAvailable: 1, selector: { matchLabels: labels } },
        },
        {
          apiVersion: 'v1',
          kind: 'ResourceQuota',
          metadata: { name: 'a', namespace: 'default' },
          spec: { hard: { pods: '100' } },
        },
      ],
    });
    await eventually('a slice', async () => await exists('endpointslices', '-l', 'kubernetes.io/service-name=a'));
    await eventually(
      'the budget',
      async () => (await kubectl('get', 'pdb/a', '-o', 'jsonpath={.status.expectedPods}')) === '1',
    );
    await eventually(
      'the quota',
      async () => (await kubectl('get', 'quota/a', '-o', 'jsonpath={.status.used.pods}')) !== '',
    );
    const ca = await kubectl('get', 'configmap/kube-root-ca.crt', '-o', 'jsonpath={.data.ca\\.crt}');
    assert.equal(ca.trim(), (await readFile(controlPlane.caFile, 'utf8')).trim());
  });

  test('keeps a claim that a Pod uses, and empties a deleted namespace', async () => {
    await kubectl('create', 'namespace', 'gone');
    await apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'gone' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    const finalizers = async (): Promise<string> =>
      await kubectl('get', 'pvc/data', '-n', 'gone', '-o', 'jsonpath={.metadata.finalizers[0]}');
    await eventually('the finalizer', async () => (await finalizers()) === 'kubernetes.io/pvc-protection');
    // With the claim gone first, the namespace need not wait for the controller's next round.
    await kubectl('delete', 'pvc/data', '-n', 'gone');
    await kubectl('delete', 'namespace', 'gone');
    assert.equal(await exists('namespace/gone'), false);
  });

  test('refuses a Pod that breaks the restricted profile where that is enforced', async () => {
    await apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'strict', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    await eventually('the account', async () => await exists('serviceaccount/default', '-n', 'strict'));
    await assert.rejects(kubectl('run', 'p', '--image=i', '-n', 'strict'), /violates PodSecurity "restricted/);
  });

  test('knows any user by name and groups, and grants only what RBAC grants', async () => {
    const name = 'system:serviceaccount:default:operator';
    const file = await controlPlane.userKubeconfig({ name, groups: ['system:serviceaccounts', 'others'] });
    const { path } = controlPlane.kubectl;
    const as = async (...args: string[]): Promise<string> => (await run(path, ['--kubeconfig', file, ...args])).stdout;
    const { status } = JSON.parse(await as('auth', 'whoami', '-o', 'json')) as {
      status: { userInfo: { username: string; groups: string[] } };
    };
    assert.equal(status.userInfo.username, name);
    assert.deepEqual(status.userInfo.groups, ['system:serviceaccounts', 'others', 'system:authenticated']);
    await assert.rejects(as('get', 'pods'), /Forbidden/);
    await kubectl('create', 'rolebinding', 'operator', '--clusterrole=view', '--serviceaccount=default:operator');
    await eventually(
      'the grant',
      async () =>
        await as('get', 'pods').then(
          () => true,
          () => false,
        ),
    );
  });

  test('writes every request into its audit log', async () => {
    const since = new Date();
    await kubectl('create', 'configmap', 'audited');
    await settleAudit(controlPlane.auditLog);
    const entries = await readAudit(controlPlane.auditLog, { user: 'admin', userAgent: 'kubectl/v1.34.4', since });
    const writes = entries.filter(({ verb }) => verb === 'create');
    assert.deepEqual(
      writes.map(({ code, objectRef: { resource, name } }) => ({ code, resource, name })),
      [{ code: 201, resource: 'configmaps', name: 'audited' }],
    );
  });

  test('keeps its URL and its objects over a restart of the API server, orderly or killed', async () => {
    const { url } = controlPlane;
    for (const graceMs of [10_000, 0]) {
      await controlPlane.restartApiServer({ graceMs });
      assert.equal(controlPlane.url, url);
      assert.ok(await exists('configmap/audited'));
    }
  });

  test('can have a second API server on the same objects', async () => {
    const second = await controlPlane.startSecondApiServer();
    assert.notEqual(second.url, controlPlane.url);
    const { stdout } = await run(controlPlane.kubectl.path, [
      '--kubeconfig',
      second.kubeconfig,
      'get',
      'cm/audited',
      '-o',
      'name',
    ]);
    assert.equal(stdout, 'configmap/audited\n');
    await second.stop();
    assert.equal(await getStatus(`${second.url}/readyz`, await readFile(controlPlane.caFile, 'utf8')), undefined);
  });

  test('can have one that lags: its lists are old as long as it is told so, its reads and writes are current', async () => {
    const second = await controlPlane.startSecondApiServer();
    const from = async (...args: string[]): Promise<string> =>
      (await run(controlPlane.kubectl.path, ['--kubeconfig', second.kubeconfig, ...args])).stdout;
    const cached = async (): Promise<readonly string[]> => {
      const path = '/api/v1/namespaces/default/configmaps?resourceVersion=0';
      const { items } = JSON.parse(await from('get', '--raw', path)) as { items: { metadata: { name: string } }[] };
      return items.map(({ metadata }) => metadata.name);
    };
    await eventually('its cache is filled', async () => (await cached()).includes('kube-root-ca.crt'));
    assert.equal(second.etcd.hold('/registry/configmaps/'), 1);
    await kubectl('create', 'configmap', 'news');
    await from('create', 'configmap', 'own');
    assert.equal(await from('get', 'configmap/news', '-o', 'name'), 'configmap/news\n');
    await sleep(500);
    assert.deepEqual(
      (await cached()).filter((name) => ['news', 'own'].includes(name)),
      [],
    );
    second.etcd.release();
    await eventually(
      'it catches up',
      async () => (await cached()).filter((name) => ['news', 'own'].includes(name)).length === 2,
    );
    await second.stop();
  });

  test('ends with the process that started it, even one that is killed', async () => {
    const script = `
      const { startControlPlane } = await import(${JSON.stringify(join(import.meta.dirname, 'controlplane.ts'))});
      const { dir } = await startControlPlane({ controllers: [] });
      const { readFileSync, readdirSync } = await import('node:fs');
      const pids = readdirSync(dir + '/pids').map((name) => Number(readFileSync(dir + '/pids/' + name, 'utf8')));
      console.log(JSON.stringify({ dir, pids }));
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data: Buffer) => resolve(data.toString())),
    );
    const { dir, pids } = JSON.parse(output) as { dir: string; pids: number[] };
    assert.equal(pids.length, 2);
    assert.ok(existsSync(dir));
    child.kill('SIGKILL');
    await eventually('its processes are gone', async () => pids.every((pid) => !existsSync(`/proc/${pid}/exe`)));
    await eventually('its folder is gone', async () => !existsSync(dir));
  });

  test('names what failed when a program does not start', async () => {
    const before = process.env['TMPDIR'] ?? '/tmp';
    const parent = await mkdtemp(join(controlPlane.dir, 'tmp-'));
    process.env['TMPDIR'] = parent;
    try {
      const flags = { apiServerFlags: ['--no-such-flag'] };
      const message = /kube-apiserver did not become ready[^]*unknown flag: --no-such-flag/;
      await assert.rejects(startControlPlane(flags), message);
    } finally {
      process.env['TMPDIR'] = before;
    }
    assert.deepEqual(await readdir(parent), [], 'it left nothing behind');
  });
});
