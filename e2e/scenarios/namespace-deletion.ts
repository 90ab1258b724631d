// A namespace is deleted with a cluster at work in it. All of it goes, volumes too, and nothing waits for a finalizer for ever.

import { namespaces } from '../../pkg/kube/resources.ts';
import { until } from '../lab/until.ts';
import { aCluster } from './lib/cluster.ts';
import { scenario } from './lib/stage.ts';

export const namespaceDeletion = scenario(
  'a namespace that is deleted goes, with all that is in it',
  'beside',
  async (stage) => {
    const cluster = await aCluster(stage, 'prod', { replicas: 2 });
    cluster.work();

    stage.giveUpData();
    await stage.shell(`kubectl delete namespace ${stage.namespace} --wait=false`);
    const gone = async (): Promise<boolean> =>
      (await stage.client.get(namespaces, { namespace: '', name: stage.namespace })) === undefined;
    await until('the namespace is gone', gone, {
      timeoutMs: 120_000,
      everyMs: 500,
      describe: () => stage.client.get(namespaces, { namespace: '', name: stage.namespace }),
    });
  },
);
