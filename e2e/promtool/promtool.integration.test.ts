// The alert rules and the dashboards, judged by Prometheus' own tool: rules are valid and do what their tests say, and every expression of a
// dashboard can be parsed. Nothing here asks a Prometheus that runs.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stringify } from 'yaml';
import { ensurePromtool, runPromtool } from './promtool.ts';

const config = join(import.meta.dirname, '../../config');
const rules = join(config, 'prometheus/nifi-operator.rules.yaml');
const tests = join(config, 'prometheus/tests');

let promtool = '';
before(async () => {
  promtool = await ensurePromtool((line) => process.stderr.write(`${line}\n`));
});

describe('The alert rules', () => {
  test('are valid', async () => {
    assert.match(await runPromtool(promtool, ['check', 'rules', rules]), /SUCCESS: \d+ rules found/u);
  });

  test('fire when they should, and not otherwise', async () => {
    const files = (await readdir(tests)).toSorted().map((file) => join(tests, file));
    await runPromtool(promtool, ['test', 'rules', ...files]);
  });

  test('would fail their tests if one of them fired for another reason', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'promtool-'));
    try {
      const text = await readFile(rules, 'utf8');
      const broken = text.replace('reason="NodeDisconnected"', 'reason="RestartPending"');
      assert.notEqual(broken, text);
      await writeFile(join(folder, 'nifi-operator.rules.yaml'), broken);
      const clusters = await readFile(join(tests, 'clusters.test.yaml'), 'utf8');
      await writeFile(join(folder, 'test.yaml'), clusters.replace('../nifi-operator', 'nifi-operator'));
      await assert.rejects(
        runPromtool(promtool, ['test', 'rules', join(folder, 'test.yaml')]),
        /NiFiNodeDisconnected/u,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

describe('The dashboards', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'promtool-'));
  });
  after(() => rm(folder, { recursive: true }));

  for (const name of ['nifi-operator', 'nifi-cluster']) {
    test(`${name}.json asks in valid PromQL`, async () => {
      const { panels } = JSON.parse(await readFile(join(config, `grafana/${name}.json`), 'utf8')) as Dashboard;
      const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => inPrometheus(expr)));
      assert.ok(exprs.length > 20);
      const recorded = exprs.map((expr, index) => ({ record: `panel:${index}`, expr }));
      const file = join(folder, `${name}.yaml`);
      await writeFile(file, stringify({ groups: [{ name, rules: recorded }] }));
      assert.match(
        await runPromtool(promtool, ['check', 'rules', file]),
        new RegExp(`${exprs.length} rules found`, 'u'),
      );
    });
  }
});

/** As Grafana asks it: variables become their values. */
function inPrometheus(expr: string): string {
  return expr.replaceAll('$__rate_interval', '2m').replaceAll(/\$\w+/gu, '.*');
}
