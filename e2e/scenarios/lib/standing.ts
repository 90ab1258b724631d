// The cluster that the README's commands make. It stays, for scenarios that are about what is around a cluster.

import { type TestCluster, testCluster } from './cluster.ts';
import type { Stage } from './stage.ts';

const [namespace, name] = ['nifi', 'nifi'];

/** The scenario answers for its namespace from now on. */
export function standingCluster(stage: Stage): TestCluster {
  stage.answerFor(namespace);
  return testCluster(stage, namespace, name);
}
