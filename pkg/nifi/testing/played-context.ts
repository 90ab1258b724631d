// For tests: what a task is given, on top of a function that plays all nodes, with the clock in the test's hand.

import { FakeClock, settle, sleep } from '../../kube/clock.ts';
import { NiFiApiError, NiFiUnreachableError } from '../errors.ts';
import type { CallRequest, ClusterView, GatewayTask, NodeCalls, NodeConnection, TaskContext } from '../types.ts';

export type Play = (node: number, call: CallRequest) => unknown;

export interface PlayedContext {
  readonly context: TaskContext;
  readonly clock: FakeClock;
  /** `<node> METHOD path` of each call, the ids filled in. */
  readonly log: string[];
  readonly abort: AbortController;
  readonly closing: AbortController;
  /** Runs a task, with time going on by itself, until it ends; never fails. */
  readonly end: (
    task: GatewayTask,
    withinMs?: number,
  ) => Promise<{ readonly result?: string; readonly error?: unknown }>;
}

export interface PlayedContextOptions {
  readonly play: Play;
  /** Of node 0, 1 …; two connected nodes when absent. */
  readonly states?: readonly NodeConnection[];
  /** Whom `call` asks. */
  readonly asked?: () => number;
}

export function playContext(options: PlayedContextOptions): PlayedContext {
  const clock = new FakeClock();
  const log: string[] = [];
  const abort = new AbortController();
  const closing = new AbortController();
  const node = (id: number): NodeCalls => ({
    id,
    host: `c-${id}`,
    port: 8443,
    request: async (call) => {
      const path = call.path.replaceAll(/\{(\w+)\}/gu, (_all, name: string) => call.params?.[name] ?? '');
      log.push(`${id} ${call.method} ${path}`);
      return options.play(id, { ...call, path });
    },
  });
  const view = viewOf(options.states ?? ['CONNECTED', 'CONNECTED']);
  const context: TaskContext = {
    transport: 'TLS',
    signal: abort.signal,
    nowMs: () => clock.monotonicMs(),
    freshView: async () => view,
    recentView: async () => view,
    lookAgain: () => undefined,
    pause: async (ms) => {
      await sleep(clock, ms, closing.signal);
      if (closing.signal.aborted) {
        throw new NiFiUnreachableError(-1, 'Aborted', 'closed');
      }
    },
    call: async (use) => await use(node(options.asked?.() ?? 0)),
    callOn: async (id, use) => await use(node(id)),
    finishOn: async (id, use) => await use(node(id)),
  };
  const end: PlayedContext['end'] = async (task, withinMs = 3_600_000) => {
    const outcomes: { readonly result?: string; readonly error?: unknown }[] = [];
    task.run(context).then(
      (result) => outcomes.push(result === undefined ? {} : { result }),
      (error: unknown) => outcomes.push({ error }),
    );
    const endMs = clock.monotonicMs() + withinMs;
    await settle();
    while (outcomes.length === 0 && clock.monotonicMs() < endMs) {
      await clock.advance(100);
    }
    return outcomes[0] ?? { error: new Error('The task did not end') };
  };
  return { context, clock, log, abort, closing, end };
}

export function refuse(status: number, text: string): never {
  throw new NiFiApiError({ status, method: 'POST', path: '/x', text });
}

function viewOf(states: readonly NodeConnection[]): ClusterView {
  const nodes = states.map((status, id) => ({
    id,
    nodeId: `uuid-${id}`,
    address: `c-${id}`,
    apiPort: 8443,
    status,
    sinceMs: 0,
    roles: [],
    events: [],
  }));
  return { takenAtMs: 0, takenFrom: 0, nodes };
}
