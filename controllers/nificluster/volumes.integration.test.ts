// Volumes that a person must decide about, on a real API server and with the real entry script: a lost one is given up by
// the command that the status shows, and one that stayed is taken back with its old flow set aside.

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { annotations, claimName } from '../../api/v1/labels.ts';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { aNamespace, type ClusterHandle } from '../../e2e/lab/cluster.ts';
import { type Lab, startLab } from '../../e2e/lab/lab.ts';
import { runOperator } from '../../e2e/lab/operator.ts';
import { until } from '../../e2e/lab/until.ts';
import { type PersistentVolumeClaim, persistentVolumeClaims, pods } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import type { Operator } from '../../pkg/operator/operator.ts';

const patient = { timeoutMs: 180_000 };

describe('A volume that a person must decide about', { concurrency: 2 }, () => {
  let lab: Lab;
  let operator: Operator;

  before(async () => {
    lab = await startLab();
    operator = await runOperator(lab.controlPlane.kubeconfig, []);
  });
  after(async () => {
    await operator?.stop();
    await lab?.stop();
  });

  async function running(namespace: string, spec: Partial<NiFiClusterSpec> = {}): Promise<ClusterHandle> {
    const cluster = await (await aNamespace(lab, namespace)).create('prod', { version: '2.6.0', replicas: 2, ...spec });
    await cluster.ready(patient);
    return cluster;
  }

  const claimOf = (cluster: ClusterHandle, id: number): Promise<PersistentVolumeClaim | undefined> =>
    lab.client.get(persistentVolumeClaims, cluster.key(claimName('prod', id, 'data')));

  /** Where the volume of the claim is on this machine. */
  async function diskOf(cluster: ClusterHandle, id: number): Promise<string> {
    const claim = await claimOf(cluster, id);
    const volume = (await lab.client.raw('GET', `/api/v1/persistentvolumes/${claim?.spec?.volumeName ?? ''}`)) as
      | (KubeObject & { readonly spec?: { readonly hostPath?: { readonly path: string } } })
      | undefined;
    const path = volume?.spec?.hostPath?.path;
    assert.ok(path);
    return path;
  }

  test('is made anew when it is lost and given up by the words of the refusal, and nobody else is touched', async () => {
    const cluster = await running('lost');
    const [lost, other] = [await claimOf(cluster, 1), await cluster.pod(0)];
    await lab.client.delete(persistentVolumeClaims, cluster.key('data-prod-1'));
    await lab.client.delete(pods, cluster.key('prod-1'));
    await until('the claim is gone', async () => (await claimOf(cluster, 1)) === undefined, patient);
    const { status } = await cluster.until(
      'it is told',
      (now) => now.status?.nodes?.[1]?.reason === 'VolumeLost',
      patient,
    );
    const [, value] = /nifi\.datadynamics\.io\/rebuild=(\S+)/.exec(status?.nodes?.[1]?.message ?? '') ?? [];
    assert.equal(value, `1/${lost?.metadata.uid}`);
    await cluster.patch({ metadata: { annotations: { [annotations.rebuild]: value } } });
    await cluster.ready(patient);
    const fresh = await claimOf(cluster, 1);
    assert.ok(fresh);
    assert.notEqual(fresh.metadata.uid, lost?.metadata.uid);
    assert.equal((await cluster.pod(0))?.metadata.uid, other?.metadata.uid);
  });

  test('is taken back after its node had left, with the flow and the users of then set aside', async () => {
    const cluster = await running('back', { volumeRetention: { whenDecommissioned: 'Retain' } });
    const uid = (await claimOf(cluster, 1))?.metadata.uid;
    await cluster.patch({ spec: { replicas: 1 } });
    await cluster.until('node 1 has left', ({ status }) => status?.nodes?.length === 1, patient);
    const disk = await diskOf(cluster, 1);
    for (const name of ['flow.json.gz', 'users.xml']) await writeFile(join(disk, name), `old ${name}`);

    await cluster.patch({ spec: { replicas: 2 } });
    await cluster.until('it is told', ({ status }) => status?.nodes?.[1]?.reason === 'VolumesLeftBehind', patient);
    assert.equal(await cluster.pod(1), undefined);
    await cluster.patch({ spec: { adoptVolumes: true } });
    await cluster.ready(patient);

    const claim = await claimOf(cluster, 1);
    assert.equal(claim?.metadata.uid, uid);
    assert.equal(claim?.metadata.annotations?.[annotations.released], undefined);
    assert.match(claim?.metadata.annotations?.[annotations.adopted] ?? '', /^Emptied /);
    const [token = ''] = await readdir(join(disk, 'set-aside'));
    assert.equal(await readFile(join(disk, 'set-aside', token, 'users.xml'), 'utf8'), 'old users.xml');
    assert.equal(await readFile(join(disk, 'set-aside', token, 'flow.json.gz'), 'utf8'), 'old flow.json.gz');
  });
});
