// One change of NiFi's flow as a background task: read the truth, decide, wait until the cluster has settled, change one thing.
// Every attempt begins with reading, so it may run as often as one likes and a crash at any line costs nothing but the reading.
// As a part of other work (`run` inside another task's attempt) its name does not count, but that of the whole: one for each object of
// Kubernetes, so that bringing and withdrawing never run at once.
// Surprising: a change whose answer was lost may still be under way in NiFi; the next look waits a while, since it would not show yet.

import { NiFiApiError, NiFiUnreachableError } from '../errors.ts';
import { requireSettled, TaskRefused } from '../tasks/waiting.ts';
import type { GatewayTask, NodeCalls, Reader, TaskContext } from '../types.ts';
import { type AsyncKind, followRequest } from './follow.ts';

/** A change that is one call. */
export interface DirectChange {
  /** Returns what to say about it. */
  call(node: NodeCalls): Promise<string>;
}

export interface FlowTask {
  readonly name: string;
  /** What is wanted and what it is wanted of: with another input a refusal is forgotten and the work begins anew. */
  readonly input: string;
  readonly reader?: Reader;
  readonly recheckAfterMs?: number;
  /** Reads what there is; returns what must be changed, or undefined when all is as wished. Must not write. */
  look(node: NodeCalls): Promise<DirectChange | AsyncKind | undefined>;
}

/** How old the view may be by which the cluster counts as settled. */
const VIEW_AGE_MS = 2_000;
const UNANSWERED_PAUSE_MS = 10_000;

/** The task; its result is what was done, undefined when nothing had to be. */
export function flowTask(wish: FlowTask): GatewayTask {
  return {
    name: wish.name,
    input: wish.input,
    ...(wish.reader && { reader: wish.reader }),
    ...(wish.recheckAfterMs !== undefined && { recheckAfterMs: wish.recheckAfterMs }),
    run: (context) => refusable(context, () => attempt(wish, context)),
  };
}

/** Runs calls whose failures mean what they mean in such a task: for work of more than one change. */
export async function refusable<T>(context: TaskContext, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof NiFiUnreachableError && error.mayHaveHappened) {
      await context.pause(UNANSWERED_PAUSE_MS);
    }
    throw refusedBy(error);
  }
}

async function attempt(wish: FlowTask, context: TaskContext): Promise<string | undefined> {
  const change = await context.call((node) => wish.look(node));
  if (change === undefined) {
    return undefined;
  }
  requireSettled(await context.recentView(VIEW_AGE_MS));
  return 'call' in change ? await context.call((node) => change.call(node)) : await followRequest(context, change);
}

/** An answer that waiting alone does not mend becomes a refusal, which is tried again rarely. */
function refusedBy(error: unknown): unknown {
  const final = error instanceof NiFiApiError && !error.retryable && error.refusal !== 'NodesNotConnected';
  return final ? new TaskRefused(error.message, error.refusal ?? error.kind, { cause: error }) : error;
}
