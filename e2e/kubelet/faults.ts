// The faults a test can switch on, and how the rest of the kubelet notices.
// Each is a set of matchers that stands until it is released. Whoever waits because of a fault waits on `changed`, so a
// release is felt at once and not after the next back-off.

import type { ObjectKey } from '../../pkg/kube/types.ts';
import type { Release } from './types.ts';

export class Faults {
  private readonly failingImages = new Set<(image: string) => boolean>();
  private readonly heldImages = new Set<(image: string) => boolean>();
  private readonly blockedClaims = new Set<(claim: ObjectKey) => boolean>();
  private readonly heldReadiness = new Set<(pod: ObjectKey) => boolean>();
  private readonly lostNodes = new Set<string>();
  private readonly listeners = new Set<() => void>();
  private turn = new AbortController();

  failImage(match: (image: string) => boolean): Release {
    return this.add(this.failingImages, match);
  }

  holdImage(match: (image: string) => boolean): Release {
    return this.add(this.heldImages, match);
  }

  blockProvisioning(match: (claim: ObjectKey) => boolean): Release {
    return this.add(this.blockedClaims, match);
  }

  holdReadiness(pod: ObjectKey): Release {
    return this.add(this.heldReadiness, ({ namespace, name }) => namespace === pod.namespace && name === pod.name);
  }

  loseNode(node: string): void {
    this.lostNodes.add(node);
    this.announce();
  }

  returnNode(node: string): void {
    this.lostNodes.delete(node);
    this.announce();
  }

  imageState(image: string): 'fine' | 'failing' | 'held' {
    if (matches(this.failingImages, image)) return 'failing';
    return matches(this.heldImages, image) ? 'held' : 'fine';
  }

  provisioningBlocked(claim: ObjectKey): boolean {
    return matches(this.blockedClaims, claim);
  }

  readinessHeld(pod: ObjectKey): boolean {
    return matches(this.heldReadiness, pod);
  }

  isLost(node: string): boolean {
    return this.lostNodes.has(node);
  }

  /** Resolves once the node is there, or `signal` aborts. */
  async untilNodeIsThere(node: string, signal?: AbortSignal): Promise<void> {
    for (;;) {
      if (!this.isLost(node) || signal?.aborted === true) return;
      await this.untilChanged(signal);
    }
  }

  /** Aborts at the next change of any fault. */
  get changed(): AbortSignal {
    return this.turn.signal;
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  private async untilChanged(signal: AbortSignal | undefined): Promise<void> {
    const any = AbortSignal.any(signal === undefined ? [this.changed] : [this.changed, signal]);
    if (!any.aborted) await new Promise((resolve) => any.addEventListener('abort', resolve, { once: true }));
  }

  private add<T>(set: Set<T>, match: T): Release {
    set.add(match);
    this.announce();
    return () => {
      set.delete(match);
      this.announce();
    };
  }

  private announce(): void {
    const over = this.turn;
    this.turn = new AbortController();
    over.abort();
    for (const listener of this.listeners) listener();
  }
}

function matches<T>(set: ReadonlySet<(subject: T) => boolean>, subject: T): boolean {
  return [...set].some((match) => match(subject));
}
