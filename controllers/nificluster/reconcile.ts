// One reconcile of a NiFiCluster, its five stages in order: dereference, validate, plan, apply, status. What should exist is
// planned first, then what has to be taken down; what NiFi has to do for it goes on in the background.
// It decides from what the caches show and remembers nothing of the reconcile before. While a cache lacks one of our own
// writes it does nothing: the event of that write brings the cluster back.

import { randomBytes } from 'node:crypto';
import type { Reason } from '../../api/v1/conditions.ts';
import { decodeNiFiCluster } from '../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import type { WriteTracker } from '../../pkg/kube/consistency.ts';
import type { Result } from '../../pkg/kube/controller.ts';
import type { EventRecorder } from '../../pkg/kube/events.ts';
import type { Store } from '../../pkg/kube/store.ts';
import type { ObjectKey } from '../../pkg/kube/types.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import type { Gateways } from '../../pkg/nifi/gateways.ts';
import { renewalTime } from '../../pkg/pki/inspect.ts';
import type { ApplyContext } from './apply/context.ts';
import { RefusedSteps } from './apply/refused.ts';
import { VerifiedClusters } from './apply/verify.ts';
import { apply } from './apply.ts';
import { keyCheckOf } from './build/key-check.ts';
import { Cleaner } from './cleanup.ts';
import { convincedNodes } from './convinced.ts';
import { NiFiDriver } from './drive.ts';
import { Explanations } from './explain.ts';
import { leftoversOf } from './leftovers.ts';
import { type ClusterMetrics, Measurements } from './measure.ts';
import { askFor, lookAgainMs, type NiFiOptions, targetOf, versionsOf, viewOf, wordsOf } from './nifi.ts';
import { observeWorld, type Stores } from './observe.ts';
import { Paces } from './pace.ts';
import { planDisrupt } from './plan/disrupt/disrupt.ts';
import { withoutDowngrade } from './plan/downgrade.ts';
import { planHealth } from './plan/health.ts';
import { planProvision } from './plan/provision.ts';
import type { World } from './plan/world.ts';
import { type Reference, type References, referencesOf } from './references.ts';
import { RevisionCache } from './renders.ts';
import type { ResolvedCluster } from './resolved.ts';
import { sensitiveKey } from './sensitive-key.ts';
import { invalidStatus, summarize } from './status.ts';
import { StatusWriter } from './status-writer.ts';
import { validate } from './validate.ts';

/** Something is left that no event tells of: a kind that is not served yet, a reference that is not known. */
const retryMs = 30_000;

/** What ends without an event: cert-manager is installed, or a Pod has waited long enough to be called unschedulable. */
const untoldReasons: readonly Reason[] = ['IssuerUnavailable', 'Unschedulable'];

/** How long what the spec names, and NiFi's first answer, may stay unknown before the status says so. */
const patienceMs = { references: 10_000, nifi: 60_000 } as const;

export interface Dependencies extends NiFiOptions {
  readonly client: KubeApi;
  readonly clusters: Pick<Store<DefaultedNiFiCluster>, 'get'>;
  readonly stores: Stores;
  /** Whether cert-manager's kinds are served; undefined while that is not known. */
  readonly certManager: () => boolean | undefined;
  readonly tracker: WriteTracker;
  readonly references: ReferenceReader;
  readonly gateways: Gateways;
  readonly recorder: Pick<EventRecorder, 'event'>;
  readonly metrics: ClusterMetrics;
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
  private readonly refused = new RefusedSteps();
  private readonly verified: VerifiedClusters;
  private readonly driver = new NiFiDriver();
  private readonly explanations = new Explanations();
  private readonly paces = new Paces();
  private readonly measurements: Measurements;
  /** Since when a cluster's references are not all known, monotonic: only for the pace of its status. */
  private readonly unknownSince = new Map<string, number>();

