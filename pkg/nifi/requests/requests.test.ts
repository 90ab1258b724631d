// The changes of flows and contexts as tasks: what is read first, when nothing is done, and what a refusal becomes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NiFiUnreachableError } from '../errors.ts';
import { TaskRefused, TaskWaiting } from '../tasks/waiting.ts';
import { type Play, playContext, refuse } from '../testing/played-context.ts';
import type { GatewayTask } from '../types.ts';
import { dropQueues } from './drop.ts';
import { flowTask } from './flow-task.ts';
import { updateParameterContext } from './parameter-update.ts';
import { replaceContents } from './replace.ts';
import { changeVersion, revertChanges } from './version-change.ts';

const to = { registryId: 'r', bucketId: 'b', flowId: 'f', version: '2' };
const done = { requestId: 'q', complete: true, percentCompleted: 100, state: 'Complete' };

/** A NiFi with one group, one context and one queue, whose requests end at once. */
function small(world: { control?: object; comments?: string; queued?: number; parameters?: readonly object[] }) {
  const bodies: Record<string, unknown>[] = [];
  const play: Play = (_node, call) => {
    if (call.method === 'POST') {
      bodies.push((call.body ?? {}) as Record<string, unknown>);
    }
    if (call.path.includes('empty-all')) {
      return { dropRequest: { id: 'q', finished: true, percentCompleted: 100, state: 'Completed successfully' } };
    }
    if (call.method !== 'GET' || call.path.includes('requests')) {
      return { request: done };
    }
    if (call.path.startsWith('/versions')) {
      return { processGroupRevision: { version: 3 }, versionControlInformation: world.control };
    }
    if (call.path.endsWith('/status')) {
      const counts = { flowFilesQueued: world.queued ?? 0, bytesQueued: 0, activeThreadCount: 0 };
      return { processGroupStatus: { aggregateSnapshot: counts } };
    }
    const component = { name: 'n', comments: world.comments, parameters: world.parameters, position: { x: 0, y: 0 } };
    return { id: 'g', revision: { version: 3 }, component };
  };
  return { ...playContext({ play }), bodies };
}

const at = (version: string, more: object = {}): object => ({ ...to, version, state: 'UP_TO_DATE', ...more });

describe('a version change', () => {
  const task = changeVersion({ groupId: 'g', to });

  test('is asked of NiFi with the revision that was read, followed and deleted', async () => {
    const { end, log, bodies } = small({ control: at('1') });
    assert.deepEqual(await end(task), { result: 'version update q complete' });
    assert.deepEqual(log, [
      '0 GET /versions/process-groups/g',
      '0 POST /versions/update-requests/process-groups/g',
      '0 DELETE /versions/update-requests/q',
    ]);
    const [body] = bodies;
    const sent = body?.['processGroupRevision'] as { version: number } | undefined;
    assert.equal(sent?.version, 3);
    assert.deepEqual(body?.['versionControlInformation'], { groupId: 'g', branch: undefined, ...to });
  });

  test('is nothing to do for a group that is there already', async () => {
    const { end, log } = small({ control: at('2', { branch: 'main' }) });
    assert.deepEqual(await end(task), {});
    assert.equal(log.length, 1);
  });

  test('is made for another registry client, another branch or another bucket of the same version', async () => {
    for (const [wish, control] of [
      [to, at('2', { registryId: 'old' })],
      [{ ...to, branch: 'prod' }, at('2', { branch: 'main' })],
      [to, at('2', { bucketId: 'old' })],
    ] as const) {
      const { end } = small({ control });
      assert.deepEqual(await end(changeVersion({ groupId: 'g', to: wish })), { result: 'version update q complete' });
    }
  });

  test('is refused for a group that belongs to no registry', async () => {
    const { error } = await small({}).end(task);
    assert.ok(error instanceof TaskRefused && error.why === 'NotVersioned');
  });
});

describe('a revert', () => {
  test('names the version that is there, and is nothing to do for a group that nobody changed', async () => {
    const task = revertChanges({ groupId: 'g', input: '1' });
    const changed = small({ control: at('1', { state: 'LOCALLY_MODIFIED_AND_STALE' }) });
    assert.deepEqual(await changed.end(task), { result: 'revert q complete' });
    const sent = changed.bodies[0]?.['versionControlInformation'] as { version: string } | undefined;
    assert.equal(sent?.version, '1');
    assert.equal(changed.log.at(-1), '0 DELETE /versions/revert-requests/q');
    for (const control of [at('1'), at('1', { state: 'STALE' }), undefined]) {
      assert.deepEqual(await small(control ? { control } : {}).end(task), {});
    }
  });
});

