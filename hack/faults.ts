// The faults that the operator must survive, each with the tests that show that it does. The numbers are those of the
// project's list of faults, whose sections A to F these are; 7 to 10, 42, 48 and 49 belong to parts that do not exist yet.
// faults.test.ts demands that every title stands in its file. What no test can show, because a type or an oracle of
// the models rules it out, says which one, and docs/failure-modes.md says it too.

import type { FaultTable } from './faults/fault.ts';
import { nodeFaults } from './faults/nodes.ts';
import { operatorFaults } from './faults/operator.ts';

export const faults: FaultTable = { ...operatorFaults, ...nodeFaults };

/** Faults of which a part has no test yet, and what kind of test is wanted. */
export const pending: Readonly<Record<number, string>> = {
  1: 'the loop: a crash behind the record of a restart',
  2: 'the loop: a restart and a removal after a crash behind a created Pod',
  4: 'the loop: a crash behind the disconnection of a leaving node',
  5: 'the loop: a crash behind the proof of a leaving node',
  6: 'the loop: a Pod that is gone while NiFi still lists its node',
  12: 'the loop: a crash after every write of restarts and removals',
  13: 'the model: ten thousand runs',
  17: 'the loop: an old API server shows a deletion, or a spec, of an earlier cluster',
  20: 'the loop: an older generation after a newer one was acted upon',
  29: 'the loop: an id that is put back during its offload',
  30: 'the loop: a node that is taken out while it joins',
  53: 'the loop: a configuration that breaks every node, then the fix',
  54: 'the loop: a bad image takes down as many nodes as may be, then the fix',
  59: 'the loop: a rebuild that a person approves',
  63: 'the loop: a rollout and a smaller cluster at once',
  64: 'the loop: a Pod that is killed while its node is offloaded',
  65: 'the loop: the last connected node, and replicas 0',
  66: 'the loop: coordinator and primary last, and when they move',
};
