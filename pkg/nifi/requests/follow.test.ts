// Background requests of NiFi against a played node: that each is deleted, on the node that took it, whatever comes between.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settle } from '../../kube/clock.ts';
import { decodeProgress } from '../endpoints/async-requests.ts';
import { NiFiApiError, NiFiUnreachableError } from '../errors.ts';
import { TaskRefused, TaskWaiting, waitingFor } from '../tasks/waiting.ts';
import { type Play, type PlayedContextOptions, playContext, refuse } from '../testing/played-context.ts';
import type { GatewayTask } from '../types.ts';
import { type AsyncKind, followRequest, RequestLost } from './follow.ts';

const kind: AsyncKind = {
  what: 'version update',
  start: async (node) => decodeProgress(await node.request({ method: 'POST', path: '/requests' })),
  read: async (node, id) =>
    decodeProgress(await node.request({ method: 'GET', path: '/requests/{id}', params: { id } })),
  remove: async (node, id) => {
    await node.request({ method: 'DELETE', path: '/requests/{id}', params: { id } });
  },
};

const task: GatewayTask = { name: 'follow', input: '', run: (context) => followRequest(context, kind) };

interface Told {
  readonly complete?: boolean;
  readonly failureReason?: string;
  readonly state?: string;
}

const told = (given: Told): unknown => ({
  request: { requestId: 'q', complete: false, percentCompleted: 20, state: 'Stopping Affected Processors', ...given },
});

const underWay = (count: number): readonly Told[] => Array.from({ length: count }, () => ({}));

/** A NiFi that tells each of these in turn, the last one for ever; a function may throw. */
function playing(polls: readonly (Told | (() => unknown))[], options: Partial<PlayedContextOptions> = {}) {
  let count = 0;
  const play: Play = (_node, call) => {
    if (call.method !== 'GET') {
      return told({});
    }
    const poll = polls[Math.min(count, polls.length - 1)] ?? {};
    count += 1;
    return typeof poll === 'function' ? poll() : told(poll);
  };
  return playContext({ play, ...options });
}

const unreachable = (): never => {
  throw new NiFiUnreachableError(1, 'Timeout', 'no answer');
};

describe('a background request', () => {
  test('is followed and deleted on the node that took it', async () => {
    const { end, log } = playing([{}, {}, { complete: true }], { asked: () => 1 });
    assert.deepEqual(await end(task), { result: 'version update q complete' });
    assert.deepEqual(log, ['1 POST /requests', ...Array<string>(3).fill('1 GET /requests/q'), '1 DELETE /requests/q']);
  });

  test('is asked about often at first and then every five seconds', async () => {
    const { end, log, clock } = playing([...underWay(40), { complete: true }]);
    await end(task);
    assert.ok(clock.monotonicMs() > 150_000 && clock.monotonicMs() < 200_000, `${clock.monotonicMs()} ms`);
    assert.equal(log.length, 43);
  });

  test('that fails is deleted, and NiFi’s words are kept', async () => {
    const words = 'Failed to perform update flow request due to Queue not empty for x';
    const { end, log } = playing([{ complete: true, failureReason: words }]);
    const { error } = await end(task);
    assert.ok(error instanceof TaskRefused);
    assert.deepEqual([error.message, error.why], [words, 'QueueNotEmpty']);
    assert.equal(log.at(-1), '0 DELETE /requests/q');
  });

  test('that changed the flow and could not start all of it says so', async () => {
    const words = 'Successfully updated flow but could not re-enable all Controller Services because x';
    const { error } = await playing([{ complete: true, failureReason: words }]).end(task);
    assert.ok(error instanceof TaskRefused && error.why === 'NotResumed');
  });

  test('that its node has forgotten is lost, which is a wait and no failure', async () => {
    const { end, log } = playing([{}, () => refuse(404, 'Could not find a Request with identifier q')]);
    const { error } = await end(task);
    assert.ok(error instanceof RequestLost && error instanceof TaskWaiting);
    assert.equal(waitingFor(error), 'node 0 no longer knows the version update that it took');
    assert.ok(!log.some((line) => line.includes('DELETE')));
  });

  test('outlives a node that is silent for a while, and is lost with one that stays so', async () => {
    const soon = playing([unreachable, () => refuse(500, 'x'), { complete: true }]);
    assert.deepEqual(await soon.end(task), { result: 'version update q complete' });
    const never = playing([unreachable]);
    const { error } = await never.end(task);
    assert.ok(error instanceof RequestLost);
    assert.ok(never.clock.monotonicMs() < 80_000);
  });

  test('that does not end is given up after ten minutes, with what NiFi was at', async () => {
    const { end, log, clock } = playing([{}]);
    const { error } = await end(task);
    assert.ok(error instanceof TaskRefused);
    assert.match(error.message, /did not finish the version update in time .* "Stopping Affected Processors"/u);
    assert.equal(log.at(-1), '0 DELETE /requests/q');
    assert.ok(clock.monotonicMs() < 610_000);
  });

  test('is not cancelled when the wish changes, but followed a minute more', async () => {
    const ends = playing([...underWay(8), { complete: true }]);
    const reason = new Error('another wish');
    ends.abort.abort(reason);
    assert.deepEqual(await ends.end(task), { error: reason });
    assert.equal(ends.log.at(-1), '0 DELETE /requests/q');
    const hangs = playing([{}]);
    hangs.abort.abort(new Error('another wish'));
    await hangs.end(task);
    assert.ok(hangs.clock.monotonicMs() > 55_000 && hangs.clock.monotonicMs() < 70_000);
    assert.equal(hangs.log.at(-1), '0 DELETE /requests/q');
  });

  test('is left to its end when the operator ends, since a deletion would cancel it', async () => {
    const { context, closing, log, clock } = playing([{}]);
    const running = followRequest(context, kind);
    await settle();
    closing.abort();
    await assert.rejects(running, NiFiUnreachableError);
    assert.deepEqual([log, clock.pendingTimers], [['0 POST /requests'], 0]);
  });

  test('whose deletion fails is tried to be deleted again, and then told', async () => {
    let refusals = 1;
    const play: Play = (_node, call) => {
      if (call.method === 'DELETE' && refusals > 0) {
        refusals -= 1;
        refuse(500, 'An unexpected error has occurred.');
      }
      return told({ complete: true });
    };
    const first = playContext({ play });
    assert.deepEqual(await first.end(task), { result: 'version update q complete' });
    refusals = 100;
    const { result } = await playContext({ play }).end(task);
    assert.equal(result, 'version update q complete; NiFi still keeps the request: An unexpected error has occurred.');
  });

  test('that is answered with nonsense is deleted, and so is one that may not be read', async () => {
    for (const nonsense of [() => ({ request: 'no' }), () => refuse(403, 'no')]) {
      const { end, log } = playing([nonsense]);
      const { error } = await end(task);
      assert.ok(error instanceof Error && !(error instanceof RequestLost));
      assert.equal(log.at(-1), '0 DELETE /requests/q');
    }
  });

  test('that NiFi does not take is nothing to delete', async () => {
    const { end, log } = playContext({ play: () => refuse(409, 'There are already 101 update requests for x.') });
    const { error } = await end(task);
    assert.ok(error instanceof NiFiApiError && error.kind === 'Busy');
    assert.equal(waitingFor(error), error.message);
    assert.deepEqual(log, ['0 POST /requests']);
  });
});
