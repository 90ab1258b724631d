// The NiFiParameterContext in the common reconcile: what it refers to, what holds its deletion, and its step in NiFi.
// Whether there is anything to do is seen in the list of contexts that the gateway reads once for everybody; only then a task runs.
// What we may have set, and the id, are in Kubernetes before NiFi is changed: the line in the description does not always stay.

import { decodeNiFiParameterContext, nifiParameterContextType } from '../../api/v1/nifiparametercontext.ts';
import type { DefaultedNiFiParameterContext } from '../../api/v1/zz_generated.nifiparametercontext.ts';
import { keyText, type ObjectKey } from '../../pkg/kube/types.ts';
import type { ParameterContext } from '../../pkg/nifi/endpoints/parameter-contexts.ts';
import type { GatewayTask } from '../../pkg/nifi/types.ts';
import type { DigestKeeper } from '../nifi/digests.ts';
import type { DataflowKind, Outcome, Scene } from '../nifi/kind.ts';
import { isMarkedFor } from '../nifi/markers.ts';
import { verdictOfTask, verdictOfTrouble } from '../nifi/task-verdict.ts';
import { type Verdict, working } from '../nifi/verdict.ts';
import type { References } from '../nificluster/references.ts';
import { createContext, updateContext, withdrawContext } from './apply.ts';
import { inheritanceObstacle, inheritedIds, type Siblings } from './plan/inheritance.ts';
import {
  type ContextPlan,
  type ContextSituation,
  type ContextWish,
  hiddenOf,
  onceSet,
  planContext,
} from './plan/plan.ts';
import { type ContextFacts, factsIn, factsOf, nameConflict, readiness, requestAfter } from './status.ts';
import { type ContextUsers, holderOf } from './users.ts';
import { referencesOf, validate } from './validate.ts';

type Context = DefaultedNiFiParameterContext;

export interface ParameterContextOptions {
  readonly digests: DigestKeeper;
  readonly driftPeriodMs: number;
  /** The NiFiParameterContexts of a namespace, by name. */
  readonly siblingsOf: (namespace: string) => Siblings;
  /** `ownerText` of the other contexts of the namespace. */
  readonly rivalsOf: (context: ObjectKey) => ReadonlySet<string>;
  readonly usersOf: (context: ObjectKey) => ContextUsers;
}

export class ParameterContextWork implements DataflowKind<Context, ContextFacts> {
  readonly type = nifiParameterContextType;
  readonly decode = decodeNiFiParameterContext;
  readonly referencesOf = referencesOf;
  private readonly options: ParameterContextOptions;
  /** When each context was last as it should be, monotonic: a difference after that is a new one and is mended anew. */
  private readonly settledAt = new Map<string, number>();
  /** When NiFi was last written to for each, monotonic: what it said before is not about that. */
  private readonly wrote = new Map<string, number>();
  /** The last task of each: NiFi may show what it asked for before it has ended. */
  private readonly tasks = new Map<string, GatewayTask>();

  constructor(options: ParameterContextOptions) {
    this.options = options;
  }

  clusterOf({ spec }: Context): string {
    return spec.clusterRef.name;
  }

  obstacleTo(object: Context, references: References): Verdict | undefined {
    const validated = validate(object, references);
    return validated.ok ? inheritanceObstacle(object, this.siblings(object)) : validated.obstacle;
  }

  heldBy(object: Context): Verdict | undefined {
    const { name, namespace = '' } = object.metadata;
    return holderOf(object, this.options.usersOf({ namespace, name }), this.siblings(object));
  }

  async bring(scene: Scene<Context>): Promise<Outcome<ContextFacts>> {
    const { object, key, gateway, reader, references } = scene;
    const { digests, rivalsOf } = this.options;
    const status = factsIn(object);
    const validated = validate(object, references);
    if (!validated.ok) return { verdict: validated.obstacle, status };
    const answer = gateway.flows.contexts(Number.POSITIVE_INFINITY, reader);
    if (answer === undefined) return this.unanswered(scene);
    if (answer.takenAtMs <= this.wroteAt(key)) return this.awaitAnswer(scene);
    const inherited = inheritedIds(object, this.siblings(object), answer.contexts);
    if ('waiting' in inherited) return { verdict: inherited.waiting, status };
    const { wish } = validated;
    const hidden = hiddenOf(wish);
    const situation: ContextSituation<ParameterContext> = {
      contexts: answer.contexts,
      inherited: inherited.ids,
      stale: hidden.size === 0 ? new Set() : await digests.stale(object, hidden),
      place: await digests.place(object),
      rivals: rivalsOf(key),
    };
    const plan = planContext(wish, situation);
    if (plan.nameTakenBy !== undefined) return { verdict: nameConflict(wish, plan.nameTakenBy), status };
    if (plan.step === undefined) return this.settled(scene, wish, plan);
    return this.apply(scene, { wish, plan, situation, hidden, takenAtMs: answer.takenAtMs });
  }

  async leave({
    object,
    gateway,
    reader,
  }: Omit<Scene<Context>, 'references'>): Promise<Outcome<ContextFacts> | undefined> {
    const { metadata, spec } = object;
    const withdrawal = {
      owner: { kind: reader.kind, namespace: reader.namespace, name: reader.name },
      name: spec.displayName ?? metadata.name,
      uid: metadata.uid ?? '',
      place: await this.options.digests.place(object),
      orphan: spec.deletionPolicy === 'Orphan',
      reader,
    };
    const state = gateway.run(withdrawContext(withdrawal));
    if (state.state === 'done') {
      // What was read before shows it still, to whoever asks for its name next.
      gateway.flows.contexts(0, reader);
      return undefined;
    }
    return {
      verdict: verdictOfTask(state, working('Withdrawing', 'the context is being taken out of NiFi')),
      status: factsIn(object),
    };
  }

