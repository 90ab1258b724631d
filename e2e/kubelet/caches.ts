// What the played kubelet watches: all of it in every namespace, because it is every node of the cluster.

import type { KubeApi } from '../../pkg/kube/api.ts';
import { Reflector } from '../../pkg/kube/reflector.ts';
import {
  type ConfigMap,
  configMaps,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
  type Secret,
  type StorageClass,
  secrets,
  storageClasses,
} from '../../pkg/kube/resources.ts';
import { Store } from '../../pkg/kube/store.ts';
import type { KubeObject, ResourceType } from '../../pkg/kube/types.ts';
import type { Node } from './fit.ts';
import { nodeType } from './nodes.ts';

export interface Caches {
  readonly pods: Store<Pod>;
  readonly nodes: Store<Node>;
  readonly claims: Store<PersistentVolumeClaim>;
  readonly classes: Store<StorageClass>;
  readonly configMaps: Store<ConfigMap>;
  readonly secrets: Store<Secret>;
  /** Resolves when every cache holds the present state. Handlers subscribed before miss nothing. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const syncDeadlineMs = 60_000;
const pollMs = 5;

export function createCaches(client: KubeApi, report: (error: unknown) => void): Caches {
  const reflectors: Reflector<KubeObject>[] = [];
  function cache<T extends KubeObject>(type: ResourceType<T>): Store<T> {
    const store = new Store<T>({ onHandlerError: report });
    const reflector = new Reflector<T>({ client, type, store });
    reflectors.push(reflector as unknown as Reflector<KubeObject>);
    return store;
  }
  return {
    nodes: cache(nodeType),
    classes: cache(storageClasses),
    configMaps: cache(configMaps),
    secrets: cache(secrets),
    claims: cache(persistentVolumeClaims),
    pods: cache(pods),
    async start() {
      for (const reflector of reflectors) reflector.start();
      const deadline = performance.now() + syncDeadlineMs;
      while (!reflectors.every(({ synced }) => synced)) {
        const failed = reflectors.find(({ lastError }) => lastError !== undefined);
        if (performance.now() > deadline) throw new Error('the caches do not fill', { cause: failed?.lastError });
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    },
    async stop() {
      await Promise.all(reflectors.map((reflector) => reflector.stop()));
    },
  };
}
