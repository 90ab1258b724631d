// Keys that become due later, the earliest first: a binary heap in which each key stands once.
//
// It knows no clock. A second add of a key only ever makes it earlier and its priority higher. The surprising rule: moved and removed
// entries stay in the array until they surface, and are then skipped, which keeps every operation at O(log n).

export interface Delayed {
  readonly key: string;
  readonly at: number;
  readonly priority: number;
}

/** A min-heap of keys by time. */
export class DelayHeap {
  private heap: Delayed[] = [];
  private readonly current = new Map<string, Delayed>();

  get size(): number {
    return this.current.size;
  }

  /** When the earliest key is due; Infinity when there is none. */
  get nextAt(): number {
    this.dropStale();
    return this.heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Adds the key, or merges with its entry: the earlier time, the higher priority. */
  add(key: string, at: number, priority: number): void {
    const known = this.current.get(key);
    if (known && known.at <= at && known.priority >= priority) return;
    const item = {
      key,
      at: Math.min(at, known?.at ?? at),
      priority: Math.max(priority, known?.priority ?? priority),
    };
    this.current.set(key, item);
    this.heap.push(item);
    this.up(this.heap.length - 1);
    if (this.heap.length > 64 && this.heap.length > 4 * this.current.size) this.compact();
  }

  /** Takes the key out; its entry when there was one. */
  remove(key: string): Delayed | undefined {
    const known = this.current.get(key);
    this.current.delete(key);
    return known;
  }

  /** Takes out everything due at `now`, in order. */
  takeDue(now: number): readonly Delayed[] {
    const due: Delayed[] = [];
    for (this.dropStale(); (this.heap[0]?.at ?? Number.POSITIVE_INFINITY) <= now; this.dropStale()) {
      const first = this.heap[0];
      if (!first) break;
      this.current.delete(first.key);
      due.push(first);
    }
    return due;
  }

  clear(): void {
    this.heap = [];
    this.current.clear();
  }

  private dropStale(): void {
    for (let first = this.heap[0]; first && this.current.get(first.key) !== first; first = this.heap[0]) this.pop();
  }

  private pop(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.down(0);
  }

  private compact(): void {
    this.heap = this.heap.filter((item) => this.current.get(item.key) === item).sort((a, b) => a.at - b.at);
  }

  private at(index: number): number {
    return this.heap[index]?.at ?? Number.POSITIVE_INFINITY;
  }

  private swap(i: number, j: number): void {
    const a = this.heap[i];
    const b = this.heap[j];
    if (!a || !b) return;
    this.heap[i] = b;
    this.heap[j] = a;
  }

  private up(start: number): void {
    for (let i = start; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (this.at(parent) <= this.at(i)) return;
      this.swap(i, parent);
      i = parent;
    }
  }

  private down(start: number): void {
    for (let i = start; ; ) {
      const left = 2 * i + 1;
      const child = this.at(left + 1) < this.at(left) ? left + 1 : left;
      if (this.at(child) >= this.at(i)) return;
      this.swap(i, child);
      i = child;
    }
  }
}
