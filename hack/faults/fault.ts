// What the table of faults says of one of them.

export interface Fault {
  readonly what: string;
  /** File → titles of tests in it. A title with a variable stands here as it stands there. */
  readonly tests: Readonly<Record<string, readonly string[]>>;
  /** In place of tests: the type or the oracle that makes it impossible, in the words of docs/failure-modes.md. */
  readonly impossible?: string;
}

export type FaultTable = Readonly<Record<number, Fault>>;
