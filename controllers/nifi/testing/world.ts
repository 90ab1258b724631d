// For tests of the dataflow kinds: the real reconcile and work of a kind on a modelled API server and a stand-in NiFi, by operators
// that die at any write, to Kubernetes or to NiFi, and lose all they knew. The two servers live on.

import { setTimeout as sleep } from 'node:timers/promises';
import { withDefaults } from '../../../api/v1/nificluster.ts';
import type { KubeApi } from '../../../pkg/kube/api.ts';
import { WriteTracker } from '../../../pkg/kube/consistency.ts';
import { configMaps, secrets } from '../../../pkg/kube/resources.ts';
import { ModelApi } from '../../../pkg/kube/testing/model-api.ts';
import type { ObjectKey, ResourceType } from '../../../pkg/kube/types.ts';
import { Gateways } from '../../../pkg/nifi/gateways.ts';
import type { StandIn } from '../../../pkg/nifi/testing/stand-in.ts';
import type { ReferenceReader } from '../../nificluster/reconcile.ts';
import type { ClusterSources } from '../cluster.ts';
import type { DataflowKind } from '../kind.ts';
import { DataflowReconciler } from '../reconcile.ts';
import type { WithStatus } from '../status-writer.ts';

export const namespace = 'data';
const clusterKey = { namespace, name: 'prod' };
const reads = new Set(['get', 'list', 'watch']);
const lastWords = 'the operator died';

/** Far more than any object needs. */
const mostReconciles = 1_500;

export class DataflowWorld<T extends WithStatus, S extends object> {
  readonly api = new ModelApi();
  private readonly standIn: StandIn;
  private readonly kindOf: (client: KubeApi, clusters: ClusterSources) => DataflowKind<T, S>;
  private readonly type: ResourceType<T>;
  /** NiFis beside that of the NiFiCluster `prod`, by the names of their NiFiClusters. */
  private readonly others: Readonly<Record<string, StandIn>>;
  /** The NiFiCluster; taken out by a test that has it deleted. */
  cluster: ReturnType<typeof withDefaults> | undefined = withDefaults({
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiCluster',
    metadata: { ...clusterKey, uid: 'cluster-uid' },
    spec: { version: '2.6.0', replicas: 1 },
  });
  /** Writes since it was made, one line each. */
  readonly writes: string[] = [];

  constructor(
    standIn: StandIn,
    kindOf: (client: KubeApi, clusters: ClusterSources) => DataflowKind<T, S>,
    others: Readonly<Record<string, StandIn>> = {},
  ) {
    this.standIn = standIn;
    this.kindOf = kindOf;
    this.others = others;
    const nobody = { clusters: { get: () => undefined }, gateways: { for: () => notThere() } };
    this.type = kindOf(this.api, nobody).type;
    this.api.now = () => new Date('2026-01-01T00:00:00Z');
    this.api.lingers = (_type, { metadata }) => (metadata.finalizers ?? []).length > 0;
    this.api.changed = ({ object }) => this.finishIfFree(object);
  }

  /**
   * One operator works on the object until it is as `is` says, or dies in place of the write after this many. Tells which.
   * `reconciles` more are made at the end, for what must not happen.
   */
  async live(
    key: ObjectKey,
    is: (object: T | undefined) => boolean,
    { writes = Number.POSITIVE_INFINITY, reconciles = 0 } = {},
  ): Promise<'reached' | 'died'> {
    let left = writes;
    const spend = (what: string): void => {
      if ((left -= 1) < 0) throw new Error(lastWords);
      this.writes.push(what);
    };
    this.api.before = ({ verb, type }) => (reads.has(verb) ? undefined : spend(`${verb} ${type.kind}`));
    const gateways = new Gateways({ onChange: () => undefined, fence: { check: () => spend('NiFi') }, coalesceMs: 1 });
    for (const [name, { target }] of Object.entries({ [clusterKey.name]: this.standIn, ...this.others })) {
      gateways.for({ namespace, name }).update(target);
      gateways.for({ namespace, name }).view(0);
    }
    const reconciler = this.reconciler(gateways);
    try {
      for (let round = 0; round < mostReconciles; round += 1) {
        await reconciler.reconcile(key, new Date(), performance.now());
        // In a task of the gateway it dies without a word to the reconcile.
        if (left < 0) return 'died';
        if (is(this.object(key))) {
          for (let more = 0; more < reconciles; more += 1) {
            await sleep(10);
            await reconciler.reconcile(key, new Date(), performance.now());
          }
          return 'reached';
        }
        await sleep(5);
      }
      throw new Error(`it never came to it: ${JSON.stringify(this.object(key), undefined, 1)}`);
    } catch (error) {
      if (error instanceof Error && error.message === lastWords) return 'died';
      throw error;
    } finally {
      await gateways.close();
    }
  }

