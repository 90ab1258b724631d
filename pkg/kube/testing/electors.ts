// Electors on the model API server, each with a clock of its own where clocks matter.

import type { TestContext } from 'node:test';
import type { KubeApi } from '../api.ts';
import type { FakeClock } from '../clock.ts';
import { WriteFence } from '../fence.ts';
import { LeaderElector, type LeaderElectorOptions } from '../lease.ts';
import { type Lease, leases } from '../resources.ts';
import type { ModelApi } from './model-api.ts';

/** The lease that the tests compete for. */
export const key = { namespace: 'ns', name: 'operator' };

export function anElector(
  t: TestContext,
  api: KubeApi,
  clock: FakeClock,
  identity: string,
  options: Partial<LeaderElectorOptions> = {},
) {
  const fence = new WriteFence(clock);
  const told: string[] = [];
  const elector = new LeaderElector({
    ...key,
    client: api,
    fence,
    clock,
    identity,
    random: () => 0,
    onStarted: () => told.push('started'),
    onLost: (reason) => told.push(`lost: ${reason}`),
    ...options,
  });
  t.after(() => elector.stop());
  return { elector, fence, told };
}

export function writes(api: ModelApi): readonly string[] {
  return api.calls.filter(({ verb }) => ['create', 'update', 'patch', 'delete'].includes(verb)).map(({ verb }) => verb);
}

export async function leaseOf(api: ModelApi): Promise<Lease | undefined> {
  return api.snapshot(leases).get('ns/operator');
}
