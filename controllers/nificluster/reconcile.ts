// One reconcile of a NiFiCluster, its five stages in order: dereference, validate, plan, apply, status. What should exist is
// planned first, then what has to be taken down; what NiFi has to do for it goes on in the background.
// It decides from what the caches show and remembers nothing of the reconcile before. While a cache lacks one of our own
// writes it does nothing: the event of that write brings the cluster back.

import { randomBytes } from 'node:crypto';
import { decodeNiFiCluster } from '../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster, NiFiClusterStatus } from '../../api/v1/zz_generated.nificluster.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import type { WriteTracker } from '../../pkg/kube/consistency.ts';
import type { Result } from '../../pkg/kube/controller.ts';
import type { EventRecorder } from '../../pkg/kube/events.ts';
import type { KubeMetrics } from '../../pkg/kube/metrics.ts';
import type { Store } from '../../pkg/kube/store.ts';
import type { ObjectKey } from '../../pkg/kube/types.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import type { Gateways } from '../../pkg/nifi/gateways.ts';
import { Actor } from './act.ts';
import type { ApplyContext } from './apply/context.ts';
import { digestOf } from './build/digest.ts';
import { keyCheckOf } from './build/key-check.ts';
import { Cleaner } from './cleanup.ts';
import { convincedNodes } from './convinced.ts';
import { planDelay, renewalDelay, soonest, untoldDelay } from './delays.ts';
import { withDeparting } from './departing.ts';
import { discoveryFindings, discoveryOf } from './discovery.ts';
import { leftoversOf } from './leftovers.ts';
import { type ClusterMetrics, Measurements } from './measure.ts';
import { lookAgainMs, type NiFiOptions, targetOf, versionsOf, viewOf, wordsOf } from './nifi.ts';
import { observeWorld, type Stores } from './observe.ts';
import { Paces } from './pace.ts';
import { planDisrupt } from './plan/disrupt/disrupt.ts';
import { withoutDowngrade } from './plan/downgrade.ts';
import { planHealth } from './plan/health.ts';
import type { PlanInput } from './plan/input.ts';
import { onOldVolumes } from './plan/old-volumes.ts';
import { planProvision } from './plan/provision.ts';
import type { Step } from './plan/steps.ts';
import type { World } from './plan/world.ts';
import { type Reference, type References, referencesOf } from './references.ts';
import { RevisionCache } from './renders.ts';
import type { ResolvedCluster } from './resolved.ts';
import { sensitiveKey } from './sensitive-key.ts';
import { signInOf, withSignIn } from './sign-in.ts';
import { invalidStatus, summarize } from './status.ts';
import { StatusWriter } from './status-writer.ts';
import { validate } from './validate.ts';

/** How long what the spec names, and NiFi's first answer, may stay unknown before the status says so. */
const patienceMs = { references: 10_000, nifi: 60_000 } as const;

export interface Dependencies extends NiFiOptions {
  readonly client: KubeApi;
  readonly clusters: Pick<Store<DefaultedNiFiCluster>, 'get'>;
  readonly stores: Stores;
  /** Whether cert-manager's kinds are served; undefined while that is not known. */
  readonly certManager: () => boolean | undefined;
  /** The same of PodMonitors. */
  readonly podMonitors: () => boolean | undefined;
  readonly tracker: WriteTracker;
  readonly references: ReferenceReader;
  readonly gateways: Gateways;
  readonly recorder: Pick<EventRecorder, 'event'>;
  readonly metrics: ClusterMetrics;
  /** None when absent. */
  readonly runtimeMetrics?: Pick<KubeMetrics, 'objectTold'>;
  /** Its own when absent. */
  readonly renders?: Pick<RevisionCache, 'get' | 'forget'>;
}

export interface ReferenceReader {
  /** From now on these objects, and no others, are watched for this cluster. */
  track(owner: ObjectKey, references: readonly Reference[]): void;
  read(namespace: string): References;
  /** Changes whenever one of the references of this cluster does. */
  version(owner: ObjectKey, references: readonly Reference[]): string;
}

export class ClusterReconciler {
  private readonly deps: Dependencies;
  private readonly renders: Pick<RevisionCache, 'get' | 'forget'>;
  private readonly status: StatusWriter;
  private readonly cleaner: Cleaner;
  private readonly paces = new Paces();
  private readonly actor: Actor;
  private readonly measurements: Measurements;
  /** Since when a cluster's references are not all known, monotonic: only for the pace of its status. */
  private readonly unknownSince = new Map<string, number>();

