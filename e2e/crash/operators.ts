// The operators of one namespace, one after another: each is a real process behind a proxy of its own, and is killed at a
// write. The write at which it dies has been carried out and its answer is held back until the process is gone, so the next
// one cannot know whether it was. What else was under way at that moment goes on, as it would in a cluster.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultProxy, type ProxiedRequest, startKubeconfigProxy } from '../controlplane/faultproxy.ts';
import type { Lab } from '../lab/lab.ts';
import { type OperatorProcess, spawnOperator } from '../lab/operator.ts';
import type { LoggedRequest } from '../nifi/request-log.ts';
import { isTold, kubernetesWrite, nifiWrite, type Write, WriteCounter, withoutIds } from './writes.ts';

/** A write as whoever decides on a kill sees it. */
export interface SeenWrite extends Write {
  /** Its place among the writes of its process that are not told writes; from 1. */
  readonly nthOfProcess: number;
}

export interface Kill {
  readonly at: (write: SeenWrite) => boolean;
  /** The operator hears the answer before it dies. */
  readonly heard?: boolean;
  /** Also before the kills that come before it in the list. */
  readonly anyTime?: boolean;
}

const hearingMs = 5;
/** A second is a long time for an operator that has work to do: its status is written at most once in one. */
const settleMs = 2_500;
const settleRounds = 10;
const quietMs = 2_500;

interface Generation {
  readonly proxy: FaultProxy;
  readonly process: OperatorProcess;
  counter: WriteCounter;
  /** Reads of policies and settings that NiFi has answered. */
  readonly looked: Set<string>;
  /** Writes to Kubernetes that were sent and not answered before it began to die. */
  readonly underWay: Set<ProxiedRequest>;
  dying: boolean;
}

export class Operators {
  /** In the order in which they were carried out, by whichever process. */
  readonly writes: Write[] = [];
  /** Writes at which a process was killed. */
  readonly killedAt: Write[] = [];
  private readonly lab: Lab;
  private readonly namespace: string;
  private readonly program: string;
  private kills: Kill[] = [];
  private readonly generations: Generation[] = [];
  private stopped = false;

  constructor(lab: Lab, namespace: string, program: string) {
    this.lab = lab;
    this.namespace = namespace;
    this.program = program;
  }

  /** From now on writes are counted anew, and these kills happen, one after another. */
  arm(kills: readonly Kill[]): void {
    this.kills = [...kills];
    this.writes.length = 0;
    for (const generation of this.generations) generation.counter = new WriteCounter();
  }

  async start(): Promise<void> {
    const current: { generation?: Generation } = {};
    const proxy = await startKubeconfigProxy(this.lab.controlPlane.kubeconfig, {
      onRequest: (request) => {
        if (request.method !== 'GET') current.generation?.underWay.add(request);
      },
      onAnswer: async (request, status) => {
        if (current.generation?.dying === false) current.generation.underWay.delete(request);
        const what = status < 300 ? kubernetesWrite(request) : undefined;
        if (what !== undefined && current.generation !== undefined)
          await this.wrote(current.generation, 'Kubernetes', what);
      },
    });
    const process = spawnOperator(proxy.kubeconfig, ['--watch-namespaces', this.namespace], this.program);
    const sets = { looked: new Set<string>(), underWay: new Set<ProxiedRequest>() };
    current.generation = { proxy, process, counter: new WriteCounter(), ...sets, dying: false };
    this.generations.push(current.generation);
  }

  /** Kills the operator now, whatever it does. */
  async killNow(): Promise<void> {
    this.kills.shift();
    await this.end(this.last);
    await this.start();
  }

  /** How many kills are still to come. */
  get pending(): number {
    return this.kills.length;
  }

  /**
   * What processes that were being killed may have done all the same in Kubernetes: what they had under way, and what they
   * went on to. Nobody heard an answer, so it may have been carried out or not.
   */
  get lastWrites(): readonly string[] {
    const sent = this.generations.filter(({ dying }) => dying).flatMap(({ underWay }) => [...underWay]);
    return sent.flatMap((request) => kubernetesWrite(request) ?? []);
  }

