// What carrying out a plan needs, and the one place where writes are made known to the tracker.
// Every write goes through here: one that the tracker does not know of would be repeated on a stale cache.

import type { EventReason } from '../../../api/v1/conditions.ts';
import type { KubeApi } from '../../../pkg/kube/api.ts';
import type { WriteTracker } from '../../../pkg/kube/consistency.ts';
import { KubeApiError } from '../../../pkg/kube/errors.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../../pkg/kube/types.ts';
import type { ClusterIdentity } from '../build/resources/owner.ts';
import type { Revision } from '../build/revision.ts';
import type { Finding } from '../plan/steps.ts';
import type { World } from '../plan/world.ts';

export interface ApplyContext {
  readonly client: KubeApi;
  readonly tracker: Pick<WriteTracker, 'wrote' | 'deleted'>;
  readonly cluster: ClusterIdentity;
  readonly world: World;
  readonly now: Date;
  /** The revision that the spec asks of a node; undefined where it cannot be rendered. */
  readonly render: (id: number) => Revision | undefined;
  /**
   * Whether the cluster still is what was planned with, by a consistent read: one `OnceATerm` is enough for what makes a
   * node go down, for what deletes data it is done `Always`.
   */
  readonly verify: (how: 'OnceATerm' | 'Always') => Promise<boolean>;
  /** Publishes an event about the cluster; never throws. */
  readonly event: (type: 'Normal' | 'Warning', reason: EventReason, note: string) => void;
}

/** A write that Kubernetes refuses for a reason a person must know; the rest of the plan goes on. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly finding: Finding;

  constructor(finding: Finding, cause: unknown) {
    super(finding.message, { cause });
    this.finding = finding;
  }
}

/**
 * Something is not as the plan saw it, so the step is not taken, and neither is what was to follow it. Nobody needs to be
 * told: the event of whatever changed brings the cluster back.
 */
export class OutdatedError extends Error {
  override readonly name = 'OutdatedError';
}

export function ownerKey({ cluster }: ApplyContext): ObjectKey {
  return { namespace: cluster.namespace, name: cluster.name };
}

/** Records what the API server returned and gives it back. */
export function written<T extends KubeObject>(context: ApplyContext, type: ResourceType<T>, object: T): T {
  context.tracker.wrote(ownerKey(context), type, object.metadata.resourceVersion);
  return object;
}

/**
 * Creates the object. One of the same name that is ours counts as created: our cache was behind, or an earlier try was
 * carried out although its answer was lost. Anybody else's is a NameConflict and stays untouched.
 */
export async function createOwn<T extends KubeObject>(
  context: ApplyContext,
  type: ResourceType<T>,
  object: T,
  isOurs: (live: T) => boolean,
): Promise<{ readonly object: T; readonly created: boolean }> {
  try {
    return { object: written(context, type, await context.client.create(type, object)), created: true };
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.reason !== 'AlreadyExists') throw error;
    const key = { namespace: context.cluster.namespace, name: object.metadata.name };
    const live = await context.client.get(type, key);
    // Whoever had the name is gone again: to be tried once more.
    if (live === undefined) throw error;
    if (isOurs(live)) return { object: written(context, type, live), created: false };
    throw new RefusedError(nameConflict(object), error);
  }
}

/**
 * An event about an object of a node. For a node that is only now made, `NodeCreated` says it all: an event for each of
 * its objects would use up what a cluster may say, and hide what is worth reading.
 */
export function nodeEvent(context: ApplyContext, id: number | undefined, reason: EventReason, note: string): void {
  if (id === undefined || context.world.records.has(id)) context.event('Normal', reason, note);
}

export function nameConflict(object: KubeObject): Finding {
  const { kind, metadata } = object;
  const message = `${kind} ${metadata.name} exists and is not this cluster's: remove or rename it, it is left alone until then`;
  return { reason: 'NameConflict', message, effect: 'blocks' };
}

/** The cluster owns it, by UID: one of an earlier cluster of this name is not ours and is on its way out. */
export function ownedBy(cluster: ClusterIdentity): (live: KubeObject) => boolean {
  return (live) =>
    live.metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === cluster.uid) ?? false;
}
