// Values that no chart can mean: refused before anything is sent, in words that name the field. And those that the documents show, which are taken.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { labels } from '../../api/v1/labels.ts';
import { fenced, page } from '../../hack/docs/pages.ts';
import { allValues, monitoringValues } from './all-values.ts';
import { type ChartName, type Helm, openHelm, refusal, render } from './helm.ts';
import { deploymentOf, ofKind, only } from './objects.ts';

let helm: Helm;

before(async () => {
  helm = await openHelm();
});
after(() => helm.close());

describe('Values of nifi-operator that cannot be meant are refused, and the field is named:', () => {
  const wrong: readonly [object, RegExp][] = [
    [{ replicas: 'two' }, /replicas/u],
    [{ replica: 2 }, /replica/u],
    [{ operator: { logLevl: 'info' } }, /logLevl/u],
    [{ operator: { workers: 0 } }, /workers/u],
    [{ operator: { driftPeriod: 'soon' } }, /driftPeriod/u],
    [{ watchNamespaces: ['A_b'] }, /watchNamespaces/u],
    [{ watchNamespaces: 'a,b' }, /watchNamespaces/u],
    [{ image: { digest: 'sha256:abc' } }, /digest/u],
    [{ image: { repository: '' } }, /repository/u],
    [{ image: { repository: 'registry.example.com:5000/nifi-operator:0.1.0' } }, /repository/u],
    [{ metrics: { port: 99_999 } }, /port/u],
    [{ metrics: { serviceMonitor: { interval: '30' } } }, /interval/u],
    [{ extraArgs: ['workers=1'] }, /extraArgs/u],
    [{ fullnameOverride: '7up' }, /fullnameOverride/u],
    [{ commonLabels: { [labels.name]: 'mine' } }, /app\.kubernetes\.io\/name/u],
    [{ podDisruptionBudget: { maxUnavailable: 'all' } }, /maxUnavailable/u],
    [{ leaderElection: { enabled: false } }, /replicas: more than one needs leaderElection\.enabled=true/u],
    [{ metrics: { port: 8081 } }, /metrics\.port: is that of health\.port/u],
    [{ smallSchema: { enabled: true, port: 8081 } }, /smallSchema\.port: is that of health\.port/u],
    [{ smallSchema: { enabled: true, port: 8080 } }, /smallSchema\.port: is that of metrics\.port/u],
    [
      { metrics: { service: { enabled: false }, serviceMonitor: { enabled: true } } },
      /metrics\.serviceMonitor\.enabled: needs/u,
    ],
    [{ metrics: { enabled: false, podMonitor: { enabled: true } } }, /metrics\.podMonitor\.enabled: needs/u],
  ];
  for (const [values, message] of wrong) {
    test(JSON.stringify(values), async () => {
      assert.match(await refusal(helm, 'nifi-operator', values), message);
    });
  }

  test('but not those that Helm or a parent chart adds', async () => {
    assert.ok((await render(helm, 'nifi-operator', { global: { a: 1 }, enabled: true })).length > 0);
  });
});

describe('Names that YAML would take for numbers stay texts', () => {
  const strange = { release: '7', namespace: '1e3' };
  const charts: readonly [ChartName, object][] = [
    ['nifi-operator-crds', { smallSchema: { enabled: true } }],
    ['nifi-operator', { ...allValues, ...monitoringValues, fullnameOverride: 'op', serviceAccount: { name: '44' } }],
    ['nifi-operator', { fullnameOverride: 'op', watchNamespaces: ['2024', '0x1'], priorityClassName: '5' }],
    ['nifi-cluster', { cluster: { name: 'prod' }, dataflows: { 2024: { spec: { source: {} } } } }],
  ];
  for (const [chart, values] of charts) {
    test(`in ${chart} with ${Object.keys(values).join(', ')}`, async () => {
      const found = (await render(helm, chart, values, strange)).flatMap(namesIn);
      assert.ok(found.length > 0);
      assert.deepEqual(
        found.filter((name) => typeof name !== 'string'),
        [],
      );
    });
  }
});

/** What stands behind every field that is a name, or the label that is the release's. */
function namesIn(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
    /^(?:name|namespace|serviceAccountName|priorityClassName)$|\/instance$/u.test(key) && typeof child !== 'object'
      ? [child]
      : namesIn(child),
  );
}

describe('A release that is named as no Service may be', () => {
  test('with dots, has hyphens in their place', async () => {
    const objects = await render(helm, 'nifi-operator', {}, { release: 'my.team' });
    assert.equal(only(objects, 'Deployment').metadata.name, 'my-team-nifi-operator');
  });

  test('with a digit at the beginning, is refused with the mend', async () => {
    await assert.rejects(
      render(helm, 'nifi-operator', {}, { release: '7up' }),
      /begins with a digit.*fullnameOverride/u,
    );
  });
});

describe('A label that is given twice is there once, the more special one,', () => {
  const team = (name: string) => ({ labels: { team: name } });

  test('in nifi-operator', async () => {
    const { metrics } = monitoringValues;
    const values = {
      commonLabels: { team: 'all' },
      podLabels: { team: 'pods' },
      metrics: {
        serviceMonitor: { ...metrics.serviceMonitor, ...team('service') },
        podMonitor: { ...metrics.podMonitor, ...team('pod') },
        prometheusRule: { enabled: true, ...team('rules') },
        dashboards: { enabled: true, ...team('dashboards') },
      },
    };
    const objects = await render(helm, 'nifi-operator', values);
    assert.deepEqual(
      ['Deployment', 'ServiceMonitor', 'PodMonitor', 'PrometheusRule', 'ConfigMap'].map(
        (kind) => ofKind(objects, kind)[0]?.metadata.labels?.['team'],
      ),
      ['all', 'service', 'pod', 'rules', 'dashboards'],
    );
    assert.equal(deploymentOf(objects).spec.template.metadata.labels['team'], 'pods');
  });

  test('in nifi-cluster', async () => {
    const values = {
      commonLabels: { team: 'all' },
      cluster: team('cluster'),
      dataflows: { flow: { ...team('flow'), spec: { source: {} } } },
    };
    const objects = await render(helm, 'nifi-cluster', values);
    assert.deepEqual(
      ['NiFiCluster', 'NiFiDataflow'].map((kind) => only(objects, kind).metadata.labels?.['team']),
      ['cluster', 'flow'],
    );
  });
});

describe('The examples of docs/installation.md', () => {
  const examples = fenced(page('docs/installation.md'), 'yaml').map((text) => parse(text) as object);

  for (const values of examples) {
    test(`with ${Object.keys(values).join(', ')} are values that their chart takes`, async () => {
      const objects = await render(helm, 'cluster' in values ? 'nifi-cluster' : 'nifi-operator', values);
      const kinds = new Set(objects.map(({ kind }) => kind));
      const expected =
        'cluster' in values
          ? ['NiFiCluster', 'NiFiRegistryClient', 'NiFiParameterContext', 'NiFiDataflow']
          : ['Deployment'];
      assert.deepEqual(
        expected.filter((kind) => !kinds.has(kind)),
        [],
      );
    });
  }

  test('are there for both charts', () => {
    assert.deepEqual(
      [true, false].map((own) => examples.some((values) => 'cluster' in values === own)),
      [true, true],
    );
  });
});
