// The oracles themselves: a lossy or rash operator is caught. Each planted bug bends what the operator hears of NiFi, so
// that the real planner does what a careless one would.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { act } from './acts.ts';
import type { Rest } from './nifi-rest.ts';
import { seededRandom } from './random.ts';
import { aModelCluster, ModelWorld } from './world.ts';

describe('An operator that is deceived', () => {
  test('about a node’s queues deletes a volume with data, and is caught', async () => {
    await assert.rejects(leaving(deafToQueues), /flow files (?:on it|are lost|are queued)/u);
    await leaving(undefined);
  });
});

describe('The oracles', () => {
  test('miss no flow file of a disk that is destroyed', async () => {
    const world = await ModelWorld.settled({ random: seededRandom(1) });
    const disk = world.diskOf(0);
    world.disks.produce(disk, 10);
    const queued = world.disks.queued(disk);
    assert.ok(queued >= 10);
    world.disks.destroy(disk, 'operator');
    await assert.rejects(world.pass(1), new RegExp(`${queued} flow files are lost`, 'u'));
  });

  test('see a second node taken down before the first is back', async () => {
    const world = await ModelWorld.settled({ random: seededRandom(1) });
    await world.pass(30_000);
    for (const id of [0, 1]) {
      const object = world.entryOf(id);
      world.oracles.before({ line: '', verb: 'DISCONNECTING', kind: 'NiFi', name: String(id), object });
    }
    await assert.rejects(world.pass(1), /disconnecting node 1 while node 0 is down/u);
  });

  test('see a volume deleted without a proof on record', async () => {
    const world = await ModelWorld.settled({ random: seededRandom(1) });
    world.oracles.before({ line: '', verb: 'delete', kind: 'PersistentVolumeClaim', name: 'data-prod-0' });
    await assert.rejects(world.pass(1), /PersistentVolumeClaim data-prod-0 is deleted/u);
  });

  test('count a secret in an event', async () => {
    const world = await ModelWorld.settled({ random: seededRandom(1) });
    world.oracles.event('the key is canary-of-the-sensitive-key');
    await assert.rejects(world.pass(1), /an event tells a secret/u);
  });

  test('wait for what the spec says, and for no more than so long', async () => {
    const world = await ModelWorld.settled({ random: seededRandom(1) });
    act(world, { kind: 'badImage' });
    await assert.rejects(world.converge(60_000), /did not converge: node \d/u);
  });
});

/** Every node says of itself that its queues are empty. */
function deafToQueues(rest: Rest): Rest {
  const disks = Object.create(rest.disks) as Rest['disks'];
  disks.queued = () => 0;
  return { ...rest, disks };
}

/** A node leaves, and a moment after NiFi calls it OFFLOADED there are flow files on it again. */
async function leaving(bend: ((rest: Rest) => Rest) | undefined): Promise<void> {
  const options = { random: seededRandom(3), cluster: aModelCluster(3) };
  const world = await ModelWorld.settled(bend === undefined ? options : { ...options, bend });
  act(world, { kind: 'scale', replicas: 2 });
  for (let tries = 0; world.entryOf(2)?.status !== 'OFFLOADED'; tries += 1) {
    assert.ok(tries < 1_000);
    await world.pass(10);
  }
  world.disks.produce(world.diskOf(2), 7);
  await world.converge(600_000);
}
