// Writes the status of an object of a dataflow kind when it differs from what is stored, at most once a second unless it is news:
// the first status, another generation, another Ready. Losing a write is harmless: the next reconcile comes to the same status.

import type { EventReason } from '../../api/v1/conditions.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import { type Condition, findCondition } from '../../pkg/kube/conditions.ts';
import type { WriteTracker } from '../../pkg/kube/consistency.ts';
import type { Result } from '../../pkg/kube/controller.ts';
import { isConflict, isNotFound } from '../../pkg/kube/errors.ts';
import type { EventRecorder } from '../../pkg/kube/events.ts';
import { type KubeMetrics, noMetrics } from '../../pkg/kube/metrics.ts';
import { statusPatch } from '../../pkg/kube/status-patch.ts';
import { type KubeObject, keyOf, keyText, type ObjectKey, type ResourceType } from '../../pkg/kube/types.ts';

const quietMs = 1_000;

/** What every status of these kinds has. */
export interface StatusHead {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

export interface WithStatus extends KubeObject {
  readonly status?: StatusHead;
}

export class StatusWriter<T extends WithStatus> {
  private readonly client: Pick<KubeApi, 'patch'>;
  private readonly type: ResourceType<T>;
  private readonly tracker: Pick<WriteTracker, 'wrote'>;
  private readonly recorder: Pick<EventRecorder, 'event'>;
  private readonly metrics: Pick<KubeMetrics, 'objectTold'>;
  /** When each status was last written, monotonic: for the pace only. */
  private readonly writtenAt = new Map<string, number>();

  constructor(
    type: ResourceType<T>,
    deps: {
      readonly client: Pick<KubeApi, 'patch'>;
      readonly tracker: Pick<WriteTracker, 'wrote'>;
      readonly recorder: Pick<EventRecorder, 'event'>;
      /** None when absent. */
      readonly metrics?: Pick<KubeMetrics, 'objectTold'>;
    },
  ) {
    this.type = type;
    this.client = deps.client;
    this.tracker = deps.tracker;
    this.recorder = deps.recorder;
    this.metrics = deps.metrics ?? noMetrics;
  }

  /** Writes now, or says when to come back. */
  async write(object: T, status: StatusHead, monotonicMs: number): Promise<Result | undefined> {
    const key = keyOf(object);
    this.metrics.objectTold(this.type.kind, key, status.conditions ?? []);
    const patch = statusPatch(object.status ?? {}, status);
    if (patch === undefined) return undefined;
    const quietFor = monotonicMs - (this.writtenAt.get(keyText(key)) ?? Number.NEGATIVE_INFINITY);
    if (quietFor < quietMs && !isNews(object.status, status)) return { requeueAfterMs: Math.ceil(quietMs - quietFor) };
    this.writtenAt.set(keyText(key), monotonicMs);
    try {
      const { uid } = object.metadata;
      const options = { subresource: 'status', ...(uid === undefined ? {} : { uid }) };
      const written = await this.client.patch(this.type, key, { status: patch }, options);
      this.tracker.wrote(key, this.type, written.metadata.resourceVersion);
      this.announce(object, status);
    } catch (error) {
      // Deleted, or another object of this name by now: its own events bring it.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    return undefined;
  }

  forget(key: ObjectKey): void {
    this.writtenAt.delete(keyText(key));
    this.metrics.objectTold(this.type.kind, key, undefined);
  }

  /** An event when Ready changes, or is stalled for another reason: once, with the words of the condition. */
  private announce(regarding: T, now: StatusHead): void {
    const [was, is] = [findCondition(regarding.status?.conditions, 'Ready'), findCondition(now.conditions, 'Ready')];
    if (is === undefined || (was?.status === is.status && was.reason === is.reason)) return;
    const isStalled = findCondition(now.conditions, 'Stalled') !== undefined;
    if (is.status !== 'True' && !isStalled) return;
    const type = is.status === 'True' ? 'Normal' : 'Warning';
    const reason = is.reason as EventReason;
    this.recorder.event({ regarding, type, reason, note: is.message, action: reason });
  }
}

function isNews(before: StatusHead | undefined, now: StatusHead): boolean {
  const ready = (status: StatusHead | undefined) => findCondition(status?.conditions, 'Ready')?.status;
  return before?.observedGeneration !== now.observedGeneration || ready(before) !== ready(now);
}
