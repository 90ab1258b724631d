// One bring-up of a cluster in a namespace of its own, by operators that are killed on the way. Every operator is a real
// process behind a proxy of its own: the write at which it dies has been carried out and its answer is held back until
// the process is gone, so the next one cannot know whether it was. What else was under way at that moment goes on, as it
// would in a cluster.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { pods } from '../../pkg/kube/resources.ts';
import { type FaultProxy, startKubeconfigProxy } from '../controlplane/faultproxy.ts';
import { aNamespace, type ClusterHandle } from '../lab/cluster.ts';
import type { Lab } from '../lab/lab.ts';
import { type OperatorProcess, spawnOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';
import type { LoggedRequest } from '../nifi/request-log.ts';
import { isTold, kubernetesWrite, nifiWrite, type Write, WriteCounter, withoutIds } from './writes.ts';

export const clusterName = 'prod';

/** A write as a bring-up sees it. */
export interface SeenWrite extends Write {
  /** Its place among the writes of its process that are not told writes; from 1. */
  readonly nthOfProcess: number;
}

export interface Kill {
  readonly at: (write: SeenWrite) => boolean;
  /** The operator hears the answer before it dies. */
  readonly heard?: boolean;
}

/** A second is a long time for an operator that has work to do: its status is written at most once in one. */
const settleMs = 2_500;
const settleRounds = 10;
const quietMs = 2_500;
const hearingMs = 5;
/** For a machine that has other things to do as well. */
const patient = { timeoutMs: 120_000 };

/** How far a bring-up has come in NiFi. */
export interface Progress {
  /** Policies and settings that the last process has asked for. */
  readonly looks: number;
  readonly policies: number;
}

interface Generation {
  readonly proxy: FaultProxy;
  readonly process: OperatorProcess;
  readonly counter: WriteCounter;
  /** Reads of policies and settings that NiFi has answered. */
  readonly looked: Set<string>;
  dying: boolean;
}

export class BringUp {
  readonly namespace: string;
  /** In the order in which they were carried out, by whichever process. */
  readonly writes: Write[] = [];
  /** Writes at which a process was killed. */
  readonly killedAt: Write[] = [];
  private readonly lab: Lab;
  private readonly kills: Kill[];
  private readonly generations: Generation[] = [];
  private cluster: ClusterHandle | undefined;
  private ready = false;

  constructor(lab: Lab, namespace: string, kills: readonly Kill[] = []) {
    this.lab = lab;
    this.namespace = namespace;
    this.kills = [...kills];
  }

  /** Creates the cluster, and a process to bring it up. */
  async start(spec: NiFiClusterSpec): Promise<void> {
    const namespace = await aNamespace(this.lab, this.namespace);
    this.cluster = await namespace.create(clusterName, spec);
    await this.nextGeneration();
  }

  /**
   * Resolves when the cluster is Ready, NiFi has what it was to be given, the last process has seen so, and nothing is
   * written any more for seconds. Throws when anything is.
   */
  async converged(expected: Progress): Promise<void> {
    await until(`${this.namespace}/${clusterName} is Ready`, () => this.isReady(), {
      ...patient,
      everyMs: 100,
      describe: () => this.report(),
    });
    await until(
      'the last process has looked at NiFi',
      () => {
        this.assertAlive();
        const { looks, policies } = this.progress;
        return !this.last().dying && looks >= expected.looks && policies >= expected.policies;
      },
      { ...patient, describe: () => this.report() },
    );
    await this.settled();
    const before = this.writes.length;
    await sleep(quietMs);
    assert.deepEqual(this.writes.slice(before), [], 'nothing is written once the cluster has converged');
    this.assertAlive();
  }

  /** Kills the operator now, whatever it does. */
  async killNow(): Promise<void> {
    this.kills.shift();
    await this.end(this.last());
    await this.nextGeneration();
  }

  /** How many kills are still to come. */
  get pending(): number {
    return this.kills.length;
  }

  get progress(): Progress {
    const policies = this.ready
      ? (this.lab.nifi.cluster(`${this.namespace}/${clusterName}`).state?.policies.size ?? 0)
      : 0;
    return { looks: this.last().looked.size, policies };
  }

  /** A request that NiFi has carried out; its answer waits. */
  async answered(request: LoggedRequest): Promise<void> {
    const generation = this.generations.at(-1);
    if (generation === undefined) return;
    const what = nifiWrite(request);
    // That there is no policy yet is an answer as well.
    if (what === undefined && [200, 404].includes(request.status)) this.look(generation, request.path);
    if (what !== undefined && request.status < 300) await this.wrote(generation, 'NiFi', what);
  }

  /** Ends the last process (`gracefully` for one that should leave in order) and the nodes. */
  async stop({ gracefully = false } = {}): Promise<void> {
    const last = this.generations.at(-1);
    if (last !== undefined) {
      last.dying = true;
      await last.process.kill(gracefully ? 'SIGTERM' : 'SIGKILL');
    }
    for (const { proxy } of this.generations) await proxy.stop();
    await this.removePods();
  }

  /** With their grace, since NiFi still gives its Leases back, and everything else stays: nobody would miss it. */
  private async removePods(): Promise<void> {
    const { client, nifi } = this.lab;
    const { items } = await client.list(pods, { namespace: this.namespace });
    for (const { metadata } of items) await client.delete(pods, { namespace: this.namespace, name: metadata.name });
    await until(
      'no NiFi runs any more',
      () => nifi.nodes().every(({ namespace }) => namespace !== this.namespace),
      patient,
    );
  }

  private async nextGeneration(): Promise<void> {
    const current: { generation?: Generation } = {};
    const proxy = await startKubeconfigProxy(this.lab.controlPlane.kubeconfig, {
      onAnswer: async (request, status) => {
        const what = status < 300 ? kubernetesWrite(request) : undefined;
        if (what !== undefined && current.generation !== undefined)
          await this.wrote(current.generation, 'Kubernetes', what);
      },
    });
    const process = spawnOperator(proxy.kubeconfig, ['--watch-namespaces', this.namespace]);
    const counter = new WriteCounter();
    current.generation = { proxy, process, counter, looked: new Set(), dying: false };
    this.generations.push(current.generation);
  }

  private async wrote(generation: Generation, to: Write['to'], what: string): Promise<void> {
    const write = generation.counter.next(to, what);
    this.writes.push(write);
    const kill = this.kills[0];
    // What a process that is dying had under way is carried out all the same.
    if (generation.dying || kill?.at({ ...write, nthOfProcess: generation.counter.counted }) !== true) return;
    this.kills.shift();
    this.killedAt.push(write);
    generation.dying = true;
    const follow = async (): Promise<void> => {
      await this.end(generation);
      await this.nextGeneration();
    };
    if (kill.heard === true) void sleep(hearingMs).then(follow);
    else await follow();
  }

  private async end(generation: Generation): Promise<void> {
    generation.dying = true;
    await generation.process.kill('SIGKILL');
  }

  private async isReady(): Promise<boolean> {
    this.assertAlive();
    const { metadata, status } = (await this.cluster?.get()) ?? {};
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    this.ready = ready?.status === 'True' && status?.observedGeneration === metadata?.generation;
    return this.ready;
  }

  private assertAlive(): void {
    const { child, output } = this.last().process;
    assert.equal(child.exitCode, null, `an operator ended by itself: ${output.join('')}`);
  }

  private look(generation: Generation, path: string): void {
    const what = withoutIds(path);
    if (/^\/nifi-api\/(policies\/|controller\/config$)/u.test(what)) generation.looked.add(what);
  }

  private async settled(): Promise<void> {
    for (let round = 0; round < settleRounds; round += 1) {
      const before = this.writes.length;
      await sleep(settleMs);
      if (this.writes.length === before) return;
    }
    throw new Error(`it does not stop writing: ${JSON.stringify(this.writes.slice(-20))}`);
  }

  private last(): Generation {
    const generation = this.generations.at(-1);
    if (generation === undefined) throw new Error('no operator was started');
    return generation;
  }

  /** For whoever must find out why it does not converge. */
  private async report(): Promise<unknown> {
    const status = (await this.cluster?.get())?.status;
    const output = this.generations.at(-1)?.process.output.join('').split('\n').slice(-15);
    return { status, killedAt: this.killedAt, writes: this.writes.length, progress: this.progress, output };
  }
}

/** Kills at this write, by whichever process it is carried out. */
export function at(wanted: Write, heard = false): Kill {
  return { at: ({ to, what, nth }) => to === wanted.to && what === wanted.what && nth === wanted.nth, heard };
}

/** Kills at the process's nth write that is not a told one. */
export function atWriteOfProcess(nth: number): Kill {
  return { at: (write) => !isTold(write) && write.nthOfProcess >= nth };
}
