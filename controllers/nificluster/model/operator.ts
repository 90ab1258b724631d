// One process of the operator in the model: the real reconciler, gateway, tracker and stores, over a model API server and NiFi.
// It can be killed at any write: from then on nothing of it is ever carried out or heard of again.
// Kept from one process to the next is nothing but what the API server and NiFi keep.

import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import type { KubeApi } from '../../../pkg/kube/api.ts';
import type { Cancel, Clock } from '../../../pkg/kube/clock.ts';
import { WriteTracker } from '../../../pkg/kube/consistency.ts';
import { ReconcileError } from '../../../pkg/kube/errors.ts';
import type { Change, ModelApi } from '../../../pkg/kube/testing/model-api.ts';
import type { ObjectKey } from '../../../pkg/kube/types.ts';
import { Gateways } from '../../../pkg/nifi/gateways.ts';
import { ClusterReconciler, type Dependencies } from '../reconcile.ts';
import { Caches, sharedPlurals } from './caches.ts';
import { type Fragility, fragileApi } from './fragile-api.ts';
import { ModelNiFiClient } from './nifi-client.ts';
import type { Rest } from './nifi-rest.ts';
import type { Random } from './random.ts';

export interface OperatorSurroundings extends Omit<Fragility, 'alive' | 'crash'> {
  readonly key: ObjectKey;
  readonly api: ModelApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly rest: Rest;
  readonly renders: NonNullable<Dependencies['renders']>;
  /** A reconcile begins no sooner after a change: many changes are one reconcile. */
  readonly paceMs: number;
  readonly event: (type: string, reason: string, note: string) => void;
  /** The process is gone: somebody may start another. */
  readonly crashed: () => void;
  /** It threw what no API server and no NiFi can make it throw. */
  readonly broken: (error: unknown) => void;
}

export class Operator {
  readonly caches: Caches;
  reconciles = 0;
  private alive = true;
  private working = false;
  private again = false;
  private cancel: Cancel | undefined;
  private readonly reconciler: ClusterReconciler;
  private readonly clock: Clock;
  private readonly surroundings: OperatorSurroundings;
  private readonly paceMs: number;

  /** `version`: what its first lists show, which an API server that is behind makes an old state. */
  constructor(surroundings: OperatorSurroundings, version: number) {
    this.surroundings = surroundings;
    this.paceMs = surroundings.paceMs;
    const { api } = surroundings;
    this.clock = this.mortalClock();
    this.caches = new Caches({ api, clock: this.clock, version, changed: () => this.wake(this.paceMs) });
    const fragility: Fragility = { ...surroundings, alive: () => this.alive, crash: () => this.kill() };
    this.reconciler = new ClusterReconciler(this.dependencies(fragileApi(api, fragility), fragility));
    this.wake(this.paceMs);
  }

  saw(change: Change): void {
    if (this.alive) this.caches.saw(change);
  }

  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    this.surroundings.crashed();
  }

  private dependencies(client: KubeApi, fragility: Fragility): Dependencies {
    const { random, rest, renders, event } = this.surroundings;
    const { caches, clock } = this;
    const store = (plural: string) => caches.storeOf(plural) as never;
    const gateways = new Gateways({
      clock,
      random: () => random.next(),
      onChange: () => this.wake(this.paceMs),
      client: (options) => new ModelNiFiClient(options, { ...rest, clock }, fragility),
    });
    return {
      client,
      clusters: {
        get: (one: ObjectKey) => caches.storeOf(nifiClusterType.plural).get(one),
      } as Dependencies['clusters'],
      stores: {
        pods: store('pods'),
        claims: store('persistentvolumeclaims'),
        configMaps: store('configmaps'),
        secrets: store('secrets'),
        shared: sharedPlurals.map((plural) => caches.storeOf(plural)),
      },
      certManager: () => false,
      podMonitors: () => false,
      tracker: new WriteTracker(({ plural }) => (caches.has(plural) ? caches.storeOf(plural) : undefined)),
      references: { track: () => undefined, read: () => () => ({ state: 'missing' }), version: () => '' },
      gateways,
      recorder: { event: ({ type, reason, note }) => this.alive && event(type, reason, note) },
      metrics: {
        observed: () => undefined,
        scaled: () => undefined,
        certified: () => undefined,
        disrupted: () => undefined,
        waiting: () => undefined,
        emptying: () => undefined,
        forget: () => undefined,
      },
      renders,
      driftPeriodMs: 60_000,
    };
  }

  private wake(ms: number): void {
    if (!this.alive) return;
    if (this.working) this.again = true;
    else if (this.cancel === undefined) this.schedule(ms);
  }

  private schedule(ms: number): void {
    this.cancel?.();
    this.cancel = this.clock.setTimeout(() => {
      this.cancel = undefined;
      void this.work();
    }, ms);
  }

  private async work(): Promise<void> {
    this.working = true;
    this.again = false;
    this.reconciles += 1;
    let afterMs: number | undefined;
    try {
      const { clock } = this;
      const result = await this.reconciler.reconcile(this.surroundings.key, clock.now(), clock.monotonicMs());
      afterMs = result?.requeueAfterMs;
    } catch (error) {
      if (!(error instanceof ReconcileError)) this.surroundings.broken(error);
      afterMs = 1_000;
    }
    this.working = false;
    if (this.again) this.schedule(this.paceMs);
    else if (afterMs !== undefined) this.sleep(Math.max(this.paceMs, afterMs));
  }

  /** Until then, unless something changes before. */
  private sleep(ms: number): void {
    this.clock.setTimeout(() => this.wake(1), ms);
  }

  /** Timers of a process that is gone do not fire. */
  private mortalClock(): Clock {
    const { clock } = this.surroundings;
    return {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      setTimeout: (fn, ms) => clock.setTimeout(() => this.alive && fn(), ms),
    };
  }
}
