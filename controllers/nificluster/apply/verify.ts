// Consistent reads before something is destroyed: a cache that lags may show a cluster as it was before an id was put
// back, or one of the same name that is gone. What differs from what was planned with means: do nothing, the watch
// brings the change.
// One read of the cluster holds for the rest of the process, which ends with its lease: from then on no cache is older
// than our own term. Deleting volumes has reads of its own, every time.

import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster } from '../../../api/v1/zz_generated.nificluster.ts';
import type { KubeApi } from '../../../pkg/kube/api.ts';
import { keyOf, type ObjectKey } from '../../../pkg/kube/types.ts';
import type { ApplyContext } from './context.ts';

export class VerifiedClusters {
  /** By `namespace/name`, the UID of the cluster that was read. */
  private readonly uids = new Map<string, string>();
  private readonly client: Pick<KubeApi, 'get'>;

  constructor(client: Pick<KubeApi, 'get'>) {
    this.client = client;
  }

  /** How a plan that was made with this object is verified; nodes that ask at the same time share a read. */
  of(planned: DefaultedNiFiCluster): ApplyContext['verify'] {
    const key = keyOf(planned);
    const name = `${key.namespace}/${key.name}`;
    let first: Promise<boolean> | undefined;
    const read = async (): Promise<boolean> => {
      const live = await this.client.get(nifiClusterType, key);
      const same = live !== undefined && isSame(live, planned);
      if (same) this.uids.set(name, planned.metadata.uid ?? '');
      return same;
    };
    return (how) => {
      if (how === 'Always') return read();
      if (this.uids.get(name) === planned.metadata.uid) return Promise.resolve(true);
      first ??= read();
      return first;
    };
  }

  forget(key: ObjectKey): void {
    this.uids.delete(`${key.namespace}/${key.name}`);
  }
}

function isSame(live: DefaultedNiFiCluster, planned: DefaultedNiFiCluster): boolean {
  const [a, b] = [live.metadata, planned.metadata];
  return a.uid === b.uid && a.generation === b.generation && a.deletionTimestamp === b.deletionTimestamp;
}
