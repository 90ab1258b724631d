// So many in a second, and after a rest as many at once: a bucket that fills while nobody takes.
// It knows no clock; times are monotonic and in milliseconds.

export class Pace {
  private readonly perSecond: number;
  private left: number;
  private countedAt: number;

  constructor(perSecond: number, nowMs: number) {
    this.perSecond = perSecond;
    this.left = perSecond;
    this.countedAt = nowMs;
  }

  /** Takes one, when there is one. */
  tryTake(nowMs: number): boolean {
    this.left = Math.min(this.perSecond, this.left + ((nowMs - this.countedAt) * this.perSecond) / 1_000);
    this.countedAt = nowMs;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }

  /** Milliseconds to the next one. */
  nextInMs(nowMs: number): number {
    const missing = 1 - this.left;
    return Math.max(1, Math.ceil((missing * 1_000) / this.perSecond - (nowMs - this.countedAt)));
  }
}
