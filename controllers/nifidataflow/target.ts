// What the spec asks for in NiFi's own ids, by what is known without a call: the parent, the context, and the version of the flow.
// Surprise: for a flow that follows the newest version, the last that was heard counts: by a look-up for this object alone, or by the
// shared reads, whichever is younger.

import type { ProcessGroup } from '../../pkg/nifi/endpoints/process-groups.ts';
import type { LatestReads } from '../../pkg/nifi/latest-reads.ts';
import type { Reader } from '../../pkg/nifi/types.ts';
import type { Looked } from './lookup.ts';
import type { FlowMemory } from './memory.ts';
import type { FlowVersion } from './plan/observed.ts';
import { contentsOf, lookupOf } from './plan/source.ts';
import type { FlowWish, RegistryWish, Target } from './plan/world.ts';

/** How often the registry is asked for a flow of which NiFi says that it is stale. */
const stalePeriods = 2;

export interface Knowing {
  readonly looked: Looked;
  /** The group that is there. */
  readonly group: ProcessGroup | undefined;
  readonly memory: FlowMemory;
  readonly latest: Pick<LatestReads, 'newest'>;
  readonly reader: Reader;
  readonly driftPeriodMs: number;
}

/** Undefined while the registry has to be asked what the spec names. */
export function targetFor({ source }: FlowWish, knowing: Knowing): Target | undefined {
  const { parent, context } = knowing.looked;
  const parentId = parent === 'root' ? (knowing.memory.rootId ?? parent) : parent;
  const contents: Target['contents'] | undefined =
    source.kind === 'Definition' ? { kind: 'Definition', digest: source.digest } : versionOf(source, knowing);
  return contents && { parentId, contents, ...(context && { context }) };
}

/** The newest version, where that is asked for, known, and another than the one that is there. */
export function newestIn(
  { source }: FlowWish,
  { target, group }: { readonly target: Target | undefined; readonly group: ProcessGroup | undefined },
): string | undefined {
  if (source.kind !== 'Registry' || source.version !== undefined) return undefined;
  if (group === undefined || target?.contents.kind !== 'Registry') return undefined;
  const { version } = target.contents.version;
  return version === group.versionControl?.version ? undefined : version;
}

function versionOf(source: RegistryWish, knowing: Knowing): Target['contents'] | undefined {
  const { looked, group, memory } = knowing;
  const { registryId = '' } = looked;
  const found = memory.found?.of === lookupOf(source, registryId) ? memory.found : undefined;
  const known = { registryId, group, found, newest: found?.newest };
  const contents = contentsOf(source, known);
  if (contents?.kind !== 'Registry' || source.version !== undefined) return contents;
  const newest = heardSince(contents.version, knowing, found?.atMs) ?? found?.newest;
  return contentsOf(source, { ...known, newest }) ?? contents;
}

function heardSince(
  flow: FlowVersion,
  { group, latest, reader, driftPeriodMs }: Knowing,
  sinceMs = Number.NEGATIVE_INFINITY,
): string | undefined {
  const isStale = group?.versionControl?.state.endsWith('STALE') === true;
  const heard = latest.newest(flow, isStale ? stalePeriods * driftPeriodMs : Number.POSITIVE_INFINITY, reader);
  return heard !== undefined && heard.takenAtMs > sinceMs ? heard.version : undefined;
}
