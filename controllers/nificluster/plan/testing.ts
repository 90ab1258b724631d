// A world in memory for the tests of planners: what carrying out a step changes in it, and words for what else happens.
// A provisioned world is not written down, it is what the planner itself makes of an empty one; so the tests of a crash
// after any step need nothing but the list of steps. Not for production code: the values are made up.

import type { KubeObject } from '../../../pkg/kube/types.ts';
import type { NodeConnection } from '../../../pkg/nifi/types.ts';
import { withDeparting } from '../departing.ts';
import { RevisionCache } from '../renders.ts';
import type { ResolvedCluster } from '../resolved.ts';
import { sensitiveKey } from '../sensitive-key.ts';
import { type ClusterBuilder, noReferences } from '../testing.ts';
import { withoutDowngrade } from './downgrade.ts';
import type { PlanInput } from './input.ts';
import { onOldVolumes } from './old-volumes.ts';
import { planProvision } from './provision.ts';
import type { Step } from './steps.ts';
import { carryOut, changed, sharedKey, without } from './testing.effects.ts';
import { aClaim, aPod, aSecret, monotonicMs, now, ready, views } from './testing.objects.ts';
import type { ObservedClaim, ObservedPod, ObservedRecord, ObservedSecret, World } from './world.ts';

const drawnKey = 'a-key-that-was-drawn-for-this-test';

export interface WorldBuilder {
  readonly world: World;
  /** What a plan is computed from, for this cluster in this world. */
  input(cluster?: ResolvedCluster): PlanInput;
  /** Everything that the planner asks for has been done; the Pods wait for a place. */
  created(): WorldBuilder;
  /** As `created`, and every node has started, is ready, and that is on record. */
  provisioned(): WorldBuilder;
  /** The cluster's spec is another one from now on. */
  when(cluster: ClusterBuilder): WorldBuilder;
  after(...steps: readonly Step[]): WorldBuilder;
  withPod(id: number, change: Partial<ObservedPod>): WorldBuilder;
  withoutPod(...ids: readonly number[]): WorldBuilder;
  withClaim(name: string, change: Partial<ObservedClaim>): WorldBuilder;
  withoutClaim(...names: readonly string[]): WorldBuilder;
  withRecord(id: number, record: Partial<ObservedRecord> & object): WorldBuilder;
  withoutRecord(...ids: readonly number[]): WorldBuilder;
  withSecret(name: string, change: Partial<ObservedSecret>): WorldBuilder;
  withoutSecret(...names: readonly string[]): WorldBuilder;
  withShared(...objects: readonly KubeObject[]): WorldBuilder;
  withView(states: Readonly<Record<number, NodeConnection>>, event?: string): WorldBuilder;
  /** There is one view only: it was asked of this node, and so many milliseconds ago. */
  askedOf(id: number, agoMs?: number): WorldBuilder;
  /** What a node out of the cluster says of itself, so many milliseconds ago. */
  withReport(id: number, flowFilesQueued: number, agoMs?: number): WorldBuilder;
  withCertManager(installed: boolean | undefined): WorldBuilder;
  withPodMonitors(served: boolean | undefined): WorldBuilder;
  /** These nodes, and no others, have been seen to trust the next authority and to show what their Secret holds. */
  withConvinced(...ids: readonly number[]): WorldBuilder;
  terminating(): WorldBuilder;
}

/** A world in which nothing of the cluster exists. */
export function aWorld(cluster: ClusterBuilder): WorldBuilder {
  return worldBuilder(cluster, {
    terminating: false,
    pods: new Map(),
    claims: new Map(),
    records: new Map(),
    revisions: [],
    secrets: new Map(),
    shared: new Map(),
    view: undefined,
    opinions: new Map(),
    reports: new Map(),
    versions: new Map(),
    convinced: new Set(),
    certManager: true,
    podMonitors: true,
  });
}

