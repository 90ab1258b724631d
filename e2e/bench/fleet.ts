// Many clusters at once: made by a few requests at a time, each in its namespace of ten, and followed by one watch, so that who measures adds little
// to the load that is measured.

import { nifiClusterType } from '../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster, NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { Reflector } from '../../pkg/kube/reflector.ts';
import type { StoreEvent } from '../../pkg/kube/store.ts';
import { keyOf, keyText, type ObjectKey } from '../../pkg/kube/types.ts';
import type { Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';

const clustersPerNamespace = 10;
const requestsAtOnce = 8;

export interface Fleet {
  /** Creates this many more clusters; resolves when the last create was answered. */
  add(count: number, spec: NiFiClusterSpec): Promise<readonly ObjectKey[]>;
  readonly ready: number;
  /** All that were added. */
  readonly clusters: readonly ObjectKey[];
  /** Resolves when every cluster is Ready. `progress` is told now and then. */
  allReady(options: { readonly timeoutMs: number; readonly progress?: (ready: number) => void }): Promise<void>;
  stop(): Promise<void>;
}

export function startFleet(lab: Lab, prefix = 'fleet'): Fleet {
  const ready = new Set<string>();
  const clusters: ObjectKey[] = [];
  const namespaces = new Map<string, Promise<string>>();
  const reflector = new Reflector<DefaultedNiFiCluster>({ client: lab.client, type: nifiClusterType });
  reflector.store.subscribe(({ kind, object }: StoreEvent<DefaultedNiFiCluster>) => {
    const key = keyText(keyOf(object));
    if (kind !== 'deleted' && isReady(object)) ready.add(key);
    else ready.delete(key);
  });
  reflector.start();
  const place = async (index: number): Promise<ObjectKey> => {
    const namespace = `${prefix}-${Math.floor(index / clustersPerNamespace)}`;
    const made = namespaces.get(namespace) ?? lab.namespace(namespace);
    namespaces.set(namespace, made);
    await made;
    return { namespace, name: `nifi-${index % clustersPerNamespace}` };
  };
  return {
    async add(count, spec) {
      const first = clusters.length;
      const added: ObjectKey[] = Array.from({ length: count });
      clusters.length += count;
      let next = 0;
      const worker = async (): Promise<void> => {
        for (let index = next++; index < count; index = next++) {
          const key = await place(first + index);
          const object = { apiVersion: 'datadynamics.io/v1', kind: 'NiFiCluster', metadata: { ...key }, spec };
          await lab.client.create(nifiClusterType, object as DefaultedNiFiCluster, { deadlineMs: 60_000 });
          added[index] = key;
          clusters[first + index] = key;
        }
      };
      await Promise.all(Array.from({ length: requestsAtOnce }, worker));
      return added;
    },
    clusters,
    get ready() {
      return ready.size;
    },
    async allReady({ timeoutMs, progress = () => undefined }) {
      let told = performance.now();
      await until(
        `${clusters.length} clusters are Ready`,
        () => {
          if (performance.now() - told > 15_000) {
            told = performance.now();
            progress(ready.size);
          }
          return ready.size === clusters.length;
        },
        { timeoutMs, everyMs: 50, describe: () => ({ ready: ready.size, clusters: clusters.length }) },
      );
    },
    stop: () => reflector.stop(),
  };
}

function isReady({ metadata, status }: DefaultedNiFiCluster): boolean {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  return condition?.status === 'True' && status?.observedGeneration === metadata.generation;
}
