// Turns the bytes of a watch into events. Strict: what is not a whole, well-formed event ends the stream with an error and is never
// skipped, because a skipped line would be a lost event.
//
// Lines are cut from bytes and decoded whole, so that a character split over two chunks stays one. The surprising rule: the watchdog
// counts whole lines, not bytes, since a stream that drips bytes without ever completing an event is as dead as a silent one.

import { isUtf8 } from 'node:buffer';
import type { Clock } from './clock.ts';
import { KubeApiError, KubeTransportError } from './errors.ts';
import type { StreamControl, StreamSink } from './transport.ts';
import type { KubeObject, WatchEvent } from './types.ts';
import { parseStatus } from './wire.ts';

const newline = 0x0a;
/** Larger than any object etcd takes (1.5 MiB) by far; past it the peer is not an API server. */
const maxLineBytes = 64 * 1024 * 1024;
/** Lines waiting for the consumer before the socket is paused. */
const highWater = 1000;
const types = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

/** Cuts bytes into lines; the newline is not part of them. */
export class LineSplitter {
  private parts: Buffer[] = [];
  private partBytes = 0;

  /** The lines that this chunk completes. Throws RangeError when a line grows past 64 MiB. */
  push(chunk: Buffer): readonly Buffer[] {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      lines.push(this.complete(chunk.subarray(start, end)));
      start = end + 1;
    }
    this.keep(chunk.subarray(start));
    return lines;
  }

  /** Bytes of a line that has not ended. */
  get rest(): Buffer {
    return Buffer.concat(this.parts);
  }

  private complete(tail: Buffer): Buffer {
    if (this.parts.length === 0) return tail;
    const line = Buffer.concat([...this.parts, tail]);
    this.parts = [];
    this.partBytes = 0;
    return line;
  }

  private keep(tail: Buffer): void {
    if (tail.length === 0) return;
    this.partBytes += tail.length;
    if (this.partBytes > maxLineBytes) throw new RangeError('a line of the watch is longer than 64 MiB');
    this.parts.push(tail);
  }
}

/** One line as an event. Throws KubeTransportError with code GARBAGE for anything else. */
export function parseEvent<T extends KubeObject>(line: Buffer): WatchEvent<T> {
  const garbage = (why: string, cause?: unknown) =>
    new KubeTransportError(`a line of the watch is ${why}`, 'GARBAGE', false, { cause });
  if (!isUtf8(line)) throw garbage('not UTF-8');
  let event: { type?: unknown; object?: { metadata?: { name?: unknown; resourceVersion?: unknown } } } | null;
  try {
    event = JSON.parse(line.toString('utf8')) as typeof event;
  } catch (error) {
    throw garbage('not JSON', error);
  }
  const type = event?.type;
  if (typeof type !== 'string' || !types.has(type) || !event?.object) throw garbage('not an event');
  const { metadata } = event.object;
  if (type === 'BOOKMARK' && typeof metadata?.resourceVersion !== 'string') throw garbage('a bookmark without version');
  if (type !== 'BOOKMARK' && type !== 'ERROR' && typeof metadata?.name !== 'string') throw garbage('without a name');
  return event as WatchEvent<T>;
}

/** The events of one stream: a sink for the transport on one side, an async iterator on the other. */
export class WatchStream<T extends KubeObject> implements StreamSink, AsyncIterableIterator<WatchEvent<T>> {
  private readonly clock: Clock;
  private readonly idleMs: number;
  private readonly onStarted: (status: number) => void;
  private readonly splitter = new LineSplitter();
  private lines: Buffer[] = [];
  private next_ = 0;
  private status = 0;
  private control: StreamControl | undefined;
  private paused = false;
  private over: { readonly error: Error | undefined } | undefined;
  private wake: (() => void) | undefined;
  private lastLineAt: number;
  private cancelWatchdog: () => void = () => undefined;

  constructor(clock: Clock, idleMs: number, onStarted: (status: number) => void = () => undefined) {
    this.clock = clock;
    this.idleMs = idleMs;
    this.onStarted = onStarted;
    this.lastLineAt = clock.monotonicMs();
    this.armWatchdog();
  }

  /** Gives the stream the means to pause and end its connection. */
  attach(control: StreamControl): void {
    this.control = control;
    if (this.over) control.abort(this.over.error ?? new Error('the watch is over'));
  }

  started(status: number): void {
    this.status = status;
    this.onStarted(status);
  }

  chunk(bytes: Buffer): void {
    try {
      this.lines.push(...this.splitter.push(bytes));
    } catch (error) {
      this.cut(new KubeTransportError('the watch sent no end of line', 'GARBAGE', false, { cause: error }));
      return;
    }
    if (this.lines.length > this.next_) this.lastLineAt = this.clock.monotonicMs();
    if (!this.paused && this.lines.length - this.next_ > highWater) {
      this.paused = true;
      this.control?.pause();
    }
    this.wake?.();
  }

  ended(): void {
    const { rest } = this.splitter;
    if (this.status >= 400) this.finish(refusal(this.status, rest.length > 0 ? rest : this.lines.at(-1)));
    else if (rest.length > 0) this.finish(new KubeTransportError('the watch ended within a line', 'CUT', false));
    else this.finish(undefined);
  }

  failed(error: Error): void {
    this.finish(error);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<WatchEvent<T>> {
    return this;
  }

  async next(): Promise<IteratorResult<WatchEvent<T>>> {
    for (;;) {
      const line = this.status >= 400 ? undefined : this.takeLine();
      if (line) return { done: false, value: this.parse(line) };
      if (this.over?.error) throw this.over.error;
      if (this.over) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<WatchEvent<T>>> {
    this.lines = [];
    this.next_ = 0;
    this.cut(new Error('the watch is no longer wanted'));
    return { done: true, value: undefined };
  }

  /** Ends the stream from our side; what was received whole before is still delivered. */
  cut(error: Error): void {
    this.finish(error);
    this.control?.abort(error);
  }

  private parse(line: Buffer): WatchEvent<T> {
    try {
      return parseEvent<T>(line);
    } catch (error) {
      this.lines = [];
      this.next_ = 0;
      this.cut(error as Error);
      throw error;
    }
  }

  private takeLine(): Buffer | undefined {
    const line = this.lines[this.next_];
    if (!line) return undefined;
    this.next_ += 1;
    if (this.next_ < this.lines.length) return line;
    this.lines = [];
    this.next_ = 0;
    if (this.paused && !this.over) {
      this.paused = false;
      this.control?.resume();
    }
    return line;
  }

  private armWatchdog(): void {
    const quiet = this.clock.monotonicMs() - this.lastLineAt;
    if (quiet >= this.idleMs && !this.paused) {
      this.cut(new KubeTransportError(`the watch was silent for ${this.idleMs} ms`, 'IDLE', false));
      return;
    }
    this.cancelWatchdog = this.clock.setTimeout(() => this.armWatchdog(), Math.max(1, this.idleMs - quiet));
  }

  private finish(error: Error | undefined): void {
    if (this.over) return;
    this.over = { error };
    this.cancelWatchdog();
    this.wake?.();
  }
}

function refusal(status: number, body: Buffer | undefined): KubeApiError {
  return new KubeApiError(status, parseStatus(body?.toString('utf8') ?? ''));
}
