// Plays a recorded session against the stand-in: the same calls by the same clients, and the same things done to processes.
// Addresses 127.0.0.2 to .4 of the record are nodes 0 to 2 of the fixture. A call that the record repeated until something was
// so is repeated here too; states must be seen in the recorded order.

import assert from 'node:assert/strict';
import { roles } from '../cluster/leaders.ts';
import type { NodeProcess } from '../node-process.ts';
import { compareJson, compareText, type Names } from './compare.ts';
import { type ClientAnswer, eventually, type Fixture, hostOf, type NodeOptions, type StartedNode } from './fixture.ts';
import { isPlayed, type RecordedCall, type RecordedLine, type RecordedStates } from './transcripts.ts';

export interface ReplayResult {
  readonly recorded: number;
  readonly replayed: number;
}

export interface ReplayOptions {
  readonly fixture: Fixture;
  readonly nodes: StartedNode[];
  readonly nodeOptions: NodeOptions;
  readonly names: Names;
  /** Headers, host and form of a call, where the record does not have them. */
  readonly dress?: (call: RecordedCall) => Dress;
  /** Makes a recorded body this run's own, beyond its ids. */
  readonly rewrite?: (text: string) => string;
  /** Carries out what the recorder asked of a registry. */
  readonly registry?: (call: RecordedCall) => unknown;
  /** What the recorder did to processes at this event. */
  readonly act?: (event: string, replayer: Replayer) => Promise<void>;
  readonly answered?: (call: RecordedCall, answer: ClientAnswer) => void;
}

export interface Dress {
  readonly headers?: Record<string, string>;
  readonly host?: string;
  readonly form?: string;
}

export class Replayer {
  private readonly options: ReplayOptions;

  constructor(options: ReplayOptions) {
    this.options = options;
  }

  async replay(lines: readonly RecordedLine[]): Promise<ReplayResult> {
    const calls = lines.filter((line) => line.kind === 'call');
    this.learnNodes(calls);
    let replayed = 0;
    for (const line of lines) {
      if (line.kind === 'event') await this.options.act?.(line.text, this);
      else if (line.kind === 'states') await this.awaitStates(line);
      else if (isPlayed(line)) {
        await this.call(line);
        replayed += 1;
      }
    }
    return { recorded: calls.length, replayed };
  }

  /** What the record calls so is this here. */
  learn(recorded: string, live: string): void {
    this.options.names.learn(recorded, live);
  }

  node(address: string): StartedNode {
    const node = this.options.nodes[indexOf(address)];
    if (!node) throw new Error(`The record names a node ${address} that the fixture does not have`);
    return node;
  }

  async stopNode(address: string): Promise<void> {
    await this.node(address).running.stop(30);
  }

  killNode(address: string): void {
    this.node(address).running.kill();
  }

  /** Who takes an office is chance; in the record it was this node. */
  appoint(address: string): void {
    const process = this.node(address).running as NodeProcess;
    for (const role of roles) process.cluster?.leaders.appoint(role, process);
  }

  /** As `nifi.sh decommission` does, through the management server. */
  decommission(address: string): void {
    const process = this.node(address).running as NodeProcess;
    assert.equal(process.management('DELETE', '/health/cluster').status, 202);
  }

  async startNode(address: string): Promise<void> {
    const index = indexOf(address);
    const options = { ...this.options.nodeOptions, commonName: `nifi-${index + 1}` };
    this.options.nodes[index] = await this.options.fixture.start(index, options);
  }

  private async call(call: RecordedCall): Promise<void> {
    const where = `${call.note} ${call.method} ${call.path}`;
    if (call.node === 'REGISTRY') {
      compareJson(call.response, this.options.registry?.(call), this.options.names);
      return;
    }
    if (/^(?:http:|\/(?!nifi-api))/.test(call.path)) {
      await this.manage(call);
      return;
    }
    if (call.status === -1) {
      await assert.rejects(this.ask(call), /certificate required|ECONNRESET|socket hang up/i, where);
      return;
    }
    const attempt = async () => {
      const answer = await this.ask(call);
      assert.equal(answer.status, call.status, `${where}: ${answer.text.slice(0, 300)}`);
      if (typeof call.response === 'string') compareText(call.response, answer.text);
      else compareJson(call.response, answer.json, this.options.names);
      this.options.answered?.(call, answer);
    };
    if (call.method === 'GET') await retried(attempt, where);
    else {
      if (/on disconnected node WITHOUT/.test(call.note)) await this.noticed(call.node);
      await this.coordinated();
      if (call.status < 300 && !call.path.startsWith('/nifi-api/controller/cluster/')) await this.calm();
      await attempt();
    }
  }