  /** Policies and settings that the last process has asked for. */
  get looks(): number {
    return this.last.looked.size;
  }

  get isDying(): boolean {
    return this.last.dying;
  }

  /** A request that NiFi has carried out; its answer waits. */
  async answered(request: LoggedRequest): Promise<void> {
    const generation = this.generations.at(-1);
    if (generation === undefined) return;
    const what = nifiWrite(request);
    // That there is no policy yet is an answer as well.
    if (what === undefined && [200, 404].includes(request.status)) look(generation, request.path);
    if (what !== undefined && request.status < 300) await this.wrote(generation, 'NiFi', what);
  }

  /** Ends the last process; `gracefully` for one that should leave in order. */
  async stop(gracefully: boolean): Promise<void> {
    this.stopped = true;
    const last = this.generations.at(-1);
    if (last !== undefined) {
      last.dying = true;
      await last.process.kill(gracefully ? 'SIGTERM' : 'SIGKILL');
    }
    for (const { proxy } of this.generations) await proxy.stop();
  }

  assertAlive(): void {
    const { child, output } = this.last.process;
    assert.equal(child.exitCode, null, `an operator ended by itself: ${output.join('')}`);
  }

  /** Resolves when nothing is written any more; throws when it never ends, or begins again within seconds. */
  async quiet(): Promise<void> {
    for (let round = 0, before = -1; before !== this.writes.length; round += 1) {
      if (round > settleRounds) throw new Error(`it does not stop writing: ${JSON.stringify(this.writes.slice(-20))}`);
      before = this.writes.length;
      await sleep(settleMs);
    }
    const before = this.writes.length;
    await sleep(quietMs);
    assert.deepEqual(this.writes.slice(before), [], 'nothing is written once all is as it should be');
    this.assertAlive();
  }

  /** For whoever must find out why it does not end. */
  report(): object {
    const output = this.generations.at(-1)?.process.output.join('').split('\n').slice(-15);
    return { killedAt: this.killedAt, writes: this.writes.length, last: this.writes.slice(-10), output };
  }

  private async wrote(generation: Generation, to: Write['to'], what: string): Promise<void> {
    const write = generation.counter.next(to, what);
    this.writes.push(write);
    const kill = this.due(write, generation);
    // What a process that is dying had under way is carried out all the same.
    if (generation.dying || kill === undefined) return;
    this.kills.splice(this.kills.indexOf(kill), 1);
    this.killedAt.push(write);
    generation.dying = true;
    const follow = async (): Promise<void> => {
      await this.end(generation);
      if (!this.stopped) await this.start();
    };
    if (kill.heard === true) void sleep(hearingMs).then(follow);
    else await follow();
  }

  /** The first kill in the list, or any other that does not mind the order. */
  private due(write: Write, { counter }: Generation): Kill | undefined {
    const seen = { ...write, nthOfProcess: counter.counted };
    return this.kills.find((kill, i) => (i === 0 || kill.anyTime === true) && kill.at(seen));
  }

  private async end(generation: Generation): Promise<void> {
    generation.dying = true;
    await generation.process.kill('SIGKILL');
  }

  private get last(): Generation {
    const generation = this.generations.at(-1);
    if (generation === undefined) throw new Error('no operator was started');
    return generation;
  }
}

function look({ looked }: Generation, path: string): void {
  const what = withoutIds(path);
  if (/^\/nifi-api\/(policies\/|controller\/config$)/u.test(what)) looked.add(what);
}

/** Kills at this write, by whichever process it is carried out. */
export function at(wanted: Write, heard = false): Kill {
  return { at: ({ to, what, nth }) => to === wanted.to && what === wanted.what && nth === wanted.nth, heard };
}

/** Kills at the process's nth write that is not a told one. */
export function atWriteOfProcess(nth: number): Kill {
  return { at: (write) => !isTold(write) && write.nthOfProcess >= nth };
}

/** Kills after each of these writes, one process after another, as often as each is among them. */
export function atEach(writes: readonly Write[]): readonly Kill[] {
  return writes.map(({ to, what }) => ({ at: (write) => write.to === to && write.what === what, anyTime: true }));
}