describe('a replacement', () => {
  test('is made when the group does not hold the definition, and only then', async () => {
    const task = replaceContents({
      groupId: 'g',
      definition: { flowContents: {} },
      input: 'hash',
      done: (group) => group.comments === 'hash',
    });
    const { end, bodies, log } = small({ comments: 'other' });
    assert.deepEqual(await end(task), { result: 'replacement q complete' });
    assert.deepEqual(bodies[0]?.['versionedFlowSnapshot'], { flowContents: {} });
    assert.equal(log.at(-1), '0 DELETE /process-groups/replace-requests/q');
    assert.deepEqual(await small({ comments: 'hash' }).end(task), {});
  });
});

describe('a drop', () => {
  test('is made of what is queued, and of nothing else', async () => {
    const task = dropQueues({ groupId: 'g', input: '1' });
    const { end, log } = small({ queued: 7 });
    assert.deepEqual(await end(task), { result: 'drop of all queues q complete' });
    assert.equal(log.at(-1), '0 DELETE /process-groups/g/empty-all-connections-requests/q');
    assert.deepEqual(await small({ queued: 0 }).end(task), {});
  });
});

describe('a parameter update', () => {
  const parameters = [{ parameter: { name: 'host', sensitive: false, value: 'h1' } }];
  const wanting = (value: string): GatewayTask =>
    updateParameterContext({
      contextId: 'c',
      input: value,
      plan: (context) =>
        context.parameters.some((each) => each.value === value)
          ? undefined
          : { parameters: [{ name: 'host', sensitive: false, value }] },
    });

  test('sends what was planned from what was read', async () => {
    const { end, bodies, log } = small({ parameters });
    assert.deepEqual(await end(wanting('h2')), { result: 'parameter update q complete' });
    const component = bodies[0]?.['component'] as { parameters: unknown } | undefined;
    assert.deepEqual(component?.parameters, [{ parameter: { name: 'host', sensitive: false, value: 'h2' } }]);
    assert.deepEqual(log.at(-1), '0 DELETE /parameter-contexts/c/update-requests/q');
    assert.deepEqual(await small({ parameters }).end(wanting('h1')), {});
  });
});

describe('a change of the flow', () => {
  const direct = (call: () => Promise<string>): GatewayTask =>
    flowTask({ name: 'n', input: '', look: async () => ({ call }) });

  test('waits while any node is connecting, and is not begun', async () => {
    let calls = 0;
    const task = direct(async () => {
      calls += 1;
      return 'made';
    });
    const busy = playContext({ play: () => ({}), states: ['CONNECTED', 'CONNECTING'] });
    const { error } = await busy.end(task);
    assert.ok(error instanceof TaskWaiting);
    assert.equal(error.message, 'node 1 is CONNECTING');
    assert.equal(calls, 0);
    assert.deepEqual(await playContext({ play: () => ({}) }).end(task), { result: 'made' });
  });

  test('that NiFi refuses for good is a refusal with its words, and what passes is none', async () => {
    const refused = await playContext({ play: () => ({}) }).end(
      direct(async () => refuse(409, 'Node h:1 is unable to fulfill this request due to: Queue not empty for x')),
    );
    assert.ok(refused.error instanceof TaskRefused && refused.error.why === 'QueueNotEmpty');
    const gone = await playContext({ play: () => ({}) }).end(direct(async () => refuse(404, 'Unable to locate group')));
    assert.ok(gone.error instanceof TaskRefused && gone.error.why === 'NotFound');
    for (const [status, words] of [
      [409, '[0, x, y] is not the most up-to-date revision.'],
      [409, 'Node h:1 is currently connecting'],
      [409, 'Cannot delete component because the following Nodes are not connected: [h:2]'],
      [500, 'x'],
    ] as const) {
      const { error } = await playContext({ play: () => ({}) }).end(direct(async () => refuse(status, words)));
      assert.ok(!(error instanceof TaskRefused), words);
    }
  });

  test('whose answer was lost is not made again before NiFi had time to show it', async () => {
    const lost = new NiFiUnreachableError(0, 'Timeout', 'no answer', { method: 'POST' });
    const { end, clock } = playContext({ play: () => ({}) });
    const { error } = await end(direct(() => Promise.reject(lost)));
    assert.equal(error, lost);
    assert.ok(clock.monotonicMs() >= 10_000);
  });
});
