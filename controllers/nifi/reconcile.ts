// The reconcile that the dataflow kinds share: read, put the finalizer on, look up what is referred to, find the NiFi, have the kind
// do its step, write the status. A deletion goes the other way and ends with the finalizer taken off.
// No write is repeated on a cache that lacks one of ours. A NiFiCluster that is gone, or going, holds nobody: what was in its NiFi goes
// with it, so the finalizer comes off without a word to NiFi.

import { annotations } from '../../api/v1/labels.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import type { WriteTracker } from '../../pkg/kube/consistency.ts';
import type { Result } from '../../pkg/kube/controller.ts';
import type { EventRecorder } from '../../pkg/kube/events.ts';
import type { KubeMetrics } from '../../pkg/kube/metrics.ts';
import { keyOf, keyText, type ObjectKey } from '../../pkg/kube/types.ts';
import type { Reader } from '../../pkg/nifi/types.ts';
import type { ReferenceReader } from '../nificluster/reconcile.ts';
import { type ClusterSources, type ClusterState, clusterState } from './cluster.ts';
import { hasFinalizer, isLeftBehind, setFinalizer } from './finalizer.ts';
import type { DataflowKind, Outcome, Scene } from './kind.ts';
import { type StatusHead, StatusWriter, type WithStatus } from './status-writer.ts';
import { conditionsFor, stalled, type Verdict, working } from './verdict.ts';

/** The events of a NiFiCluster do not tell each of its NiFi's states; a look costs no call. */
const lookMs = 5_000;
/** How long what nobody has answered yet may last before the status says so. */
const patienceMs = 60_000;

export interface DataflowDependencies<T extends WithStatus> extends ClusterSources {
  readonly client: KubeApi;
  readonly objects: { get(key: ObjectKey): T | undefined };
  readonly tracker: WriteTracker;
  readonly references: ReferenceReader;
  readonly recorder: Pick<EventRecorder, 'event'>;
  /** None when absent. */
  readonly metrics?: Pick<KubeMetrics, 'objectTold'>;
  /** Ends the tasks and reads that were made for an object. */
  readonly release: (cluster: ObjectKey, reader: Reader) => void;
}

interface Moment {
  readonly now: Date;
  readonly monotonicMs: number;
}

export class DataflowReconciler<T extends WithStatus, S extends object> {
  private readonly kind: DataflowKind<T, S>;
  private readonly deps: DataflowDependencies<T>;
  private readonly status: StatusWriter<T>;
  /** UID and cluster of objects that were seen: to drop what is remembered of them when they are gone. */
  private readonly seen = new Map<string, { readonly uid: string | undefined; readonly cluster: ObjectKey }>();

  /** Since when nothing is known of an object's NiFi or references, monotonic. */
  private readonly unknownSince = new Map<string, number>();

  constructor(kind: DataflowKind<T, S>, deps: DataflowDependencies<T>) {
    this.kind = kind;
    this.deps = deps;
    this.status = new StatusWriter(kind.type, deps);
  }

  async reconcile(key: ObjectKey, now: Date, monotonicMs: number): Promise<Result | undefined> {
    const { tracker, objects } = this.deps;
    const object = objects.get(key);
    if (object === undefined) return this.gone(key);
    // Of the same name and another object: nobody saw the end of the former, and what is remembered is about that one.
    if (this.isAnother(key, object)) this.gone(key);
    tracker.observe(key, object.metadata.uid ?? '');
    if (tracker.caughtUp(key) !== true) return { requeueAfterMs: 200 };
    const moment = { now, monotonicMs };
    const decoded = this.kind.decode(object);
    if (!decoded.ok) return this.refuse(object, key, invalid(decoded.problems), moment);
    const cluster = { namespace: key.namespace, name: this.kind.clusterOf(decoded.object) };
    this.releaseFormer(key, cluster);
    this.seen.set(keyText(key), { uid: object.metadata.uid, cluster });
    if (object.metadata.deletionTimestamp !== undefined) return this.leave(decoded.object, cluster, moment);
    if (!hasFinalizer(object)) return this.finalize(object, key, true);
    return this.bring(decoded.object, cluster, moment);
  }

  /** Nothing is known of what an object asks for that cannot be read, nor where in NiFi it is; a person may let it go all the same. */
  private async refuse(object: T, key: ObjectKey, verdict: Verdict, moment: Moment): Promise<Result | undefined> {
    const isGoing = object.metadata.deletionTimestamp !== undefined;
    if (isGoing && !hasFinalizer(object)) return undefined;
    if (isGoing && isLeftBehind(object)) return this.finalize(object, key, false);
    return this.tell(object, { verdict: isGoing ? waitingToLeave(verdict) : verdict, status: stored(object) }, moment);
  }

