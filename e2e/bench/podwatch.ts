// What a watch of a cluster's Pods shows at each event: when each was first seen and first ready, and how many were ready at least.

import { clusterSelector, selectorText } from '../../api/v1/labels.ts';
import { Reflector } from '../../pkg/kube/reflector.ts';
import { type Pod, pods } from '../../pkg/kube/resources.ts';
import type { ObjectKey } from '../../pkg/kube/types.ts';
import type { Lab } from '../lab/lab.ts';

export interface PodWatch {
  /** Milliseconds from a Pod's being there to its being ready for the first time, of the slowest. */
  slowestMs(): number;
  /** The fewest that were ready at once, from now on. */
  leastReady(): { readonly count: number };
  stop(): Promise<void>;
}

export function watchPods(lab: Lab, { namespace, name }: ObjectKey): PodWatch {
  const labelSelector = selectorText(clusterSelector(name));
  const reflector = new Reflector<Pod>({ client: lab.client, type: pods, namespace, labelSelector });
  const seenAt = new Map<string, number>();
  const readyAfter = new Map<string, number>();
  const ready = new Set<string>();
  const lows: { count: number }[] = [];
  reflector.store.subscribe(({ kind, object }) => {
    const { uid = '' } = object.metadata;
    seenAt.set(uid, seenAt.get(uid) ?? performance.now());
    const isReady =
      object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
    if (kind === 'deleted' || !isReady) ready.delete(uid);
    else {
      ready.add(uid);
      readyAfter.set(uid, readyAfter.get(uid) ?? performance.now() - (seenAt.get(uid) ?? 0));
    }
    for (const low of lows) low.count = Math.min(low.count, ready.size);
  });
  reflector.start();
  return {
    slowestMs: () => Math.max(...readyAfter.values()),
    leastReady() {
      const low = { count: ready.size };
      lows.push(low);
      return low;
    },
    stop: () => reflector.stop(),
  };
}
