// All waiting of the played kubelet, on one timer: thousands of Pods with three probes each must not mean
// thousands of timers. Due times are rounded up to a slot; nothing is armed while nothing waits.

const slotMs = 10;

export class Wheel {
  private readonly slots = new Map<number, Set<() => void>>();
  private timer: NodeJS.Timeout | undefined;
  private last = currentSlot();

  /** Calls `fn` once after `ms`; the result takes it back. */
  after(ms: number, fn: () => void): () => void {
    this.arm(); // before the slot is chosen: a slot that passes between the two would never be looked at
    const slot = Math.max(currentSlot(), this.last) + Math.max(1, Math.ceil(ms / slotMs));
    const due = this.slots.get(slot) ?? new Set();
    this.slots.set(slot, due.add(fn));
    return () => {
      due.delete(fn);
      if (due.size === 0 && this.slots.get(slot) === due) this.slots.delete(slot);
    };
  }

  /** Resolves after `ms`, or at once when `signal` aborts. It never rejects: the caller looks at the signal. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', early);
        resolve();
      };
      const cancel = this.after(ms, wake);
      function early(): void {
        cancel();
        resolve();
      }
      signal?.addEventListener('abort', early, { once: true });
    });
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.slots.clear();
  }

  private arm(): void {
    if (this.timer !== undefined) return;
    this.last = currentSlot();
    this.timer = setInterval(() => this.turn(), slotMs);
  }

  private turn(): void {
    const now = currentSlot();
    for (; this.last < now; this.last += 1) this.fire(this.last + 1);
    if (this.slots.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private fire(slot: number): void {
    const due = this.slots.get(slot);
    this.slots.delete(slot);
    for (const fn of due ?? []) fn();
  }
}

function currentSlot(): number {
  return Math.floor(performance.now() / slotMs);
}
