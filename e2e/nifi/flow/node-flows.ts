// What one NiFi process does with flows in the background, in its own memory: it all ends with the process, wherever it was.
// So components that a request has stopped stay stopped when the process that would have started them again is gone.

import type { Cancel, Clock } from '../../../pkg/kube/clock.ts';
import type { Timing } from '../timing.ts';
import type { KeyMaterial } from '../tls/keystore.ts';
import { type AsyncRequest, AsyncRequests } from './async-requests.ts';
import type { FlowFaults } from './faults.ts';

interface NodeFlowsOptions {
  readonly clock: Clock;
  readonly timing: Timing;
  readonly flowFaults: FlowFaults;
  /** With which the node calls others over TLS. */
  readonly material: () => KeyMaterial | undefined;
}

/** The steps of a request in order. One that throws ends it, and `finish` is run all the same. */
export interface BackgroundWork {
  readonly before: readonly (() => void)[];
  readonly change: () => void;
  /** Whatever came of the change; throws what could not be resumed. */
  readonly after: readonly (() => void)[];
  /** Text of the failure, out of what `change` threw. */
  failed(error: unknown): string;
}

export class NodeFlows {
  readonly requests: AsyncRequests;
  readonly faults: FlowFaults;
  readonly timing: Timing;
  readonly clock: Clock;
  readonly material: () => KeyMaterial | undefined;
  /** When the registries were looked at last. */
  lastSyncMs: number;
  private readonly timers = new Set<Cancel>();
  private stopped = false;

  constructor(options: NodeFlowsOptions) {
    this.clock = options.clock;
    this.lastSyncMs = options.clock.monotonicMs();
    this.timing = options.timing;
    this.faults = options.flowFaults;
    this.material = options.material;
    this.requests = new AsyncRequests(options.clock, options.timing.requestExpiryMs);
  }

  /** Carries a submitted request out, a step at a time, until its end, its cancellation or the end of the process. */
  run(request: AsyncRequest, work: BackgroundWork): void {
    let failure: string | undefined;
    const change = (): void => {
      try {
        work.change();
      } catch (error) {
        failure = work.failed(error);
      }
    };
    const steps = [...work.before, change, ...work.after];
    const next = (): void => {
      const step = steps.shift();
      if (!step) {
        if (failure === undefined) return;
        this.requests.fail(request, failure);
        return;
      }
      if (request.cancelled) return;
      step();
      if (steps.length > 0 || failure === undefined) this.requests.advance(request);
      if (steps.length > 0) this.soon(next);
      else next();
    };
    this.soon(next);
  }

  stop(): void {
    this.stopped = true;
    for (const cancel of this.timers) cancel();
    this.timers.clear();
  }

  private soon(then: () => void): void {
    if (this.stopped) return;
    const cancel = this.clock.setTimeout(() => {
      this.timers.delete(cancel);
      then();
    }, this.timing.updateStepMs);
    this.timers.add(cancel);
  }
}
