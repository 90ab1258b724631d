// A whole small world in one process: API server, kubelet, NiFi and the operator, in virtual time and from one seed.
// Tests do things to it, let time pass, and ask the oracles. Nothing here decides for the operator.
// Surprising: everything is deterministic, but only as long as nobody waits for real time or real I/O.

import { annotations } from '../../../api/v1/labels.ts';
import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster } from '../../../api/v1/zz_generated.nificluster.ts';
import { FakeClock } from '../../../pkg/kube/clock.ts';
import { ModelApi } from '../../../pkg/kube/testing/model-api.ts';
import { operatorIdentity } from '../build/config/identities.ts';
import { aCluster, type ClusterBuilder } from '../testing.ts';
import { Chaos, type WriteFault } from './chaos.ts';
import { Disks } from './disks.ts';
import { Kubelet } from './kubelet.ts';
import { canary, key } from './names.ts';
import { NiFiWorld } from './nifi.ts';
import type { Rest } from './nifi-rest.ts';
import type { Entry } from './nifi-table.ts';
import { Operator } from './operator.ts';
import { Oracles } from './oracles.ts';
import type { Random } from './random.ts';
import { SharedRenders } from './shared-renders.ts';
import { Trace } from './trace.ts';

/** A small cluster whose nodes talk plain HTTP: certificates are not what these models are about. */
export function aModelCluster(replicas = 3): ClusterBuilder {
  return aCluster()
    .withNodes(replicas)
    .withSpec({ transport: 'InsecureHTTP', sensitivePropsKey: { value: canary } });
}

export interface WorldOptions {
  readonly random: Random;
  readonly cluster?: ClusterBuilder;
  readonly faults?: ReadonlyMap<number, WriteFault>;
  /** How long the operator gathers changes before it reconciles; 50 when absent. */
  readonly paceMs?: number;
  /** Changes what the operator hears of NiFi: for planted bugs. */
  readonly bend?: (rest: Rest) => Rest;
}

export class ModelWorld {
  readonly clock = new FakeClock('2026-11-21T12:00:00.000Z');
  readonly api = new ModelApi();
  readonly disks = new Disks();
  readonly chaos: Chaos;
  readonly random: Random;
  readonly trace: Trace;
  readonly nifi: NiFiWorld;
  readonly kubelet: Kubelet;
  readonly oracles: Oracles;
  operator: Operator;
  cluster: ClusterBuilder;
  readonly former: ClusterBuilder[] = [];
  readonly wishes: Record<string, string> = {};
  /** UIDs of claims that a person deleted, with their nodes: what was on them is given up. */
  readonly deletedByPerson = new Map<string, number>();
  reconciles = 0;
  /** The node that coordinated NiFi's cluster when everything had settled. */
  coordinatorAtStart: number | undefined;
  private readonly renders = new SharedRenders();
  private readonly options: WorldOptions;

  constructor(options: WorldOptions) {
    const { random, faults, cluster = aModelCluster() } = options;
    const { clock, api, disks } = this;
    this.options = options;
    this.random = random;
    this.cluster = cluster;
    this.chaos = new Chaos(faults);
    this.trace = new Trace(clock);
    api.now = () => clock.now();
    api.lingers = ({ kind }) => kind === 'Pod' || kind === 'PersistentVolumeClaim';
    this.nifi = new NiFiWorld({
      clock,
      random,
      disks,
      believes: (process) => this.kubelet.believes(process),
      tell: (line) => this.trace.tell('nifi', line),
    });
    this.kubelet = new Kubelet({
      api,
      clock,
      random,
      nifi: this.nifi,
      destroyed: ({ metadata: { name, uid = '' } }) => {
        const lost = disks.destroy(uid, this.deletedByPerson.has(uid) ? 'person' : 'operator');
        this.trace.tell(
          'kubernetes',
          `PersistentVolumeClaim ${name} is gone${lost > 0 ? ` with ${lost} flow files` : ''}`,
        );
      },
    });
    this.oracles = new Oracles(this);
    api.changed = (change) => {
      this.trace.saw(change);
      this.kubelet.saw(change);
      this.operator.saw(change);
    };
    this.operator = this.anOperator(Number(api.resourceVersion));
  }