function worldBuilder(cluster: ClusterBuilder, world: World): WorldBuilder {
  const to = (change: Partial<World>): WorldBuilder => worldBuilder(cluster, { ...world, ...change });
  const input = (resolved: ResolvedCluster = resolvedIn(cluster, world)): PlanInput => inputOf(resolved, world);
  const self: WorldBuilder = {
    world,
    input,
    created: () => {
      const { steps } = planProvision(input());
      return steps.length === 0 ? self : self.after(...steps).created();
    },
    provisioned: () => {
      const created = self.created();
      const ids = [...created.world.pods.keys()];
      return ids.reduce((all, id) => all.withPod(id, ready(id)), created).created();
    },
    when: (other) => worldBuilder(other, world),
    after: (...steps) =>
      worldBuilder(
        cluster,
        steps.reduce((before, step) => carryOut(input().cluster, before, step), world),
      ),
    withPod: (id, change) => to({ pods: changed(world.pods, id, { ...aPod(id), ...world.pods.get(id), ...change }) }),
    withoutPod: (...ids) => to({ pods: without(world.pods, ids) }),
    withClaim: (name, change) =>
      to({ claims: changed(world.claims, name, { ...aClaim(name), ...world.claims.get(name), ...change }) }),
    withoutClaim: (...names) => to({ claims: without(world.claims, names) }),
    withRecord: (id, record) =>
      to({ records: changed(world.records, id, { ...world.records.get(id), ...record, id } as ObservedRecord) }),
    withoutRecord: (...ids) => to({ records: without(world.records, ids) }),
    withSecret: (name, change) =>
      to({ secrets: changed(world.secrets, name, { ...aSecret(name), ...world.secrets.get(name), ...change }) }),
    withoutSecret: (...names) => to({ secrets: without(world.secrets, names) }),
    withShared: (...objects) =>
      to({ shared: objects.reduce((all, object) => changed(all, sharedKey(object), object), world.shared) }),
    withView: (states, event) => to(views(states, event)),
    askedOf: (takenFrom, agoMs = 0) =>
      to({ opinions: new Map(), view: world.view && { ...world.view, takenFrom, takenAtMs: monotonicMs - agoMs } }),
    withReport: (id, flowFilesQueued, agoMs = 0) =>
      to({
        reports: changed(world.reports, id, {
          id,
          flowFilesQueued,
          podUid: world.pods.get(id)?.uid ?? '',
          takenAtMs: monotonicMs - agoMs,
          version: '2.6.0',
          connectedToCluster: false,
          bytesQueued: flowFilesQueued * 100,
        }),
      }),
    withCertManager: (certManager) => to({ certManager }),
    withPodMonitors: (podMonitors) => to({ podMonitors }),
    withConvinced: (...ids) => to({ convinced: new Set(ids) }),
    terminating: () => to({ terminating: true }),
  };
  return self;
}

/** People need not log in. */
const signIn = { signIn: undefined, resolved: true, findings: [], waiting: false } as const;

function resolvedIn(cluster: ClusterBuilder, world: World): ResolvedCluster {
  return withDeparting(cluster.validated().cluster, {
    object: cluster.build(),
    references: noReferences,
    signIn,
    world,
  });
}

/** Rendering is most of the work of a test with many plans. */
const caches = new WeakMap<ResolvedCluster, RevisionCache>();

function cacheOf(cluster: ResolvedCluster): RevisionCache {
  const cache = caches.get(cluster) ?? new RevisionCache();
  caches.set(cluster, cache);
  return cache;
}

function inputOf(cluster: ResolvedCluster, world: World): PlanInput {
  const key = sensitiveKey(cluster, world, noReferences, drawnKey);
  const rendered =
    key.value === undefined
      ? { desired: new Map(), render: () => undefined, renderOn: () => undefined }
      : cacheOf(cluster).get(cluster, '', key.value);
  return onOldVolumes(withoutDowngrade({ cluster, world, ...rendered, sensitiveKey: key.state, now, monotonicMs }));
}
