// Monitoring of a cluster from end to end, by an operator that has the shipped roles and no others: what is made for Prometheus with and
// without its operator's kinds, what that may see of a (played) NiFi, and that all of it goes again while no node restarts.
// No Prometheus runs here: whoever asks shows the certificate and verifies the node as the PodMonitor says.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import type { DefaultedNiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import { podMonitors, pods, secrets } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import { readAudit, settleAudit } from '../controlplane/audit.ts';
import { aNamespace, type ClusterHandle, type NamespaceHandle } from '../lab/cluster.ts';
import { applyCrd } from '../lab/crds.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';
import { readRole, usedRights } from '../rbac/rights.ts';
import { applyFile, home, untilAllowed, user, without } from '../rbac/under.ts';
import { ensureMonitoringCrds } from './crds.ts';

const patient = { timeoutMs: 180_000 };
const metrics = '/nifi-api/flow/metrics/prometheus';
let lab: Lab;
let operator: Operator;
let space: NamespaceHandle;
let cluster: ClusterHandle;

before(async () => {
  lab = await startLab();
  await lab.namespace(home);
  for (const file of ['service-account.yaml', 'role.yaml', 'role-binding.yaml']) await applyFile(lab, file);
  for (const file of ['monitoring/role.yaml', 'monitoring/role-binding.yaml']) await applyFile(lab, file);
  const kubeconfig = await lab.controlPlane.userKubeconfig(user);
  await untilAllowed(kubeconfig, undefined);
  operator = await runOperator(kubeconfig, ['--pod-monitors', 'true', '--drift-period', '2s'], [], { absentMs: 500 });
  space = await aNamespace(lab, 'data');
});
after(async () => {
  await operator?.stop();
  await lab?.stop();
});

/** As Prometheus does what the PodMonitor says. Undefined while there is no certificate. */
async function scrape(
  id: number,
  path = metrics,
): Promise<{ readonly status: number; readonly text: string } | undefined> {
  const data = (await lab.client.get(secrets, cluster.key('prod-metrics')))?.data;
  if (data === undefined) return undefined;
  const [cert, key, ca] = ['tls.crt', 'tls.key', 'ca.crt'].map((name) => Buffer.from(data[name] ?? '', 'base64'));
  const host = `prod-${id}.prod-nodes.data.svc`;
  const ip = (await cluster.pod(id))?.status?.podIP ?? '';
  return await new Promise((resolve, reject) => {
    const headers = { host: `${host}:8443` };
    const asked = request({ host: ip, port: 8443, servername: host, path, headers, cert, key, ca, agent: false });
    asked.once('error', reject);
    asked.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.end();
  });
}

const accepted = ({ status }: DefaultedNiFiCluster): string | undefined =>
  status?.conditions?.find(({ type }) => type === 'SpecAccepted')?.reason;
const uids = async (): Promise<readonly string[]> =>
  (await cluster.list(pods)).map(({ metadata }) => metadata.uid ?? '').toSorted();
const monitor = (): Promise<KubeObject | undefined> => lab.client.get(podMonitors, cluster.key('prod'));
let running: readonly string[];

test('Without the kinds of Prometheus’ operator the cluster is ready, and tells what is missing', async () => {
  const node = { storage: [{ name: 'data', size: '1Gi' }] };
  cluster = await space.create('prod', { version: '2.6.0', replicas: 2, node });
  await cluster.ready(patient);
  running = await uids();
  await cluster.patch({ spec: { monitoring: { enabled: true, labels: { release: 'prometheus' } } } });
  await cluster.until('it is told', (object) => accepted(object) === 'MonitoringUnavailable', patient);
  await cluster.ready(patient);
});

