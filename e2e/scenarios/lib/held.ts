// What the operators hold of memory and of open files, out of their own metrics.

import { pods } from '../../../pkg/kube/resources.ts';
import { OPERATOR_NAMESPACE } from './oracles.ts';
import type { Ground } from './stage.ts';

export interface Held {
  readonly memoryBytes: number;
  readonly openFiles: number;
}

/** One entry for each Pod of the operator. */
export async function heldByOperators({ client, shell }: Ground): Promise<readonly Held[]> {
  const { items } = await client.list(pods, { namespace: OPERATOR_NAMESPACE });
  const read = items.map(async ({ metadata: { name } }) => {
    const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods/${name}:8080/proxy/metrics`;
    const text = await shell(`kubectl get --raw ${path}`);
    return {
      memoryBytes: valueOf(text, 'process_resident_memory_bytes'),
      openFiles: valueOf(text, 'process_open_fds'),
    };
  });
  return Promise.all(read);
}

function valueOf(metrics: string, name: string): number {
  const [, value] = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'mu').exec(metrics) ?? [];
  if (value === undefined) throw new Error(`the operator has no metric ${name}`);
  return Number(value);
}
