import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMetrics } from './metrics.ts';
import { auditMs } from './requests.ts';
import { isMet, quantile, type Row, table } from './rows.ts';

const row: Row = { measure: 'writes', unit: '', value: 11, floor: 10, target: 1.15, targetIsRatio: true };

test('A target is for the value, or for its ratio to the floor, and what misses it is marked', () => {
  assert.equal(isMet(row), true);
  assert.equal(isMet({ ...row, value: 12 }), false);
  assert.equal(isMet({ measure: 'p99', unit: 'ms', value: 51, target: 50 }), false);
  assert.equal(isMet({ measure: 'p99', unit: 'ms', value: 51 }), undefined);
  assert.match(table([{ ...row, value: 12 }]), /1\.20×\s+≤ 1\.15× MISSED/u);
});

test('A row of the list of measures has its number first, and a row that explains has none', () => {
  const [head = '', ...rows] = table([{ ...row, id: 'P1' }, row]).split('\n');
  assert.deepEqual(
    [head, ...rows].map((line) => line.slice(0, 10)),
    ['    measur', 'P1  writes', '    writes'],
  );
});

test('A quantile is a sample, the lowest that the share of all does not exceed', () => {
  const samples = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.deepEqual([quantile(samples, 0.5), quantile(samples, 0.99), quantile([7], 0.99)], [50, 99, 7]);
  assert.ok(Number.isNaN(quantile([], 0.5)));
});

test('Metrics of several series are summed, of those whose labels fit', () => {
  const text = ['# HELP a Of all.', 'a{kind="x",code="200"} 2', 'a{kind="x",code="500"} 3', 'a 4', 'b 1.5e3'].join(
    '\n',
  );
  const metrics = parseMetrics(text);
  assert.deepEqual(
    [metrics.sum('a'), metrics.sum('a', { kind: 'x' }), metrics.sum('a', { code: '500' }), metrics.sum('b')],
    [9, 5, 3, 1500],
  );
});

test("An audit log's time keeps its microseconds", () => {
  const [from, to] = ['2026-11-21T12:00:00.000250Z', '2026-11-21T12:00:00.001750Z'];
  assert.equal(Math.round((auditMs(to) - auditMs(from)) * 1000), 1500);
});