  /** A world in which the cluster exists and every node is connected. */
  static async settled(options: WorldOptions): Promise<ModelWorld> {
    const world = new ModelWorld({ ...options, faults: new Map() });
    await world.create();
    await world.converge(600_000);
    world.chaos.begin(options.faults ?? new Map());
    world.coordinatorAtStart = world.nifi.coordinator?.id;
    return world;
  }

  async create(): Promise<void> {
    await this.api.create(nifiClusterType, this.cluster.build());
  }

  /** The spec is another one from now on. */
  respec(cluster: ClusterBuilder): void {
    this.former.push(this.cluster);
    this.cluster = cluster;
    this.write();
  }

  /** A person writes an annotation on the cluster. */
  wish(annotation: keyof typeof annotations, value: string): void {
    this.wishes[annotations[annotation]] = value;
    this.write();
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    this.oracles.check();
  }

  /** Lets time pass until everything is as the spec says; what is missing at the end of the time is a violation. */
  async converge(withinMs: number): Promise<void> {
    const end = this.clock.monotonicMs() + withinMs;
    for (let missing = this.oracles.missing(); missing !== undefined; missing = this.oracles.missing()) {
      if (this.clock.monotonicMs() > end) return this.oracles.fail(`did not converge: ${missing}`);
      await this.pass(1_500);
    }
  }

  /** Converged means that soon nothing is written any more, to Kubernetes or NiFi, for so long; and it stays converged. */
  async rest(quietMs: number): Promise<void> {
    for (let tries = 0; tries < 5; tries += 1) {
      const before = this.chaos.writes;
      await this.pass(quietMs);
      if (this.chaos.writes === before) return this.converge(0);
    }
    this.oracles.fail(`still writes after convergence: ${this.chaos.lines.slice(-5).join('; ')}`);
  }

  /** Nothing goes wrong any more, and every person mends what they did. */
  mend(): void {
    this.chaos.end();
    this.kubelet.returnMachines();
    this.operator.caches.heal();
    for (const process of this.nifi.processes) Object.assign(process, { hung: false, blocked: false, staleMs: 0 });
  }

  /** UID of the cluster, as the API server gave it. */
  get uid(): string {
    return this.api.peek(nifiClusterType, key)?.metadata.uid ?? '';
  }

  /** The disk with the flow files of a node that runs. */
  diskOf(id: number): string {
    const process = [...this.nifi.processes].find((one) => one.id === id);
    if (process === undefined) throw new RangeError(`node ${id} does not run`);
    return process.disk;
  }

  entryOf(id: number): Entry | undefined {
    return [...this.nifi.table.entries.values()].find(({ process }) => process.id === id);
  }

  private write(): void {
    const spec = this.cluster.build().spec;
    const generation = (this.api.peek(nifiClusterType, key)?.metadata.generation ?? 0) + 1;
    this.api.replace<DefaultedNiFiCluster>(nifiClusterType, key, (object) => ({
      ...object,
      metadata: { ...object.metadata, generation, annotations: { ...this.wishes } },
      spec,
    }));
  }

  private anOperator(version: number): Operator {
    const { clock, api, random, nifi, disks, chaos, oracles, trace, renders } = this;
    const rest: Rest = { nifi, disks, clock, random, identity: operatorIdentity(key.name, key.namespace) };
    const bend = this.options.bend ?? ((unbent: Rest) => unbent);
    const operator = new Operator(
      {
        key,
        api,
        clock,
        random,
        chaos,
        renders,
        paceMs: this.options.paceMs ?? 50,
        rest: bend(rest),
        watch: (write) => {
          oracles.before(write);
          trace.wrote(write);
        },
        event: (type, reason, note) => {
          oracles.event(note);
          trace.tell('event', `${type} ${reason}: ${note}`);
        },
        crashed: () => {
          this.reconciles += operator.reconciles;
          trace.tell('operator', 'is killed');
          const behind = random.chance(0.3) ? random.between(0, 20) : 0;
          clock.setTimeout(
            () => {
              trace.tell('operator', 'starts');
              this.operator = this.anOperator(Math.max(0, Number(api.resourceVersion) - behind));
            },
            random.between(500, 4_000),
          );
        },
        broken: (error) => oracles.broken(error),
      },
      version,
    );
    return operator;
  }
}
