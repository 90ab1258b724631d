// How far NiFi is with something that it does in the background: the answer of all its update, revert, replace and drop requests.
// Source: AsynchronousRequestDTO and DropRequestDTO of NiFi 2.x, transcripts 03, 05, 08 and 13 of the reference.
// Surprising: a request lives in the memory of the node that took it, for the user who made it, and NiFi forgets a finished one after
// a minute. To delete one that is not finished cancels it, and what it had stopped stays stopped (FlowUpdateResource.updateFlow).

import { booleanIn, field, type JsonObject, numberIn, objectAt, objectIn, optional, textIn } from '../decode.ts';
import { cleanMessage } from '../errors.ts';

export interface AsyncProgress {
  readonly requestId: string;
  /** It has ended, in whichever way. */
  readonly complete: boolean;
  /** 0 to 100. */
  readonly percent: number;
  /** NiFi's words for what it does, e.g. `Stopping Affected Processors`. */
  readonly state: string;
  /** NiFi's words when it failed, on one line and of at most 2000 characters. */
  readonly failureReason?: string;
}

const LONGEST_REASON = 2000;

/** The `request` of an update, revert or replace request's answer. */
export function decodeProgress(value: unknown): AsyncProgress {
  const request = objectIn(objectAt(value, 'answer'), 'request');
  return {
    requestId: textIn(request, 'requestId'),
    complete: booleanIn(request, 'complete'),
    percent: optional(request, 'percentCompleted', numberIn).percentCompleted ?? 0,
    state: optional(request, 'state', textIn).state ?? '',
    ...reasonIn(request),
  };
}

/** The `dropRequest` of a drop request's answer, which uses other names. */
export function decodeDropProgress(value: unknown): AsyncProgress {
  const request = objectIn(objectAt(value, 'answer'), 'dropRequest');
  return {
    requestId: textIn(request, 'id'),
    complete: booleanIn(request, 'finished'),
    percent: optional(request, 'percentCompleted', numberIn).percentCompleted ?? 0,
    state: optional(request, 'state', textIn).state ?? '',
    ...reasonIn(request),
  };
}

function reasonIn(request: JsonObject): { readonly failureReason?: string } {
  const reason = field(request, 'failureReason');
  return typeof reason === 'string' ? { failureReason: cleanMessage(reason, LONGEST_REASON) } : {};
}
