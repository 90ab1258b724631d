// The NiFiRegistryClient in the common reconcile: what it refers to, what holds its deletion, and its step in NiFi.
// Whether there is anything to do is seen in the list of clients that the gateway reads once for everybody; only then a task runs.

import { decodeNiFiRegistryClient, nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import type { DefaultedNiFiRegistryClient } from '../../api/v1/zz_generated.nifiregistryclient.ts';
import { keyText, type ObjectKey } from '../../pkg/kube/types.ts';
import type { RegistryClient } from '../../pkg/nifi/endpoints/registry-clients.ts';
import type { DigestKeeper } from '../nifi/digests.ts';
import type { DataflowKind, Outcome, Scene } from '../nifi/kind.ts';
import { verdictOfTask, verdictOfTrouble } from '../nifi/task-verdict.ts';
import { stalled, type Verdict, working } from '../nifi/verdict.ts';
import type { References } from '../nificluster/references.ts';
import { applyClient, dropFormer, withdrawClient } from './apply.ts';
import type { HostLookups } from './lookups.ts';
import type { HostPolicy } from './plan/hosts.ts';
import { type ClientPlan, type ClientWish, hiddenOf, planClient } from './plan/plan.ts';
import { type ClientFacts, factsIn, factsOf, nameConflict, readiness } from './status.ts';
import { nameObstacle, referencesOf, validate } from './validate.ts';

type Client = DefaultedNiFiRegistryClient;

export interface RegistryClientOptions {
  readonly digests: DigestKeeper;
  readonly hosts: HostPolicy;
  readonly lookups: Pick<HostLookups, 'addresses' | 'forget'>;
  readonly driftPeriodMs: number;
  /** Names of the dataflows of the namespace that name this client. */
  readonly usersOf: (client: ObjectKey) => readonly string[];
}

/** How often, and for how long, NiFi is asked for a client that it was just given and validates. */
const validatingMs = 1_000;
const validatingForMs = 60_000;

export class RegistryClientWork implements DataflowKind<Client, ClientFacts> {
  readonly type = nifiRegistryClientType;
  readonly decode = decodeNiFiRegistryClient;
  readonly referencesOf = referencesOf;
  private readonly options: RegistryClientOptions;
  /** When each client was last as it should be, monotonic: a difference after that is a new one and is mended anew. */
  private readonly settledAt = new Map<string, number>();
  /** When NiFi was last written to for each, monotonic: what it said before is not about that. */
  private readonly wrote = new Map<string, number>();

  constructor(options: RegistryClientOptions) {
    this.options = options;
  }

  clusterOf({ spec }: Client): string {
    return spec.clusterRef.name;
  }

  obstacleTo(object: Client, references: References): Verdict | undefined {
    const validated = validate(object, references, this.options.hosts);
    return validated.ok ? undefined : validated.obstacle;
  }

  heldBy({ metadata }: Client): Verdict | undefined {
    const users = this.options.usersOf({ namespace: metadata.namespace ?? '', name: metadata.name });
    if (users.length === 0) return undefined;
    return stalled(
      'InUse',
      `the deletion waits for what uses this client: NiFiDataflow ${users.toSorted().join(', ')}`,
    );
  }

  async bring(scene: Scene<Client>): Promise<Outcome<ClientFacts>> {
    const { object, key, gateway, reader, references } = scene;
    const validated = validate(object, references, this.options.hosts);
    if (!validated.ok) return { verdict: validated.obstacle, status: factsIn(object) };
    const elsewhere = this.unreachable(scene, validated.wish);
    if (elsewhere !== undefined) return elsewhere;
    const answer = gateway.flows.clients(Number.POSITIVE_INFINITY, reader);
    if (answer === undefined) return this.unanswered(scene);
    if (answer.takenAtMs <= this.wroteAt(key)) return this.awaitAnswer(scene);
    const { wish } = validated;
    const hidden = hiddenValues(wish, planClient(wish, answer.clients, new Set()).current);
    const stale = hidden.size === 0 ? new Set<string>() : await this.options.digests.stale(object, hidden);
    const plan = planClient(wish, answer.clients, stale);
    if (plan.nameTakenBy !== undefined)
      return { verdict: nameConflict(wish, plan.nameTakenBy), status: factsIn(object) };
    const due = plan.steps.filter(({ kind }) => kind !== 'DeleteFormer');
    if (due.length > 0) return this.apply(scene, { wish, plan, stale, hidden, takenAtMs: answer.takenAtMs });
    return this.settled(scene, wish, plan);
  }

  async leave({
    object,
    gateway,
    reader,
  }: Omit<Scene<Client>, 'references'>): Promise<Outcome<ClientFacts> | undefined> {
    const { metadata } = object;
    const owner = { kind: reader.kind, namespace: reader.namespace, name: reader.name };
    const state = gateway.run(withdrawClient(owner, metadata.uid ?? '', reader));
    if (state.state === 'done') {
      // What was read before shows it still, to whoever asks for its name next.
      gateway.flows.clients(0, reader);
      return undefined;
    }
    return {
      verdict: verdictOfTask(state, working('Withdrawing', 'the client is being taken out of NiFi')),
      status: factsIn(object),
    };
  }

  forget(key: ObjectKey, uid: string | undefined): void {
    this.settledAt.delete(keyText(key));
    this.wrote.delete(keyText(key));
    this.options.lookups.forget(key);
    this.options.digests.forget(uid);
  }

  /** Names may lead elsewhere at any time, so this is looked at again. */
  private unreachable({ object, key }: Scene<Client>, wish: ClientWish): Outcome<ClientFacts> | undefined {
    const { hosts: policy, lookups, driftPeriodMs } = this.options;
    const addressesOf = (names: readonly string[]) => lookups.addresses(names, key);
    const obstacle = nameObstacle(object, wish, { policy, addressesOf });
    if (obstacle === undefined) return undefined;
    const status = factsIn(object);
    if (obstacle !== 'unknown') return { verdict: obstacle, status, againMs: driftPeriodMs };
    return { verdict: working('Applying', 'the hosts of the properties are being looked up'), status, tentative: true };
  }

  private wroteAt(key: ObjectKey): number {
    return this.wrote.get(keyText(key)) ?? Number.NEGATIVE_INFINITY;
  }

  private awaitAnswer({ object, key, gateway, reader, monotonicMs }: Scene<Client>): Outcome<ClientFacts> {
    gateway.flows.clients(monotonicMs - this.wroteAt(key), reader);
    const verdict = working('Applying', 'NiFi is asked whether it has the client as it was written');
    return { verdict, status: factsIn(object) };
  }

  private unanswered({ object, gateway, reader }: Scene<Client>): Outcome<ClientFacts> {
    const trouble = gateway.flows.trouble(reader);
    const status = factsIn(object);
    if (trouble !== undefined) return { verdict: verdictOfTrouble(trouble), status };
    return { verdict: working('Applying', 'NiFi is asked for its registry clients'), status, tentative: true };
  }

  private async apply(
    scene: Scene<Client>,
    { wish, plan, stale, hidden, takenAtMs }: Due,
  ): Promise<Outcome<ClientFacts>> {
    const { object, key, gateway, reader, monotonicMs } = scene;
    const { digests, driftPeriodMs } = this.options;
    await digests.writing(object, stale);
    const { name, className, description, properties } = wish;
    const sealed = await digests.seal(object, JSON.stringify([name, className, description, [...properties]]));
    const seal = `${sealed} ${this.settledAt.get(keyText(key)) ?? ''}`;
    const state = gateway.run(applyClient({ wish, stale, seal, reader }));
    if (state.state === 'done') {
      await digests.wrote(object, hidden);
      this.wrote.set(keyText(key), state.atMs);
      if (takenAtMs <= state.atMs) return this.awaitAnswer(scene);
      // NiFi has it otherwise although it was written: it is written once more after a period.
      if (monotonicMs - state.atMs > driftPeriodMs) this.settledAt.set(keyText(key), monotonicMs);
    }
    const doing = plan.current ? 'changed' : 'made';
    return {
      verdict: verdictOfTask(state, working('Applying', `the client is being ${doing} in NiFi`)),
      status: { ...factsIn(object), ...(plan.current && factsOf(plan.current)) },
      ...(state.state === 'done' && { againMs: driftPeriodMs }),
    };
  }

  private settled(
    { key, gateway, reader, monotonicMs }: Scene<Client>,
    wish: ClientWish,
    { current, steps }: ClientPlan<RegistryClient>,
  ): Outcome<ClientFacts> {
    this.settledAt.set(keyText(key), monotonicMs);
    const former = steps.flatMap((step) => (step.kind === 'DeleteFormer' ? [step.id] : []));
    if (former.length > 0) gateway.run(dropFormer(wish.owner, former, { reader, everyMs: this.options.driftPeriodMs }));
    if (current === undefined) throw new TypeError('a client that is settled exists');
    const status = factsOf(current);
    if (current.validationStatus === 'VALIDATING') {
      const isNew = monotonicMs - this.wroteAt(key) < validatingForMs;
      if (isNew) gateway.flows.clients(validatingMs, reader);
      const againMs = isNew ? validatingMs : this.options.driftPeriodMs;
      return { verdict: working('Applying', 'NiFi is validating the client'), status, againMs };
    }
    return { verdict: readiness(current), status, againMs: this.options.driftPeriodMs };
  }
}

interface Due {
  readonly wish: ClientWish;
  readonly plan: ClientPlan<RegistryClient>;
  readonly stale: ReadonlySet<string>;
  readonly hidden: ReadonlyMap<string, string>;
  readonly takenAtMs: number;
}

function hiddenValues(wish: ClientWish, current: RegistryClient | undefined): ReadonlyMap<string, string> {
  const hidden = hiddenOf(wish, current);
  return new Map([...wish.properties].filter(([name]) => hidden.has(name)));
}
