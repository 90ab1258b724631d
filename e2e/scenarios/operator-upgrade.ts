// An older operator made a cluster; `helm upgrade` brings the present one, and for a while both run. Nothing is restarted, and the Pods stay
// those of the revisions that the older one made: a change of how Pods are built that reaches running nodes is a failure here.

import assert from 'node:assert/strict';
import { annotations } from '../../api/v1/labels.ts';
import { pods } from '../../pkg/kube/resources.ts';
import { until } from '../lab/until.ts';
import { aCluster, type TestCluster } from './lib/cluster.ts';
import { OPERATOR_NAMESPACE } from './lib/oracles.ts';
import { scenario } from './lib/stage.ts';

export const operatorUpgrade = scenario(
  'an upgrade of the operator restarts nothing',
  'afterwards',
  async (stage) => {
    const { olderOperator } = stage;
    if (olderOperator === undefined) throw new Error('there is no older operator to upgrade from');
    const helm = async (values: string): Promise<string> =>
      stage.shell(`helm upgrade nifi-operator charts/nifi-operator --namespace ${OPERATOR_NAMESPACE} --wait ${values}`);
    await helm(`--set image.repository=${olderOperator.repository} --set image.tag=${olderOperator.tag}`);
    const cluster = await aCluster(stage, 'prod', { replicas: 3, nodes: [{ id: 1, node: { jvm: { heap: '600m' } } }] });
    cluster.work();
    const before = await revisions(cluster);

    await helm('--reset-values');
    const onlyNew = async (): Promise<boolean> => {
      const { items } = await stage.client.list(pods, { namespace: OPERATOR_NAMESPACE });
      return items.every(({ spec }) => spec?.containers[0]?.image?.endsWith(`:${olderOperator.tag}`) === false);
    };
    await until('only the new operator runs', onlyNew, { timeoutMs: 60_000, everyMs: 500 });
    await cluster.settled();
    assert.deepEqual(await revisions(cluster), before);

    // It acts on what the older one left.
    stage.expectStarts(1);
    await cluster.change({ spec: { replicas: 4 } });
    await cluster.settled();
    const { 'prod-3': _new, ...rest } = await revisions(cluster);
    assert.deepEqual(rest, before);
  },
  ['olderOperator'],
);

/** Pod → its UID and the revision that it was made from. */
async function revisions(cluster: TestCluster): Promise<Readonly<Record<string, string>>> {
  const all = (await cluster.handle.list(pods)).map(({ metadata }) => {
    return [metadata.name, `${metadata.uid ?? ''} ${metadata.annotations?.[annotations.revision] ?? ''}`] as const;
  });
  return Object.fromEntries(all);
}