  constructor(deps: Dependencies) {
    this.deps = deps;
    this.renders = deps.renders ?? new RevisionCache();
    this.status = new StatusWriter(deps.client, deps.tracker, deps.runtimeMetrics);
    this.cleaner = new Cleaner(deps.client);
    this.actor = new Actor(deps);
    this.measurements = new Measurements(deps.metrics);
  }

  async reconcile(key: ObjectKey, now: Date, monotonicMs: number): Promise<Result | undefined> {
    const object = this.deps.clusters.get(key);
    if (object === undefined) return this.gone(key);
    this.deps.tracker.observe(key, object.metadata.uid ?? '');
    if (this.deps.tracker.caughtUp(key) !== true) return { requeueAfterMs: 200 };
    this.cleaner.appeared(key);

    const decoded = decodeNiFiCluster(object);
    if (!decoded.ok) {
      const status = invalidStatus(object, decoded.problems, now);
      return this.status.write(object, status, { monotonicMs, event: this.eventsAbout(object) });
    }
    return this.bring(decoded.cluster, key, now, monotonicMs);
  }

  private async bring(
    object: DefaultedNiFiCluster,
    key: ObjectKey,
    now: Date,
    monotonicMs: number,
  ): Promise<Result | undefined> {
    const { deps } = this;
    const { references, version } = this.dereference(object, key);
    const validated = validate(object, references);
    const gateway = deps.gateways.for(key);
    const { world, intervalMs } = this.observe(object, validated.cluster, gateway, monotonicMs);
    const keyState = sensitiveKey(validated.cluster, world, references, drawn());
    const signIn = signInOf(validated.cluster, { world, references, key: presentKey(keyState), drawn: drawn() });
    const cluster = withDeparting(withSignIn(validated.cluster, signIn), { object, references, signIn, world });
    const rendered = this.inputFor(
      { cluster, world, now, monotonicMs },
      keyState,
      `${version} ${digestOf([signIn.signIn, signIn.resolved])}`,
    );
    const discovery = discoveryOf(gateway, signIn.signIn, rendered);
    const input = { ...rendered, ...(signIn.step && { signInStep: signIn.step }), ...(discovery && { discovery }) };
    const provision = planProvision(input);
    const disrupt = planDisrupt(input, provision);
    const event = this.eventsAbout(object);
    const acted = await this.actor.act(key, { input, provision, disrupt, object, gateway, event });
    const paceMs = acted.asked.length > 0 ? this.paces.quicken(key) : intervalMs;
    const findings = [
      ...acted.refusals,
      ...validated.findings,
      ...signIn.findings,
      ...discoveryFindings(signIn.signIn, discovery),
      ...provision.findings,
      ...acted.waits,
      ...disrupt.findings,
      ...(world.terminating ? [] : planHealth(input).filter(({ node }) => !isReplaced(acted.done, node))),
    ];
    this.measurements.measure(key, { input, findings, ...acted });
    const unknown = validated.waiting || signIn.waiting || keyState.waiting || isKindUnknown(cluster, world);
    const status = summarize({ input, findings, object, now });
    const nifiPatience = acted.unknown || isNiFiUnknown(gateway, status, world) ? patienceMs.nifi : 0;
    const patience = unknown ? patienceMs.references : nifiPatience;
    const told = this.isTooEarlyToTell(key, patience, monotonicMs)
      ? { requeueAfterMs: 1_000 }
      : await this.status.write(object, status, { monotonicMs, event });
    for (const failure of acted.failures) throw failure;
    return soonest(
      told?.requeueAfterMs,
      renewalDelay(world, now),
      lookAgainMs(cluster, world, paceMs),
      planDelay(disrupt.asks.againMs, paceMs),
      acted.refusedMs,
      acted.untoldMs,
      untoldDelay(unknown, findings),
    );
  }

  /** With everything rendered that the key allows to render. */
  private inputFor(
    known: Pick<PlanInput, 'cluster' | 'world' | 'now' | 'monotonicMs'>,
    { value, state }: ReturnType<typeof sensitiveKey>,
    version: string,
  ): PlanInput {
    const rendered =
      value === undefined
        ? { desired: new Map(), render: () => undefined, renderOn: () => undefined }
        : this.renders.get(known.cluster, `${version} ${state.state}`, value);
    const keyCheck = value === undefined ? {} : { keyCheck: keyCheckOf(value) };
    return onOldVolumes(withoutDowngrade({ ...known, ...rendered, sensitiveKey: state, ...keyCheck }));
  }

