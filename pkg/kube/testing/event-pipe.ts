// A queue with a writing and a reading end, for streams that a test plays.

/** Items that are pushed on one side and awaited on the other. */
export class EventPipe<T> implements AsyncIterable<T> {
  private readonly items: T[] = [];
  private over: { readonly error: Error | undefined } | undefined;
  private wake: () => void = () => undefined;

  push(item: T): void {
    if (this.over) return;
    this.items.push(item);
    this.wake();
  }

  end(): void {
    this.over ??= { error: undefined };
    this.wake();
  }

  fail(error: Error): void {
    this.over ??= { error };
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const item = this.items.shift();
      if (item !== undefined) yield item;
      else if (this.over?.error) throw this.over.error;
      else if (this.over) return;
      else {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    }
  }
}