  /** One operator works on all of these objects at once, each when there is news of it, until `watch` resolves. */
  async crowd(
    keys: readonly ObjectKey[],
    { driftPeriodMs }: { readonly driftPeriodMs: number },
    watch: () => Promise<void>,
  ): Promise<void> {
    this.api.before = ({ verb, key, object }) =>
      void (reads.has(verb) || this.writes.push(`${verb} ${key?.name ?? ''} ${JSON.stringify(object)}`));
    const fence = { check: () => void this.writes.push('NiFi') };
    const gateways = new Gateways({ onChange: () => undefined, fence, driftPeriodMs });
    gateways.for(clusterKey).update(this.standIn.target);
    gateways.for(clusterKey).view(0);
    const due = new Map(keys.map((key) => [key.name, 0]));
    const soon = (name: string, atMs: number): void =>
      void due.set(name, Math.min(due.get(name) ?? Number.POSITIVE_INFINITY, atMs));
    gateways.listen(this.type.kind, ({ name }) => soon(name, 0));
    this.api.changed = ({ object }) => {
      this.finishIfFree(object);
      soon(object.metadata.name, 0);
    };
    const reconciler = this.reconciler(gateways);
    const watching = { over: false };
    const watched = watch().finally(() => (watching.over = true));
    while (!watching.over) {
      for (const [name] of [...due].filter(([, atMs]) => atMs <= performance.now())) {
        due.delete(name);
        const result = await reconciler.reconcile({ namespace, name }, new Date(), performance.now());
        if (result?.requeueAfterMs !== undefined) soon(name, performance.now() + result.requeueAfterMs);
      }
      await sleep(5);
    }
    await gateways.close();
    await watched;
  }

  object(key: ObjectKey): T | undefined {
    return this.api.peek(this.type, key);
  }

  /** The status is lost, as with an object that is restored from a backup, and says something else afterwards where that is given. */
  wipe(key: ObjectKey, lie?: (object: T) => object): void {
    this.api.play(this.type, key, { status: null });
    const object = this.object(key);
    if (lie !== undefined && object !== undefined) this.api.play(this.type, key, { status: lie(object) });
  }

  private reconciler(gateways: Gateways): DataflowReconciler<T, S> {
    const clusters = { get: () => this.cluster };
    return new DataflowReconciler(this.kindOf(this.api, { clusters, gateways }), {
      client: this.api,
      objects: { get: (key) => this.object(key) },
      clusters,
      gateways,
      tracker: new WriteTracker(() => undefined),
      references: this.references(),
      recorder: { event: () => undefined },
      release: (cluster, reader) => gateways.for(cluster).release(reader),
    });
  }

  private references(): ReferenceReader {
    return {
      track: () => undefined,
      version: () => '',
      read: (space) => (reference) => {
        const type = reference.kind === 'Secret' ? secrets : configMaps;
        const object = this.api.peek(type, { namespace: space, name: reference.name });
        return object === undefined ? { state: 'missing' } : { state: 'present', object };
      },
    };
  }

  /** As the API server does: what is being deleted goes with its last finalizer. */
  private finishIfFree({ metadata }: Pick<T, 'metadata'>): void {
    if (metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0) return;
    const key = { namespace: metadata.namespace ?? '', name: metadata.name };
    queueMicrotask(() => this.api.finish(this.type, key));
  }
}

function notThere(): never {
  throw new TypeError('there is no gateway');
}
