// What is counted of a reconcile.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ClusterMetrics, type Measured, Measurements } from './measure.ts';
import type { Finding } from './plan/steps.ts';
import { daysFromNow, facts } from './plan/testing.objects.ts';
import { aWorld } from './plan/testing.ts';
import { aCluster } from './testing.ts';

const key = { namespace: 'data', name: 'prod' };
const connected = { 0: 'CONNECTED', 1: 'CONNECTED', 2: 'CONNECTED' } as const;
const up = aWorld(aCluster()).provisioned().withView(connected);

function measured(scene: typeof up, change: Partial<Measured> = {}) {
  const calls: Record<string, unknown[]> = {};
  const called = (name: string, value: unknown): void => void (calls[name] ??= []).push(value);
  const metrics: ClusterMetrics = {
    observed: (_, nodes) => called('observed', nodes),
    scaled: (_, direction, nodes) => called('scaled', `${direction} ${nodes}`),
    disrupted: (_, action) => called('disrupted', action),
    waiting: (_, nodes) => called('waiting', Object.fromEntries(nodes)),
    emptying: (_, flowFiles) => called('emptying', Object.fromEntries(flowFiles)),
    certified: (_, first) => called('certified', first),
    forget: () => called('forget', undefined),
  };
  new Measurements(metrics).measure(key, { input: scene.input(), findings: [], done: [], asked: [], ...change });
  return calls;
}

describe('What is measured', () => {
  test('counts the steps that took something down, and no others', () => {
    const pod = { id: 1, name: 'prod-1', uid: 'u', resourceVersion: '1' };
    const done: Measured['done'] = [
      { kind: 'MarkPod', ...pod, mark: 'Restart' },
      { kind: 'DeletePod', ...pod, why: undefined, note: '' },
    ];
    const move = { id: 1, nodeId: 'n', sinceMs: 0, attempt: 0, why: 'DisconnectRequested', note: '' } as const;
    const { disrupted } = measured(up, { done, asked: [{ kind: 'Disconnect', ...move }] });
    assert.deepEqual(disrupted, ['DeletePod', 'Disconnect']);
  });

  test('counts each node once for a reason, and no notes', () => {
    const finding = (node: number, effect: Finding['effect'] = 'waits'): Finding => {
      return { reason: 'RestartPending', message: '', node, effect };
    };
    const { waiting } = measured(up, { findings: [finding(1), finding(1), finding(2), finding(0, 'notes')] });
    assert.deepEqual(waiting, [{ RestartPending: 2 }]);
  });

  test('tells what is left on a node that leaves, by its own word once it is out of the cluster', () => {
    const leaving = up.when(aCluster().withNodes(2));
    assert.deepEqual(measured(leaving.withView({ ...connected, 2: 'OFFLOADING' }).withReport(2, 7))['emptying'], [
      { 2: 7 },
    ]);
    assert.deepEqual(measured(up)['emptying'], [{}]);
  });

  test('tells nothing of a node that only restarts, or of a cluster that sleeps', () => {
    const restarting = up.withPod(1, { disconnectedBy: 'Restart 2026-11-21T12:00:00Z' }).withReport(1, 7);
    assert.deepEqual(measured(restarting)['emptying'], [{}]);
    assert.deepEqual(measured(up.when(aCluster().withNodes(0)).withReport(1, 7))['emptying'], [{}]);
  });

  test('tells when the certificate that ends first does, and when it is due to be replaced', () => {
    const ends = (days: number) => ({
      certificate: facts('', [], { notBefore: daysFromNow(0), notAfter: daysFromNow(days) }),
    });
    const [first] = measured(up.withSecret('prod-1-tls', ends(9)).withSecret('prod-2-tls', ends(6)))['certified'] ?? [];
    assert.deepEqual(first, { notAfter: daysFromNow(6), renewal: daysFromNow(4) });
  });
});
