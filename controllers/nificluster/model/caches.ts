// The operator's caches in the model: the real stores, filled from the model API server with a delay for each kind.
// One kind may lag behind another, and a cut watch skips what happened meanwhile and then shows how things are.

import { labels } from '../../../api/v1/labels.ts';
import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import type { Clock } from '../../../pkg/kube/clock.ts';
import { labelIndex } from '../../../pkg/kube/mapping.ts';
import {
  configMaps,
  networkPolicies,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  services,
} from '../../../pkg/kube/resources.ts';
import { Store } from '../../../pkg/kube/store.ts';
import type { Change, ModelApi } from '../../../pkg/kube/testing/model-api.ts';
import type { KubeObject, ResourceType } from '../../../pkg/kube/types.ts';
import { clusterIndex } from '../observe.ts';
import {
  projectClaim,
  projectCluster,
  projectConfigMap,
  projectPod,
  projectSecret,
  projectWhole,
} from '../projections.ts';

type Projection = (object: never) => KubeObject;

const sharedTypes = [services, serviceAccounts, roles, roleBindings, podDisruptionBudgets, networkPolicies];

const projections: readonly (readonly [ResourceType, Projection])[] = [
  [nifiClusterType, projectCluster],
  [pods, projectPod],
  [persistentVolumeClaims, projectClaim],
  [configMaps, projectConfigMap],
  [secrets, projectSecret],
  ...sharedTypes.map((type): readonly [ResourceType, Projection] => [type, projectWhole]),
];

export const sharedPlurals: readonly string[] = sharedTypes.map(({ plural }) => plural);

const indexes = { [clusterIndex]: labelIndex(labels.cluster) };

/** How long an API server that is behind stays behind. */
const catchUpMs = 3_000;

const usualMs = 10;

interface Cache {
  readonly type: ResourceType;
  readonly store: Store<KubeObject>;
  readonly project: (object: KubeObject) => KubeObject;
  /** Not shown yet. */
  readonly waiting: Change[];
  /** Milliseconds from a change to its event. */
  lagMs: number;
  /** The watch is cut: what happens is not told until it is opened again. */
  cut: boolean;
}

export class Caches {
  private readonly caches = new Map<string, Cache>();
  private readonly api: ModelApi;
  private readonly clock: Clock;
  private readonly changed: () => void;

  /** As they are after a list of how things were at `version`, which may be some time ago. */
  constructor(options: { api: ModelApi; clock: Clock; version: number; changed: () => void }) {
    this.api = options.api;
    this.clock = options.clock;
    this.changed = options.changed;
    for (const [type, project] of projections) {
      const store = new Store<KubeObject>({ indexes });
      store.addPartition('');
      const cache: Cache = {
        type,
        store,
        project: project as Cache['project'],
        waiting: [],
        lagMs: usualMs,
        cut: false,
      };
      this.caches.set(type.plural, cache);
      this.list(cache, options.version);
    }
    if (options.version < Number(options.api.resourceVersion)) {
      for (const plural of this.caches.keys()) this.cut(plural, catchUpMs);
    }
  }

  storeOf(plural: string): Store<KubeObject> {
    const cache = this.caches.get(plural);
    if (cache === undefined) throw new RangeError(`the model has no cache of ${plural}`);
    return cache.store;
  }

  has(plural: string): boolean {
    return this.caches.has(plural);
  }

  saw(change: Change): void {
    const cache = this.caches.get(change.plural);
    if (cache === undefined || cache.cut) return;
    cache.waiting.push(change);
    this.clock.setTimeout(() => this.show(cache), cache.lagMs);
  }

  /** From now on this kind is so far behind; what is under way comes in its order all the same. */
  lag(plural: string, ms: number): void {
    const cache = this.caches.get(plural);
    if (cache !== undefined) cache.lagMs = ms;
  }

  /** Every kind is as close behind as it usually is. */
  heal(): void {
    for (const cache of this.caches.values()) cache.lagMs = usualMs;
  }

  /** The watch is cut, and after a while it is opened again by a list. */
  cut(plural: string, ms: number): void {
    const cache = this.caches.get(plural);
    if (cache === undefined || cache.cut) return;
    cache.cut = true;
    cache.waiting.length = 0;
    this.clock.setTimeout(() => {
      cache.cut = false;
      this.list(cache, Number(this.api.resourceVersion));
      this.changed();
    }, ms);
  }

  private show(cache: Cache): void {
    const change = cache.waiting.shift();
    if (change === undefined) return;
    const object = cache.project(change.object);
    if (change.type === 'DELETED') cache.store.remove('', object);
    else cache.store.upsert('', object);
    this.changed();
  }

  private list(cache: Cache, version: number): void {
    const objects = [...this.api.snapshot(cache.type, version)].map(([key, object]): [string, KubeObject] => [
      key,
      cache.project(object),
    ]);
    cache.store.replace('', new Map(objects), String(version));
  }
}