  private async bring(object: T, clusterKey: ObjectKey, moment: Moment): Promise<Result | undefined> {
    const { kind, deps } = this;
    const key = keyOf(object);
    const needed = kind.referencesOf(object);
    deps.references.track(key, needed);
    const references = deps.references.read(key.namespace);
    // Not looked up yet is not missing: the answer brings the object back.
    if (needed.some((each) => references(each).state === 'unknown')) {
      const verdict = working('Applying', 'what the spec refers to is being looked up');
      return this.tell(object, { verdict, status: stored(object), againMs: lookMs, tentative: true }, moment);
    }
    const obstacle = kind.obstacleTo(object, references);
    if (obstacle !== undefined) return this.tell(object, { verdict: obstacle, status: stored(object) }, moment);
    const cluster = clusterState(deps, clusterKey);
    if (cluster.state === 'gone')
      return this.tell(object, { verdict: cluster.verdict, status: stored(object) }, moment);
    if (cluster.state === 'unready') {
      const { verdict, tentative } = cluster;
      return this.tell(object, { verdict, status: stored(object), againMs: lookMs, tentative }, moment);
    }
    return this.tell(object, await kind.bring({ ...this.scene(object, cluster, moment), references }), moment);
  }

  private async leave(object: T, clusterKey: ObjectKey, moment: Moment): Promise<Result | undefined> {
    if (!hasFinalizer(object)) return undefined;
    const key = keyOf(object);
    const held = this.kind.heldBy(object);
    if (held !== undefined) return this.tell(object, { verdict: held, status: stored(object) }, moment);
    const cluster = clusterState(this.deps, clusterKey);
    if (cluster.state === 'gone' || isLeftBehind(object)) return this.finalize(object, key, false);
    if (cluster.state === 'unready') {
      const verdict = waitingToLeave(cluster.verdict);
      return this.tell(object, { verdict, status: stored(object), againMs: lookMs }, moment);
    }
    const outcome = await this.kind.leave(this.scene(object, cluster, moment));
    return outcome === undefined ? this.finalize(object, key, false) : this.tell(object, outcome, moment);
  }

  private scene(
    object: T,
    { gateway }: Extract<ClusterState, { readonly state: 'ready' }>,
    moment: Moment,
  ): Omit<Scene<T>, 'references'> {
    const key = keyOf(object);
    return { object, key, gateway, reader: this.readerOf(key), ...moment };
  }

  private async finalize(object: T, key: ObjectKey, present: boolean): Promise<undefined> {
    const written = await setFinalizer(this.deps.client, this.kind.type, object, present);
    // The last finalizer's removal deletes the object: there is no version of it to wait for.
    if (present) this.deps.tracker.wrote(key, this.kind.type, written?.metadata.resourceVersion);
    return undefined;
  }

  private async tell(object: T, outcome: Outcome<object>, moment: Moment): Promise<Result | undefined> {
    const { generation } = object.metadata;
    if (this.isTooEarlyToTell(object, outcome, moment)) return { requeueAfterMs: outcome.againMs ?? lookMs };
    const conditions = conditionsFor(object.status?.conditions, outcome.verdict, { generation, now: moment.now });
    const head: StatusHead = { ...(generation === undefined ? {} : { observedGeneration: generation }), conditions };
    const told = await this.status.write(object, { ...outcome.status, ...head }, moment.monotonicMs);
    const delays = [told?.requeueAfterMs, outcome.againMs].filter((each) => each !== undefined);
    return delays.length === 0 ? undefined : { requeueAfterMs: Math.min(...delays) };
  }

  /** After a restart of the operator nothing is known for a moment; what the status says of this generation stands meanwhile. */
  private isTooEarlyToTell(object: T, { tentative = false }: Outcome<object>, { monotonicMs }: Moment): boolean {
    const name = keyText(keyOf(object));
    const since = this.unknownSince.get(name) ?? monotonicMs;
    if (tentative) this.unknownSince.set(name, since);
    else this.unknownSince.delete(name);
    const isTold = object.status?.observedGeneration === object.metadata.generation;
    return tentative && isTold && monotonicMs - since < patienceMs;
  }

  private isAnother(key: ObjectKey, { metadata }: T): boolean {
    const known = this.seen.get(keyText(key));
    return known !== undefined && known.uid !== metadata.uid;
  }

  /** In a cluster that the object no longer names, nothing goes on for it but what its kind asks for anew. */
  private releaseFormer(key: ObjectKey, cluster: ObjectKey): void {
    const former = this.seen.get(keyText(key))?.cluster;
    if (former !== undefined && former.name !== cluster.name) this.deps.release(former, this.readerOf(key));
  }

  private readerOf(key: ObjectKey): Reader {
    return { kind: this.kind.type.kind, ...key };
  }

  private gone(key: ObjectKey): undefined {
    const { tracker, references, release } = this.deps;
    const known = this.seen.get(keyText(key));
    this.seen.delete(keyText(key));
    this.unknownSince.delete(keyText(key));
    tracker.forget(key);
    references.track(key, []);
    this.status.forget(key);
    this.kind.forget(key, known?.uid);
    if (known !== undefined) release(known.cluster, this.readerOf(key));
    return undefined;
  }
}

function stored({ status }: WithStatus): object {
  const { observedGeneration: _, conditions: __, ...rest } = status ?? {};
  return rest;
}

function invalid(problems: readonly string[]): Verdict {
  return stalled('InvalidSpec', problems.slice(0, 5).join('; '));
}

function waitingToLeave({ is, reason, message }: Verdict): Verdict {
  const way = `annotate it with ${annotations.leaveBehind}=true to leave in NiFi what it made there`;
  return { is, reason, message: `the deletion waits: ${message}; ${way}` };
}
