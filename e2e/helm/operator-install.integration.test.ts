// The chart of the operator against a real API server, by the real helm: what it makes is valid there word for word, it leaves nothing behind, and the
// operator works with the rights, and under the arguments, that the chart gives it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import winston from 'winston';
import { startOperator } from '../../pkg/operator/operator.ts';
import { type OperatorOptions, readOptions } from '../../pkg/operator/options.ts';
import { readAudit, settleAudit } from '../controlplane/audit.ts';
import { until } from '../lab/until.ts';
import { ensureMonitoringCrds } from '../monitoring/crds.ts';
import { allValues, monitoringValues } from './all-values.ts';
import { type HelmCluster, home, openHelmCluster, space } from './cluster.ts';
import { chartFolder, parseObjects } from './helm.ts';
import { deploymentOf } from './objects.ts';

const kind = 'nificlusters.datadynamics.io';
let cluster: HelmCluster;

before(async () => {
  cluster = await openHelmCluster();
  await cluster.install('kinds', 'nifi-operator-crds');
  await cluster.kubectl('wait', '--for=condition=Established', '--timeout=30s', `crd/${kind}`);
  await cluster.install('nifi', 'nifi-cluster', {}, { namespace: space });
});
after(() => cluster?.close());

describe('The chart of the operator', () => {
  const rendered = (values: object): Promise<string> =>
    cluster.helm.succeed(
      ['template', home, chartFolder('nifi-operator'), '--namespace', home, '--values', '-'],
      values,
    );

  test('renders what the API server takes word for word, with everything on that it has kinds for', async () => {
    const objects = await rendered(allValues);
    const said = await cluster.kubectlWith(
      objects,
      'apply',
      '--server-side',
      '--dry-run=server',
      '--validate=strict',
      '-f',
      '-',
    );
    assert.doesNotMatch(said, /warning/iu);
    assert.ok(said.trim().split('\n').length > 12);
  });

  test('makes Pods that a namespace takes where the restricted standard is enforced', async () => {
    for (const values of [{}, allValues]) {
      const { metadata, spec } = deploymentOf(parseObjects(await rendered(values))).spec.template;
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'operator', namespace: home }, spec };
      const account = String(spec['serviceAccountName']);
      await cluster.kubectlWith(
        JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace: home } }),
        'apply',
        '-f',
        '-',
      );
      await cluster.kubectlWith(JSON.stringify(pod), 'create', '--dry-run=server', '-f', '-');
      await cluster.kubectl('delete', 'serviceaccount', '-n', home, account);
    }
  });

  test('is refused as a whole where monitoring is asked for and its kinds are missing', async () => {
    const args = ['install', home, chartFolder('nifi-operator'), '--namespace', home, '--values', '-'];
    const { ok, stderr } = await cluster.helm.run(args, monitoringValues);
    assert.ok(!ok);
    assert.match(
      stderr,
      /no matches for kind "(ServiceMonitor|PodMonitor|PrometheusRule)".*ensure CRDs are installed first/su,
    );
    assert.deepEqual(await cluster.remains(home), []);
  });

  test('makes monitors and alerts that their own kinds take word for word', async () => {
    for (const file of await ensureMonitoringCrds()) await cluster.kubectl('apply', '--server-side', '-f', file);
    await cluster.kubectl(
      'wait',
      '--for=condition=Established',
      '--timeout=30s',
      'crd/servicemonitors.monitoring.coreos.com',
    );
    const objects = await rendered({ ...allValues, ...monitoringValues });
    const said = await cluster.kubectlWith(
      objects,
      'apply',
      '--server-side',
      '--dry-run=server',
      '--validate=strict',
      '-f',
      '-',
    );
    for (const one of ['servicemonitor', 'podmonitor', 'prometheusrule'])
      assert.match(said, new RegExp(`${one}\\.monitoring`, 'u'));
    assert.doesNotMatch(said, /warning/iu);
  });

  test('tells after the installation what to do next', async () => {
    const said = await cluster.install(home, 'nifi-operator', { watchNamespaces: [space] });
    const commands = said.split('\n').filter((line) => /^ {2}(helm|kubectl) /u.test(line));
    assert.deepEqual(
      commands.map((line) => line.trim().split(' ').slice(0, 2).join(' ')),
      ['kubectl rollout', 'helm install', 'kubectl wait'],
    );
    assert.match(said, /watches data\./u);
    assert.doesNotMatch(said, /kinds are missing/u);
  });

  test('lets people with the roles of Kubernetes see and edit clusters, each as far as the role goes', async () => {
    const may = async (role: string, verb: string, subresource = ''): Promise<boolean> => {
      const { path, args } = cluster.controlPlane.kubectl;
      const what = [
        verb,
        kind,
        `--subresource=${subresource}`,
        '-n',
        space,
        `--as=system:serviceaccount:${space}:${role}`,
      ];
      const asked = promisify(execFile)(path, [...args, 'auth', 'can-i', ...what]);
      return await asked.then(
        () => true,
        () => false,
      );
    };
    const roles = ['view', 'edit', 'admin'];
    for (const role of roles)
      await cluster.kubectl(
        'create',
        'rolebinding',
        role,
        '-n',
        space,
        `--clusterrole=${role}`,
        `--serviceaccount=${space}:${role}`,
      );
    await until('the roles are filled', async () => (await may('edit', 'patch')) && (await may('view', 'get')));
    const each = (verb: string, subresource?: string): Promise<readonly boolean[]> =>
      Promise.all(roles.map((role) => may(role, verb, subresource)));
    assert.deepEqual(await each('get'), [true, true, true]);
    assert.deepEqual(await each('patch'), [false, true, true]);
    assert.deepEqual(await each('update', 'scale'), [false, true, true]);
    assert.deepEqual(await each('patch', 'status'), [false, false, true]);
  });

  test('gives the operator the rights that it works with in one namespace, and it asks for no other', async () => {
    await cluster.upgrade(home, 'nifi-operator', {
      watchNamespaces: [space],
      certManager: { enabled: false },
    });
    const deployment = deploymentOf([(await cluster.get('deployment', '-n', home, home)) as never]);
    const name = `system:serviceaccount:${home}:${String(deployment.spec.template.spec['serviceAccountName'])}`;
    const kubeconfig = await cluster.controlPlane.userKubeconfig({
      name,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${home}`],
    });
    const options = readOptions(
      [...deployment.spec.template.spec.containers[0].args, '--metrics-address=', '--health-address='],
      {},
    );
    const since = new Date();
    const operator = await startOperator(
      // Outside a Pod the namespace of the Lease is not known by itself.
      { ...(options as OperatorOptions), kubeconfig, leaderElection: { name: home, namespace: home } },
      { logger: winston.createLogger({ silent: true }), identity: 'test', env: {}, onLost: assert.fail },
    );
    try {
      await operator.started;
      const { path, args } = cluster.controlPlane.kubectl;
      const pods = async (): Promise<string> =>
        (await promisify(execFile)(path, [...args, 'get', 'pods', '-n', space, '-o', 'name'])).stdout;
      await until('the cluster has its Pods', async () => (await pods()).trim().split('\n').length === 3, {
        timeoutMs: 180_000,
      });
    } finally {
      await operator.stop();
    }
    await settleAudit(cluster.controlPlane.auditLog);
    const entries = await readAudit(cluster.controlPlane.auditLog, { user: name, since, openWatches: true });
    assert.ok(entries.length > 20);
    assert.deepEqual(
      entries.filter(({ code }) => code === 403),
      [],
    );
    assert.deepEqual(
      entries.filter(({ objectRef }) => objectRef.apiGroup === 'cert-manager.io'),
      [],
    );
    assert.deepEqual([...new Set(entries.map(({ objectRef }) => objectRef.namespace))].toSorted(), [space, home]);
  });

  test('leaves what the operator wrote into its webhooks alone in an upgrade', async () => {
    const upgrade = (values: object): Promise<string> =>
      cluster.upgrade(home, 'nifi-operator', { smallSchema: { enabled: true }, ...values });
    await upgrade({});
    const caBundle = await cluster.authority();
    const configuration = ['validatingwebhookconfiguration', `${home}.${home}`];
    const trust = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: caBundle }];
    await cluster.kubectl('patch', ...configuration, '--type=json', '-p', JSON.stringify(trust));
    await upgrade({ commonLabels: { another: 'upgrade' } });
    const kept = '{.webhooks[0].clientConfig.caBundle} {.metadata.labels.another}';
    assert.equal(await cluster.kubectl('get', ...configuration, '-o', `jsonpath=${kept}`), `${caBundle} upgrade`);
  });

  test('leaves nothing behind when it is uninstalled, but what clusters own', async () => {
    await cluster.helm.succeed(['uninstall', home, '--namespace', home]);
    assert.deepEqual(await cluster.remains(home), []);
    assert.equal((await cluster.kubectl('get', 'pods', '-n', space, '-o', 'name')).trim().split('\n').length, 3);
  });
});
