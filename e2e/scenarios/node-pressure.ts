// A Pod fills its part of the machine's disk, and the kubelet kills it: it ends as Failed and stays there. Its node comes back.

import assert from 'node:assert/strict';
import { aCluster } from './lib/cluster.ts';
import { inPod } from './lib/pod.ts';
import { scenario } from './lib/stage.ts';

export const nodePressure = scenario(
  'a Pod that the kubelet kills for its disk use is replaced, and its node loses nothing',
  'beside',
  async (stage) => {
    const limit = { containers: [{ name: 'nifi', resources: { limits: { 'ephemeral-storage': '40Mi' } } }] };
    const cluster = await aCluster(stage, 'prod', { replicas: 2, node: { podTemplate: { spec: limit } } });
    cluster.work();
    const [first, second] = [await cluster.podUid(0), await cluster.podUid(1)];

    stage.expectStarts(1);
    await inPod(stage, 'prod-0', 'head -c 120000000 /dev/zero > "$NIFI_HOME/logs/full"');
    await cluster.until('NiFi is down on node 0', ({ status }) => status?.readyNodes === 1);
    await cluster.settled();

    assert.notEqual(await cluster.podUid(0), first);
    assert.equal(await cluster.podUid(1), second);
    assert.match(await stage.kubectl('get', 'events'), /Evicted|exceeds? .*ephemeral/u);
  },
  ['world'],
);
