// What `kubectl drain` does to a machine: no new Pods for it, then an eviction of each Pod on it, asked again while a disruption
// budget says no. It deletes nothing itself, so a drain ends only when the budgets let it.

import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../pkg/kube/client.ts';
import { isNotFound, KubeApiError } from '../../pkg/kube/errors.ts';
import { objectPath } from '../../pkg/kube/paths.ts';
import { type Pod, pods } from '../../pkg/kube/resources.ts';
import { keyOf, keyText } from '../../pkg/kube/types.ts';
import { nodeType } from './nodes.ts';

export interface DrainOptions {
  /** Pause after a refusal, in milliseconds. Default 100; kubectl takes 5 s. */
  readonly everyMs?: number;
  /** Default 60,000. */
  readonly timeoutMs?: number;
}

export interface Drained {
  /** `namespace/name` in the order in which they went. */
  readonly evicted: readonly string[];
  /** How often a disruption budget said no. */
  readonly refusals: number;
}

export async function cordon(client: KubeClient, node: string): Promise<void> {
  await client.patch(nodeType, { namespace: '', name: node }, { spec: { unschedulable: true } });
}

export async function uncordon(client: KubeClient, node: string): Promise<void> {
  await client.patch(nodeType, { namespace: '', name: node }, { spec: { unschedulable: null } });
}

/** Resolves when no Pod that was on the machine is left. Throws after the time, naming those that are. */
export async function drain(client: KubeClient, node: string, options: DrainOptions = {}): Promise<Drained> {
  const { everyMs = 100, timeoutMs = 60_000 } = options;
  await cordon(client, node);
  const { items } = await client.list(pods, {});
  const waiting = new Map(items.filter(({ spec }) => spec?.nodeName === node).map((pod) => [keyText(keyOf(pod)), pod]));
  const end = performance.now() + timeoutMs;
  const evicted: string[] = [];
  let refusals = 0;
  while (waiting.size > 0) {
    for (const [name, pod] of waiting) {
      const answer = await evict(client, pod);
      if (answer === 'refused') refusals += 1;
      if (answer !== 'gone') continue;
      waiting.delete(name);
      evicted.push(name);
    }
    if (performance.now() > end)
      throw new Error(`not drained within ${timeoutMs} ms: ${[...waiting.keys()].join(', ')}`);
    if (waiting.size > 0) await sleep(everyMs);
  }
  return { evicted, refusals };
}

/** `refused` by a disruption budget; `going` until the Pod of this UID is gone. */
async function evict(client: KubeClient, pod: Pod): Promise<'refused' | 'going' | 'gone'> {
  const key = keyOf(pod);
  const { uid = '' } = pod.metadata;
  const now = await client.get(pods, key);
  if (now?.metadata.uid !== uid) return 'gone';
  if (now.metadata.deletionTimestamp !== undefined) return 'going';
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: key.name, namespace: key.namespace },
    deleteOptions: { preconditions: { uid } },
  };
  try {
    await client.raw('POST', objectPath(pods, key, 'eviction'), { body });
    return 'going';
  } catch (error) {
    if (isNotFound(error)) return 'gone';
    if (error instanceof KubeApiError && error.status === 429) return 'refused';
    throw error;
  }
}
