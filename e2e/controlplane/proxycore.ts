// What a fault proxy knows while it runs (its connections, its open requests, the rules in force) and the handle that tests turn the faults with.
// Raw sockets are kept beside the TLS ones: only they can send a RST.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { Exchange, type ProxyHooks, type SeenRequest, type Upstream } from './exchange.ts';
import { type CannedAnswer, everything, FaultRules, failure, type Match, type ProxiedRequest } from './faults.ts';

/** How a connection is cut: closed in order (FIN), reset (RST), or never heard of again although it stays open. */
export type Cut = 'fin' | 'rst' | 'silent';

export interface Faults {
  /** Cuts the connections of the matching open requests; all connections, idle ones too, when `match` is absent. */
  cut(options?: { readonly match?: Match; readonly how?: Cut }): void;
  /** Delays matching requests, and every chunk of matching watches. */
  delay(ms: number, match?: Match): void;
  /** Stops all bytes of matching requests until `thaw`; without `match` of new connections too, before their TLS handshake. */
  freeze(match?: Match): void;
  /** Ends all freezing; what was held back arrives. */
  thaw(): void;
  /**
   * Answers matching requests instead of the server, `times` times (for ever by default). The body defaults to the Status object that belongs to the status, the
   * headers to JSON and, with 429, `retry-after: 1`.
   */
  answer(
    status: number,
    body?: string | Uint8Array | object,
    headers?: Readonly<Record<string, string>>,
    match?: Match,
    times?: number,
  ): void;
  /** Lets matching requests reach the server, then resets the connection instead of passing the answer on. */
  loseAnswer(match?: Match, times?: number): void;
  /** The next complete answer to a matching request, to be given again later with `replay`. */
  record(match: Match): Promise<CannedAnswer>;
  /** Answers matching requests with a recorded answer, such as an old list. */
  replay(answer: CannedAnswer, match: Match, times?: number): void;
  /** Puts an event between two events of the matching open watches; gives how many there were. */
  injectEvent(event: object, match?: Match): number;
  /** Puts an ERROR event with this code into the matching open watches and ends them; gives how many there were. */
  injectWatchError(code: number, match?: Match): number;
  /** Ends all faults. */
  clear(): void;
}

interface PendingRecord {
  readonly match: Match;
  readonly resolve: (answer: CannedAnswer) => void;
}

// What no request looks like: a rule that freezes it freezes everything.
const CONNECTING: ProxiedRequest = { method: 'CONNECT', path: '', watch: false };

export class ProxyCore {
  readonly rules = new FaultRules();
  readonly requests: SeenRequest[] = [];
  readonly sockets = new Set<Socket>();
  readonly #open = new Set<Exchange>();
  #records: PendingRecord[] = [];

  connect(socket: Socket, https: Server): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    // A client may reset its side at any time; `close` follows and tells all there is to tell.
    socket.on('error', () => undefined);
    if (this.rules.isFrozen(CONNECTING)) {
      this.rules.onThaw(() => this.connect(socket, https));
      return;
    }
    https.emit('connection', socket);
  }

  accept(incoming: IncomingMessage, response: ServerResponse, upstream: Upstream, hooks: ProxyHooks): void {
    const exchange = new Exchange(incoming, response, this.rules);
    this.requests.push(exchange.seen);
    this.#open.add(exchange);
    response.once('close', () => this.#open.delete(exchange));
    exchange
      .run(upstream, hooks, (request, answer) => this.#recorded(request, answer))
      // The server cannot be reached, or the client has gone: to the client both look like a connection that breaks.
      .catch(() => exchange.drop());
  }

  openRequests(match: Match): Exchange[] {
    return [...this.#open].filter((exchange) => match(exchange.seen));
  }

  /** The raw socket below an exchange's TLS. */
  rawSocket(exchange: Exchange): Socket | undefined {
    return [...this.sockets].find((socket) => socket.remotePort === exchange.socket.remotePort);
  }

  async record(match: Match): Promise<CannedAnswer> {
    return await new Promise((resolve) => this.#records.push({ match, resolve }));
  }

  #recorded(request: ProxiedRequest, answer: CannedAnswer): void {
    const wanted = this.#records.filter((record) => record.match(request));
    this.#records = this.#records.filter((record) => !wanted.includes(record));
    for (const record of wanted) {
      record.resolve(answer);
    }
  }
}

/** The handle of a running proxy. */
export function faultsOf(core: ProxyCore): Faults {
  const { rules } = core;
  const injectEvent = (event: object, match: Match, end: boolean): number => {
    const watches = core.openRequests((request) => request.watch && match(request));
    for (const watch of watches) {
      watch.stream.inject(JSON.stringify(event), end);
    }
    return watches.length;
  };
  return {
    cut: ({ match, how = 'rst' } = {}) => cut(core, how, match),
    delay: (ms, match = everything) => rules.addDelay(ms, match),
    freeze: (match = everything) => rules.freeze(match),
    thaw: () => rules.thaw(),
    answer: (
      status,
      body = failure(status),
      headers = defaultHeaders(status),
      match = everything,
      times = Infinity,
    ) => {
      const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
      rules.addAnswer({ status, headers, body: text }, match, times);
    },
    loseAnswer: (match = everything, times = 1) => rules.addLost(match, times),
    record: async (match) => await core.record(match),
    replay: (answer, match, times = Infinity) => rules.addAnswer(answer, match, times),
    injectEvent: (event, match = everything) => injectEvent(event, match, false),
    injectWatchError: (code, match = everything) => injectEvent({ type: 'ERROR', object: failure(code) }, match, true),
    clear: () => rules.clear(),
  };
}

function defaultHeaders(status: number): Record<string, string> {
  return { 'content-type': 'application/json', ...(status === 429 ? { 'retry-after': '1' } : {}) };
}

function cut(core: ProxyCore, how: Cut, match: Match | undefined): void {
  const exchanges = core.openRequests(match ?? everything);
  for (const exchange of exchanges) {
    exchange.seen.outcome = 'cut';
    if (how === 'silent') {
      exchange.stream.silence();
    }
  }
  if (how === 'silent') {
    return;
  }
  const sockets = match === undefined ? core.sockets : new Set(exchanges.map((exchange) => core.rawSocket(exchange)));
  for (const socket of sockets) {
    if (how === 'rst') {
      socket?.resetAndDestroy();
    } else {
      // Without TLS's own goodbye: a server that dies sends a bare FIN.
      socket?.end();
    }
  }
}