  constructor(deps: Dependencies) {
    this.deps = deps;
    this.renders = deps.renders ?? new RevisionCache();
    this.status = new StatusWriter(deps.client, deps.tracker);
    this.cleaner = new Cleaner(deps.client);
    this.verified = new VerifiedClusters(deps.client);
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
    const { cluster } = validated;
    const gateway = deps.gateways.for(key);
    const { world, intervalMs } = this.observe(object, cluster, gateway, monotonicMs);
    const keyState = sensitiveKey(cluster, world, references, randomBytes(24).toString('base64url'));
    const rendered =
      keyState.value === undefined
        ? { desired: new Map(), render: () => undefined }
        : this.renders.get(cluster, `${version} ${keyState.state.state}`, keyState.value);
    const keyCheck = keyState.value === undefined ? {} : { keyCheck: keyCheckOf(keyState.value) };
    const input = withoutDowngrade({
      cluster,
      world,
      ...rendered,
      sensitiveKey: keyState.state,
      ...keyCheck,
      now,
      monotonicMs,
    });
    const provision = planProvision(input);
    const disrupt = planDisrupt(input, provision);
    const event = this.eventsAbout(object);
    const refused = this.refused.at(key, monotonicMs);
    const verify = this.verified.of(object);
    const { client, tracker } = deps;
    const applied = await apply(
      { client, tracker, cluster, world, now, event, render: input.render, verify },
      // What provision does for a node comes first; the disrupt plan leaves such a node alone.
      { steps: [...provision.steps, ...disrupt.steps], findings: [] },
      refused,
    );
    const drove = this.driver.drive(gateway, { cluster, world, plan: disrupt }, event);
    const paceMs = drove.asked.length > 0 ? this.paces.quicken(key) : intervalMs;
    askFor(gateway, disrupt.asks, world);
    this.explanations.tell(key, [...drove.findings, ...disrupt.findings], event);

    const findings = [
      ...applied.findings,
      ...validated.findings,
      ...provision.findings,
      ...drove.findings,
      ...disrupt.findings,
      ...(world.terminating ? [] : planHealth(input)),
    ];
    const done = applied.done.filter((step) => disrupt.steps.some((one) => one === step));
    this.measurements.measure(key, { input, findings, done, asked: drove.asked });
    const unknown = validated.waiting || keyState.waiting || isIssuerUnknown(cluster, world);
    const nifiPatience = isNiFiUnknown(gateway, world) ? patienceMs.nifi : 0;
    const patience = unknown ? patienceMs.references : nifiPatience;
    const told = this.isTooEarlyToTell(key, patience, monotonicMs)
      ? { requeueAfterMs: 1_000 }
      : await this.status.write(object, summarize({ input, findings, object, now }), { monotonicMs, event });
    for (const failure of applied.failures) throw failure;
    const untold = unknown || findings.some(({ reason }) => untoldReasons.includes(reason));
    return soonest(
      told?.requeueAfterMs,
      renewalDelay(world, now),
      lookAgainMs(cluster, world, paceMs),
      // A plan that waits for hours is not made every second either.
      disrupt.asks.againMs === undefined ? undefined : Math.max(disrupt.asks.againMs, paceMs),
      refused.nextMs,
      untold ? retryMs : undefined,
    );
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
    for (const memory of [this.measurements, this.driver, this.explanations, this.paces]) memory.forget(key);
    this.renders.forget(key);
    this.status.forget(key);
    this.refused.forget(key);
    this.verified.forget(key);
    this.unknownSince.delete(`${key.namespace}/${key.name}`);
    await this.cleaner.clean(key, leftoversOf(key, deps.stores));
    return undefined;
  }
}

function isIssuerUnknown(cluster: ResolvedCluster, world: World): boolean {
  return cluster.spec.tls !== undefined && world.certManager === undefined;
}

/** NiFi is being asked for the first time since the operator started, and has not answered yet. */
function isNiFiUnknown(gateway: Gateway, world: World): boolean {
  const askable = [...world.pods.values()].some(({ ready }) => ready);
  return askable && world.view === undefined && gateway.problem() === undefined;
}

function soonest(...delays: readonly (number | undefined)[]): Result | undefined {
  const ms = Math.min(...delays.filter((delay) => delay !== undefined));
  return Number.isFinite(ms) ? { requeueAfterMs: ms } : undefined;
}

/** When the next certificate must be replaced, or is to be at a person's wish: no event tells. */
function renewalDelay(world: World, now: Date): number | undefined {
  const times = [...world.secrets.values()].flatMap(({ certificate, renewRequestedAtMs: asked }) => {
    const due = certificate === undefined ? [] : [renewalTime(certificate).getTime()];
    return [...due, ...(asked !== undefined && asked > now.getTime() ? [asked] : [])].map((at) => at - now.getTime());
  });
  if (times.length === 0) return undefined;
  // A timer holds 24 days at most, and one that is due was tried a moment ago.
  return Math.min(Math.max(Math.min(...times), retryMs), 86_400_000);
}
