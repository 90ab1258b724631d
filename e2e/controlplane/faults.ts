// The faults of a proxy: rules that requests are checked against when they arrive and while their answers flow. Nothing here opens a connection; the proxy
// asks and obeys. A rule holds until it has been used up or `clear` is called.

/** What a request is matched by. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path with the query string. */
  readonly path: string;
  readonly watch: boolean;
}

export type Match = (request: ProxiedRequest) => boolean;

export interface CannedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Matches everything. */
export const everything: Match = () => true;

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** A Status object as the API server puts it into the body of an error, or into an ERROR event of a watch. */
export function failure(code: number, message = 'answered by the fault proxy'): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: REASONS[code] ?? 'Unknown',
    code,
  };
}

interface Rule {
  readonly match: Match;
  left: number;
}

interface AnswerRule extends Rule {
  readonly answer: CannedAnswer;
}

interface DelayRule extends Rule {
  readonly ms: number;
}

/** The rules in force. */
export class FaultRules {
  #answers: AnswerRule[] = [];
  #delays: DelayRule[] = [];
  #lost: Rule[] = [];
  #frozen: Match[] = [];
  #thawed: (() => void)[] = [];

  addAnswer(answer: CannedAnswer, match: Match, times: number): void {
    this.#answers.push({ answer, match, left: times });
  }

  addDelay(ms: number, match: Match): void {
    this.#delays.push({ ms, match, left: Number.POSITIVE_INFINITY });
  }

  addLost(match: Match, times: number): void {
    this.#lost.push({ match, left: times });
  }

  freeze(match: Match): void {
    this.#frozen.push(match);
  }

  thaw(): void {
    this.#frozen = [];
    const thawed = this.#thawed;
    this.#thawed = [];
    for (const resume of thawed) {
      resume();
    }
  }

  clear(): void {
    this.#answers = [];
    this.#delays = [];
    this.#lost = [];
    this.thaw();
  }

  /** The answer to give instead of the server's, using the rule up by one. */
  takeAnswer(request: ProxiedRequest): CannedAnswer | undefined {
    return take(this.#answers, request)?.answer;
  }

  /** Whether the server's answer is to be dropped, using the rule up by one. */
  takeLost(request: ProxiedRequest): boolean {
    return take(this.#lost, request) !== undefined;
  }

  /** How long a request waits before it goes on: the longest of the delays that match. */
  delayMs(request: ProxiedRequest): number {
    return Math.max(0, ...this.#delays.filter((rule) => rule.match(request)).map((rule) => rule.ms));
  }

  isFrozen(request: ProxiedRequest): boolean {
    return this.#frozen.some((match) => match(request));
  }

  /** Calls back at the next thaw. */
  onThaw(resume: () => void): void {
    this.#thawed.push(resume);
  }
}

function take<R extends Rule>(rules: readonly R[], request: ProxiedRequest): R | undefined {
  // The newest rule wins: a test overrides what it set up before.
  const rule = rules.findLast((rule) => rule.left > 0 && rule.match(request));
  if (rule !== undefined) {
    rule.left--;
  }
  return rule;
}
