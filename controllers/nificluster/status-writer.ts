// Writes a cluster's status when it differs from what the API server has, at most once a second unless it is news that
// somebody waits for: the first status, another generation, another Ready.
// Losing a write is harmless: the next reconcile computes the same status again.

import type { Reason } from '../../api/v1/conditions.ts';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster, NiFiClusterStatus } from '../../api/v1/zz_generated.nificluster.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import type { WriteTracker } from '../../pkg/kube/consistency.ts';
import type { Result } from '../../pkg/kube/controller.ts';
import { isConflict, isNotFound } from '../../pkg/kube/errors.ts';
import { type KubeMetrics, noMetrics } from '../../pkg/kube/metrics.ts';
import { statusPatch } from '../../pkg/kube/status-patch.ts';
import { keyOf, type ObjectKey } from '../../pkg/kube/types.ts';
import type { ApplyContext } from './apply/context.ts';

const quietMs = 1_000;

export class StatusWriter {
  private readonly client: KubeApi;
  private readonly tracker: Pick<WriteTracker, 'wrote'>;
  private readonly metrics: Pick<KubeMetrics, 'objectTold'>;
  /** When each status was last written, monotonic: for the pace only. */
  private readonly writtenAt = new Map<string, number>();

  constructor(
    client: KubeApi,
    tracker: Pick<WriteTracker, 'wrote'>,
    metrics: Pick<KubeMetrics, 'objectTold'> = noMetrics,
  ) {
    this.client = client;
    this.tracker = tracker;
    this.metrics = metrics;
  }

  /** Writes now, or says when to come back. */
  async write(
    object: DefaultedNiFiCluster,
    status: NiFiClusterStatus,
    { monotonicMs, event }: { readonly monotonicMs: number; readonly event: ApplyContext['event'] },
  ): Promise<Result | undefined> {
    const key = keyOf(object);
    this.metrics.objectTold(nifiClusterType.kind, key, status.conditions ?? []);
    const patch = statusPatch(object.status ?? {}, status);
    if (patch === undefined) return undefined;
    const text = `${key.namespace}/${key.name}`;
    const quietFor = monotonicMs - (this.writtenAt.get(text) ?? Number.NEGATIVE_INFINITY);
    if (quietFor < quietMs && !isNews(object.status, status)) return { requeueAfterMs: Math.ceil(quietMs - quietFor) };
    this.writtenAt.set(text, monotonicMs);
    try {
      const uid = object.metadata.uid;
      const written = await this.client.patch(
        nifiClusterType,
        key,
        { status: patch },
        { subresource: 'status', ...(uid === undefined ? {} : { uid }) },
      );
      this.tracker.wrote(key, nifiClusterType, written.metadata.resourceVersion);
      announce(object.status, status, event);
    } catch (error) {
      // Deleted, or another cluster of this name by now: its own events bring it.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    return undefined;
  }

  forget(key: ObjectKey): void {
    this.writtenAt.delete(`${key.namespace}/${key.name}`);
    this.metrics.objectTold(nifiClusterType.kind, key, undefined);
  }
}

/** An event when Ready changes or is stalled for another reason: once, with the words of the condition. */
function announce(before: NiFiClusterStatus | undefined, now: NiFiClusterStatus, event: ApplyContext['event']): void {
  const ready = (status: NiFiClusterStatus | undefined) => status?.conditions?.find(({ type }) => type === 'Ready');
  const [was, is] = [ready(before), ready(now)];
  if (is === undefined || (was?.status === is.status && was.reason === is.reason)) return;
  const stalled = now.conditions?.some(({ type }) => type === 'Stalled');
  if (is.status === 'True') event('Normal', 'ClusterReady', is.message);
  // A pause is what somebody wants.
  else if (stalled) event(is.reason === 'Paused' ? 'Normal' : 'Warning', is.reason as Reason, is.message);
}

function isNews(before: NiFiClusterStatus | undefined, now: NiFiClusterStatus): boolean {
  const ready = (status: NiFiClusterStatus | undefined) =>
    status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return before?.observedGeneration !== now.observedGeneration || ready(before) !== ready(now);
}