  /** By the time of this change the node itself had noticed that it was disconnected. */
  private async noticed(address: string): Promise<void> {
    const process = this.node(address).running as NodeProcess;
    await eventually(() => process.connection !== 'CONNECTED', 'the node notices that it is disconnected');
  }

  /** The recorder's changes came when a coordinator was in office again. */
  private async coordinated(): Promise<void> {
    const cluster = (this.options.nodes[0]?.running as NodeProcess | undefined)?.cluster;
    if (!cluster) return;
    const inOffice = () => cluster.table.get(cluster.leaders.coordinator?.nodeId ?? '')?.state === 'CONNECTED';
    await eventually(inOffice, 'a coordinator is in office');
  }

  /** A change of the flow that was taken came while no node was on its way into the cluster; here one may be late with its heartbeat. */
  private async calm(): Promise<void> {
    const cluster = (this.options.nodes[0]?.running as NodeProcess | undefined)?.cluster;
    await eventually(() => (cluster?.table.inState('CONNECTING') ?? []).length === 0, 'no node is connecting');
  }

  private async ask(call: RecordedCall): Promise<ClientAnswer> {
    const { names, fixture, dress, rewrite = (text: string) => text } = this.options;
    const index = indexOf(call.node);
    const form = typeof call.request === 'string' ? call.request : undefined;
    const json =
      form === undefined && call.request !== undefined
        ? (JSON.parse(rewrite(names.translate(JSON.stringify(call.request)))) as unknown)
        : undefined;
    return fixture.ask(index, {
      method: call.method,
      path: names.translate(call.path).replace('?q=127', '?q=contract'),
      client: call.client,
      ...(form === undefined ? {} : { form }),
      ...(json === undefined ? {} : { json }),
      ...dress?.(call),
    });
  }

  private async manage(call: RecordedCall): Promise<void> {
    const address = /http:\/\/([\d.]+):/.exec(call.path)?.[1] ?? '127.0.0.2';
    const process = this.node(address).running as NodeProcess;
    await retried(async () => {
      const answer = process.management(call.method, call.path.replace(/^http:\/\/[^/]+/, ''));
      assert.equal(answer.status, call.status);
      if (typeof call.response === 'string' && !call.response.startsWith('{')) compareText(call.response, answer.body);
    }, call.path);
  }

  private async awaitStates({ seenFrom, nodes }: RecordedStates): Promise<void> {
    for (const [address, state] of Object.entries(nodes)) {
      const process = this.options.nodes[indexOf(address)]?.running as NodeProcess | undefined;
      if (state === 'CONNECTING' && process?.phase === 'gone') await this.startNode(address);
    }
    const error = nodes['_'];
    const states = Object.entries(nodes).map(
      ([address, state]) => `${hostOf(indexOf(address))} ${state.replace(/\*?P?$/, '')}`,
    );
    await eventually(
      async () => {
        const answer = await this.options.fixture.ask(indexOf(seenFrom), {
          path: '/nifi-api/controller/cluster',
          client: 'admin',
        });
        if (error !== undefined) return error.startsWith(`${answer.status} ${answer.text.slice(0, 20)}`);
        return answer.status === 200 && sameSet(statesOf(answer), states);
      },
      `nodes are ${JSON.stringify(nodes)}`,
    );
  }

  /** The record refers to node ids before it has shown them; addresses say which node is meant. */
  learnNodes(lines: readonly RecordedLine[]): void {
    const calls = lines.filter((line) => line.kind === 'call');
    const seen = calls.flatMap((call) => [
      ...JSON.stringify(call.response ?? '').matchAll(/"nodeId":"([^"]+)","address":"([\d.]+)"/g),
    ]);
    for (const [, id = '', address = ''] of seen) {
      const live = this.options.nodes[indexOf(address)]?.running as NodeProcess | undefined;
      if (live?.nodeId) this.options.names.learn(id, live.nodeId);
    }
  }
}

function statesOf(answer: ClientAnswer): readonly string[] {
  const cluster = answer.json?.['cluster'] as { nodes: readonly { address: string; status: string }[] } | undefined;
  return (cluster?.nodes ?? []).map((node) => `${node.address} ${node.status}`);
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}

function indexOf(address: string): number {
  return address.startsWith('127.0.0.') ? Number(address.slice('127.0.0.'.length)) - 2 : 0;
}

/**
 * Things that NiFi does in the background may take a moment, on a busy machine seconds; what stays different fails with
 * the last difference.
 */
async function retried(attempt: () => Promise<void>, what: string): Promise<void> {
  const end = performance.now() + 15_000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (performance.now() > end) throw new Error(what, { cause: error });
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
