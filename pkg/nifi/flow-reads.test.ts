// Shared reads of flows: how often NiFi is asked however many objects want to know, and who is told.

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { FakeClock, settle } from '../kube/clock.ts';
import { NiFiApiError } from './errors.ts';
import { FlowReads } from './flow-reads.ts';
import { answering } from './testing/recorded.ts';
import type { CallRequest, Reader } from './types.ts';

const flow = (name: string): Reader => ({ kind: 'NiFiDataflow', namespace: 'ns', name });
const client: Reader = { kind: 'NiFiRegistryClient', namespace: 'ns', name: 'c' };

function group(id: string, more: object = {}, queued = 0): object {
  const component = { name: id, position: { x: 0, y: 0 }, comments: '', ...more };
  const status = { aggregateSnapshot: { flowFilesQueued: queued, bytesQueued: 0 } };
  return { id, revision: { version: 1 }, permissions: { canRead: true }, component, status };
}

describe('shared reads', () => {
  let clock: FakeClock;
  let told: string[];
  let calls: CallRequest[];
  let answer: () => unknown;
  let reads: FlowReads;

  beforeEach(() => {
    clock = new FakeClock();
    told = [];
    calls = [];
    answer = () => ({ processGroups: [group('a')], parameterContexts: [], registries: [] });
    reads = new FlowReads({
      clock,
      random: () => 0.5,
      periodMs: 60_000,
      ask: async (use) => {
        const { node, calls: seen } = answering(answer());
        const result = await use(node);
        calls.push(...seen);
        return result;
      },
      tell: (reader) => told.push(reader.name),
    });
  });

  test('ask NiFi once for any number of readers, and tell each of them', async () => {
    for (let count = 0; count < 100; count += 1) {
      assert.equal(reads.groups('root', 60_000, flow(`f${count}`)), undefined);
    }
    await settle();
    assert.deepEqual([calls.length, told.length], [1, 100]);
    assert.deepEqual(
      reads.groups('root', 60_000, flow('f0'))?.groups.map((each) => each.id),
      ['a'],
    );
  });

  test('cost one call a period each, and tell nobody while nothing differs', async () => {
    reads.groups('root', 60_000, flow('f'));
    reads.groups('other', 60_000, flow('g'));
    reads.contexts(60_000, flow('f'));
    reads.clients(60_000, client);
    await settle();
    told.length = 0;
    let queued = 0;
    answer = () => ({
      processGroups: [group('a', {}, (queued += 1))],
      parameterContexts: [],
      registries: [],
    });
    await clock.advance(600_000);
    assert.ok(calls.length >= 40 && calls.length <= 44, `${calls.length} calls in ten periods`);
    assert.deepEqual(told, []);
  });

  test('tell those who depend on what has changed, and no others', async () => {
    reads.groups('root', 60_000, flow('f'));
    reads.clients(60_000, client);
    await settle();
    told.length = 0;
    answer = () => ({ processGroups: [group('a', { name: 'renamed' })], registries: [] });
    await clock.advance(61_000);
    assert.deepEqual(told, ['f']);
  });

  test('do not take another order of the same for a change', async () => {
    answer = () => ({ processGroups: [group('a'), group('b')] });
    reads.groups('root', 60_000, flow('f'));
    await settle();
    told.length = 0;
    answer = () => ({ processGroups: [group('b'), group('a')] });
    await clock.advance(61_000);
    assert.deepEqual([told, calls.length], [[], 2]);
  });

  test('are refreshed for a reader who needs them younger', async () => {
    reads.groups('root', 60_000, flow('f'));
    await settle();
    await clock.advance(3_000);
    assert.ok(reads.groups('root', 5_000, flow('f')));
    assert.equal(reads.groups('root', 2_000, flow('f')), undefined);
    await settle();
    assert.ok(reads.groups('root', 2_000, flow('f')));
    assert.equal(calls.length, 2);
  });

  test('say that there is no such group, until there is', async () => {
    answer = () => {
      throw new NiFiApiError({ status: 404, method: 'GET', path: '/', text: 'Unable to locate group' });
    };
    assert.equal(reads.groups('gone', 60_000, flow('f')), undefined);
    await settle();
    assert.deepEqual([reads.isMissing('gone'), reads.isMissing('root')], [true, false]);
    assert.match(reads.trouble(flow('f'))?.words ?? '', /Unable to locate group/u);
    answer = () => ({ processGroups: [] });
    await clock.advance(61_000);
    assert.equal(reads.isMissing('gone'), false);
  });

  test('end with their last reader', async () => {
    reads.groups('root', 60_000, flow('f'));
    reads.groups('root', 60_000, flow('g'));
    await settle();
    reads.release(flow('f'));
    await clock.advance(61_000);
    assert.equal(calls.length, 2);
    reads.release(flow('g'));
    await clock.advance(600_000);
    assert.deepEqual([calls.length, clock.pendingTimers], [2, 0]);
    reads.groups('root', 60_000, flow('g'));
    await settle();
    assert.equal(calls.length, 3);
  });

  test('tell once that they fail and once that they do not any more, and say why', async () => {
    answer = () => {
      throw new Error('no answer');
    };
    reads.groups('root', 60_000, flow('f'));
    await settle();
    const why = { words: 'no answer', isForbidden: false };
    assert.deepEqual([told, reads.trouble(flow('f')), reads.trouble(client)], [['f'], why, undefined]);
    await clock.advance(300_000);
    assert.deepEqual(told, ['f']);
    answer = () => ({ processGroups: [] });
    await clock.advance(90_000);
    assert.deepEqual([told, reads.trouble(flow('f'))], [['f', 'f'], undefined]);
  });

  test('leave no timers when they are closed', async () => {
    reads.groups('root', 60_000, flow('f'));
    reads.contexts(60_000, flow('f'));
    await settle();
    reads.close();
    assert.equal(clock.pendingTimers, 0);
  });

  test('tell apart that the operator may not read yet', async () => {
    const text = 'No applicable policies could be found. Contact the system administrator.';
    answer = () => {
      throw new NiFiApiError({ status: 403, method: 'GET', path: '/', text });
    };
    reads.groups('root', 60_000, flow('f'));
    await settle();
    assert.equal(reads.trouble(flow('f'))?.isForbidden, true);
    answer = () => {
      throw new Error('no answer');
    };
    await clock.advance(300_000);
    assert.deepEqual([told, reads.trouble(flow('f'))?.isForbidden], [['f', 'f'], false]);
  });
});
