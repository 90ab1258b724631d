// What goes wrong with the operator's writes, to Kubernetes and to NiFi alike, counted together from the first one.
// A crash after a write: it was carried out, and nobody of that process ever hears of it.

/**
 * `crash`: carried out, then the process is gone. `crashBefore`: gone before it left. `lost`: carried out, the answer is
 * not. `refused`: not carried out, an error that may pass. `slow`: on its way for a while.
 */
export type WriteFault = 'crash' | 'crashBefore' | 'lost' | 'refused' | 'slow';

export class Chaos {
  /** Writes so far, over all processes. */
  writes = 0;
  /** The last of them, for messages. */
  readonly lines: string[] = [];
  private faults: ReadonlyMap<number, WriteFault>;

  constructor(faults: ReadonlyMap<number, WriteFault> = new Map()) {
    this.faults = faults;
  }

  /** Counts from here, and these go wrong. */
  begin(faults: ReadonlyMap<number, WriteFault>): void {
    this.writes = 0;
    this.lines.length = 0;
    this.faults = faults;
  }

  /** What happens to the write that is about to leave. */
  next(line: string): WriteFault | undefined {
    this.writes += 1;
    this.lines.push(line);
    return this.faults.get(this.writes);
  }

  /** Nothing goes wrong any more. */
  end(): void {
    this.faults = new Map();
  }
}
