// The charts against a real API server, by the real helm: what they make is valid there, kinds are upgraded and never deleted, a release leaves nothing
// else behind, and the operator works with the rights, and under the arguments, that the chart gives it.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import winston from 'winston';
import { startOperator } from '../../pkg/operator/operator.ts';
import { type OperatorOptions, readOptions } from '../../pkg/operator/options.ts';
import { readAudit, settleAudit } from '../controlplane/audit.ts';
import { type ControlPlane, startControlPlane } from '../controlplane/controlplane.ts';
import { until } from '../lab/until.ts';
import { ensureMonitoringCrds } from '../monitoring/crds.ts';
import { allValues, monitoringValues } from './all-values.ts';
import { type ChartName, chartFolder, type Helm, openHelm, parseObjects } from './helm.ts';
import { deploymentOf } from './objects.ts';

const home = 'nifi-operator';
const kind = 'nificlusters.datadynamics.io';
let controlPlane: ControlPlane;
let helm: Helm;

before(async () => {
  controlPlane = await startControlPlane({ onProgress: (line) => process.stderr.write(`${line}\n`) });
  helm = await openHelm(controlPlane.kubeconfig);
  await kubectl('create', 'namespace', home);
  await kubectl('label', 'namespace', home, 'pod-security.kubernetes.io/enforce=restricted');
  await kubectl('create', 'namespace', 'data');
});
after(async () => {
  await helm?.close();
  await controlPlane?.stop();
});

async function kubectl(...args: string[]): Promise<string> {
  const { path, args: bound } = controlPlane.kubectl;
  return (await promisify(execFile)(path, [...bound, ...args], { maxBuffer: 2 ** 26 })).stdout;
}

/** Standard error goes along: warnings of the API server are there. */
async function kubectlWith(input: string, ...args: string[]): Promise<string> {
  const { path, args: bound } = controlPlane.kubectl;
  const child = spawn(path, [...bound, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.end(input);
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0, said);
  return said;
}

async function get(...args: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await kubectl('get', '-o', 'json', ...args)) as Record<string, unknown>;
}

/** A certificate that a webhook may be trusted by, as it is written into an object. */
async function authority(): Promise<string> {
  return (await readFile(controlPlane.caFile)).toString('base64');
}

/** "resource/name" of what carries the labels of a release, of every kind that can be listed. */
async function remains(release: string): Promise<readonly string[]> {
  const kinds = (await kubectl('api-resources', '--verbs=list,delete', '-o', 'name')).trim().split('\n').join(',');
  const labels = `app.kubernetes.io/instance=${release},app.kubernetes.io/managed-by=Helm`;
  return (await kubectl('get', kinds, '--all-namespaces', '-l', labels, '-o', 'name')).split('\n').filter(Boolean);
}

const install = (
  release: string,
  chart: ChartName,
  values: object = {},
  more: readonly string[] = [],
): Promise<string> =>
  helm.succeed(['install', release, chartFolder(chart), '--namespace', home, '--values', '-', ...more], values);

