// The NiFiDataflow in the common reconcile: what it refers to, and its step in NiFi.
// Whether there is anything to do is seen in the lists that the gateway reads once for everybody; only then a task runs. Where its group
// is or may be stands in an annotation of the object before a task makes or moves one.
// Surprise: the flow of an object whose clusterRef has changed leaves the former cluster, as its deletionPolicy says, before it is made in
// the new one: two of them would take the same data twice.

import { decodeNiFiDataflow, nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { DefaultedNiFiParameterContext } from '../../api/v1/zz_generated.nifiparametercontext.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import { keyText, type ObjectKey } from '../../pkg/kube/types.ts';
import type { ProcessGroup } from '../../pkg/nifi/endpoints/process-groups.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import type { GatewayTask, TaskState } from '../../pkg/nifi/types.ts';
import type { ClusterState } from '../nifi/cluster.ts';
import type { DataflowKind, Outcome, Scene } from '../nifi/kind.ts';
import { verdictOfTrouble } from '../nifi/task-verdict.ts';
import { type Verdict, working } from '../nifi/verdict.ts';
import type { References } from '../nificluster/references.ts';
import { requestOf } from './apply.ts';
import { bringFlow } from './bring.ts';
import { ask, keepPlace, leave, leaveFormer, othersAmong } from './leaving.ts';
import { Listings } from './listings.ts';
import { type Looked, lookUp, rootIn } from './lookup.ts';
import { type FlowMemory, likenessOf } from './memory.ts';
import { digestOfWish, onTheWay, type Place, placeOf, placeWith, settledAs } from './place.ts';
import { findGroup } from './plan/find.ts';
import { planFlow } from './plan/plan.ts';
import { type Referred, referredObstacle } from './plan/referred.ts';
import { takenFrom } from './plan/target.ts';
import type { FlowStep, FlowWish, FlowWorld, Target } from './plan/world.ts';
import { verdictOfFlowTask } from './refusal.ts';
import { type FlowFacts, factsIn, factsOf, isAtWork, readiness, requestAfter } from './status.ts';
import { newestIn, targetFor } from './target.ts';
import { referencesOf, validate } from './validate.ts';

type Flow = DefaultedNiFiDataflow;

export interface DataflowOptions {
  readonly client: Pick<KubeApi, 'patch'>;
  readonly driftPeriodMs: number;
  /** What the spec names in Kubernetes. */
  readonly referredBy: (flow: Flow) => Referred;
  /** The id in NiFi that Kubernetes keeps of a parameter context. */
  readonly contextIdOf: (context: DefaultedNiFiParameterContext) => Promise<string | undefined>;
  /** All dataflows of a namespace. */
  readonly siblingsOf: (namespace: string) => readonly Flow[];
  /** Those that ask for the same place, itself among them. */
  readonly rivalsOf: (flow: Flow) => readonly Flow[];
  /** A cluster by its name: where the flow was before. */
  readonly clusterNamed: (key: ObjectKey) => ClusterState;
}

const bringing = working('Applying', 'the flow is being brought to what the spec asks in NiFi');

/** For so many drift periods what takes calls for one group alone counts as looked at. */
const lookedPeriods = 10;

export class DataflowWork implements DataflowKind<Flow, FlowFacts> {
  readonly type = nifiDataflowType;
  readonly decode = decodeNiFiDataflow;
  readonly referencesOf = referencesOf;
  private readonly options: DataflowOptions;
  private readonly memories = new Map<string, FlowMemory>();
  /** The last task of each: NiFi may show what it asked for before it has ended. */
  private readonly tasks = new Map<string, GatewayTask>();

  /** Of each NiFi, for as long as it is talked to. */
  private readonly listings = new WeakMap<Gateway, Listings>();

  constructor(options: DataflowOptions) {
    this.options = options;
  }

  /** What is being deleted leaves the cluster that it is in, whatever the spec says by now. */
  clusterOf(object: Flow): string {
    const isGoing = object.metadata.deletionTimestamp !== undefined;
    return (isGoing ? placeOf(object)?.cluster : undefined) ?? object.spec.clusterRef.name;
  }

  obstacleTo(object: Flow, references: References): Verdict | undefined {
    const validated = validate(object, references);
    if (!validated.ok) return validated.obstacle;
    const { referredBy, rivalsOf } = this.options;
    return takenFrom(object, rivalsOf(object)) ?? referredObstacle(object, referredBy(object));
  }

  /** Nothing refers to a dataflow. */
  heldBy(): undefined {
    return undefined;
  }

  async bring(scene: Scene<Flow>): Promise<Outcome<FlowFacts>> {
    const { object, key, gateway, reader, references } = scene;
    const validated = validate(object, references);
    if (!validated.ok) return { verdict: validated.obstacle, status: factsIn(object) };
    const { wish } = validated;
    this.dependOn(scene);
    const { referredBy, contextIdOf } = this.options;
    const referred = referredBy(object);
    const contextId = referred.context && (await contextIdOf(referred.context));
    const lookup = lookUp(wish, referred, { flows: gateway.flows, reader, contextId });
    if (lookup === undefined) return unanswered(scene);
    if ('obstacle' in lookup) return { verdict: lookup.obstacle, status: factsIn(object) };
    const moving = await leaveFormer(scene, this.memoryOf(key), this.options);
    if (moving !== undefined) return moving;
    const situation = this.situationOf(scene, wish, lookup.found);
    const { step, memory } = situation;
    if (step !== undefined && step !== 'Unknown' && step.kind === 'Wait' && step.verdict.is === 'Stalled')
      return this.stalled(scene, situation, step.verdict);
    memory.stalledMs = undefined;
    return step === undefined ? this.settled(scene, situation) : this.apply(scene, situation);
  }

  async leave(scene: Omit<Scene<Flow>, 'references'>): Promise<Outcome<FlowFacts> | undefined> {
    return leave(scene, this.memoryOf(scene.key), this.options);
  }

  forget(key: ObjectKey): void {
    this.memories.delete(keyText(key));
    this.tasks.delete(keyText(key));
  }

  private memoryOf(key: ObjectKey): FlowMemory {
    const memory = this.memories.get(keyText(key)) ?? {};
    this.memories.set(keyText(key), memory);
    return memory;
  }

  /** What is read for a former spec, and for nobody else, is read no more. */
  private dependOn({ object: { spec }, key, gateway, reader }: Scene<Flow>): void {
    const memory = this.memoryOf(key);
    const reads = JSON.stringify([spec.parentProcessGroup, spec.source.registry, spec.parameterContextRef]);
    if (memory.reads !== undefined && memory.reads !== reads) gateway.flows.release(reader);
    memory.reads = reads;
  }

  /** What is known without a call, and what follows from it. */
  private situationOf(scene: Scene<Flow>, wish: FlowWish, looked: Looked): Situation {
    const { object, key, gateway, reader } = scene;
    const { driftPeriodMs } = this.options;
    const memory = this.memoryOf(key);
    const { left } = memory;
    const kept = placeWith(placeOf(object), wishedCluster(object), looked.parent);
    const place = memory.isLost === true ? { cluster: kept.cluster, parents: kept.parents } : kept;
    const knownId = place.id;
    const groups = upToDate(looked.answer.groups, looked.answer.takenAtMs < (left?.atMs ?? 0) ? left : undefined);
    memory.rootId ??= looked.parent === 'root' ? rootIn(looked.answer) : undefined;
    const others = othersAmong(this.options.siblingsOf(key.namespace), object.metadata.uid);
    const seen = { groups, unreadable: looked.answer.unreadable, others, ...(knownId !== undefined && { knownId }) };
    const found = findGroup(wish, { ...seen, settled: 'Before' });
    const there = 'group' in found && found.is !== 'Doubtful' ? found.group.id : undefined;
    const group = groups.find(({ id }) => id === there);
    const { latest } = gateway.flows;
    const target = targetFor(wish, { looked, group, memory, latest, reader, driftPeriodMs });
    const base = { wish, looked, place, knownId, others, group, target, memory };
    if (target === undefined) return { ...base, step: 'Unknown', world: undefined };
    const settled = settledAs(place, digestOf(wish, target, looked));
    const world: FlowWorld = { ...seen, settled, ...(group && this.lookedIn(scene, memory, group, looked)) };
    const { step } = planFlow(wish, target, world);
    // Half-way to another wish is not as any wish asks; with Always nobody needs to know.
    const isChanging = settled === 'Before' && wish.sync !== 'Always';
    return { ...base, ...(isChanging && { place: onTheWay(place) }), world, step };
  }

  /** What the last task saw in the group, as long as that is like it was. */
  private lookedIn(
    { monotonicMs }: Scene<Flow>,
    { looked }: FlowMemory,
    group: ProcessGroup,
    { contexts }: Looked,
  ): Pick<FlowWorld, 'services' | 'nested'> {
    const oldest = monotonicMs - lookedPeriods * this.options.driftPeriodMs;
    if (looked === undefined || looked.atMs < oldest || looked.likeness !== likenessOf(group, contexts)) return {};
    const { services, nested } = looked;
    return { ...(services && { services }), ...(nested && { nested }) };
  }

  /** What only a person mends is told by an answer that is younger than its discovery: an older one may show what has just gone. */
  private stalled(scene: Scene<Flow>, situation: Situation, verdict: Verdict): Outcome<FlowFacts> {
    const { gateway, reader, monotonicMs } = scene;
    const { memory, looked } = situation;
    memory.stalledMs ??= monotonicMs;
    if (looked.answer.takenAtMs < memory.stalledMs) {
      gateway.flows.groups(looked.parent, monotonicMs - memory.stalledMs, reader);
      return unanswered(scene);
    }
    return { verdict, status: this.facts(scene, situation), againMs: this.options.driftPeriodMs };
  }

  private async apply(scene: Scene<Flow>, situation: Situation): Promise<Outcome<FlowFacts>> {
    const { object, key, gateway, now, monotonicMs } = scene;
    const { memory, place, step, group } = situation;
    const { client, driftPeriodMs } = this.options;
    // From the first time that it is seen: it may be dragged before all is as asked.
    const at = group === undefined ? place : { ...place, id: group.id };
    if (!(await keepPlace(client, object, at))) return { verdict: bringing, status: factsIn(object) };
    const task = this.taskFor(scene, situation);
    this.tasks.set(keyText(key), task);
    const state = ask(gateway, task, memory);
    if (isToBegin(state, memory, monotonicMs - driftPeriodMs)) memory.epoch = monotonicMs;
    const due = step === 'Unknown' || step === undefined ? undefined : requestOf(step);
    const request = requestAfter(object.status?.lastRequest, { memory, due, state, now });
    const verdict = verdictIn(state, memory);
    // A look changes nothing: what is told stands until it has ended.
    const isLook = step === 'Unknown' || step?.kind === 'Look';
    return {
      verdict,
      ...(isLook && isAtWork(state) && { tentative: true }),
      status: { ...this.facts(scene, situation, group), ...(request && { lastRequest: request }) },
      ...(state.state !== 'running' && { againMs: driftPeriodMs }),
    };
  }

  private listingsOf(gateway: Gateway): Listings {
    const listings = this.listings.get(gateway) ?? new Listings();
    this.listings.set(gateway, listings);
    return listings;
  }

  private taskFor({ reader, gateway }: Scene<Flow>, situation: Situation): GatewayTask {
    const { wish, looked, place, knownId, others, memory } = situation;
    const { parent, registryId, context, contexts } = looked;
    const { source, ...rest } = wish;
    const named = source.kind === 'Definition' ? source.digest : source;
    const newest = newestIn(wish, situation);
    const { parents, settled } = place;
    const seal = JSON.stringify([rest, named, parents, settled, registryId, context?.id, newest, memory.epoch]);
    return bringFlow({
      wish,
      search: { parents, knownId, others },
      parent,
      registryId,
      listings: this.listingsOf(gateway),
      newest,
      context,
      settled: (target) => settledAs(place, digestOf(wish, target, looked)),
      likeness: (group) => likenessOf(group, contexts),
      seal,
      reader,
      memory,
    });
  }

  private async settled(scene: Scene<Flow>, situation: Situation): Promise<Outcome<FlowFacts>> {
    const { object, key, gateway, now, monotonicMs } = scene;
    const { wish, target, world, group, looked, place, memory } = situation;
    if (target === undefined || world === undefined || group === undefined)
      throw new TypeError('a flow that is as asked is known');
    const last = this.tasks.get(keyText(key));
    const state = last && gateway.run(last);
    const request = requestAfter(object.status?.lastRequest, { memory, due: undefined, state, now });
    const status = { ...this.facts(scene, situation, group), ...(request && { lastRequest: request }) };
    if (state?.state === 'running') return { verdict: verdictIn(state, memory), status };
    this.tasks.delete(keyText(key));
    memory.epoch = monotonicMs;
    memory.isLost = false;
    const { cluster } = place;
    const at: Place = { cluster, parents: [looked.parent], id: group.id, settled: digestOf(wish, target, looked) };
    await keepPlace(this.options.client, object, at);
    const verdict = readiness(wish, { target, world, group }, memory.looked?.invalid);
    const isPartial = group.counts.invalid > 0 && wish.state === 'Running';
    return { verdict, status, ...(isPartial && { againMs: lookedPeriods * this.options.driftPeriodMs }) };
  }

  private facts({ object }: Scene<Flow>, { memory, group, place }: Situation, seen = group): FlowFacts {
    if (seen === undefined) return factsIn(object);
    const invalid = memory.looked?.invalid;
    return factsOf(seen, { cluster: place.cluster, ...(invalid && { invalid }) }, factsIn(object));
  }
}

interface Situation {
  readonly wish: FlowWish;
  readonly looked: Looked;
  readonly place: Place;
  readonly knownId: string | undefined;
  readonly others: readonly string[];
  readonly group: ProcessGroup | undefined;
  /** Absent while the registry has to be asked what the spec names. */
  readonly target: Target | undefined;
  readonly world: FlowWorld | undefined;
  readonly step: FlowStep | 'Unknown' | undefined;
  readonly memory: FlowMemory;
}

/** NiFi has it otherwise although all was as asked, or what a registry gives was asked for in vain: tried anew, once a period. */
function isToBegin(state: TaskState, { verdict }: FlowMemory, beforeMs: number): boolean {
  if (state.state === 'running' || state.atMs > beforeMs) return false;
  if (state.state === 'done') return true;
  return verdict !== undefined || state.refused === 'FlowNotFound' || state.refused === 'RegistryUnavailable';
}

function verdictIn(state: TaskState, { verdict }: FlowMemory): Verdict {
  return (state.state === 'done' ? undefined : verdict) ?? verdictOfFlowTask(state, bringing);
}

function wishedCluster({ spec }: Flow): string {
  return spec.clusterRef.name;
}

/** The parent counts as the spec names it: NiFi's id of the root group is not known before there is a group in it. */
function digestOf(wish: FlowWish, target: Target, { parent }: Looked): string {
  return digestOfWish(wish, { ...target, parentId: parent });
}

/** With the group as a task left it, where the list is older than that. */
function upToDate(groups: readonly ProcessGroup[], left: FlowMemory['left']): readonly ProcessGroup[] {
  if (left?.group === undefined) return groups;
  const { group } = left;
  return [...groups.filter(({ id }) => id !== group.id), group];
}

function unanswered({ object, gateway, reader }: Scene<Flow>): Outcome<FlowFacts> {
  const trouble = gateway.flows.trouble(reader);
  const status = factsIn(object);
  if (trouble !== undefined) return { verdict: verdictOfTrouble(trouble), status };
  return { verdict: working('Applying', 'NiFi is asked for its process groups'), status, tentative: true };
}
