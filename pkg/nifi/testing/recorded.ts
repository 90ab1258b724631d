// For tests: the recorded calls of a real NiFi, where they are at hand, and a node that gives one answer and remembers the request.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { CallRequest, NodeCalls } from '../types.ts';

interface Recorded {
  readonly file: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly response?: unknown;
}

const transcripts = new URL('../../../../shared/reference/nifi-2.11/transcripts/', import.meta.url);

/** A reason to skip what needs the recordings; false where they are. */
export const withoutRecordings: string | false = !existsSync(transcripts) && 'no transcripts here';

/** The answers to calls that succeeded, in the order of the files. */
export function recorded(method: string, path: RegExp): readonly Recorded[] {
  return readdirSync(transcripts)
    .flatMap((file) =>
      readFileSync(new URL(file, transcripts), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => ({ ...(JSON.parse(line) as Recorded), file })),
    )
    .filter(
      (call) =>
        call.method === method && path.test(call.path ?? '') && (call.status ?? 0) >= 200 && (call.status ?? 0) < 300,
    );
}

/** A node that gives one answer and remembers the requests. */
export function answering(answer: unknown): { readonly node: NodeCalls; readonly calls: CallRequest[] } {
  const calls: CallRequest[] = [];
  const node: NodeCalls = {
    id: 0,
    host: 'c-0',
    port: 8443,
    request: async (call) => {
      calls.push(call);
      return answer;
    },
  };
  return { node, calls };
}
