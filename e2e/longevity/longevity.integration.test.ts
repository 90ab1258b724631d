// What makes an operator slow, large or blind only with time and with numbers, made short: a tenant who creates hundreds of clusters at
// once, thousands of Pods of others, watches that are closed again and again, and a scrape that never pauses beside a NiFi that hangs.
// The machine is slow at times: bounds are wide, and each is against what the same operator did a moment before.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import process from 'node:process';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import { pods } from '../../pkg/kube/resources.ts';
import { entriesOf } from '../bench/requests.ts';
import { type FaultProxy, type Match, startKubeconfigProxy } from '../controlplane/faultproxy.ts';
import { freePort } from '../controlplane/freeport.ts';
import type { ClusterHandle } from '../lab/cluster.ts';
import { aNamespace } from '../lab/cluster.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { type OperatorProcess, spawnOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';
import { isRolledOut } from '../rollout/scene.ts';

const patient = { timeoutMs: 240_000, everyMs: 100 };
const home = 'neighbour';
const isWatch: Match = ({ watch }) => watch;
const MEBI = 1024 * 1024;
/**
 * Each costs the control plane more than it could cost the operator: TENANT_CLUSTERS=1000 and OTHER_PODS=10000 take many minutes.
 * The clusters are about time, and so made by hand only, on a machine that does nothing else: TENANT_CLUSTERS=200.
 */
const tenantClusters = Number(process.env['TENANT_CLUSTERS'] ?? '0');
const otherPods = Number(process.env['OTHER_PODS'] ?? '2000');

describe('An operator that has run for long, or among many', () => {
  let lab: Lab;
  let proxy: FaultProxy & { readonly kubeconfig: string };
  let operator: OperatorProcess;
  let cluster: ClusterHandle;
  let metricsPort: number;
  let healthPort: number;

  before(async () => {
    lab = await startLab();
    proxy = await startKubeconfigProxy(lab.controlPlane.kubeconfig);
    [metricsPort, healthPort] = [await freePort(), await freePort()];
    const served = ['--metrics-address', `127.0.0.1:${metricsPort}`, '--health-address', `127.0.0.1:${healthPort}`];
    operator = spawnOperator(proxy.kubeconfig, served);
    cluster = await (await aNamespace(lab, home)).create('prod', { version: '2.6.0', replicas: 2 });
    await cluster.ready(patient);
  });
  after(async () => {
    proxy?.faults.clear();
    await operator?.kill('SIGTERM');
    await proxy?.stop();
    await lab?.stop();
  });

  const pid = (): number => operator.child.pid ?? 0;
  const openFiles = async (): Promise<number> => (await readdir(`/proc/${pid()}/fd`)).length;
  const ask = async (port: number, path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).status;

  test('asks for no more, and holds no more, after its watches were closed a hundred times, and too old', async () => {
    const files = await openFiles();
    const since = new Date();
    for (let cut = 0; cut < 100; cut += 1) {
      if (cut % 10 === 9) proxy.faults.injectWatchError(410);
      else proxy.faults.cut({ how: cut % 2 === 0 ? 'fin' : 'rst', match: isWatch });
      await sleep(200);
    }
    await sleep(2_000);
    const mine = (line: string): boolean => line.includes('"userAgent":"nifi-operator');
    const asked = await entriesOf(lab, { since }, mine);
    const kinds = new Set(asked.map(({ objectRef }) => objectRef.resource)).size;
    assert.ok(asked.length <= 100 * kinds * 2, `${asked.length} requests for 100 cuts of watches of ${kinds} kinds`);
    // What leaks stays open; what is only being closed goes.
    await until(`no more files are open than the ${files} of before`, async () => (await openFiles()) <= files + 5, {
      describe: openFiles,
    });
    await cluster.patch({ spec: { node: { config: { nifiProperties: { 'nifi.queue.swap.threshold': '40001' } } } } });
    await cluster.until('the change is rolled out', isRolledOut, patient);
  });

  test('is healthy and answers a scrape that never pauses while NiFi hangs', async () => {
    const release = lab.nifi.nodeOfPod(home, 'prod-0').hang({ heartbeats: false });
    const statuses = new Set<number>();
    const slowest = { ms: 0 };
    const end = performance.now() + 8_000;
    const scrape = async (): Promise<void> => {
      while (performance.now() < end) {
        const began = performance.now();
        statuses.add(await ask(metricsPort, '/metrics'));
        statuses.add(await ask(healthPort, '/healthz'));
        slowest.ms = Math.max(slowest.ms, performance.now() - began);
      }
    };
    await Promise.all([scrape(), scrape(), scrape(), scrape()]);
    release();
    assert.deepEqual([...statuses], [200]);
    assert.ok(slowest.ms < 5_000, `a scrape took ${Math.round(slowest.ms)} ms`);
    await cluster.ready(patient);
  });

  test('takes up nothing of thousands of Pods that are not NiFi’s', async () => {
    await lab.namespace('others');
    const idle = await residentBytes(pid());
    await inParallel(otherPods, 40, async (number) => {
      const spec = { schedulerName: 'nobody', containers: [{ name: 'other', image: 'example.com/other' }] };
      const metadata = { name: `other-${number}`, namespace: 'others', labels: { app: 'other' } };
      await lab.client.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
    });
    await sleep(3_000);
    const now = await residentBytes(pid());
    assert.ok(now < idle + 15 * MEBI, `${Math.round(now / MEBI)} MiB, and ${Math.round(idle / MEBI)} MiB before`);
  });

  const byHand = { skip: tenantClusters === 0 && 'TENANT_CLUSTERS=200 runs it' };
  test('serves its neighbours while a tenant creates hundreds of clusters at once', byHand, async () => {
    const alone = await restoreMs(lab, cluster);
    await lab.namespace('tenant');
    const creating = inParallel(tenantClusters, 40, async (number) => {
      const metadata = { name: `many-${number}`, namespace: 'tenant' };
      const spec = { version: '2.6.0', replicas: 0 };
      const { apiVersion, kind } = nifiClusterType;
      await lab.client.create(nifiClusterType, { apiVersion, kind, metadata, spec } as unknown as DefaultedNiFiCluster);
    });
    await sleep(500);
    const among = await restoreMs(lab, cluster);
    await creating;
    assert.ok(among <= Math.max(2 * alone, 2_000), `a Pod is back after ${among} ms, and after ${alone} ms before`);
  });
});

/** How long it takes until a Pod that was deleted is another one. */
async function restoreMs(lab: Lab, cluster: ClusterHandle): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const uid = (await cluster.pod(1))?.metadata.uid;
    await lab.client.delete(pods, cluster.key('prod-1'), { gracePeriodSeconds: 0 });
    const began = performance.now();
    await until(
      'the Pod is back',
      async () => ![uid, undefined].includes((await cluster.pod(1))?.metadata.uid),
      patient,
    );
    times.push(performance.now() - began);
  }
  return Math.round(times.toSorted((a, b) => a - b)[1] ?? 0);
}

async function inParallel(count: number, workers: number, one: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: workers }, work));
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/mu.exec(status)?.[1] ?? 0) * 1024;
}
