// What became of NiFi's Pods since the run began: every container that ever ran, and for how many nodes of a cluster none was Ready at once.
// It watches. When a watch breaks it looks anew: a Pod is new by its UID, and a container's restarts are counted by the kubelet, so only a Pod
// that came and went between the two is never known of.

import { setTimeout as sleep } from 'node:timers/promises';
import { labels } from '../../../api/v1/labels.ts';
import type { KubeClient } from '../../../pkg/kube/client.ts';
import { type Pod, pods } from '../../../pkg/kube/resources.ts';

const AGAIN_MS = 200;
const selector = { labelSelector: `${labels.component}=node` };

export interface History {
  /** Starts of NiFi in this namespace so far, restarts of containers included. */
  starts(namespace: string): number;
  /** The most nodes of the cluster that were not Ready at once since `mark`, of those that were Ready then. */
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
  const starts = new Map<string, { readonly namespace: string; count: number }>();
  const watched = new Map<string, Watched>();
  const present = new Map<string, Pod>();
  const ended = new AbortController();
  const changed = (): void => {
    const ready = readyNodes(present.values());
    for (const [cluster, entry] of watched) {
      const now = ready.get(cluster);
      const down = [...entry.nodes].filter((node) => now?.has(node) !== true).length;
      entry.mostDown = Math.max(entry.mostDown, down);
    }
  };
  const follow = async (): Promise<void> => {
    const { items, resourceVersion } = await client.list(pods, selector);
    present.clear();
    for (const pod of items) present.set(pod.metadata.uid ?? '', note(starts, pod));
    changed();
    for await (const { type, object } of client.watch(pods, { ...selector, resourceVersion, signal: ended.signal })) {
      if (type === 'DELETED') present.delete(object.metadata.uid ?? '');
      else if (type === 'ADDED' || type === 'MODIFIED') present.set(object.metadata.uid ?? '', note(starts, object));
      else if (type === 'ERROR') return;
      changed();
    }
  };
  const work = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      // The API server may be away: what happened meanwhile is seen afterwards.
      await follow().catch(() => undefined);
      await sleep(AGAIN_MS);
    }
  };
  const working = work();
  return {
    starts: (namespace) =>
      [...starts.values()].filter((one) => one.namespace === namespace).reduce((sum, { count }) => sum + count, 0),
    mark(namespace, cluster) {
      const key = `${namespace}/${cluster}`;
      watched.set(key, { nodes: readyNodes(present.values()).get(key) ?? new Set(), mostDown: 0 });
    },
    mostDown: (namespace, cluster) => watched.get(`${namespace}/${cluster}`)?.mostDown ?? 0,
    async stop() {
      ended.abort();
      await working;
    },
  };
}

function note(starts: Map<string, { readonly namespace: string; count: number }>, pod: Pod): Pod {
  const status = pod.status?.containerStatuses?.find(({ name }) => name === 'nifi');
  if (status?.containerID !== undefined && status.containerID !== '') {
    const namespace = pod.metadata.namespace ?? '';
    starts.set(pod.metadata.uid ?? '', { namespace, count: 1 + (status.restartCount ?? 0) });
  }
  return pod;
}

function readyNodes(items: Iterable<Pod>): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { metadata, status } of items) {
    if (status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') !== true) continue;
    const key = `${metadata.namespace ?? ''}/${metadata.labels?.[labels.cluster] ?? ''}`;
    found.set(key, (found.get(key) ?? new Set()).add(metadata.name));
  }
  return found;
}
