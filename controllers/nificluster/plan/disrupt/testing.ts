// What the tests of this folder share: a cluster of three that runs, and plans in words.

import { aCluster } from '../../testing.ts';
import { planProvision } from '../provision.ts';
import type { DisruptPlan } from '../steps.ts';
import { now } from '../testing.objects.ts';
import { aWorld, type WorldBuilder } from '../testing.ts';
import { planDisrupt } from './disrupt.ts';
import { markText } from './mark.ts';

export const cluster = aCluster();
export const changed = cluster.withNode({ jvm: { heap: '2g' } });
export const all = { 0: 'CONNECTED', 1: 'CONNECTED', 2: 'CONNECTED' } as const;
export const well = aWorld(cluster).provisioned().withView(all);

export function plan(world: WorldBuilder): DisruptPlan {
  const input = world.input();
  return planDisrupt(input, planProvision(input));
}

/** `MarkPod 2`, `Disconnect 2` …: Kubernetes first, then NiFi. */
export function acts({ steps, nifi }: DisruptPlan): readonly string[] {
  const of = [...steps.filter(({ kind }) => kind !== 'Announce'), ...nifi];
  return of.map((step) => `${step.kind} ${'id' in step ? step.id : ''}`);
}

export function told({ findings }: DisruptPlan): readonly string[] {
  return findings.map(({ reason, message }) => `${reason}: ${message}`);
}

export function marked(
  world: WorldBuilder,
  id: number,
  purpose: Parameters<typeof markText>[0],
  agoMs = 1_000,
): WorldBuilder {
  return world.withPod(id, { disconnectedBy: markText(purpose, now.getTime() - agoMs) });
}