describe('The chart of the kinds', () => {
  before(async () => {
    await install('kinds', 'nifi-operator-crds');
    await kubectl('wait', '--for=condition=Established', '--timeout=30s', `crd/${kind}`);
    await install('nifi', 'nifi-cluster', {}, ['--namespace', 'data']);
  });

  test('makes the API server serve them, and nifi-cluster a cluster of them', async () => {
    assert.equal((await kubectl('get', 'nifi', '-n', 'data', '-o', 'name')).trim(), 'nificluster.datadynamics.io/nifi');
  });

  test('really upgrades them: a newer chart changes what the API server serves, and no cluster', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'chart-'));
    try {
      await cp(chartFolder('nifi-operator-crds'), dir, { recursive: true });
      const file = join(dir, 'templates', 'datadynamics.io_nificlusters.yaml');
      const text = await readFile(file, 'utf8');
      const newer = text.replace(
        /^(\s+)- name: Ready\n/mu,
        '$1- name: Newer\n$1  type: string\n$1  jsonPath: .spec.version\n$&',
      );
      assert.notEqual(newer, text);
      await writeFile(file, newer);
      const before = await get('nifi', '-n', 'data', 'nifi');
      await helm.succeed(['upgrade', 'kinds', dir, '--namespace', home]);
      assert.match(await kubectl('get', 'nifi', '-n', 'data'), /NEWER/u);
      assert.deepEqual(await get('nifi', '-n', 'data', 'nifi'), before);
      await helm.succeed(['rollback', 'kinds', '1', '--namespace', home]);
      assert.doesNotMatch(await kubectl('get', 'nifi', '-n', 'data'), /NEWER/u);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test('serves the small schema from the upgrade on that asks for it, and until one that does not', async () => {
    const versions = async (): Promise<string> =>
      (await kubectl('get', 'crd', kind, '-o', 'jsonpath={.spec.versions[*].name} {.spec.conversion.strategy}')).trim();
    const upgrade = async (enabled: boolean, values: object = {}): Promise<string> =>
      helm.succeed(['upgrade', 'kinds', chartFolder('nifi-operator-crds'), '--namespace', home, '--values', '-'], {
        smallSchema: { enabled },
        ...values,
      });
    assert.equal(await versions(), 'v1 None');
    await upgrade(true);
    assert.equal(await versions(), 'v1 v1alpha1 Webhook');
    // As the operator does.
    const caBundle = await authority();
    const trust = { spec: { conversion: { webhook: { clientConfig: { caBundle } } } } };
    await kubectl('patch', 'crd', kind, '--type=merge', '-p', JSON.stringify(trust));
    await upgrade(true, { labels: { another: 'upgrade' } });
    const kept = '{.spec.conversion.webhook.clientConfig.caBundle} {.metadata.labels.another}';
    assert.equal(await kubectl('get', 'crd', kind, '-o', `jsonpath=${kept}`), `${caBundle} upgrade`);
    await upgrade(false);
    assert.equal(await versions(), 'v1 None');
    assert.match(await kubectl('get', 'crd', '-o', 'name'), /nififlows/u);
  });

  test('keeps kinds and clusters when it is uninstalled, and takes them back when it is installed again', async () => {
    const { metadata } = await get('nifi', '-n', 'data', 'nifi');
    await helm.succeed(['uninstall', 'kinds', '--namespace', home]);
    assert.equal(await helm.succeed(['list', '--namespace', home, '--short']), '');
    assert.deepEqual((await get('nifi', '-n', 'data', 'nifi'))['metadata'], metadata);
    await install('kinds', 'nifi-operator-crds');
    assert.deepEqual((await get('nifi', '-n', 'data', 'nifi'))['metadata'], metadata);
  });

  test('takes over kinds that were applied by hand, when it is told to', async (t) => {
    if (!(await helm.succeed(['install', '--help'])).includes('--take-ownership')) {
      t.skip('helm can do that since 3.17');
      return;
    }
    await helm.succeed(['uninstall', 'kinds', '--namespace', home]);
    for (const field of ['release-name', 'release-namespace'])
      await kubectl('annotate', 'crd', '--all', `meta.helm.sh/${field}-`);
    const refused = await helm.run(['install', 'kinds', chartFolder('nifi-operator-crds'), '--namespace', home]);
    assert.match(refused.stderr, /invalid ownership metadata/u);
    await install('kinds', 'nifi-operator-crds', {}, ['--take-ownership']);
  });
});

describe('The chart of a cluster', () => {
  test('leaves to the API server what only a rule can tell, and its words reach whoever installs', async () => {
    const spec = { node: { storage: [{ name: 'content', size: '1Gi' }] } };
    const { ok, stderr } = await helm.run(
      ['install', 'wrong', chartFolder('nifi-cluster'), '--namespace', 'data', '--values', '-'],
      { cluster: { spec } },
    );
    assert.ok(!ok);
    assert.match(stderr, /spec\.node\.storage.*data/su);
    await helm.run(['uninstall', 'wrong', '--namespace', 'data']);
  });

  test('makes every kind that is served, and takes all away with the release', async () => {
    await install(
      'flows',
      'nifi-cluster',
      {
        cluster: { enabled: false, name: 'nifi' },
        registryClients: { git: { spec: { type: 'GitLab', properties: { 'Repository Name': 'flows' } } } },
        parameterContexts: { jobs: { spec: { parameters: { a: { value: 'b' } } } } },
      },
      ['--namespace', 'data'],
    );
    assert.deepEqual((await remains('flows')).toSorted(), [
      'nifiparametercontext.datadynamics.io/jobs',
      'nifiregistryclient.datadynamics.io/git',
    ]);
    await helm.succeed(['uninstall', 'flows', '--namespace', 'data']);
    assert.deepEqual(await remains('flows'), []);
  });
});