  forget(key: ObjectKey, uid: string | undefined): void {
    for (const map of [this.settledAt, this.wrote, this.tasks]) map.delete(keyText(key));
    this.options.digests.forget(uid);
  }

  private siblings({ metadata }: Context): Siblings {
    return this.options.siblingsOf(metadata.namespace ?? '');
  }

  private wroteAt(key: ObjectKey): number {
    return this.wrote.get(keyText(key)) ?? Number.NEGATIVE_INFINITY;
  }

  private awaitAnswer({ object, key, gateway, reader, monotonicMs }: Scene<Context>): Outcome<ContextFacts> {
    gateway.flows.contexts(monotonicMs - this.wroteAt(key), reader);
    const verdict = working('Applying', 'NiFi is asked whether it has the context as it was written');
    return { verdict, status: factsIn(object) };
  }

  private unanswered({ object, gateway, reader }: Scene<Context>): Outcome<ContextFacts> {
    const trouble = gateway.flows.trouble(reader);
    const status = factsIn(object);
    if (trouble !== undefined) return { verdict: verdictOfTrouble(trouble), status };
    return { verdict: working('Applying', 'NiFi is asked for its parameter contexts'), status, tentative: true };
  }

  private async apply(scene: Scene<Context>, due: Due): Promise<Outcome<ContextFacts>> {
    const { object, key, gateway, now, monotonicMs } = scene;
    const { digests, driftPeriodMs } = this.options;
    const { plan, situation, hidden, takenAtMs } = due;
    await this.keepPlace(object, due);
    await digests.writing(object, situation.stale);
    const task = await this.taskFor(scene, due);
    this.tasks.set(keyText(key), task);
    const state = gateway.run(task);
    if (state.state === 'done') {
      await digests.wrote(object, hidden);
      this.wrote.set(keyText(key), state.atMs);
      if (takenAtMs <= state.atMs) return this.awaitAnswer(scene);
      // NiFi has it otherwise although it was written: it is written once more after a period.
      if (monotonicMs - state.atMs > driftPeriodMs) this.settledAt.set(keyText(key), monotonicMs);
    }
    const isUpdate = plan.step?.kind === 'Update';
    const request = requestAfter(object.status?.lastRequest, isUpdate ? state : undefined, now);
    return {
      verdict: verdictOfTask(state, isUpdate ? changing : making),
      status: {
        ...factsIn(object),
        ...(plan.current && factsOf(plan.current)),
        ...(request && { lastRequest: request }),
      },
      ...(state.state === 'done' && { againMs: driftPeriodMs }),
    };
  }

  /** Of a context that is not ours yet nothing is kept: the request that takes it over writes the line. */
  private async keepPlace(object: Context, { wish, plan: { current }, situation: { place } }: Due): Promise<void> {
    if (current === undefined || !(place?.id === current.id || isMarkedFor(current.description, wish.owner))) return;
    const sets = new Set([...onceSet(current, wish.owner, place), ...wish.parameters.keys()]);
    await this.options.digests.keepPlace(object, { id: current.id, sets: [...sets] });
  }

  private async taskFor({ object, key, reader }: Scene<Context>, { wish, plan, situation }: Due): Promise<GatewayTask> {
    const change = plan.step?.kind === 'Update' ? plan.step.change : undefined;
    // What is removed to be written anew makes the next update another one.
    const first = change?.remove.filter((name) => wish.parameters.has(name)) ?? [];
    const { name, description, parameters, adopt } = wish;
    const text = JSON.stringify([name, description, adopt, [...parameters], situation.inherited, first]);
    const sealed = await this.options.digests.seal(object, text);
    const seal = `${sealed} ${this.settledAt.get(keyText(key)) ?? ''}`;
    const work = { wish, situation, seal, reader };
    return plan.current === undefined ? createContext(work) : updateContext(plan.current.id, work);
  }

  private async settled(
    { object, key, gateway, now, monotonicMs }: Scene<Context>,
    wish: ContextWish,
    { current }: ContextPlan<ParameterContext>,
  ): Promise<Outcome<ContextFacts>> {
    if (current === undefined) throw new TypeError('a context that is settled exists');
    const last = this.tasks.get(keyText(key));
    const state = last && gateway.run(last);
    const request = requestAfter(object.status?.lastRequest, state, now);
    const status = { ...factsOf(current), ...(request && { lastRequest: request }) };
    if (state?.state === 'running') return { verdict: verdictOfTask(state, changing), status };
    await this.options.digests.keepPlace(object, { id: current.id, sets: [...wish.parameters.keys()] });
    this.tasks.delete(keyText(key));
    this.settledAt.set(keyText(key), monotonicMs);
    return { verdict: readiness, status };
  }
}

const making = working('Applying', 'the context is being made in NiFi');
const changing = working('Applying', 'the context is being changed in NiFi, and what uses it is stopped and started');

interface Due {
  readonly wish: ContextWish;
  readonly plan: ContextPlan<ParameterContext>;
  readonly situation: ContextSituation<ParameterContext>;
  readonly hidden: ReadonlyMap<string, string>;
  readonly takenAtMs: number;
}
