// Alerts, runbooks and dashboards against what there is: metrics, reasons, headings. Whether the expressions are valid and the alerts fire when
// they should is what promtool says: e2e/promtool.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { reasons } from '../../api/v1/conditions.ts';
import { createTelemetry } from '../../pkg/telemetry/metrics.ts';
import { dashboardFiles } from '../dashboards/files.ts';
import { nifiMetrics } from './nifi-metrics.ts';
import { page } from './pages.ts';
import { metricsOf } from './promql.ts';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const rules = parse(page('config/prometheus/nifi-operator.rules.yaml')) as {
  readonly groups: readonly { readonly rules: readonly Alert[] }[];
};
const alerts = rules.groups.flatMap((group) => group.rules);
const runbooks = page('docs/runbooks.md');
const operatorMetrics = served();

/** Everything that a process serves, with what a histogram is made of. */
function served(): ReadonlySet<string> {
  const { registry } = createTelemetry({ processMetrics: true });
  const names = registry.getMetricsAsArray().flatMap(({ name, type }) => {
    // The type is a word, although the declaration calls it a number.
    const isHistogram = String(type) === 'histogram';
    return isHistogram ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
  });
  return new Set(names);
}

describe('The names of metrics in an expression', () => {
  const cases = {
    'absent(a_total)': ['a_total'],
    'sum by (job, name) (rate(a_total{code=~"5..|<error>"}[5m]) and on (job) b) / 2 > 0.1': ['a_total', 'b'],
    'a offset 30m > 0 unless on (x, y) label_replace(b{c="d"}, "e", "$1", "f", "(.+)") > 0': ['a', 'b'],
    'histogram_quantile(0.99, sum by (le) (rate(a_bucket[$__rate_interval])))': ['a_bucket'],
  };
  for (const [expr, names] of Object.entries(cases))
    test(`are found in ${expr}`, () => assert.deepEqual(metricsOf(expr), names));
});

test('Every alert has a heading in the runbooks, and every heading there is an alert, in the same order', () => {
  const headings = [...runbooks.matchAll(/^### (.*)$/gmu)].map(([, heading]) => heading);
  assert.deepEqual(
    headings,
    alerts.map(({ alert }) => alert),
  );
});

test('Every runbook says what the alert means, what it costs, where to look and what to do', () => {
  const sections = runbooks.split(/^### /gmu).slice(1);
  const lacking = sections.filter((text) =>
    ['Meaning', 'Impact', 'Look at', 'Do'].some((word) => !text.includes(`**${word}**: `)),
  );
  assert.deepEqual(
    lacking.map((text) => text.split('\n')[0]),
    [],
  );
});

for (const { alert, expr, labels, annotations } of alerts) {
  describe(`The alert ${alert}`, () => {
    test('leads to its runbook', () => {
      assert.ok(annotations['runbook_url']?.endsWith(`/docs/runbooks.md#${alert.toLowerCase()}`));
    });

    test('has a severity, a summary and a description', () => {
      assert.match(labels['severity'] ?? '', /^(?:critical|warning)$/u);
      for (const name of ['summary', 'description']) assert.match(annotations[name] ?? '', /\.$/u);
    });

    test('is made of metrics that the operator serves', () => {
      assert.deepEqual(
        metricsOf(expr).filter((name) => !operatorMetrics.has(name)),
        [],
      );
    });

    test('names reasons of the vocabulary', () => {
      const named = [...expr.matchAll(/reason[=!~]+"([^"]+)"/gu)].flatMap(([, text = '']) => text.split('|'));
      assert.deepEqual(
        named.filter((reason) => !Object.hasOwn(reasons, reason)),
        [],
      );
    });

    test('is seen firing, and not firing, by promtool', () => {
      const folder = 'config/prometheus/tests';
      const texts = readdirSync(new URL(`../../${folder}`, import.meta.url)).map((file) => page(`${folder}/${file}`));
      assert.ok(texts.some((text) => new RegExp(`alertname(?:="|: )${alert}\\b`, 'u').test(text)));
    });
  });
}

const dashboards = {
  'config/grafana/nifi-operator.json': operatorMetrics,
  'config/grafana/nifi-cluster.json': nifiMetrics,
};
for (const [path, known] of Object.entries(dashboards)) {
  describe(path, () => {
    const text = dashboardFiles()[path] ?? '';
    const { panels, templating } = JSON.parse(text) as Model;
    const shown = panels.filter(({ type }) => type !== 'row');

    test('is built of metrics that are served', () => {
      const exprs = shown.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
      const asked = templating.list.flatMap(
        ({ definition = '' }) => /^label_values\((.*), \w+\)$/u.exec(definition)?.[1] ?? [],
      );
      const unknown = [...exprs, ...asked].flatMap(metricsOf).filter((name) => !known.has(name));
      assert.deepEqual([...new Set(unknown)], []);
    });

    test('says of every panel what it shows, in which unit', () => {
      const lacking = shown.filter(
        ({ description = '', fieldConfig }) => description === '' || fieldConfig?.defaults.unit === '',
      );
      assert.deepEqual(
        lacking.map(({ title }) => title),
        [],
      );
    });

    test('has no two panels of one id, and none over another', () => {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
      );
      assert.equal(new Set(cells).size, cells.length);
    });
  });
}

interface Model {
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly description?: string;
    readonly targets?: readonly { readonly expr: string }[];
    readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  }[];
}
