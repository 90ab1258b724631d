// What happens to Pods, volumes, clusters and namespaces while a cluster lives: nodes come back as what they were, whatever
// NiFi does; nothing is taken over from a cluster that is gone; and a namespace that ends is left to end.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import { clusterHandle } from '../../e2e/lab/cluster.ts';
import { countRequests } from '../../e2e/lab/counting.ts';
import { until } from '../../e2e/lab/until.ts';
import { namespaces, persistentVolumeClaims, pods } from '../../pkg/kube/resources.ts';
import { aWhile, patient, type Stage, specOf, startStage, told, undisturbed } from './bad-input.fixture.ts';

type Find = () => Promise<{ metadata: { uid?: string } } | undefined>;

const anotherPod = async (find: Find, uid: string | undefined) =>
  until('another Pod is there', async () => {
    const now = (await find())?.metadata.uid;
    return now !== undefined && now !== uid;
  });

/** Milliseconds between the end of the Pod, which takes as long as its process takes to stop, and the next one. */
const awayMs = async (find: Find, uid: string | undefined): Promise<number> => {
  await until('the Pod is gone or new', async () => (await find())?.metadata.uid !== uid, patient);
  const gone = performance.now();
  await anotherPod(find, uid);
  return performance.now() - gone;
};

describe('the life of a cluster', () => {
  let stage: Stage;

  before(async () => {
    stage = await startStage();
  });
  after(() => stage.stop());

  describe('while the operator runs', { concurrency: 4 }, () => {
    test('an evicted Pod comes back with its volume, and the other node notices nothing', async () => {
      const cluster = await stage.cluster('evicted', { replicas: 2 });
      await cluster.ready(patient);
      const before = await cluster.pod(1);
      const claim = await stage.lab.client.get(persistentVolumeClaims, cluster.key('data-prod-1'));
      await undisturbed(stage.lab, cluster, [0], async () => {
        await stage.lab.kubelet.failPod(
          cluster.namespace,
          'prod-1',
          'Evicted',
          'The node was low on resource: memory.',
        );
        await anotherPod(() => cluster.pod(1), before?.metadata.uid);
        await cluster.ready(patient);
      });
      const now = await stage.lab.client.get(persistentVolumeClaims, cluster.key('data-prod-1'));
      assert.equal(now?.metadata.uid, claim?.metadata.uid);
      assert.deepEqual((await cluster.pod(1))?.metadata.annotations, before?.metadata.annotations);
    });

    test('a container that dies inside its Pod comes back in it, and the operator leaves the Pod alone', async () => {
      const cluster = await stage.cluster('container', { replicas: 2 });
      await cluster.ready(patient);
      const before = await cluster.pod(1);
      assert.ok(stage.lab.kubelet.killContainer(cluster.namespace, 'prod-1', 'OOMKilled'));
      // Not by the status: the container may be back before the next one is written.
      const restarted = async () => {
        const nifi = (await cluster.pod(1))?.status?.containerStatuses?.find(({ name }) => name === 'nifi');
        return nifi?.restartCount === 1 && nifi.ready;
      };
      await until('the container is back', restarted, patient);
      await cluster.ready(patient);
      assert.equal((await cluster.pod(1))?.metadata.uid, before?.metadata.uid);
    });

    test('a NiFi that never answers keeps no Pod from coming back, there or in another cluster', async () => {
      const hung = await stage.cluster('hung', { replicas: 3 });
      const other = await stage.cluster('beside-hung');
      await Promise.all([hung.ready(patient), other.ready(patient)]);
      const releases = [0, 1, 2].map((id) => stage.lab.nifi.nodeOfPod(hung.namespace, `prod-${id}`).hang());
      const [one, two] = [await hung.pod(1), await other.pod(0)];
      await Promise.all([
        stage.lab.client.delete(pods, hung.key('prod-1')),
        stage.lab.client.delete(pods, other.key('prod-0')),
      ]);
      const away = await Promise.all([
        awayMs(() => hung.pod(1), one?.metadata.uid),
        awayMs(() => other.pod(0), two?.metadata.uid),
      ]);
      assert.ok(Math.max(...away) < 10_000, away.join(', '));
      for (const release of releases) release();
      await Promise.all([hung.ready(patient), other.ready(patient)]);
    });

    test('a volume grows while its node runs', async () => {
      const cluster = await stage.cluster('grows');
      await cluster.ready(patient);
      await undisturbed(stage.lab, cluster, [0], async () => {
        await cluster.patch({ spec: { node: { storage: [{ name: 'data', size: '20Gi' }] } } });
        await until('the disk has grown', async () => {
          const claim = await stage.lab.client.get(persistentVolumeClaims, cluster.key('data-prod-0'));
          return claim?.status?.capacity?.['storage'] === '20Gi';
        });
        await cluster.ready(patient);
      });
    });

    test('two clusters of one namespace come up, and the end of one is nothing to the other', async () => {
      const one = await stage.cluster('two');
      await stage.lab.client.create(nifiClusterType, {
        apiVersion: 'datadynamics.io/v1',
        kind: 'NiFiCluster',
        metadata: { name: 'prod-1', namespace: one.namespace },
        spec: specOf({}),
      } as never);
      const other = clusterHandle(stage.lab, one.namespace, 'prod-1');
      await Promise.all([one.ready(patient), other.ready(patient)]);
      await undisturbed(stage.lab, one, [0], async () => {
        await stage.lab.client.delete(nifiClusterType, other.key('prod-1'));
        await until('its Pod is gone', async () => (await other.pod(0)) === undefined, patient);
        await aWhile();
        await one.ready();
      });
    });

    test('a namespace that ends takes the cluster with it, and nothing is made again in a loop', async () => {
      const cluster = await stage.cluster('ends', { replicas: 3 });
      await cluster.ready(patient);
      const since = new Date();
      const key = { namespace: '', name: cluster.namespace };
      await stage.lab.client.delete(namespaces, key);
      const isGone = async (): Promise<boolean> => (await stage.lab.client.get(namespaces, key)) === undefined;
      await until('the namespace is gone', isGone, {
        timeoutMs: 180_000,
        describe: () => stage.lab.client.get(namespaces, key),
      });
      const { entries } = await countRequests(stage.lab, { since, namespace: cluster.namespace });
      const made = entries.filter(({ verb, objectRef }) => verb === 'create' && objectRef.resource !== 'events');
      assert.ok(made.length <= 30, `${made.length} creations in a namespace that ends`);
      assert.ok(made.every(({ code }) => code >= 400));
    });
  });

  test('a cluster that was deleted and made again while no operator ran takes over nothing silently', async () => {
    const cluster = await stage.cluster('again', { replicas: 2 });
    await cluster.ready(patient);
    const claim = await stage.lab.client.get(persistentVolumeClaims, cluster.key('data-prod-0'));
    await stage.restartOperator(async () => {
      await stage.lab.client.delete(nifiClusterType, cluster.key('prod'));
      await cluster.again(specOf({ replicas: 2 }));
    });
    assert.match(await told(cluster, 'VolumesLeftBehind'), /data-prod-0, data-prod-1.*spec\.adoptVolumes/);
    await until('the Pods of the first are gone', async () => (await cluster.list(pods)).length === 0, {
      timeoutMs: 180_000,
    });
    await cluster.patch({ spec: { adoptVolumes: true } });
    await cluster.ready(patient);
    const now = await stage.lab.client.get(persistentVolumeClaims, cluster.key('data-prod-0'));
    assert.equal(now?.metadata.uid, claim?.metadata.uid);
  });
});
