// One node differs from the others: a property of its own, more heap. When that changes, only this node is restarted.

import assert from 'node:assert/strict';
import { aCluster } from './lib/cluster.ts';
import { nifiFile } from './lib/pod.ts';
import { scenario } from './lib/stage.ts';

const property = 'nifi.content.claim.max.appendable.size';

export const nodeOverride = scenario(
  'one node has settings of its own, and changing them restarts only it',
  'beside',
  async (stage) => {
    const ofNode1 = (size: string) => ({ id: 1, node: { config: { nifiProperties: { [property]: size } } } });
    const cluster = await aCluster(stage, 'prod', { replicas: 3, nodes: [ofNode1('5 MB')] });
    cluster.work();
    const valueOn = async (id: number): Promise<string | undefined> => {
      const text = await nifiFile(stage, `prod-${id}`, 'conf/nifi.properties');
      return text.split('\n').find((line) => line.startsWith(`${property}=`));
    };
    assert.equal(await valueOn(1), `${property}=5 MB`);
    assert.notEqual(await valueOn(0), await valueOn(1));

    const before = await cluster.podUids();
    stage.expectStarts(1);
    await cluster.change({ spec: { nodes: [ofNode1('7 MB')] } });
    await cluster.settled();

    assert.equal(await valueOn(1), `${property}=7 MB`);
    const after = await cluster.podUids();
    assert.deepEqual([after['prod-0'], after['prod-2']], [before['prod-0'], before['prod-2']]);
  },
);
