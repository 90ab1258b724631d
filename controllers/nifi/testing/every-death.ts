// An operator that dies at its first write, then one that dies at its second, and so on until one gets through; each time on another object, and
// each time another operator, which knows no status or reads a wrong one, ends what was begun. What is demanded then, the course says; that nothing is written at
// rest is demanded of every course.

import assert from 'node:assert/strict';
import type { WithStatus } from '../status-writer.ts';
import { type DataflowWorld, namespace } from './world.ts';

export interface Course<T extends WithStatus, S extends object> {
  readonly begin: (world: DataflowWorld<T, S>, name: string) => Promise<void>;
  readonly is: (object: T | undefined, name: string) => boolean;
  readonly check: (name: string) => void;
  /** Fewer deaths than this, and the test would show nothing. */
  readonly leastWrites: number;
  /** What the status says when the next operator comes; nothing when absent. */
  readonly lie?: (object: T) => object;
}

/** `prefix` begins the names of the objects. */
export async function dieAtEveryWrite<T extends WithStatus, S extends object>(
  aWorld: () => DataflowWorld<T, S>,
  { begin, is, check, leastWrites, lie }: Course<T, S>,
  prefix: string,
): Promise<void> {
  for (let writes = 0; ; writes += 1) {
    const name = `${prefix}-${writes}`;
    const key = { namespace, name };
    const world = aWorld();
    await begin(world, name);
    const end = await world.live(key, (object) => is(object, name), { writes });
    if (end === 'died') {
      world.wipe(key, lie);
      assert.equal(await world.live(key, (object) => is(object, name)), 'reached', name);
    }
    check(name);
    const soFar = world.writes.length;
    await world.live(key, (object) => is(object, name), { reconciles: 5 });
    assert.deepEqual(world.writes.slice(soFar), [], `${name}: nothing is written at rest`);
    if (end === 'died') continue;
    assert.ok(writes >= leastWrites, `only ${writes} writes`);
    return;
  }
}
