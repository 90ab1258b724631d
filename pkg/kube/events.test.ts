// The event recorder: what is written, how often, and how much at most.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock, settle } from './clock.ts';
import { type EventInput, EventRecorder } from './events.ts';
import { noMetrics } from './metrics.ts';
import { type Event, events } from './resources.ts';
import { aConfigMap } from './testing/builders.ts';
import { ModelApi, refusal } from './testing/model-api.ts';

function aRecorder() {
  const api = new ModelApi();
  const clock = new FakeClock();
  const dropped: string[] = [];
  const recorder = new EventRecorder({
    client: api,
    clock,
    reportingController: 'datadynamics.io/nifi-operator',
    reportingInstance: 'operator-0',
    metrics: { ...noMetrics, eventDropped: (cause) => dropped.push(cause) },
  });
  return { api, clock, recorder, dropped, stored: () => [...api.snapshot(events).values()] as Event[] };
}

const regarding = { ...aConfigMap('a'), metadata: { ...aConfigMap('a').metadata, uid: 'u1', resourceVersion: '7' } };
const input: EventInput = {
  regarding,
  type: 'Normal',
  reason: 'Created',
  note: 'Created Pod a-0',
  action: 'Provision',
};

describe('an event recorder', () => {
  test('writes an event with all that events.k8s.io/v1 asks for', async () => {
    const { recorder, stored } = aRecorder();
    recorder.event(input);
    await settle();
    const [event] = stored();
    assert.match(event?.metadata.name ?? '', /^a\.[0-9a-f]+$/);
    assert.equal(event?.metadata.namespace, 'ns');
    assert.match(event?.eventTime ?? '', /\.\d{6}Z$/);
    assert.deepEqual(event?.regarding, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'a',
      namespace: 'ns',
      uid: 'u1',
      resourceVersion: '7',
    });
    assert.deepEqual(
      [event?.type, event?.reason, event?.action, event?.note, event?.reportingController, event?.reportingInstance],
      ['Normal', 'Created', 'Provision', 'Created Pod a-0', 'datadynamics.io/nifi-operator', 'operator-0'],
    );
  });

  test('counts repetitions in one series: the second is written at once, the rest every five minutes', async () => {
    const { api, clock, recorder, stored } = aRecorder();
    for (let second = 0; second < 600; second += 1) {
      recorder.event(input);
      await clock.advance(1000);
    }
    assert.equal(stored().length, 1);
    assert.equal(api.calls.length, 1 + 1 + 1, 'create, second, after 5 minutes');
    await clock.advance(400_000);
    assert.equal(stored()[0]?.series?.count, 600, 'the last count is written when the series is over');
    assert.equal(api.calls.length, 4);
    await clock.advance(3_600_000);
    assert.equal(api.calls.length, 4, 'silence costs nothing');
    assert.ok(clock.pendingTimers <= 1);
  });

  test('starts a new event for another reason, note, type, action or object', async () => {
    const { recorder, stored } = aRecorder();
    const other = { ...regarding, metadata: { ...regarding.metadata, uid: 'u2' } };
    for (const change of [
      {},
      { reason: 'X' },
      { note: 'X' },
      { type: 'Warning' as const },
      { action: 'X' },
      { regarding: other },
    ]) {
      recorder.event({ ...input, ...change });
    }
    await settle();
    assert.equal(stored().length, 6);
  });

  test('starts a new event when the series was silent for six minutes', async () => {
    const { clock, recorder, stored } = aRecorder();
    recorder.event(input);
    await clock.advance(430_000);
    recorder.event(input);
    await settle();
    assert.equal(stored().length, 2);
  });

  test('goes on in a new event when the API server has deleted the old one', async () => {
    const { api, clock, recorder, stored } = aRecorder();
    recorder.event(input);
    await settle();
    await api.delete(events, { namespace: 'ns', name: stored()[0]?.metadata.name ?? '' });
    await clock.advance(1000);
    recorder.event(input);
    await settle();
    assert.equal(stored()[0]?.series?.count, 2);
  });

  test('writes at most 200 different events for one object at once, then one in ten seconds, and others are not affected', async () => {
    const { clock, recorder, stored, dropped } = aRecorder();
    for (let index = 0; index < 300; index += 1) recorder.event({ ...input, note: `note ${index}` });
    await settle();
    assert.equal(stored().length, 200);
    assert.equal(dropped.length, 100);
    await clock.advance(10_000);
    recorder.event({ ...input, note: 'one more' });
    recorder.event({ ...input, note: 'and another' });
    recorder.event({ ...input, regarding: { ...regarding, metadata: { ...regarding.metadata, uid: 'u2' } } });
    await settle();
    assert.equal(stored().length, 202);
  });

  test('drops what is too much to wait for, and never throws', async () => {
    const { api, recorder, dropped } = aRecorder();
    api.before = () => new Promise(() => undefined);
    for (let index = 0; index < 600; index += 1) {
      recorder.event({ ...input, regarding: { ...regarding, metadata: { ...regarding.metadata, uid: `u${index}` } } });
    }
    assert.equal(dropped.filter((cause) => cause === 'queue').length, 99);
  });

  test('counts an event that is refused and goes on with the next', async () => {
    const { api, recorder, stored, dropped } = aRecorder();
    let refusals = 1;
    api.before = () => {
      if (refusals-- > 0) throw refusal(403, 'Forbidden', 'namespace is terminating');
    };
    recorder.event(input);
    recorder.event({ ...input, reason: 'Next' });
    await settle();
    assert.deepEqual(dropped, ['refused']);
    assert.equal(stored().length, 1);
  });

  test('cuts a note at 1024 bytes without splitting a character, and puts events of cluster-scoped objects into default', async () => {
    const { recorder, stored } = aRecorder();
    const { namespace: _none, ...metadata } = regarding.metadata;
    recorder.event({ ...input, note: 'ü'.repeat(1000), regarding: { ...regarding, metadata } });
    await settle();
    const note = stored()[0]?.note ?? '';
    assert.ok(Buffer.byteLength(note) <= 1024);
    assert.match(note, /^ü+…$/);
    assert.equal(stored()[0]?.metadata.namespace, 'default');
  });

  test('holds nobody up for long when it stops: what a slow API server does not take by then is dropped', async () => {
    const { api, clock, recorder, dropped, stored } = aRecorder();
    api.before = () => new Promise((resolve) => clock.setTimeout(() => resolve(), 2_000));
    for (const note of ['one', 'two', 'three', 'four']) recorder.event({ ...input, note });
    let stopped = false;
    void recorder.stop().then(() => {
      stopped = true;
    });
    await clock.advance(2_999);
    assert.equal(stopped, false);
    await clock.advance(1);
    assert.equal(stopped, true);
    await clock.advance(60_000);
    assert.deepEqual(
      [stored().map(({ note }) => note), dropped],
      [
        ['one', 'two'],
        ['queue', 'queue'],
      ],
    );
    assert.equal(clock.pendingTimers, 0);
  });

  test('writes open counts when it stops, and nothing after', async () => {
    const { recorder, stored, clock } = aRecorder();
    for (let index = 0; index < 5; index += 1) recorder.event(input);
    await recorder.stop();
    recorder.event({ ...input, reason: 'Late' });
    await settle();
    assert.equal(stored().length, 1);
    assert.equal(stored()[0]?.series?.count, 5);
    assert.equal(clock.pendingTimers, 0);
  });
});
