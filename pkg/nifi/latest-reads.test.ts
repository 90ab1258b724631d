// The newest versions of many flows: one call a period for all of them, sooner for one that is known to be stale, none for an operator
// that has just started, and none when nobody follows any more.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock, settle } from '../kube/clock.ts';
import { LatestReads } from './latest-reads.ts';
import type { NodeCalls } from './types.ts';

const reader = (name: string) => ({ kind: 'NiFiDataflow', namespace: 'data', name });
const flow = (flowId: string) => ({ registryId: 'r', bucketId: 'b', flowId });
const periodMs = 60_000;

function play(answer: () => readonly string[] = () => ['1']) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const told: string[] = [];
  const node = {
    request: async ({ params }: { readonly params?: Readonly<Record<string, string>> }) => {
      asked.push(params?.['flowId'] ?? '');
      const versions = answer().map((version) => ({ versionedFlowSnapshotMetadata: { version } }));
      return { versionedFlowSnapshotMetadataSet: versions };
    },
  } as unknown as NodeCalls;
  const reads = new LatestReads({
    clock,
    random: () => 0.5,
    periodMs,
    ask: (use) => use(node),
    tell: ({ name }) => told.push(name),
  });
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    await settle();
  };
  return { reads, asked, told, pass };
}

describe('The newest versions', () => {
  test('are asked for one flow a period, in turn, however many follow', async () => {
    const { reads, asked, pass } = play();
    for (const id of ['a', 'b', 'c']) for (const name of ['one', 'two']) reads.newest(flow(id), Infinity, reader(name));
    assert.deepEqual(asked, []);
    for (let periods = 0; periods < 4; periods += 1) await pass(periodMs);
    assert.deepEqual(asked, ['a', 'b', 'c', 'a']);
  });

  test('are told to all who follow that flow, and to nobody else', async () => {
    const { reads, told, pass } = play(() => ['2', '1']);
    reads.newest(flow('a'), Infinity, reader('one'));
    reads.newest(flow('b'), Infinity, reader('two'));
    await pass(periodMs);
    assert.deepEqual(told, ['one']);
    assert.equal(reads.newest(flow('a'), Infinity, reader('one'))?.version, '2');
    assert.equal(reads.newest(flow('b'), Infinity, reader('two')), undefined);
  });

  test('are asked for at once for a flow that is known to be stale, and not again before the age that was given', async () => {
    const { reads, asked, pass } = play();
    reads.newest(flow('a'), 10 * periodMs, reader('one'));
    reads.newest(flow('a'), 10 * periodMs, reader('one'));
    await pass(1);
    assert.deepEqual(asked, ['a']);
  });

  test('stay what they were while the registry does not answer', async () => {
    let down = false;
    const answer = (): readonly string[] => (down ? assert.fail('Connection refused') : ['1']);
    const { reads, pass } = play(answer);
    reads.newest(flow('a'), Infinity, reader('one'));
    await pass(periodMs);
    down = true;
    await pass(periodMs);
    assert.equal(reads.newest(flow('a'), Infinity, reader('one'))?.version, '1');
  });

  test('are asked for no more when nobody follows', async () => {
    const { reads, asked, pass } = play();
    reads.newest(flow('a'), Infinity, reader('one'));
    reads.release(reader('one'));
    await pass(10 * periodMs);
    assert.deepEqual(asked, []);
  });
});
