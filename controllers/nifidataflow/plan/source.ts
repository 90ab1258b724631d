// Which version of which flow the spec asks for, in the ids of the registry, out of what is known without asking the registry. Pure.
// A group that is in NiFi already tells the ids and the names of its bucket and its flow, so at rest nobody calls the registry.
// Surprise: with `latest` and nothing heard of the registry yet, the version that is there is the one that is asked for.

import type { GroupInNiFi } from './observed.ts';
import type { RegistryWish, Target } from './world.ts';

type Contents = Target['contents'];

/** What the registry said of the flow. */
export interface FlowInRegistry {
  readonly bucketId: string;
  readonly flowId: string;
}

export interface KnownOfFlow {
  /** NiFi's id of the registry client. */
  readonly registryId: string;
  readonly group: Pick<GroupInNiFi, 'versionControl'> | undefined;
  /** What was found when the names of the spec were looked up. */
  readonly found: FlowInRegistry | undefined;
  /** The newest version, by the last that was heard. */
  readonly newest: string | undefined;
}

/** Undefined when the registry has to be asked. */
export function contentsOf(
  wish: RegistryWish,
  { registryId, group, found, newest }: KnownOfFlow,
): Contents | undefined {
  const ids = found ?? idsIn(wish, group);
  if (ids === undefined) return undefined;
  const { bucketId, flowId } = ids;
  const version = wish.version ?? newest ?? versionThere(flowId, group);
  if (version === undefined) return undefined;
  const { branch } = wish;
  return {
    kind: 'Registry',
    version: { registryId, ...(branch !== undefined && { branch }), bucketId, flowId, version },
  };
}

/** What the names were looked up for: with another text they are looked up again. */
export function lookupOf({ branch, bucket, flow }: RegistryWish, registryId: string): string {
  return JSON.stringify([registryId, branch, bucket, flow]);
}

function idsIn(wish: RegistryWish, group: KnownOfFlow['group']): FlowInRegistry | undefined {
  const there = group?.versionControl;
  if (there === undefined) return undefined;
  const { bucketId, bucketName, flowId, flowName } = there;
  const isBucket = wish.bucket === bucketId || wish.bucket === bucketName;
  const isFlow = wish.flow === flowId || wish.flow === flowName;
  return isBucket && isFlow ? { bucketId, flowId } : undefined;
}

function versionThere(flowId: string, group: KnownOfFlow['group']): string | undefined {
  const there = group?.versionControl;
  return there?.flowId === flowId ? there.version : undefined;
}
