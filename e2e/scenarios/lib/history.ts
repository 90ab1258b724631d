// What became of NiFi's Pods since the run began: every container that ever ran, and for how many nodes of a cluster none was Ready at once.
// It looks a few times a second; a Pod is new by its UID and a container by its id, so nothing that took place between two looks is lost but
// a container that started and ended there, which the restart count tells.

import { setTimeout as sleep } from 'node:timers/promises';
import { labels } from '../../../api/v1/labels.ts';
import type { KubeClient } from '../../../pkg/kube/client.ts';
import { type Pod, pods } from '../../../pkg/kube/resources.ts';

const EVERY_MS = 200;

export interface History {
  /** Starts of NiFi in this namespace so far, restarts of containers included. */
  starts(namespace: string): number;
  /** The most nodes of the cluster that were not Ready at once since the last call, of those that were Ready then. */
  mostDown(namespace: string, cluster: string): number;
  /** From now on these nodes count for `mostDown`. */
  mark(namespace: string, cluster: string): void;
  stop(): Promise<void>;
}

interface Watched {
  readonly nodes: ReadonlySet<string>;
  mostDown: number;
}

export function startHistory(client: KubeClient): History {
  const restarts = new Map<string, { readonly namespace: string; count: number }>();
  const watched = new Map<string, Watched>();
  let ready: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  const ended = new AbortController();
  const look = async (): Promise<void> => {
    const { items } = await client.list(pods, { labelSelector: `${labels.component}=node`, resourceVersion: '0' });
    for (const pod of items) note(restarts, pod);
    ready = readyNodes(items);
    for (const [cluster, entry] of watched) {
      const now = ready.get(cluster);
      const down = [...entry.nodes].filter((node) => now?.has(node) !== true).length;
      entry.mostDown = Math.max(entry.mostDown, down);
    }
  };
  const work = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      // The API server may be away: what happened meanwhile is seen afterwards.
      await look().catch(() => undefined);
      await sleep(EVERY_MS);
    }
  };
  const working = work();
  return {
    starts: (namespace) =>
      [...restarts.values()].filter((one) => one.namespace === namespace).reduce((sum, { count }) => sum + count, 0),
    mark(namespace, cluster) {
      const key = `${namespace}/${cluster}`;
      watched.set(key, { nodes: ready.get(key) ?? new Set(), mostDown: 0 });
    },
    mostDown: (namespace, cluster) => watched.get(`${namespace}/${cluster}`)?.mostDown ?? 0,
    async stop() {
      ended.abort();
      await working;
    },
  };
}

function note(restarts: Map<string, { readonly namespace: string; count: number }>, pod: Pod): void {
  const status = pod.status?.containerStatuses?.find(({ name }) => name === 'nifi');
  if (status?.containerID === undefined || status.containerID === '') return;
  const namespace = pod.metadata.namespace ?? '';
  restarts.set(pod.metadata.uid ?? '', { namespace, count: 1 + (status.restartCount ?? 0) });
}

function readyNodes(items: readonly Pod[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { metadata, status } of items) {
    if (status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') !== true) continue;
    const key = `${metadata.namespace ?? ''}/${metadata.labels?.[labels.cluster] ?? ''}`;
    found.set(key, (found.get(key) ?? new Set()).add(metadata.name));
  }
  return found;
}
