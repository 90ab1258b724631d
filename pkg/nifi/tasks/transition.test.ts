// What NiFi is asked to do with a node, and in which states it is left alone.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NiFiApiError } from '../errors.ts';
import { PolicyWorld } from '../testing/policy-world.ts';
import type { NodeConnection } from '../types.ts';
import { askedNiFi, moveNode, type Transition } from './transition.ts';
import { TaskWaiting } from './waiting.ts';

const states: readonly NodeConnection[] = [
  'CONNECTING',
  'CONNECTED',
  'DISCONNECTING',
  'DISCONNECTED',
  'OFFLOADING',
  'OFFLOADED',
  'REMOVED',
];

const put = 'PUT /controller/cluster/nodes/uuid-1';
const cases: readonly {
  readonly kind: Transition['kind'];
  readonly write: string;
  readonly becomes: NodeConnection | undefined;
  readonly from: readonly NodeConnection[];
}[] = [
  { kind: 'Disconnect', write: put, becomes: 'DISCONNECTING', from: ['CONNECTING', 'CONNECTED', 'OFFLOADING'] },
  { kind: 'Offload', write: put, becomes: 'OFFLOADING', from: ['DISCONNECTED'] },
  { kind: 'Connect', write: put, becomes: 'CONNECTING', from: ['DISCONNECTED', 'OFFLOADED'] },
  {
    kind: 'Remove',
    write: 'DELETE /controller/cluster/nodes/uuid-1',
    becomes: undefined,
    from: ['DISCONNECTED', 'OFFLOADED'],
  },
];

function wish(kind: Transition['kind'], change: Partial<Transition> = {}): Transition {
  return { kind, id: 1, nodeId: 'uuid-1', sinceMs: 0, attempt: 0, ...change };
}

function aNiFi(state: NodeConnection, other: NodeConnection = 'CONNECTED'): PolicyWorld {
  const world = new PolicyWorld();
  world.states = [other, state];
  return world;
}

for (const { kind, write, becomes, from } of cases) {
  describe(`${kind} of a node`, () => {
    for (const state of states) {
      const meant = from.includes(state);
      test(`is ${meant ? '' : 'not '}asked for while the node is ${state}`, async () => {
        const world = aNiFi(state);
        let asked = 0;
        const result = await moveNode(wish(kind), () => {
          asked += 1;
        }).run(world.context());
        assert.deepEqual([world.writes, asked], meant ? [[write], 1] : [[], 0]);
        assert.equal(result, meant ? askedNiFi : `the node is ${state}`);
        if (meant && becomes !== undefined) assert.equal(world.states[1], becomes);
        assert.equal(world.looks, meant ? 1 : 0, 'the effect is looked for at once, and only then');
      });
    }

    test('is asked of another node than the one it is about', async () => {
      const world = aNiFi(from[0] ?? 'CONNECTED');
      await moveNode(wish(kind)).run(world.context());
      assert.deepEqual(world.asked, [0]);
    });

    test('waits while another node is connecting', async () => {
      const world = aNiFi(from.at(-1) ?? 'CONNECTED', 'CONNECTING');
      await assert.rejects(moveNode(wish(kind)).run(world.context()), new TaskWaiting('node 0 is CONNECTING'));
      assert.deepEqual(world.writes, []);
    });

    test('is nobody’s business once the node has rejoined under another id', async () => {
      const world = aNiFi(from[0] ?? 'CONNECTED');
      assert.equal(await moveNode(wish(kind, { nodeId: 'old' })).run(world.context()), 'the node has left or rejoined');
      assert.deepEqual(world.writes, []);
    });

    test('waits when the state has changed between reading and asking', async () => {
      const world = aNiFi(from[0] ?? 'CONNECTED');
      const text =
        'Cannot remove Node with ID uuid-1 because it is not disconnected or offloaded, current state = CONNECTED';
      world.before = ({ method, path }) => {
        if (method !== 'GET') throw new NiFiApiError({ status: 409, method, path, text });
      };
      await assert.rejects(moveNode(wish(kind)).run(world.context()), new TaskWaiting(text));
    });

    test('fails with NiFi’s words when it is forbidden', async () => {
      const world = aNiFi(from[0] ?? 'CONNECTED');
      world.before = ({ method, path }) => {
        if (method !== 'GET') throw new NiFiApiError({ status: 403, method, path, text: 'No permission.' });
      };
      await assert.rejects(moveNode(wish(kind)).run(world.context()), {
        name: 'NiFiApiError',
        message: 'No permission.',
      });
    });
  });
}

describe('A node that NiFi does not know any more', () => {
  test('needs not be removed', async () => {
    const world = aNiFi('OFFLOADED');
    world.before = ({ method, path }) => {
      if (method !== 'GET')
        throw new NiFiApiError({ status: 404, method, path, text: 'it is not part of the cluster' });
    };
    assert.equal(await moveNode(wish('Remove')).run(world.context()), 'the node has left');
  });
});

describe('A request', () => {
  test('of a node ends what was under way for it, and is new for another entry, state or attempt', () => {
    const wishes = [
      wish('Disconnect'),
      wish('Offload'),
      wish('Disconnect', { nodeId: 'other' }),
      wish('Disconnect', { sinceMs: 5 }),
      wish('Disconnect', { attempt: 1 }),
    ];
    const tasks = wishes.map((one) => moveNode(one));
    assert.deepEqual(new Set(tasks.map(({ name }) => name)), new Set(['node 1']));
    assert.equal(new Set(tasks.map(({ input }) => input)).size, wishes.length);
  });
});
