// Carries the body of one answer from the server to the client, chunk by chunk, in order: late when a delay is set, not at all while frozen. An event can be put
// between two events of a watch; it must never land inside one, so it waits for the end of a line.

import type { ServerResponse } from 'node:http';
import type { FaultRules, ProxiedRequest } from './faults.ts';

const NEWLINE = 0x0a;

interface Piece {
  readonly dueMs: number;
  readonly chunk: Uint8Array | 'end';
}

export class AnswerStream {
  readonly #response: ServerResponse;
  readonly #request: ProxiedRequest;
  readonly #rules: FaultRules;
  #queue: Piece[] = [];
  #timer: NodeJS.Timeout | undefined;
  #awaitsThaw = false;
  #silenced = false;
  #atLineStart = true;
  #injected: { readonly line: string; readonly end: boolean }[] = [];

  constructor(response: ServerResponse, request: ProxiedRequest, rules: FaultRules) {
    this.#response = response;
    this.#request = request;
    this.#rules = rules;
  }

  write(chunk: Uint8Array): void {
    this.#add(chunk);
  }

  end(): void {
    this.#add('end');
  }

  get silenced(): boolean {
    return this.#silenced;
  }

  /** From now on nothing reaches the client, and the connection stays open. */
  silence(): void {
    this.#silenced = true;
    this.#queue = [];
  }

  /** Puts one line between two events, and ends the answer after it when asked to. */
  inject(line: string, end: boolean): void {
    this.#injected.push({ line, end });
    this.#flush();
  }

  #add(chunk: Uint8Array | 'end'): void {
    if (this.#silenced) {
      return;
    }
    // Only a watch is delayed chunk by chunk; of other requests the whole was late already. A shorter delay must not overtake.
    const delayMs = this.#request.watch ? this.#rules.delayMs(this.#request) : 0;
    const before = this.#queue.at(-1)?.dueMs ?? 0;
    this.#queue.push({ dueMs: Math.max(before, performance.now() + delayMs), chunk });
    this.#flush();
  }

  #flush(): void {
    if (this.#silenced || this.#response.destroyed || this.#waitsForThaw()) {
      return;
    }
    this.#writeInjected();
    for (let piece = this.#queue[0]; piece !== undefined; piece = this.#queue[0]) {
      const waitMs = piece.dueMs - performance.now();
      if (waitMs > 0) {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#flush(), waitMs);
        return;
      }
      this.#queue.shift();
      this.#send(piece.chunk);
      this.#writeInjected();
    }
  }

  #waitsForThaw(): boolean {
    if (!this.#rules.isFrozen(this.#request)) {
      return false;
    }
    if (!this.#awaitsThaw) {
      this.#awaitsThaw = true;
      this.#rules.onThaw(() => {
        this.#awaitsThaw = false;
        this.#flush();
      });
    }
    return true;
  }

  #writeInjected(): void {
    while (this.#atLineStart && !this.#response.writableEnded) {
      const next = this.#injected.shift();
      if (next === undefined) {
        return;
      }
      this.#response.write(`${next.line}\n`);
      if (next.end) {
        this.#send('end');
      }
    }
  }

  #send(chunk: Uint8Array | 'end'): void {
    if (this.#response.writableEnded) {
      return;
    }
    if (chunk === 'end') {
      this.#response.end();
      return;
    }
    this.#response.write(chunk);
    this.#atLineStart = chunk.at(-1) === NEWLINE;
  }
}
