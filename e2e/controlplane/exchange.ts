// One request on its way through the fault proxy: held back, answered here, or sent on to the API server, whose answer then flows through an
// AnswerStream. It must always come to an end with its connections: when the client goes the server's side goes, and the other way round.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { AnswerStream } from './answerstream.ts';
import type { CannedAnswer, FaultRules, ProxiedRequest } from './faults.ts';

/** A request that the proxy has seen. */
export interface SeenRequest extends ProxiedRequest {
  readonly at: Date;
  readonly userAgent: string;
  /** What the client got, or would have got: absent while there is no answer yet. */
  status?: number;
  /** `lost` is an answer that the server gave and the client did not get. */
  outcome?: 'passed' | 'injected' | 'lost' | 'cut';
}

export interface ProxyHooks {
  /** Called before a request is sent on; the request waits for it. */
  readonly onRequest?: (request: ProxiedRequest) => Promise<void> | void;
  /** Called when the server has answered, before the client hears of it; the answer waits for it. */
  readonly onAnswer?: (request: ProxiedRequest, status: number) => Promise<void> | void;
}

export interface Upstream {
  readonly target: URL;
  readonly agent: Agent;
}

type Recorder = (request: ProxiedRequest, answer: CannedAnswer) => void;

// They belong to one connection, not to the message (RFC 9110, 7.6.1).
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export class Exchange {
  readonly seen: SeenRequest;
  readonly stream: AnswerStream;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #rules: FaultRules;

  constructor(incoming: IncomingMessage, response: ServerResponse, rules: FaultRules) {
    this.#incoming = incoming;
    this.#response = response;
    this.#rules = rules;
    const path = incoming.url ?? '/';
    const watch = new URLSearchParams(path.split('?')[1] ?? '').get('watch');
    this.seen = {
      method: incoming.method ?? 'GET',
      path,
      watch: watch === 'true' || watch === '1',
      at: new Date(),
      userAgent: incoming.headers['user-agent'] ?? '',
    };
    this.stream = new AnswerStream(response, this.seen, rules);
  }

  /** The client's side of the connection. */
  get socket(): IncomingMessage['socket'] {
    return this.#incoming.socket;
  }

  /** Resolves when the answer has begun or was refused. */
  async run(upstream: Upstream, hooks: ProxyHooks, record: Recorder): Promise<void> {
    await this.#held();
    await hooks.onRequest?.(this.seen);
    const canned = this.#rules.takeAnswer(this.seen);
    if (canned !== undefined) {
      this.#answer(canned);
      return;
    }
    const lost = this.#rules.takeLost(this.seen);
    const answer = await this.#forward(upstream);
    const status = answer.statusCode ?? 502;
    this.seen.status = status;
    await hooks.onAnswer?.(this.seen, status);
    if (lost) {
      this.seen.outcome = 'lost';
      answer.resume();
      this.drop();
      return;
    }
    await this.#thawed();
    this.seen.outcome ??= 'passed';
    this.#pass(answer, record);
  }

  /** Closes the client's connection without an answer. */
  drop(): void {
    this.#incoming.socket.destroy();
  }

  async #held(): Promise<void> {
    await this.#thawed();
    const delayMs = this.#rules.delayMs(this.seen);
    if (delayMs > 0) {
      await sleep(delayMs);
    }
  }

  async #thawed(): Promise<void> {
    while (this.#rules.isFrozen(this.seen)) {
      await new Promise<void>((resolve) => this.#rules.onThaw(resolve));
    }
  }

  #answer(canned: CannedAnswer): void {
    if (this.stream.silenced) {
      return;
    }
    this.seen.status = canned.status;
    this.seen.outcome = 'injected';
    this.#incoming.resume();
    this.#response.writeHead(canned.status, { ...canned.headers });
    this.#response.end(canned.body);
  }

  async #forward({ target, agent }: Upstream): Promise<IncomingMessage> {
    return await new Promise((resolve, reject) => {
      const headers = { ...endToEnd(this.#incoming.headers), host: target.host };
      const request = httpsRequest(target, { agent, method: this.seen.method, path: this.seen.path, headers });
      request.once('response', resolve);
      request.once('error', reject);
      // A client that gave up ends the request at the server too: otherwise a cut watch would go on there.
      this.#response.once('close', () => {
        if (!this.#response.writableFinished) {
          request.destroy();
        }
      });
      this.#incoming.pipe(request);
    });
  }

  #pass(answer: IncomingMessage, record: Recorder): void {
    if (this.stream.silenced) {
      answer.resume();
      return;
    }
    const headers = endToEnd(answer.headers);
    this.#response.writeHead(answer.statusCode ?? 502, headers);
    this.#response.flushHeaders();
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => {
      this.stream.write(chunk);
      if (!this.seen.watch) {
        chunks.push(chunk);
      }
    });
    answer.once('end', () => {
      this.stream.end();
      record(this.seen, { status: answer.statusCode ?? 502, headers: plain(headers), body: Buffer.concat(chunks) });
    });
    // The server went away in the middle: so does the client's connection.
    answer.once('error', () => this.drop());
  }
}

function endToEnd(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

/** Without content-length: it is that of the recorded body, which Node counts again. */
function plain(headers: OutgoingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => name !== 'content-length');
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
