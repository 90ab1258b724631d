// The hand-written reference pages name what the code has, all of it and nothing else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotations, labels } from '../../api/v1/labels.ts';
import { environmentName, flags } from '../../pkg/operator/options.ts';
import { createTelemetry } from '../../pkg/telemetry/metrics.ts';
import { page, rows, words } from './pages.ts';

test('The metrics page lists every metric with its type and its labels', () => {
  const { registry } = createTelemetry({ processMetrics: false });
  const metrics = registry.getMetricsAsArray() as readonly unknown[] as readonly Registered[];
  const registered = metrics.map(({ name, type, labelNames }) => [name, type, labelNames.join(' ')]);
  const listed = rows(page('docs/reference/metrics.md')).map(([name = '', type = '', names = '']) => [
    name,
    type,
    words(names).join(' '),
  ]);
  assert.deepEqual(listed.toSorted(byFirst), registered.toSorted(byFirst));
});

test('The options page lists every flag with its environment variable and its default', () => {
  const known = Object.entries(flags).map(([name, flag]) => [`--${name}`, environmentName(name), flag.default]);
  const listed = rows(page('docs/reference/options.md'))
    .filter(([flag = '']) => flag.startsWith('--'))
    .map(([flag = '', environment = '', fallback = '']) => [flag, environment, fallback]);
  assert.deepEqual(listed, known);
});

test('The page of labels and annotations lists every key', () => {
  const listed = rows(page('docs/reference/labels-annotations.md')).map(([key = '']) => key);
  assert.deepEqual(listed, [...Object.values(labels), ...Object.values(annotations)]);
});

interface Registered {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

function byFirst([a = '']: readonly string[], [b = '']: readonly string[]): number {
  return a < b ? -1 : 1;
}
