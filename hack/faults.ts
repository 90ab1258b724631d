// The faults that the operator must survive, each with the tests that show that it does. The numbers are those of the
// project's list of faults.
// faults.test.ts demands that every title stands in its file. What no test can show, because a type or an oracle of
// the models rules it out, says which one, and docs/failure-modes.md says it too.

import type { FaultTable } from './faults/fault.ts';
import { flowFaults } from './faults/flows.ts';
import { longevityFaults } from './faults/longevity.ts';
import { nifiFaults } from './faults/nifi.ts';
import { nodeFaults } from './faults/nodes.ts';
import { operatorFaults } from './faults/operator.ts';
import { writeAndViewFaults } from './faults/writes-and-views.ts';

export const faults: FaultTable = {
  ...writeAndViewFaults,
  ...operatorFaults,
  ...nodeFaults,
  ...nifiFaults,
  ...flowFaults,
  ...longevityFaults,
};
