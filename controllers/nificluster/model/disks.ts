// Where flow files are: on disks, one for each claim UID, whatever Pod mounts it. What is on a disk that is destroyed is lost.
// The books are kept by number, so that at any time: produced = consumed + queued + lost + given up.
// Surprising: a person may destroy a disk too; what was on it is then given up, and no fault of ours.

export class Disks {
  produced = 0;
  consumed = 0;
  lost = 0;
  givenUp = 0;
  private readonly queues = new Map<string, number>();

  queued(disk: string): number {
    return this.queues.get(disk) ?? 0;
  }

  /** Disks that hold anything. */
  holding(): readonly string[] {
    return [...this.queues].filter(([, count]) => count > 0).map(([disk]) => disk);
  }

  produce(disk: string, count: number): void {
    this.produced += count;
    this.add(disk, count);
  }

  consume(disk: string, most: number): void {
    const count = Math.min(most, this.queued(disk));
    this.consumed += count;
    this.add(disk, -count);
  }

  /** Spreads what is on a disk evenly over others; the first get the rest. */
  spread(from: string, to: readonly string[]): void {
    const count = this.queued(from);
    for (const [index, disk] of to.entries()) {
      this.add(disk, Math.floor(count / to.length) + (index < count % to.length ? 1 : 0));
    }
    if (to.length > 0) this.add(from, -count);
  }

  /** The disk is gone; says how much was on it. */
  destroy(disk: string, byWhom: 'operator' | 'person'): number {
    const count = this.queued(disk);
    if (byWhom === 'operator') this.lost += count;
    else this.givenUp += count;
    this.queues.delete(disk);
    return count;
  }

  /** Undefined while the books agree. */
  imbalance(): string | undefined {
    const queued = [...this.queues.values()].reduce((sum, count) => sum + count, 0);
    const { produced, consumed, lost, givenUp } = this;
    if (produced === consumed + queued + lost + givenUp) return undefined;
    return `produced ${produced}, consumed ${consumed}, queued ${queued}, lost ${lost}, given up ${givenUp}`;
  }

  private add(disk: string, count: number): void {
    this.queues.set(disk, this.queued(disk) + count);
  }
}
