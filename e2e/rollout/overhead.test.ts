import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AuditEntry } from '../controlplane/audit.ts';
import { overheadOf } from './overhead.ts';

const start = Date.UTC(2026, 0, 1);

/** A request that took a millisecond, `at` milliseconds after the start. */
function entry(at: number, agent: string, verb: string, kind: string, name: string): AuditEntry {
  const [resource = '', subresource = ''] = kind.split('/');
  return {
    stage: 'ResponseComplete',
    auditID: '',
    verb,
    requestURI: '',
    user: '',
    groups: [],
    userAgent: agent,
    objectRef: { apiGroup: '', resource, subresource, namespace: 'ns', name },
    code: 200,
    forbidden: false,
    requestReceivedTimestamp: new Date(start + at).toISOString(),
    stageTimestamp: new Date(start + at + 1).toISOString(),
  };
}

function restart(at: number, pod: string): readonly AuditEntry[] {
  const own = (offset: number, verb: string, kind: string, name: string): AuditEntry =>
    entry(at + offset, 'nifi-operator/1', verb, kind, name);
  return [
    own(0, 'patch', 'pods', pod),
    own(20, 'create', 'configmaps', `${pod}-abc`),
    own(22, 'update', 'configmaps', pod),
    own(24, 'delete', 'pods', pod),
    entry(at + 50, 'played-kubelet', 'delete', 'pods', pod),
    own(54, 'create', 'pods', pod),
    entry(at + 90, 'played-kubelet', 'patch', 'pods/status', pod),
  ];
}

describe('The overhead of a rolling restart', () => {
  test('is what passes between what allows a step and the step, for each node that was restarted', () => {
    const audit = [
      entry(0, 'lab', 'patch', 'nificlusters', 'prod'),
      ...restart(10, 'prod-1'),
      ...restart(120, 'prod-0'),
    ];
    const connected = new Map([
      ['prod-1', start + 95],
      ['prod-0', start + 250],
    ]);
    const [first, second] = overheadOf({ audit, disconnects: [start + 15, start + 126], connected });
    assert.deepEqual(first, {
      pod: 'prod-1',
      gaps: {
        'allowed → mark': 9,
        'mark → disconnect': 4,
        'disconnected → revision': 15,
        'revision → record': 1,
        'record → delete': 1,
        'gone → create': 3,
      },
      totalMs: 33,
    });
    // The Pod was Ready at 101, after NiFi had connected the node.
    assert.equal(second?.gaps['allowed → mark'], 19);
    assert.equal(second?.totalMs, 19 + 5 + 14 + 1 + 1 + 3);
  });

  test('has nothing of Pods that somebody else deleted', () => {
    const audit = [
      entry(0, 'kubectl', 'delete', 'pods', 'prod-1'),
      entry(5, 'nifi-operator/1', 'create', 'pods', 'prod-1'),
    ];
    assert.deepEqual(overheadOf({ audit, disconnects: [], connected: new Map() }), []);
  });
});
