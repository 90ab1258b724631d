// A node that we took down and that is wanted again: an id put back, a spec reverted, a rollout paused.
// What is on record about its emptiness goes first: a proof must never outlive the wish that it was made for. CONNECTING is sent only
// to a node that NiFi has as DISCONNECTED or OFFLOADED, and never to one whose components an unfinished offload has stopped.

import type { ViewNode } from '../../../../pkg/nifi/types.ts';
import type { PlanInput } from '../input.ts';
import type { Finding } from '../steps.ts';
import { isReadable, type ObservedPod } from '../world.ts';
import { connectionOf } from './connection.ts';
import { type Mark, markOf } from './mark.ts';
import { announcing, asking, deleting, marking, progress, recording, type Turn } from './turn.ts';

export function returningTurn(input: PlanInput, id: number): Turn {
  const pod = input.world.pods.get(id);
  const record = input.world.records.get(id);
  if (isReadable(record) && record.removal !== undefined && record.removal.state !== 'PodDeleted') {
    const note = `Node ${id} is wanted again: it was not emptied to the end`;
    return { steps: [recording(record, {}, 'NodeReturning', note)], findings: [back(id, 'it stays a member')] };
  }
  const mark = markOf(pod);
  if (pod === undefined || pod.deleting || mark === undefined) return {};
  return byState(input, pod, mark);
}

/** An answer from NiFi is waited for no longer. */
const landsWithinMs = 10_000;

function byState(input: PlanInput, pod: ObservedPod, mark: Mark): Turn {
  const { id } = pod;
  const { purpose } = mark;
  const { state, entry, fresh } = connectionOf(input, id);
  if (!fresh) return { findings: [back(id, 'NiFi is asked how it has the node')] };
  if (state === 'CONNECTED' && entry !== undefined && mayStillLand(input, mark, entry)) {
    return { findings: [back(id, 'a disconnection that was asked for may still come')] };
  }
  if (state === 'CONNECTED') return { steps: [marking(input, pod, undefined)] };
  if (entry === undefined) {
    return isForgotten(input, pod) ? restarted(pod, 'NiFi has forgotten it') : { findings: [back(id, 'it joins')] };
  }
  if (state === 'DISCONNECTED' && purpose === 'Offloading') return restarted(pod, 'its offload was stopped');
  if (state === 'DISCONNECTED' || state === 'OFFLOADED') return connecting(input, id, entry);
  if (state === 'OFFLOADING') return stopping(input, id, entry);
  return { findings: [back(id, `NiFi has it as ${state}`)] };
}

/** It was marked a moment ago and has been connected ever since: NiFi may just now be told to disconnect it. */
function mayStillLand({ now, monotonicMs }: PlanInput, { sinceMs }: Mark, entry: ViewNode): boolean {
  const markedMs = now.getTime() - sinceMs;
  return markedMs < landsWithinMs && monotonicMs - entry.sinceMs >= markedMs;
}

function connecting(input: PlanInput, id: number, entry: ViewNode): Turn {
  const note = `Reconnecting node ${id}: it is wanted again`;
  return {
    nifi: [asking(input, 'Connect', id, entry, { why: 'NodeReconnected', note })],
    findings: [back(id, 'NiFi is told to connect it')],
  };
}

function stopping(input: PlanInput, id: number, entry: ViewNode): Turn {
  const note = `Stopping the offload of node ${id}: it is wanted again`;
  return {
    nifi: [asking(input, 'Disconnect', id, entry, { why: 'DisconnectRequested', note })],
    findings: [back(id, 'its offload is being stopped')],
  };
}

/** Nothing is taken from the cluster: the node is in none. */
function restarted(pod: ObservedPod, why: string): Turn {
  const note = `Restarting node ${pod.id}: it is wanted again, and ${why}`;
  return {
    steps: [announcing(pod.id, 'NodeRestarting', note), deleting(pod)],
    findings: [back(pod.id, `${why}, so it is restarted`)],
  };
}

/** A process that only now starts is in no view either; a marked one was in the cluster before. */
function isForgotten({ now }: PlanInput, { container }: ObservedPod): boolean {
  const settledMs = 10_000;
  return container?.started === true && now.getTime() - (container.startedAtMs ?? now.getTime()) > settledMs;
}

function back(id: number, what: string): Finding {
  return progress(id, 'Returning', `Node ${id} is wanted again: ${what}`);
}
