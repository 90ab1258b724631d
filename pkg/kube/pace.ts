// So many in a second, one after another and never several at once: who was late does not catch up, so that a process that gets little
// of the processor takes less of it for what can wait. It knows no clock; times are monotonic and in milliseconds.

export class Pace {
  private readonly everyMs: number;
  private nextAt = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.everyMs = 1_000 / perSecond;
  }

  /** Takes one, when its time has come. */
  tryTake(nowMs: number): boolean {
    if (nowMs < this.nextAt) return false;
    this.nextAt = nowMs + this.everyMs;
    return true;
  }

  /** Milliseconds to the next one. */
  nextInMs(nowMs: number): number {
    return Math.max(1, Math.ceil(this.nextAt - nowMs));
  }
}
