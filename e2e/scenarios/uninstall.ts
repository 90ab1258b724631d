// What the installation page says of uninstalling: without the operator the cluster goes on, without the chart of the kinds they stay,
// and a cluster that is uninstalled leaves its volumes and its key.

import assert from 'node:assert/strict';
import { sensitiveKeySecretName } from '../../api/v1/labels.ts';
import { type PersistentVolumeClaim, persistentVolumeClaims, pods, secrets } from '../../pkg/kube/resources.ts';
import { until } from '../lab/until.ts';
import { OPERATOR_NAMESPACE } from './lib/oracles.ts';
import { scenario } from './lib/stage.ts';
import { standingCluster } from './lib/standing.ts';

export const uninstall = scenario(
  'helm uninstall leaves the kinds, the clusters and the data',
  'last',
  async (stage) => {
    const cluster = standingCluster(stage);
    const flow = cluster.work();
    const { namespace } = cluster.handle;
    const [before, claims] = [await cluster.podUids(), await cluster.handle.list(persistentVolumeClaims)];

    await stage.shell(`helm uninstall nifi-operator --namespace ${OPERATOR_NAMESPACE} --wait`);
    await stage.shell(`helm uninstall nifi-operator-crds --namespace ${OPERATOR_NAMESPACE} --wait`);
    const consumed = flow?.counts().consumed ?? 0;
    if (flow !== undefined) await until('NiFi goes on', () => flow.counts().consumed > consumed + 100);
    assert.equal((await cluster.handle.get()).metadata.name, cluster.name);
    assert.deepEqual(await cluster.podUids(), before);

    // The kinds belong to no release now; the one that comes back takes them over.
    await stage.shell(`helm install nifi-operator-crds charts/nifi-operator-crds --namespace ${OPERATOR_NAMESPACE}`);
    await stage.shell(`helm install nifi-operator charts/nifi-operator --namespace ${OPERATOR_NAMESPACE} --wait`);
    await cluster.settled();
    assert.deepEqual(await cluster.podUids(), before);

    flow?.stop();
    await stage.shell(`helm uninstall nifi --namespace ${namespace} --wait`);
    const gone = async (): Promise<boolean> => (await stage.client.list(pods, { namespace })).items.length === 0;
    // A Pod has 90 seconds to end, and a real NiFi may take most of them; a played one ends at once.
    const timeoutMs = stage.world === undefined ? 150_000 : 60_000;
    await until('its Pods are gone', gone, { timeoutMs, everyMs: 500, describe: () => cluster.podUids() });
    const left = await cluster.handle.list(persistentVolumeClaims);
    assert.deepEqual(uidsOf(left), uidsOf(claims));
    assert.ok(
      (await stage.client.get(secrets, cluster.handle.key(sensitiveKeySecretName(cluster.name)))) !== undefined,
    );
  },
);

function uidsOf(claims: readonly PersistentVolumeClaim[]): ReadonlySet<string | undefined> {
  return new Set(claims.map(({ metadata }) => metadata.uid));
}
