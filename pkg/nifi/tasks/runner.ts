// Runs a cluster's background tasks: one attempt at a time per name, outcomes kept, back-off between attempts.
// Level-triggered: an attempt is made only when `run` is called, so work that nobody asks for any more stops by itself; when the
// back-off is over, `onChange` has the caller asked again.
// Surprising: a state changes when an attempt *ends*, so a retry does not turn "failed" back into "running" and status does not flap.

import type { Cancel, Clock } from '../../kube/clock.ts';
import type { Logger } from '../observe.ts';
import type { GatewayTask, Reader, TaskState } from '../types.ts';
import { TaskRefused, waitingFor } from './waiting.ts';

export interface TaskRunnerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Carries out one attempt; no call may be begun once the signal is aborted. */
  readonly attempt: (task: GatewayTask, signal: AbortSignal) => Promise<string | undefined>;
  /** Told of the task whose state changed, or which is due to be asked for again. */
  readonly onChange: (task: GatewayTask) => void;
}

interface Entry {
  task: GatewayTask;
  state: TaskState;
  /** Attempts in a row that did not end in `done`. */
  attempts: number;
  /** Whether one ever did, with this input. */
  wasDone: boolean;
  /** When the next attempt may begin; undefined when none is needed. */
  nextAtMs: number | undefined;
  attempt: Promise<void> | undefined;
  aborter: AbortController;
  cancelTimer: Cancel | undefined;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const LONGEST_WAIT_MS = 10_000;
const FIRST_REFUSED_MS = 30_000;
const LONGEST_REFUSED_MS = 600_000;

export class TaskRunner {
  private readonly options: TaskRunnerOptions;
  private readonly entries = new Map<string, Entry>();
  private closed = false;

  constructor(options: TaskRunnerOptions) {
    this.options = options;
  }

  /** Starts, continues or looks up the work; never waits. */
  run(task: GatewayTask): TaskState {
    const known = this.entries.get(task.name);
    const same = known?.task.input === task.input && !known.aborter.signal.aborted;
    const entry = same ? known : this.enter(task, known);
    entry.task = task;
    if (!this.closed && entry.attempt === undefined && entry.nextAtMs !== undefined && entry.nextAtMs <= this.now()) {
      void this.begin(entry);
    }
    return entry.state;
  }

  /** Ends what nobody will ask for again, such as the work of an object that was deleted. */
  forget(reader: Reader): void {
    for (const [name, entry] of this.entries) {
      if (sameReader(entry.task.reader, reader)) {
        entry.cancelTimer?.();
        entry.aborter.abort();
        // What is on its way to NiFi ends first: the same name may be asked for again, and begins after it.
        void (entry.attempt ?? Promise.resolve()).then(() => {
          if (this.entries.get(name) === entry) {
            this.entries.delete(name);
          }
        });
      }
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const entry of this.entries.values()) {
      entry.cancelTimer?.();
      entry.aborter.abort();
    }
    await Promise.all([...this.entries.values()].flatMap((entry) => entry.attempt ?? []));
  }

  private enter(task: GatewayTask, replaced: Entry | undefined): Entry {
    const now = this.now();
    const state: TaskState = { state: 'running', atMs: now };
    const aborter = new AbortController();
    const entry: Entry = {
      task,
      state,
      attempts: 0,
      wasDone: false,
      nextAtMs: now,
      attempt: undefined,
      aborter,
      cancelTimer: undefined,
    };
    this.entries.set(task.name, entry);
    replaced?.cancelTimer?.();
    replaced?.aborter.abort();
    if (replaced?.attempt !== undefined) {
      // The old input's last call may still be on its way to NiFi; the new one begins after it.
      entry.attempt = replaced.attempt.then(() => (this.closed ? undefined : this.begin(entry)));
    }
    return entry;
  }

