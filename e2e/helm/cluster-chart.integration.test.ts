// What the chart nifi-cluster makes of its values: objects of the operator's kinds, whose specs go through untouched.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { chartFolder, type Helm, openHelm, parseObjects, refusal, render } from './helm.ts';
import { field, named, only } from './objects.ts';

const samples = new URL('../../config/samples/', import.meta.url);
const lists: Readonly<Record<string, string>> = {
  NiFiRegistryClient: 'registryClients',
  NiFiParameterContext: 'parameterContexts',
  NiFiDataflow: 'dataflows',
};
let helm: Helm;

before(async () => {
  helm = await openHelm();
});
after(() => helm.close());

const chart = (values: object): Promise<readonly KubeObject[]> =>
  render(helm, 'nifi-cluster', values, { release: 'prod', namespace: 'data' });
const specOf = (object: KubeObject): object => field(object, 'spec') as object;

/** A value of null takes a default of the chart out. */
function valuesFor(object: KubeObject): object {
  if (object.kind === 'NiFiCluster')
    return { cluster: { name: object.metadata.name, spec: { replicas: null, version: null, ...specOf(object) } } };
  return {
    cluster: { enabled: false },
    [lists[object.kind] ?? 'none']: { [object.metadata.name]: { spec: specOf(object) } },
  };
}

describe('The chart nifi-cluster', () => {
  test('lints without a warning', async () => {
    assert.match(await helm.succeed(['lint', '--strict', chartFolder('nifi-cluster')]), /0 chart\(s\) failed/u);
  });

  test('makes a cluster of three nodes, named as the release, of no values at all', async () => {
    const objects = await chart({});
    assert.deepEqual(named(objects), ['NiFiCluster data prod']);
    assert.deepEqual(specOf(only(objects, 'NiFiCluster')), { version: '2.6.0', replicas: 3 });
  });

  for (const file of readdirSync(samples).filter((name) => name.endsWith('.yaml'))) {
    test(`hands on every spec of the sample ${file} as it is`, async () => {
      const given = parseObjects(readFileSync(new URL(file, samples), 'utf8'));
      for (const object of given.filter(({ kind }) => kind.startsWith('NiFi'))) {
        const [made] = (await chart(valuesFor(object))).filter(({ kind }) => kind === object.kind);
        assert.ok(made !== undefined);
        assert.deepEqual([made.metadata.name, specOf(made)], [object.metadata.name, specOf(object)]);
      }
    });
  }

  test('hands on large numbers as they are, which are decimals on the way', async () => {
    const dataflow = { source: { definition: { inline: '{}' } }, position: { posX: 1_000_000, posY: -1_000_000 } };
    const made = only(await chart({ dataflows: { flow: { spec: dataflow } } }), 'NiFiDataflow');
    assert.deepEqual(specOf(made), { clusterRef: { name: 'prod' }, ...dataflow });
  });

  test('refers to its own cluster where a spec names none', async () => {
    const spec = { type: 'GitLab' };
    const objects = await chart({
      cluster: { name: 'other' },
      registryClients: { own: { spec }, foreign: { spec: { ...spec, clusterRef: { name: 'foreign' } } } },
    });
    const made = objects
      .filter(({ kind }) => kind === 'NiFiRegistryClient')
      .map(({ metadata, ...rest }) => {
        const { clusterRef } = (
          rest as unknown as { readonly spec: { readonly clusterRef: { readonly name: string } } }
        ).spec;
        return [metadata.name, clusterRef.name];
      });
    assert.deepEqual(made, [
      ['foreign', 'foreign'],
      ['own', 'other'],
    ]);
  });

  test('labels and annotates as it is told', async () => {
    const about = { labels: { a: 'b' }, annotations: { c: 'd' } };
    const spec = { parameters: {} };
    const objects = await chart({
      commonLabels: { team: 'data' },
      cluster: about,
      parameterContexts: { x: { ...about, spec } },
    });
    assert.equal(objects.length, 2);
    for (const { metadata } of objects) {
      assert.deepEqual(
        [metadata.labels?.['team'], metadata.labels?.['a'], metadata.annotations?.['c']],
        ['data', 'b', 'd'],
      );
    }
  });

  test('makes any other object, also as a template', async () => {
    const objects = await chart({
      extraObjects: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: '{{ .Release.Name }}-token' } }],
    });
    assert.deepEqual(named(objects), ['NiFiCluster data prod', 'Secret prod-token']);
  });
});

describe('Values of nifi-cluster that cannot be meant are refused, and the field is named:', () => {
  const wrong: readonly [object, RegExp][] = [
    [{ cluster: { spec: { replica: 3 } } }, /replica/u],
    [{ cluster: { spec: { replicas: 'three' } } }, /replicas/u],
    [{ cluster: { spec: { node: { storage: [{ name: 'data', siz: '1Gi' }] } } } }, /siz/u],
    [{ cluster: { name: 'Prod' } }, /name/u],
    [{ clusters: {} }, /clusters/u],
    [{ registryClients: { Git: { spec: { type: 'GitLab' } } } }, /Git/u],
    [{ registryClients: { git: { type: 'GitLab' } } }, /spec/u],
    [{ dataflows: { flow: { spec: { source: { registri: {} } } } } }, /registri/u],
    [{ parameterContexts: { jobs: { spec: { parameters: { a: { valeu: 'b' } } } } } }, /valeu/u],
  ];
  for (const [values, message] of wrong) {
    test(JSON.stringify(values), async () => {
      assert.match(await refusal(helm, 'nifi-cluster', values), message);
    });
  }
});
