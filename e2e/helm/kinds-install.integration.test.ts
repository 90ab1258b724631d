// The charts of the kinds and of a cluster against a real API server, by the real helm: kinds are upgraded and never deleted, clusters come and go
// with their release, and what only the API server can refuse reaches whoever installs.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type HelmCluster, home, openHelmCluster, space } from './cluster.ts';
import { type ChartName, chartFolder } from './helm.ts';

const kind = 'nificlusters.datadynamics.io';
let cluster: HelmCluster;

before(async () => {
  cluster = await openHelmCluster();
});
after(() => cluster?.close());

/** As Helm 4 does. */
async function appliesOnTheServer(): Promise<boolean> {
  return (await cluster.helm.succeed(['upgrade', '--help'])).includes('--server-side');
}

describe('The chart of the kinds', () => {
  before(async () => {
    await cluster.install('kinds', 'nifi-operator-crds');
    await cluster.kubectl('wait', '--for=condition=Established', '--timeout=30s', `crd/${kind}`);
    await cluster.install('nifi', 'nifi-cluster', {}, { namespace: space });
  });

  test('makes the API server serve them, and nifi-cluster a cluster of them', async () => {
    assert.equal(
      (await cluster.kubectl('get', 'nifi', '-n', space, '-o', 'name')).trim(),
      'nificluster.datadynamics.io/nifi',
    );
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
      const former = await cluster.get('nifi', '-n', space, 'nifi');
      await cluster.helm.succeed(['upgrade', 'kinds', dir, '--namespace', home]);
      assert.match(await cluster.kubectl('get', 'nifi', '-n', space), /NEWER/u);
      assert.deepEqual(await cluster.get('nifi', '-n', space, 'nifi'), former);
      await cluster.helm.succeed(['rollback', 'kinds', '1', '--namespace', home]);
      assert.doesNotMatch(await cluster.kubectl('get', 'nifi', '-n', space), /NEWER/u);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test('serves the small schema from the upgrade on that asks for it, and until one that does not', async () => {
    const versions = async (): Promise<string> =>
      (
        await cluster.kubectl('get', 'crd', kind, '-o', 'jsonpath={.spec.versions[*].name} {.spec.conversion.strategy}')
      ).trim();
    const upgrade = (enabled: boolean, values: object = {}, flags: readonly string[] = []): Promise<string> =>
      cluster.upgrade('kinds', 'nifi-operator-crds', { smallSchema: { enabled }, ...values }, flags);
    assert.equal(await versions(), 'v1 None');
    await upgrade(true);
    assert.equal(await versions(), 'v1 v1alpha1 Webhook');
    // As the operator does.
    const caBundle = await cluster.authority();
    const trust = { spec: { conversion: { webhook: { clientConfig: { caBundle } } } } };
    await cluster.kubectl('patch', 'crd', kind, '--type=merge', '-p', JSON.stringify(trust));
    await upgrade(true, { labels: { another: 'upgrade' } });
    const kept = '{.spec.conversion.webhook.clientConfig.caBundle} {.metadata.labels.another}';
    assert.equal(await cluster.kubectl('get', 'crd', kind, '-o', `jsonpath=${kept}`), `${caBundle} upgrade`);
    // Helm 4 applies on the server, where a conversion does not go while the operator's word is in it: the installation page says so.
    if (await appliesOnTheServer()) {
      await assert.rejects(upgrade(false), /webhookClientConfig: Forbidden/u);
      await upgrade(false, {}, ['--server-side=false']);
    } else {
      await upgrade(false);
    }
    assert.equal(await versions(), 'v1 None');
    assert.match(await cluster.kubectl('get', 'crd', '-o', 'name'), /nififlows/u);
  });

  test('keeps kinds and clusters when it is uninstalled, and takes them back when it is installed again', async () => {
    const { metadata } = await cluster.get('nifi', '-n', space, 'nifi');
    await cluster.helm.succeed(['uninstall', 'kinds', '--namespace', home]);
    assert.equal(await cluster.helm.succeed(['list', '--namespace', home, '--short']), '');
    assert.deepEqual((await cluster.get('nifi', '-n', space, 'nifi'))['metadata'], metadata);
    await cluster.install('kinds', 'nifi-operator-crds');
    assert.deepEqual((await cluster.get('nifi', '-n', space, 'nifi'))['metadata'], metadata);
  });

  test('takes over kinds that were applied by hand, when it is told to', async (t) => {
    if (!(await cluster.helm.succeed(['install', '--help'])).includes('--take-ownership')) {
      t.skip('helm can do that since 3.17');
      return;
    }
    await cluster.helm.succeed(['uninstall', 'kinds', '--namespace', home]);
    for (const field of ['release-name', 'release-namespace'])
      await cluster.kubectl('annotate', 'crd', '--all', `meta.helm.sh/${field}-`);
    const refused = await cluster.helm.run([
      'install',
      'kinds',
      chartFolder('nifi-operator-crds'),
      '--namespace',
      home,
    ]);
    assert.match(refused.stderr, /invalid ownership metadata/u);
    await cluster.install('kinds', 'nifi-operator-crds', {}, { flags: ['--take-ownership'] });
  });
});

describe('The chart of a cluster', () => {
  test('leaves to the API server what only a rule can tell, and its words reach whoever installs', async () => {
    const spec = { node: { storage: [{ name: 'content', size: '1Gi' }] } };
    const { ok, stderr } = await cluster.helm.run(
      ['install', 'wrong', chartFolder('nifi-cluster'), '--namespace', space, '--values', '-'],
      { cluster: { spec } },
    );
    assert.ok(!ok);
    assert.match(stderr, /spec\.node\.storage.*data/su);
    await cluster.helm.run(['uninstall', 'wrong', '--namespace', space]);
  });

  test('keeps the number of nodes that somebody has scaled to when the release is upgraded: Helm 3 leaves it, Helm 4 asks', async () => {
    const args = ['scaled', chartFolder('nifi-cluster'), '--namespace', space];
    const replicas = (): Promise<string> =>
      cluster.kubectl('get', 'nifi', '-n', space, 'scaled', '-o', 'jsonpath={.spec.replicas}');
    await cluster.helm.succeed(['install', ...args]);
    await cluster.kubectl('scale', 'nifi/scaled', '-n', space, '--replicas=5');
    if (await appliesOnTheServer()) {
      await assert.rejects(cluster.helm.succeed(['upgrade', ...args]), /conflict.*replicas/su);
      // Who says the same is not asked.
      await cluster.helm.succeed(['upgrade', ...args, '--set', 'cluster.spec.replicas=5']);
    } else {
      await cluster.helm.succeed(['upgrade', ...args]);
    }
    assert.equal(await replicas(), '5');
    await cluster.helm.succeed(['uninstall', 'scaled', '--namespace', space]);
  });

  test('makes every kind that is served, and takes all away with the release', async () => {
    await cluster.install(
      'flows',
      'nifi-cluster',
      {
        cluster: { enabled: false, name: 'nifi' },
        registryClients: { git: { spec: { type: 'GitLab', properties: { 'Repository Name': 'flows' } } } },
        parameterContexts: { jobs: { spec: { parameters: { a: { value: 'b' } } } } },
        dataflows: {
          flow: { spec: { source: { definition: { inline: '{}' } }, position: { posX: 1, posY: 1_000_000 } } },
        },
      },
      { namespace: space },
    );
    const { spec } = (await cluster.get('nifidataflow', '-n', space, 'flow')) as {
      readonly spec: { readonly position: object };
    };
    assert.deepEqual(spec.position, { posX: 1, posY: 1_000_000 });
    assert.deepEqual((await cluster.remains('flows')).toSorted(), [
      'nifidataflow.datadynamics.io/flow',
      'nifiparametercontext.datadynamics.io/jobs',
      'nifiregistryclient.datadynamics.io/git',
    ]);
    await cluster.helm.succeed(['uninstall', 'flows', '--namespace', space]);
    assert.deepEqual(await cluster.remains('flows'), []);
  });
});

test('The folder of the charts has the three that are tested here', async () => {
  const charts: readonly ChartName[] = ['nifi-cluster', 'nifi-operator', 'nifi-operator-crds'];
  assert.deepEqual((await readdir(join(chartFolder('nifi-operator'), '..'))).toSorted(), charts);
});