  private begin(entry: Entry): Promise<void> {
    const attempt = this.attempt(entry).finally(() => {
      entry.attempt = undefined;
    });
    entry.attempt = attempt;
    return attempt;
  }

  private async attempt(entry: Entry): Promise<void> {
    const before = entry.state;
    try {
      entry.aborter.signal.throwIfAborted();
      const result = await this.options.attempt(entry.task, entry.aborter.signal);
      this.done(entry, result);
    } catch (error) {
      this.undone(entry, error);
    }
    if (!entry.aborter.signal.aborted && !same(before, entry.state)) {
      this.options.onChange(entry.task);
    }
  }

  private done(entry: Entry, result: string | undefined): void {
    const { recheckAfterMs } = entry.task;
    entry.attempts = 0;
    entry.wasDone = true;
    entry.state = { state: 'done', atMs: this.now(), ...(result === undefined ? {} : { result }) };
    entry.nextAtMs =
      recheckAfterMs === undefined ? undefined : this.now() + recheckAfterMs * (0.9 + this.options.random() / 5);
    this.remind(entry);
  }

  private undone(entry: Entry, error: unknown): void {
    const waiting = waitingFor(error);
    const pauseMs = pauseAfter(error, waiting, entry.attempts) * (0.75 + this.options.random() / 2);
    entry.attempts += 1;
    const atMs = this.now();
    const retryAtMs = atMs + pauseMs;
    entry.nextAtMs = retryAtMs;
    const again = entry.wasDone ? ({ wasDone: true } as const) : {};
    if (waiting === undefined) {
      const message = error instanceof Error ? error.message : String(error);
      const refused = error instanceof TaskRefused ? error.why : undefined;
      const failed = { state: 'failed', atMs, error: message, attempts: entry.attempts, retryAtMs } as const;
      entry.state = { ...failed, ...(refused && { refused }), ...again };
      if (!entry.aborter.signal.aborted) {
        this.options.logger.warn('A NiFi task failed', {
          task: entry.task.name,
          error: message,
          attempts: entry.attempts,
        });
      }
    } else {
      entry.state = { state: 'running', atMs, waitingFor: waiting, ...again };
    }
    this.remind(entry);
  }

  /** Has the caller asked again when the next attempt is due. */
  private remind(entry: Entry): void {
    entry.cancelTimer?.();
    entry.cancelTimer = undefined;
    if (entry.nextAtMs !== undefined && !this.closed && !entry.aborter.signal.aborted) {
      entry.cancelTimer = this.options.clock.setTimeout(
        () => this.options.onChange(entry.task),
        Math.max(1, entry.nextAtMs - this.now()),
      );
    }
  }

  private now(): number {
    return this.options.clock.monotonicMs();
  }
}

/** A refusal is repeated rarely, a wait soon, a failure less and less; a registry that is away comes back without a word. */
function pauseAfter(error: unknown, waiting: string | undefined, attempts: number): number {
  const doubled = 2 ** Math.min(attempts, 20);
  if (error instanceof TaskRefused) {
    const longest = error.why === 'RegistryUnavailable' ? LONGEST_PAUSE_MS : LONGEST_REFUSED_MS;
    return Math.min(longest, FIRST_REFUSED_MS * doubled);
  }
  return Math.min(waiting === undefined ? LONGEST_PAUSE_MS : LONGEST_WAIT_MS, FIRST_PAUSE_MS * doubled);
}

function sameReader(a: Reader | undefined, b: Reader): boolean {
  return a !== undefined && a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

/** Whether a reader would see the same: times and the number of attempts do not count. */
function same(a: TaskState, b: TaskState): boolean {
  const words = (state: TaskState): string => {
    switch (state.state) {
      case 'running':
        return `running ${state.waitingFor ?? ''}`;
      case 'done':
        return `done ${state.result ?? ''}`;
      case 'failed':
        return `failed ${state.error}`;
      default:
        return state satisfies never;
    }
  };
  return words(a) === words(b);
}
