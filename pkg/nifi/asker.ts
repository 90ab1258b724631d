// Decides which node a call goes to and whether it may go there at all: the breaker of each node, and moving on to the next one.
// It must never give a write to a second node when the first may have carried it out.
// Surprising: only the absence of an answer counts against a node; a NiFi that says 409 or 500, or more than is taken, is alive: one flow
// that is too large to be read must not have the node paused for everybody.

import { Breaker, type BreakerOptions } from './breaker.ts';
import { askOrder } from './choose.ts';
import type { NiFiClient } from './client.ts';
import { NiFiApiError, NiFiUnreachableError } from './errors.ts';
import type { BreakerState } from './observe.ts';
import { NoViewError } from './problem.ts';
import { TaskWaiting } from './tasks/waiting.ts';
import type { ClusterView, NodeCalls } from './types.ts';
import { connectedIn } from './view.ts';

export interface AskerOptions extends Pick<BreakerOptions, 'clock' | 'random'> {
  readonly client: NiFiClient;
  /** The last view, however old: a hint on whom to ask. */
  readonly lastView: () => ClusterView | undefined;
  readonly onBreaker: (node: number, state: BreakerState) => void;
}

/** How many nodes are asked before a round is given up. */
const NODES_PER_ROUND = 3;

export class Asker {
  private readonly options: AskerOptions;
  private readonly breakers = new Map<number, Breaker>();
  private round = 0;

  constructor(options: AskerOptions) {
    this.options = options;
  }

  /** Calls exactly this node, unless its breaker is open. */
  async ask<T>(id: number, use: (node: NodeCalls) => Promise<T>): Promise<T> {
    const node = this.options.client.on(id);
    const breaker = this.breakerOf(id);
    if (!breaker.tryAcquire()) {
      throw new NiFiUnreachableError(id, 'Paused', `Node ${id} (${node.host}) is not asked for a while`);
    }
    try {
      const answer = await use(node);
      breaker.success();
      return answer;
    } catch (error) {
      if (!(error instanceof NiFiUnreachableError) || error.reason === 'Oversized') {
        breaker.success();
      } else if (error.reason === 'Aborted' || (error.patient && error.reason === 'Timeout')) {
        breaker.allowProbe();
      } else {
        breaker.failure();
      }
      throw error;
    }
  }

  /** Calls nodes in turn until one answers, whatever they think of the cluster; throws NoViewError with all causes. */
  async askInTurn<T>(use: (id: number) => Promise<T>): Promise<T> {
    const causes: unknown[] = [];
    const ids = this.order().slice(0, NODES_PER_ROUND);
    this.round += 1;
    for (const id of ids) {
      try {
        return await use(id);
      } catch (error) {
        causes.push(error);
      }
    }
    throw new NoViewError(causes);
  }

  /** Calls a node that is CONNECTED in the view, and the next one only when the call was certainly not carried out. */
  async askConnected<T>(
    view: ClusterView,
    use: (node: NodeCalls) => Promise<T>,
    options: { readonly signal: AbortSignal; readonly except?: number },
  ): Promise<T> {
    const connected = new Set(connectedIn(view));
    const ids = this.order().filter((id) => id !== options.except && connected.has(id));
    let last: unknown = new TaskWaiting('no other connected node can be asked');
    for (const id of ids.slice(0, NODES_PER_ROUND)) {
      options.signal.throwIfAborted();
      try {
        return await this.ask(id, use);
      } catch (error) {
        if (!canMoveOn(error)) {
          throw error;
        }
        last = error;
      }
    }
    throw last;
  }

  /** A new Pod starts with a clean record. */
  forget(id: number): void {
    this.breakers.delete(id);
  }

  /** Something changed that may have mended the node. */
  allowProbe(id: number): void {
    this.breakers.get(id)?.allowProbe();
  }

  private order(): readonly number[] {
    const { client, lastView } = this.options;
    const paused = (id: number): boolean => this.breakerOf(id).retryAtMs !== undefined;
    const ids = askOrder({ nodes: client.nodes, view: lastView(), paused, round: this.round });
    const [only, ...more] = ids;
    if (only !== undefined && more.length === 0) {
      this.breakerOf(only).allowProbe();
    }
    return ids;
  }

  private breakerOf(id: number): Breaker {
    let breaker = this.breakers.get(id);
    if (breaker === undefined) {
      const { clock, random, onBreaker } = this.options;
      const onChange = (state: BreakerState): void => onBreaker(id, state);
      breaker = new Breaker({ clock, random, threshold: 3, firstPauseMs: 5_000, maxPauseMs: 60_000, onChange });
      this.breakers.set(id, breaker);
    }
    return breaker;
  }
}

/** Whether another node may be asked: this one cannot serve the call, and has certainly not carried out a write. */
function canMoveOn(error: unknown): boolean {
  return error instanceof NiFiUnreachableError
    ? !error.mayHaveHappened
    : error instanceof NiFiApiError && error.kind === 'NotConnected';
}
