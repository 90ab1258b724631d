// When the OIDC provider is asked whether it answers, and what is said of its answers.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GatewayTask, TaskState } from '../../pkg/nifi/types.ts';
import type { Oidc } from './build/config/sign-in.ts';
import { discoveryFindings, discoveryOf } from './discovery.ts';
import { aWorld, type WorldBuilder } from './plan/testing.ts';
import { aCluster } from './testing.ts';

const provider = {
  kind: 'Oidc',
  discoveryUrl: 'https://id/.well-known/openid-configuration',
  authorities: [],
} as unknown as Oidc;
const well = aWorld(aCluster()).provisioned();
const outdated = well.when(aCluster().withNode({ jvm: { heap: '2g' } }));
const bad = { because: 'answers 404', answered: true };

function asked(world: WorldBuilder, state: Partial<TaskState> & object = { state: 'running' }) {
  const tasks: GatewayTask[] = [];
  const run = (task: GatewayTask): TaskState => {
    tasks.push(task);
    return { atMs: 0, ...state } as TaskState;
  };
  return { discovery: discoveryOf({ run }, provider, world.input()), tasks };
}

describe('The OIDC provider', () => {
  test('is asked while a node has to start or to be restarted, and not while all are well', () => {
    assert.deepEqual(asked(well).tasks, []);
    assert.equal(asked(outdated).tasks.length, 1);
    assert.equal(asked(well.withPod(1, { ready: false })).tasks.length, 1);
    assert.equal(asked(aWorld(aCluster())).tasks.length, 1);
  });

  test('is asked by nobody who logs in otherwise', () => {
    const nobody = { run: () => assert.fail('asked') };
    assert.equal(discoveryOf(nobody, undefined, outdated.input()), undefined);
    assert.equal(
      discoveryOf(nobody, { kind: 'SingleUser', username: 'a', passwordHash: 'b' }, outdated.input()),
      undefined,
    );
  });

  test('is being asked, answers or fails', () => {
    assert.deepEqual(asked(outdated).discovery, { state: 'asking' });
    assert.deepEqual(asked(outdated, { state: 'done' }).discovery, { state: 'answers' });
    assert.deepEqual(asked(outdated, { state: 'done', result: JSON.stringify(bad) }).discovery, {
      state: 'fails',
      ...bad,
    });
  });

  test('is told when it fails, with its address and what the operator does about it', () => {
    const told = (answered: boolean) => discoveryFindings(provider, { state: 'fails', because: 'is away', answered });
    assert.deepEqual(
      told(true).map(({ reason, effect }) => [reason, effect]),
      [['DiscoveryFailed', 'blocks']],
    );
    assert.match(
      told(true)[0]?.message ?? '',
      /^NiFi would not start: https:\/\/id\/\S+ .* is away\. No node is restarted/,
    );
    assert.match(told(false)[0]?.message ?? '', /One node is tried first/);
    assert.deepEqual(discoveryFindings(provider, { state: 'answers' }), []);
    assert.deepEqual(discoveryFindings(undefined, undefined), []);
  });
});