test('The certificate of the Secret opens the metrics of every node, and nothing else', async () => {
  for (const id of [0, 1]) {
    const answer = await until(`node ${id} lets it in`, async () => {
      const now = await scrape(id);
      return now?.status === 200 ? now : undefined;
    });
    assert.match(answer.text, /^nifi_amount_threads_active\{/mu);
    for (const path of ['/nifi-api/tenants/users', '/nifi-api/system-diagnostics', '/nifi-api/process-groups/root'])
      assert.equal((await scrape(id, path))?.status, 403, path);
  }
});

test('Once the kinds are installed the PodMonitor is there, as its kind takes it, and nothing is missing', async () => {
  const files = (await ensureMonitoringCrds()).filter((path) => path.endsWith('podmonitors.yaml'));
  for (const file of files) await applyCrd(lab.client, parse(await readFile(file, 'utf8')) as KubeObject);
  await until('there is a PodMonitor', monitor, patient);
  const made = await monitor();
  assert.deepEqual(
    [made?.metadata.labels?.['release'], made?.metadata.ownerReferences?.map(({ kind, name }) => `${kind} ${name}`)],
    ['prometheus', ['NiFiCluster prod']],
  );
  await cluster.until('all is well', (object) => accepted(object) === 'Ready', patient);
  await lab.client.delete(podMonitors, cluster.key('prod'));
  const back = await until('one that is deleted comes back', monitor, patient);
  assert.notEqual(back.metadata.uid, made?.metadata.uid);
});

test('A PodMonitor of somebody else is left alone, and that is told', async () => {
  const theirs = { selector: {}, podMetricsEndpoints: [{ port: 'https' }] };
  const { apiVersion, kind } = podMonitors;
  const metadata = { name: 'taken', namespace: 'data' };
  const object = { apiVersion, kind, metadata, spec: theirs } as KubeObject;
  const { metadata: made } = await lab.client.create(podMonitors, object);
  const node = { storage: [{ name: 'data', size: '1Gi' }] };
  const taken = await space.create('taken', { version: '2.6.0', replicas: 1, node, monitoring: { enabled: true } });
  const isTold = ({ status }: DefaultedNiFiCluster): boolean =>
    status?.conditions?.some(({ reason }) => reason === 'NameConflict') ?? false;
  await taken.until('the conflict is told', isTold, patient);
  assert.equal((await lab.client.get(podMonitors, taken.key('taken')))?.metadata.uid, made.uid);
});

test('Turned off, the PodMonitor, the Secret and the user are gone, and no node has restarted', async () => {
  const held = await lab.client.get(secrets, cluster.key('prod-metrics'));
  assert.ok(held);
  const state = lab.nifi.cluster('data/prod').state ?? assert.fail('NiFi has no state');
  const users = (): readonly string[] => [...state.users.values()].map(({ identity }) => identity);
  assert.ok(users().includes('CN=metrics.prod.data'));
  await cluster.patch({ spec: { monitoring: null } });
  await until('the PodMonitor is gone', async () => (await monitor()) === undefined, patient);
  await until('the Secret is gone', async () => (await scrape(0)) === undefined, patient);
  await until('the user is gone', async () => !users().includes('CN=metrics.prod.data'), patient);
  const groups = (): readonly string[] => [...state.userGroups.values()].map(({ identity }) => identity);
  await until('its group is gone', async () => !groups().some((name) => name.includes('-metrics-')), patient);
  await cluster.ready(patient);
  assert.deepEqual(await uids(), running);
});

test('The rights of config/rbac/monitoring are enough for it, and none is left over', async () => {
  await operator.stop();
  await settleAudit(lab.controlPlane.auditLog);
  const filter = { user: user.name, userAgent: 'nifi-operator', openWatches: true };
  const entries = await readAudit(lab.controlPlane.auditLog, filter);
  assert.deepEqual(usedRights(entries.filter(({ code }) => code === 401 || code === 403)), []);
  // For API servers that do not stream lists.
  const unused = ['list monitoring.coreos.com/podmonitors'];
  assert.deepEqual(without(await readRole('monitoring/role.yaml'), usedRights(entries)), unused);
});
