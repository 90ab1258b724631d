// The older operator comes back over a cluster that the present one made. It may not lose anything, nor restart more than one node at a time;
// and when the present one is back again, all is as asked.

import assert from 'node:assert/strict';
import { aCluster } from './lib/cluster.ts';
import { OPERATOR_NAMESPACE } from './lib/oracles.ts';
import { scenario } from './lib/stage.ts';

export const operatorDowngrade = scenario(
  'a downgrade of the operator restarts nothing and loses nothing',
  'afterwards',
  async (stage) => {
    const { olderOperator } = stage;
    if (olderOperator === undefined) throw new Error('there is no older operator to go back to');
    const helm = async (values: string): Promise<string> =>
      stage.shell(`helm upgrade nifi-operator charts/nifi-operator --namespace ${OPERATOR_NAMESPACE} --wait ${values}`);
    const cluster = await aCluster(stage, 'prod', { replicas: 2 });
    cluster.work();
    const before = await cluster.podUids();

    await helm(`--set image.repository=${olderOperator.repository} --set image.tag=${olderOperator.tag}`);
    await cluster.settled();
    // It acts on what the newer one left.
    stage.expectStarts(1);
    await cluster.change({ spec: { replicas: 3 } });
    await cluster.settled();
    await helm('--reset-values');
    await cluster.settled();

    const { 'prod-2': _new, ...rest } = await cluster.podUids();
    assert.deepEqual(rest, before);
  },
  ['olderOperator'],
);
