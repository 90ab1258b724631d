// Follows one of NiFi's background requests on the node that took it, from its start to its end, and has NiFi forget it.
// It never cancels what may still succeed: a request that is deleted before its end leaves what it had stopped as it is
// (FlowUpdateResource.updateFlow, ParameterUpdateManager), so that is done only when patience is over.
// A crash of the operator at any line leaves a request that runs to its end and that NiFi forgets a minute later.
// Surprising: when the operator's wish changes meanwhile, the old request is still followed for a while before it is given up.

import type { AsyncProgress } from '../endpoints/async-requests.ts';
import { NiFiApiError, NiFiUnreachableError } from '../errors.ts';
import { refusalIn } from '../refusals.ts';
import { TaskRefused, TaskWaiting } from '../tasks/waiting.ts';
import type { NodeCalls, TaskContext } from '../types.ts';

/** One kind of background request, bound to what it is about. */
export interface AsyncKind {
  /** For people, e.g. `version update`. */
  readonly what: string;
  /** How long NiFi may take; 10 minutes when absent. Components that do not stop hold a request for ever. */
  readonly patienceMs?: number;
  start(node: NodeCalls): Promise<AsyncProgress>;
  read(node: NodeCalls, requestId: string): Promise<AsyncProgress>;
  remove(node: NodeCalls, requestId: string): Promise<void>;
}

/** The request is gone with its node, or with the minute that NiFi keeps it: only the flow itself tells what came of it. */
export class RequestLost extends TaskWaiting {}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
const PATIENCE_MS = 600_000;
/** How long a request goes on whose outcome nobody waits for any more. */
const GRACE_MS = 60_000;
/** How long its node may be silent. */
const SILENCE_MS = 60_000;
const REMOVE_TRIES = 3;

interface Followed {
  readonly context: TaskContext;
  readonly kind: AsyncKind;
  readonly node: number;
  readonly requestId: string;
}

/**
 * Starts the request on a connected node and resolves with what to say about it when NiFi has done it. Throws TaskRefused with NiFi's
 * words when NiFi failed or took too long, RequestLost when nobody knows.
 */
export async function followRequest(context: TaskContext, kind: AsyncKind): Promise<string> {
  const begun = await context.call(async (node) => ({ node: node.id, progress: await kind.start(node) }));
  const followed = { context, kind, node: begun.node, requestId: begun.progress.requestId };
  const end = await untilEnd(followed, begun.progress);
  const leftover = await removed(followed);
  context.signal.throwIfAborted();
  if (end.failureReason !== undefined) {
    throw new TaskRefused(end.failureReason, refusalIn(end.failureReason));
  }
  if (!end.complete) {
    const words = `NiFi did not finish the ${kind.what} in time and was told to give up while "${end.state}"`;
    throw new TaskRefused(words, undefined);
  }
  const said = `${kind.what} ${followed.requestId} complete`;
  return leftover === undefined ? said : `${said}; NiFi still keeps the request: ${leftover}`;
}

/** Resolves with an incomplete state when patience is over; throws RequestLost, or what a node said that makes no sense. */
async function untilEnd(followed: Followed, first: AsyncProgress): Promise<AsyncProgress> {
  const { context, kind } = followed;
  const startedMs = context.nowMs();
  let abortedMs: number | undefined;
  let last = first;
  let answeredMs = startedMs;
  let pauseMs = FIRST_PAUSE_MS;
  while (!last.complete) {
    const now = context.nowMs();
    abortedMs ??= context.signal.aborted ? now : undefined;
    const over = now - startedMs > (kind.patienceMs ?? PATIENCE_MS);
    if (over || (abortedMs !== undefined && now - abortedMs > GRACE_MS)) {
      return last;
    }
    await context.pause(pauseMs);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.6);
    const answer = await read(followed);
    if (answer !== undefined) {
      last = answer;
      answeredMs = context.nowMs();
    } else if (context.nowMs() - answeredMs > SILENCE_MS) {
      throw new RequestLost(`node ${followed.node} no longer answers about the ${kind.what} that it took`);
    }
  }
  return last;
}

/** What the node says of the request; undefined when it says nothing just now. */
async function read(followed: Followed): Promise<AsyncProgress | undefined> {
  const { context, kind, node, requestId } = followed;
  try {
    return await context.finishOn(node, (each) => kind.read(each, requestId));
  } catch (error) {
    if (error instanceof NiFiApiError && error.kind === 'NotFound') {
      throw new RequestLost(`node ${node} no longer knows the ${kind.what} that it took`, { cause: error });
    }
    if (error instanceof NiFiUnreachableError || (error instanceof NiFiApiError && error.retryable)) {
      return undefined;
    }
    await removed(followed);
    throw error;
  }
}

/** Has NiFi forget the request; says why not when that fails. */
async function removed(followed: Followed): Promise<string | undefined> {
  const { context, kind, node, requestId } = followed;
  let trouble: string | undefined;
  for (let count = 0; count < REMOVE_TRIES; count += 1) {
    if (count > 0) {
      await context.pause(FIRST_PAUSE_MS * 3 ** count);
    }
    try {
      await context.finishOn(node, (each) => kind.remove(each, requestId));
      return undefined;
    } catch (error) {
      if (error instanceof NiFiApiError && error.kind === 'NotFound') {
        return undefined;
      }
      trouble = error instanceof Error ? error.message : String(error);
    }
  }
  return trouble;
}
