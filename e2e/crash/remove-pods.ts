// Ends what runs in a namespace that a run is through with. Pods go with their grace, since NiFi still gives its Leases back,
// and everything else stays: nobody would miss it.

import { pods } from '../../pkg/kube/resources.ts';
import type { Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';

export async function removePods({ client, nifi }: Lab, namespace: string): Promise<void> {
  const { items } = await client.list(pods, { namespace });
  for (const { metadata } of items) await client.delete(pods, { namespace, name: metadata.name });
  await until('no NiFi runs any more', () => nifi.nodes().every((node) => node.namespace !== namespace), {
    timeoutMs: 120_000,
  });
}
