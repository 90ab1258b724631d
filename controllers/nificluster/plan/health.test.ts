// What is said of a node that is not well: the words of whoever knows best, one finding a node, stable while nothing changes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCluster } from '../testing.ts';
import { planHealth } from './health.ts';
import type { Finding } from './steps.ts';
import { crashed, ready, starting, waiting } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';
import type { ObservedPod } from './world.ts';

const up = aWorld(aCluster().withNodes(1)).provisioned();

function health(world: WorldBuilder): readonly Finding[] {
  return planHealth(world.input());
}

function of(pod: Partial<ObservedPod>): Finding {
  const [finding, ...others] = health(up.withPod(0, { ...pod }));
  assert.ok(finding);
  assert.deepEqual(others, []);
  return finding;
}

describe('A node', () => {
  test('that is ready and connected is not spoken of', () => {
    assert.deepEqual(health(up), []);
    assert.deepEqual(health(up.withView({ 0: 'CONNECTED' })), []);
  });

  const cases: readonly { what: string; pod: Partial<ObservedPod>; reason: string; effect: string; says: RegExp }[] = [
    {
      what: 'that is being deleted',
      pod: { deleting: true },
      reason: 'PodTerminating',
      effect: 'waits',
      says: /prod-0 is being deleted/,
    },
    {
      what: 'that nobody takes',
      pod: { ready: false, container: undefined, unschedulable: '0/3 nodes are available: insufficient memory' },
      reason: 'Unschedulable',
      effect: 'blocks',
      says: /prod-0: 0\/3 nodes are available: insufficient memory/,
    },
    ...['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'].map((why) => ({
      what: `whose image cannot be pulled (${why})`,
      pod: waiting(why, 'manifest unknown'),
      reason: 'ImagePullFailed',
      effect: 'blocks',
      says: /cannot be pulled: manifest unknown: correct spec\.image or spec\.version/,
    })),
    ...['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'].map((why) => ({
      what: `whose container cannot be made (${why})`,
      pod: waiting(why, 'secret "prod-0-tls" not found'),
      reason: 'ContainerNotStarted',
      effect: 'blocks',
      says: /prod-0 cannot start: secret "prod-0-tls" not found/,
    })),
    {
      what: 'whose process runs and does not answer yet',
      pod: { ...starting(0), ready: false },
      reason: 'WaitingForNodes',
      effect: 'waits',
      says: /Node 0 is starting/,
    },
    {
      what: 'that answers and is not connected',
      pod: { ...ready(0), ready: false },
      reason: 'WaitingForNodes',
      effect: 'waits',
      says: /started and is not connected/,
    },
  ];
  for (const { what, pod, reason, effect, says } of cases) {
    test(`${what} is ${reason}`, () => {
      const finding = of(pod);
      assert.deepEqual([finding.reason, finding.effect, finding.node], [reason, effect, 0]);
      assert.match(finding.message, says);
    });
  }

  test('without a Pod is waited for', () => {
    assert.deepEqual(
      health(up.withoutPod(0)).map(({ reason, effect }) => [reason, effect]),
      [['WaitingForNodes', 'waits']],
    );
  });
});

describe('A node that leaves', () => {
  const leaving = aWorld(aCluster()).provisioned().when(aCluster().withNodes(2));

  test('and cannot start is told as well, with what mends it: its data stays where it is, and others wait for it', () => {
    const [finding, ...others] = health(leaving.withPod(2, crashed('bad key')));
    assert.deepEqual(others, []);
    assert.deepEqual([finding?.reason, finding?.effect, finding?.node], ['NodeCrashLooping', 'blocks', 2]);
    assert.match(finding?.message ?? '', /its last lines: bad key\).* a corrected spec reaches it by itself/);
  });

  test('is not spoken of otherwise: what is done about it is told elsewhere', () => {
    for (const pod of [ready(2), starting(2), { ...crashed('x'), deleting: true }])
      assert.deepEqual(health(leaving.withPod(2, pod)), []);
    assert.deepEqual(health(leaving.withPod(2, crashed('x')).withRecord(2, { established: undefined })), []);
    assert.deepEqual(health(leaving.when(aCluster().withNodes(0)).withPod(2, crashed('x'))), []);
  });
});

describe('A NiFi that exits at start', () => {
  test('is quoted with its last lines, the end of them when they are long', () => {
    const log = `first\nsecond\nthird\nfourth\n${'x'.repeat(2000)}Caused by: bad key\n`;
    const { reason, message } = of(crashed(log));
    assert.equal(reason, 'NodeCrashLooping');
    assert.match(message, /exit code 1, its last lines: .*Caused by: bad key\): correct what it complains about/);
    assert.doesNotMatch(message, /first|second/);
    assert.ok(message.length < 800, `${message.length}`);
  });

  test('that said nothing is told by the reason of its end', () => {
    const lastExit = { exitCode: 137, reason: 'OOMKilled', message: '' };
    const pod = crashed('');
    assert.ok(pod.container);
    assert.match(of({ ...pod, container: { ...pod.container, lastExit } }).message, /OOMKilled, exit code 137/);
  });

  test('once and is on its second try is told as well, and one that came up is not', () => {
    const pod = crashed('bad key');
    assert.ok(pod.container);
    const again = { ...pod.container, state: 'running', waitingReason: undefined } as const;
    assert.equal(of({ ...pod, container: again }).reason, 'NodeCrashLooping');
    assert.deepEqual(health(up.withPod(0, { ...pod, ready: true, container: { ...again, started: true } })), []);
  });
});

describe('What NiFi says of a node', () => {
  const cases = [
    { status: 'CONNECTING', reason: 'WaitingForNodes' },
    { status: 'DISCONNECTED', reason: 'NodeDisconnected' },
    { status: 'OFFLOADED', reason: 'NodeDisconnected' },
  ] as const;
  for (const { status, reason } of cases) {
    test(`is passed on with its newest event: ${status} is ${reason}`, () => {
      const findings = health(up.withView({ 0: status }, 'Lack of heartbeat'));
      assert.deepEqual(
        findings.map((one) => [one.reason, one.effect, one.message]),
        [[reason, 'waits', `NiFi has node 0 as ${status}: Lack of heartbeat`]],
      );
    });
  }

  test('explains why a Pod that runs is not ready', () => {
    const findings = health(up.withPod(0, { ready: false }).withView({ 0: 'DISCONNECTED' }, 'by a user'));
    assert.deepEqual(
      findings.map(({ reason }) => reason),
      ['NodeDisconnected'],
    );
  });
});
