// The cluster's own authority is replaced while data flows, and with it every certificate. NiFi takes the new ones while it runs.

import assert from 'node:assert/strict';
import { secrets } from '../../pkg/kube/resources.ts';
import { until } from '../lab/until.ts';
import { aCluster } from './lib/cluster.ts';
import { fullQueue } from './lib/real-flow.ts';
import { scenario } from './lib/stage.ts';
import { servedCertificate } from './lib/tls.ts';

export const certificates = scenario(
  'all certificates are replaced under load, without a restart',
  'beside',
  async (stage) => {
    const cluster = await aCluster(stage, 'prod', { replicas: 3 });
    cluster.work();
    const queue = await fullQueue(stage, cluster);
    const authority = async (): Promise<string> =>
      (await stage.client.get(secrets, cluster.handle.key('prod-ca')))?.data?.['ca.crt'] ?? '';
    const served = async (): Promise<readonly string[]> =>
      Promise.all((await cluster.nodes()).map(async (id) => servedCertificate(cluster, id)));
    const [before, authorityBefore] = [await served(), await authority()];
    const pods = await cluster.podUids();

    await stage.kubectl(
      'annotate',
      'secret',
      'prod-ca',
      `nifi.datadynamics.io/renew-requested-at=${new Date().toISOString().slice(0, 19)}Z`,
    );
    const allNew = async (): Promise<boolean> => {
      const now = await served();
      return now.every((certificate, i) => certificate !== before[i]);
    };
    await until('every node serves another certificate', allNew, {
      timeoutMs: 240_000,
      everyMs: 1000,
      describe: served,
    });
    await until('the former authority is gone', async () => (await authority()) !== authorityBefore, {
      timeoutMs: 120_000,
      everyMs: 500,
    });
    await cluster.settled();
    await queue?.isWhole();

    assert.deepEqual(await cluster.podUids(), pods);
  },
);
