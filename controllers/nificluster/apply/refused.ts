// Steps that Kubernetes refused are tried again with growing pauses, however often the cluster is looked at meanwhile:
// what a policy or a foreign object forbids is still forbidden a second later. Until then the words of the refusal stand.
// Only the pace is remembered, in memory: a restart of the operator loses nothing but a pause. A step that changes, because
// the spec was mended, is another step and is carried out at once.

import { createHash } from 'node:crypto';
import type { ObjectKey } from '../../../pkg/kube/types.ts';
import type { Finding, Step } from '../plan/steps.ts';

const firstPauseMs = 2_000;
const longestPauseMs = 30_000;

interface Refusal {
  readonly finding: Finding;
  readonly pauseMs: number;
  /** Monotonic. */
  readonly againAtMs: number;
}

export class RefusedSteps {
  private readonly clusters = new Map<string, Map<string, Refusal>>();

  /** What was refused to this cluster, as of a monotonic time. */
  at(key: ObjectKey, nowMs: number): Refused {
    const name = `${key.namespace}/${key.name}`;
    const known = this.clusters.get(name) ?? new Map<string, Refusal>();
    for (const [step, { againAtMs }] of known) if (againAtMs + longestPauseMs < nowMs) known.delete(step);
    this.clusters.set(name, known);
    return new Refused(known, nowMs);
  }

  forget(key: ObjectKey): void {
    this.clusters.delete(`${key.namespace}/${key.name}`);
  }
}

export class Refused {
  private readonly known: Map<string, Refusal>;
  private readonly nowMs: number;

  constructor(known: Map<string, Refusal> = new Map(), nowMs = 0) {
    this.known = known;
    this.nowMs = nowMs;
  }

  /** Why the step is not to be tried yet; undefined when it may be. */
  recall(step: Step): Finding | undefined {
    if (this.known.size === 0) return undefined;
    const refusal = this.known.get(identityOf(step));
    return refusal !== undefined && refusal.againAtMs > this.nowMs ? refusal.finding : undefined;
  }

  remember(step: Step, finding: Finding): void {
    const identity = identityOf(step);
    const before = this.known.get(identity)?.pauseMs;
    const pauseMs = before === undefined ? firstPauseMs : Math.min(2 * before, longestPauseMs);
    this.known.set(identity, { finding, pauseMs, againAtMs: this.nowMs + pauseMs });
  }

  /** Milliseconds to the next try; undefined when nothing waits for one. */
  get nextMs(): number | undefined {
    const waits = [...this.known.values()].map(({ againAtMs }) => againAtMs - this.nowMs).filter((ms) => ms > 0);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }
}

/** A key is drawn anew for every plan, and would make each of them another step. */
function identityOf(step: Step): string {
  const text = JSON.stringify(step, (field, value: unknown) => (field === 'value' ? undefined : value));
  return createHash('sha256').update(text).digest('base64url');
}