  private observe(
    object: DefaultedNiFiCluster,
    cluster: ResolvedCluster,
    gateway: Gateway,
    monotonicMs: number,
  ): { readonly world: World; readonly intervalMs: number } {
    const { deps } = this;
    const terminating = object.metadata.deletionTimestamp !== undefined;
    const unseen = observeWorld(deps.stores, cluster, {
      terminating,
      view: undefined,
      opinions: new Map(),
      reports: new Map(),
      versions: new Map(),
      certManager: deps.certManager(),
      podMonitors: deps.podMonitors(),
    });
    const target = targetOf(cluster, unseen);
    if (target !== undefined) gateway.update(target);
    const key = { namespace: cluster.namespace, name: cluster.name };
    const intervalMs = this.paces.intervalMs(key, unseen, gateway.lastView(), monotonicMs);
    const { driftPeriodMs } = deps;
    const world = {
      ...unseen,
      ...wordsOf(gateway, unseen),
      view: viewOf(gateway, cluster, unseen, { driftPeriodMs, intervalMs }),
      versions: versionsOf(gateway, unseen),
      convinced: convincedNodes(gateway, cluster, unseen),
    };
    return { world, intervalMs };
  }

  /**
   * While something that the spec names has not been looked up, a status would say that it is missing, and take it back
   * a moment later: after every restart of the operator. What cannot be looked up at all is told after a while.
   */
  private isTooEarlyToTell(key: ObjectKey, patience: number, monotonicMs: number): boolean {
    const name = `${key.namespace}/${key.name}`;
    const since = this.unknownSince.get(name) ?? monotonicMs;
    if (patience > 0) this.unknownSince.set(name, since);
    else this.unknownSince.delete(name);
    return monotonicMs - since < patience;
  }

  private dereference(
    object: DefaultedNiFiCluster,
    key: ObjectKey,
  ): { readonly references: References; readonly version: string } {
    const names = referencesOf(object.spec);
    this.deps.references.track(key, names);
    const { uid, generation } = object.metadata;
    return {
      references: this.deps.references.read(key.namespace),
      version: `${uid} ${generation} ${this.deps.references.version(key, names)}`,
    };
  }

  private eventsAbout(regarding: DefaultedNiFiCluster): ApplyContext['event'] {
    return (type, reason, note) => this.deps.recorder.event({ regarding, type, reason, note, action: reason });
  }

  private async gone(key: ObjectKey): Promise<undefined> {
    const { deps } = this;
    deps.gateways.remove(key);
    deps.tracker.forget(key);
    deps.references.track(key, []);
    for (const memory of [this.actor, this.measurements, this.paces, this.renders, this.status]) memory.forget(key);
    this.unknownSince.delete(`${key.namespace}/${key.name}`);
    await this.cleaner.clean(key, leftoversOf(key, deps.stores));
    return undefined;
  }
}

/** What was wrong with a Pod that was deleted just now is over, and would be told after the mend. */
function isReplaced(done: readonly Step[], id: number | undefined): boolean {
  return done.some((step) => step.kind === 'DeletePod' && step.id === id);
}

/** Used only where something has to be made: drawing it takes randomness, which plans do not have. */
function drawn(): string {
  return randomBytes(24).toString('base64url');
}

function presentKey({ state, value }: ReturnType<typeof sensitiveKey>): string | undefined {
  return state.state === 'present' ? value : undefined;
}

/** Whether the kinds are served that the cluster needs and a Kubernetes cluster may lack. */
function isKindUnknown({ spec }: ResolvedCluster, { certManager, podMonitors }: World): boolean {
  return (
    (spec.tls !== undefined && certManager === undefined) || (spec.monitoring.enabled && podMonitors === undefined)
  );
}

/**
 * NiFi is being asked for the first time since the operator started, or a node that has just started is asked which version it runs, and
 * has not answered yet: that is told together with that all is well.
 */
function isNiFiUnknown(gateway: Gateway, { conditions }: NiFiClusterStatus, { pods, view, versions }: World): boolean {
  const ready = [...pods.values()].filter((pod) => pod.ready);
  if (gateway.problem() !== undefined) return false;
  if (view === undefined) return ready.length > 0;
  const isWell = conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  return isWell && ready.some(({ id }) => !versions.has(id));
}
