// The event that tells what is about to be done to a node and why, with the names of what differs from what it ran.
// It only reads. What it cannot find out is left out: a restart never waits for its announcement.

import { revisionName } from '../../../api/v1/labels.ts';
import { messageOf } from '../../../pkg/kube/errors.ts';
import { configMaps, secrets } from '../../../pkg/kube/resources.ts';
import { differenceOf, type RevisionContent } from '../build/difference.ts';
import type { Revision } from '../build/revision.ts';
import type { NodeStep } from '../plan/steps.ts';
import { type ApplyContext, ownedBy, ownerKey } from './context.ts';

type Announce = Extract<NodeStep, { kind: 'Announce' }>;

/** What publishes the announcement, once its act has begun. */
export async function announcementOf(context: ApplyContext, step: Announce): Promise<() => void> {
  const difference = step.former === undefined ? undefined : await differenceFrom(context, step.id, step.former);
  const note = difference === undefined ? step.note : `${step.note} (${difference})`;
  return () => context.event('Normal', step.why, note);
}

/** Undefined when nothing differs, or the former revision is not there to compare with. */
async function differenceFrom(context: ApplyContext, id: number, digest: string): Promise<string | undefined> {
  const wanted = context.render(id);
  if (wanted === undefined) return undefined;
  try {
    const former = await storedRevision(context, id, digest);
    return former && differenceOf(former, contentOf(wanted));
  } catch (error) {
    return `what it ran before cannot be read: ${messageOf(error)}`;
  }
}

async function storedRevision(context: ApplyContext, id: number, digest: string): Promise<RevisionContent | undefined> {
  const { client, cluster, world } = context;
  const name = revisionName(cluster.name, id, digest);
  const key = { ...ownerKey(context), name };
  const hasSecretPart = world.revisions.some((one) => one.kind === 'Secret' && one.name === name);
  const configMap = await client.get(configMaps, key);
  if (configMap === undefined || !ownedBy(cluster)(configMap)) return undefined;
  const secret = hasSecretPart ? await client.get(secrets, key) : undefined;
  return { digest, files: configMap.data ?? {}, secret: secret?.data ?? {} };
}

function contentOf({ digest, configMap, secret }: Revision): RevisionContent {
  return { digest, files: dataOf(configMap), secret: secret === undefined ? {} : dataOf(secret) };
}

function dataOf(object: object): Readonly<Record<string, string>> {
  return (object as { readonly data?: Readonly<Record<string, string>> }).data ?? {};
}