describe('The chart of the operator', () => {
  const rendered = (values: object): Promise<string> =>
    helm.succeed(['template', home, chartFolder('nifi-operator'), '--namespace', home, '--values', '-'], values);

  test('renders what the API server takes word for word, with everything on that it has kinds for', async () => {
    const objects = await rendered(allValues);
    const said = await kubectlWith(
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
      await kubectlWith(
        JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace: home } }),
        'apply',
        '-f',
        '-',
      );
      await kubectlWith(JSON.stringify(pod), 'create', '--dry-run=server', '-f', '-');
      await kubectl('delete', 'serviceaccount', '-n', home, account);
    }
  });

  test('is refused as a whole where monitoring is asked for and its kinds are missing', async () => {
    const args = ['install', home, chartFolder('nifi-operator'), '--namespace', home, '--values', '-'];
    const { ok, stderr } = await helm.run(args, monitoringValues);
    assert.ok(!ok);
    assert.match(
      stderr,
      /no matches for kind "(ServiceMonitor|PodMonitor|PrometheusRule)".*ensure CRDs are installed first/su,
    );
    assert.deepEqual(await remains(home), []);
  });

  test('makes monitors and alerts that their own kinds take word for word', async () => {
    for (const file of await ensureMonitoringCrds()) await kubectl('apply', '--server-side', '-f', file);
    await kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd/servicemonitors.monitoring.coreos.com');
    const objects = await rendered({ ...allValues, ...monitoringValues });
    const said = await kubectlWith(
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
    const said = await install(home, 'nifi-operator', { watchNamespaces: ['data'] });
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
      const { path, args } = controlPlane.kubectl;
      const what = [
        verb,
        kind,
        `--subresource=${subresource}`,
        '-n',
        'data',
        `--as=system:serviceaccount:data:${role}`,
      ];
      const asked = promisify(execFile)(path, [...args, 'auth', 'can-i', ...what]);
      return await asked.then(
        () => true,
        () => false,
      );
    };
    const roles = ['view', 'edit', 'admin'];
    for (const role of roles)
      await kubectl(
        'create',
        'rolebinding',
        role,
        '-n',
        'data',
        `--clusterrole=${role}`,
        `--serviceaccount=data:${role}`,
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
    await helm.succeed(['upgrade', home, chartFolder('nifi-operator'), '--namespace', home, '--values', '-'], {
      watchNamespaces: ['data'],
      certManager: { enabled: false },
    });
    const deployment = deploymentOf([(await get('deployment', '-n', home, home)) as never]);
    const name = `system:serviceaccount:${home}:${String(deployment.spec.template.spec['serviceAccountName'])}`;
    const kubeconfig = await controlPlane.userKubeconfig({
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
      const { path, args } = controlPlane.kubectl;
      const pods = async (): Promise<string> =>
        (await promisify(execFile)(path, [...args, 'get', 'pods', '-n', 'data', '-o', 'name'])).stdout;
      await until('the cluster has its Pods', async () => (await pods()).trim().split('\n').length === 3, {
        timeoutMs: 60_000,
      });
    } finally {
      await operator.stop();
    }
    await settleAudit(controlPlane.auditLog);
    const entries = await readAudit(controlPlane.auditLog, { user: name, since, openWatches: true });
    assert.ok(entries.length > 20);
    assert.deepEqual(
      entries.filter(({ code }) => code === 403),
      [],
    );
    assert.deepEqual(
      entries.filter(({ objectRef }) => objectRef.apiGroup === 'cert-manager.io'),
      [],
    );
    assert.deepEqual([...new Set(entries.map(({ objectRef }) => objectRef.namespace))].toSorted(), ['data', home]);
  });

  test('leaves what the operator wrote into its webhooks alone in an upgrade', async () => {
    const upgrade = (values: object): Promise<string> =>
      helm.succeed(['upgrade', home, chartFolder('nifi-operator'), '--namespace', home, '--values', '-'], {
        smallSchema: { enabled: true },
        ...values,
      });
    await upgrade({});
    const caBundle = await authority();
    const configuration = ['validatingwebhookconfiguration', `${home}.${home}`];
    const trust = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: caBundle }];
    await kubectl('patch', ...configuration, '--type=json', '-p', JSON.stringify(trust));
    await upgrade({ commonLabels: { another: 'upgrade' } });
    const kept = '{.webhooks[0].clientConfig.caBundle} {.metadata.labels.another}';
    assert.equal(await kubectl('get', ...configuration, '-o', `jsonpath=${kept}`), `${caBundle} upgrade`);
  });

  test('leaves nothing behind when it is uninstalled, but what clusters own', async () => {
    await helm.succeed(['uninstall', home, '--namespace', home]);
    assert.deepEqual(await remains(home), []);
    assert.equal((await kubectl('get', 'pods', '-n', 'data', '-o', 'name')).trim().split('\n').length, 3);
  });
});

test('The folder of the charts has the three that are tested here', async () => {
  const charts: readonly ChartName[] = ['nifi-cluster', 'nifi-operator', 'nifi-operator-crds'];
  assert.deepEqual((await readdir(join(chartFolder('nifi-operator'), '..'))).toSorted(), charts);
});
