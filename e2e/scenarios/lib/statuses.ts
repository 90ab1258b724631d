// What changes in the status of clusters while nothing should: the API server's log says that a status was written, and not what.

import { setTimeout as sleep } from 'node:timers/promises';
import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import type { KubeClient } from '../../../pkg/kube/client.ts';
import { flatten } from '../../crash/flatten.ts';

const EVERY_MS = 250;

/** Looks for so long; one line for each field that changed, in the order of the changes. */
export async function statusChanges(
  client: KubeClient,
  namespaces: Iterable<string>,
  forMs: number,
): Promise<readonly string[]> {
  const changes: string[] = [];
  const end = performance.now() + forMs;
  const spaces = [...namespaces];
  let before = await statuses(client, spaces);
  while (performance.now() < end) {
    await sleep(EVERY_MS);
    const now = await statuses(client, spaces);
    for (const path of new Set([...before.keys(), ...now.keys()])) {
      const [was, is] = [before.get(path), now.get(path)];
      if (was !== is) changes.push(`${path} was ${was ?? 'absent'} and became ${is ?? 'absent'}`);
    }
    before = now;
  }
  return changes;
}

async function statuses(client: KubeClient, namespaces: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const leaves = new Map<string, string>();
  for (const namespace of namespaces) {
    const { items } = await client.list(nifiClusterType, { namespace });
    for (const { metadata, status } of items) flatten(`${namespace}/${metadata.name} status`, status, leaves);
  }
  return leaves;
}
