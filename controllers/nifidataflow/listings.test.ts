// How often a registry is asked for its lists, and that no name is missed for a list that was kept.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NiFiApiError } from '../../pkg/nifi/errors.ts';
import { Listings } from './listings.ts';
import { bucketOf } from './plan/resolve.ts';

/** Looks for buckets in a registry that has these, and counts how often it was asked. */
function aRegistry(...names: readonly string[]) {
  const listings = new Listings();
  const registry: { names: string[]; asked: number; error: Error | undefined } = {
    names: [...names],
    asked: 0,
    error: undefined,
  };
  const list = async () => {
    registry.asked += 1;
    await Promise.resolve();
    if (registry.error !== undefined) throw registry.error;
    return registry.names.map((name) => ({ id: `id of ${name}`, name }));
  };
  const find = async (bucket: string, nowMs = 0, of: readonly (string | undefined)[] = ['client', undefined]) => {
    const wish = { kind: 'Registry', client: 'flows', bucket, flow: 'orders' } as const;
    const found = await listings.find({ of, nowMs, list, choose: (all) => bucketOf(wish, all) });
    return found.ok ? found.value : undefined;
  };
  return { registry, find };
}

test('A list is asked for once by all who look something up at about the same time', async () => {
  const { registry, find } = aRegistry('a', 'b');
  assert.deepEqual(await Promise.all([find('a'), find('b'), find('a', 1)]), ['id of a', 'id of b', 'id of a']);
  assert.equal(await find('b', 5_000), 'id of b');
  assert.equal(registry.asked, 1);
  await find('a', 5_001);
  assert.equal(registry.asked, 2);
});

test('Another registry client, branch or bucket has a list of its own', async () => {
  const { registry, find } = aRegistry('a');
  for (const question of [['client'], ['client 2'], ['client', 'main'], ['client', 'main', 'a']])
    await find('a', 0, question);
  assert.equal(registry.asked, 4);
});

test('What a kept list lacks is looked for in a new one', async () => {
  const { registry, find } = aRegistry('a');
  await find('a');
  registry.names.push('b');
  assert.deepEqual([await find('b', 1), await find('c', 2), registry.asked], ['id of b', undefined, 3]);
});

test('A list that could not be had is asked for again: by the others too, when it was only the node that did not answer', async () => {
  const said = new NiFiApiError({ status: 409, method: 'GET', path: '/flow/registries', text: 'it is down' });
  for (const [error, asked] of [
    [said, 1],
    [new Error('the node has gone'), 2],
  ] as const) {
    const { registry, find } = aRegistry('a');
    registry.error = error;
    const both = [find('a'), find('a')];
    await Promise.all(both.map((each) => assert.rejects(each, error)));
    assert.equal(registry.asked, asked);
    registry.error = undefined;
    assert.equal(await find('a'), 'id of a');
  }
});
