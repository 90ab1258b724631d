// Every request that reached a node, so that tests can count what the operator asks of NiFi.

export interface LoggedRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly ip: string;
  readonly method: string;
  /** With query, beginning with /nifi-api. */
  readonly path: string;
  /** NiFi's name of who asked; empty when nobody gave one. */
  readonly identity: string;
  readonly status: number;
  readonly at: Date;
}

/** Older entries are dropped; `total` counts them all the same. */
const longest = 100_000;

export class RequestLog {
  private entries: LoggedRequest[] = [];
  total = 0;
  private inFlight = 0;
  /** The most that were being answered at the same time; whoever wants to know of a time sets it to 0 before. */
  mostInFlight = 0;

  began(): void {
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
  }

  ended(): void {
    this.inFlight -= 1;
  }

  add(entry: LoggedRequest): void {
    this.total += 1;
    this.entries.push(entry);
    if (this.entries.length > longest) this.entries = this.entries.slice(longest / 2);
  }

  /** Oldest first. */
  list(filter: (entry: LoggedRequest) => boolean = () => true): readonly LoggedRequest[] {
    return this.entries.filter(filter);
  }

  clear(): void {
    this.entries = [];
    this.total = 0;
  }
}
