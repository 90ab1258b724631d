// Where keys of one priority wait. Namespaces take turns, so that who has a thousand keys waiting holds nobody up by more than one;
// within a namespace the first comes first. A key is `namespace/name`; those without a namespace share one turn.

interface Waiting<T> {
  items: T[];
  head: number;
}

/** Entries that nobody wants any more stay behind until it is their turn, and are passed over then. */
export class FairLane<T extends { readonly key: string }> {
  /** In the order of their turns: a map keeps the order in which its keys came, and one that had its turn comes anew. */
  private readonly namespaces = new Map<string, Waiting<T>>();

  push(item: T): void {
    const namespace = namespaceOf(item.key);
    const waiting = this.namespaces.get(namespace);
    if (waiting) waiting.items.push(item);
    else this.namespaces.set(namespace, { items: [item], head: 0 });
  }

  /** The next one that is still wanted; it stays until `shift`. Undefined when there is none, and never again one of those passed over. */
  peek(isWanted: (item: T) => boolean): T | undefined {
    for (const [namespace, waiting] of this.namespaces) {
      for (; waiting.head < waiting.items.length; waiting.head += 1) {
        const item = waiting.items[waiting.head];
        if (item !== undefined && isWanted(item)) return item;
      }
      this.namespaces.delete(namespace);
    }
    return undefined;
  }

  /** Takes the one that `peek` gave away; its namespace comes last now. */
  shift(): void {
    const [first] = this.namespaces;
    if (first === undefined) return;
    const [namespace, waiting] = first;
    this.namespaces.delete(namespace);
    waiting.head += 1;
    if (waiting.head >= waiting.items.length) return;
    if (waiting.head >= 1024) {
      waiting.items = waiting.items.slice(waiting.head);
      waiting.head = 0;
    }
    this.namespaces.set(namespace, waiting);
  }
}

function namespaceOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')));
}
