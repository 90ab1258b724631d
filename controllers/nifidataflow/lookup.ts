// From the shared answers of NiFi to what a dataflow names there: its parent group, its registry client, its parameter context; or to what
// is missing, or not answered yet. It asks for nothing but what the gateway reads for everybody.

import type { ParameterContext } from '../../pkg/nifi/endpoints/parameter-contexts.ts';
import type { ProcessGroup } from '../../pkg/nifi/endpoints/process-groups.ts';
import type { FlowReads, GroupsAnswer } from '../../pkg/nifi/flow-reads.ts';
import type { Reader } from '../../pkg/nifi/types.ts';
import { stalled, type Verdict } from '../nifi/verdict.ts';
import { classOf } from '../nifiregistryclient/plan/classes.ts';
import { missingParameters } from './plan/parameters.ts';
import type { Referred } from './plan/referred.ts';
import { clientOf, contextOf, parentOf } from './plan/resolve.ts';
import type { ContextTarget, FlowWish } from './plan/world.ts';

export interface Looked {
  /** Id of the parent as it is asked for, which may be `root`. */
  readonly parent: string;
  /** The parent's children. */
  readonly answer: GroupsAnswer;
  readonly registryId: string | undefined;
  readonly context: ContextTarget | undefined;
  readonly contexts: readonly ParameterContext[];
}

/** What was found, what is in the way, or nothing while NiFi has not answered. */
export type Lookup = { readonly found: Looked } | { readonly obstacle: Verdict } | undefined;

export function lookUp(wish: FlowWish, referred: Referred, { flows, reader, contextId }: Asking): Lookup {
  const parent = parentIn(wish, { flows, reader });
  if (parent === undefined || 'obstacle' in parent) return parent;
  const answer = flows.groups(parent.id, Number.POSITIVE_INFINITY, reader);
  const contexts = needsContexts(wish) ? flows.contexts(Number.POSITIVE_INFINITY, reader)?.contexts : [];
  const registry = registryIn(wish, referred, { flows, reader });
  if (answer === undefined) return flows.isMissing(parent.id) ? { obstacle: noSuchParent(parent.id) } : undefined;
  if (contexts === undefined || registry === undefined) return undefined;
  if ('obstacle' in registry) return registry;
  const context = contextOf(wish, contexts, contextHint(wish, referred, contextId));
  if (!context.ok) return { obstacle: context.obstacle };
  const missing = missingParameters(wish, context.value?.id, contexts);
  if (missing !== undefined) return { obstacle: missing };
  return { found: { parent: parent.id, answer, registryId: registry.id, context: context.value, contexts } };
}

interface Asking {
  readonly flows: Pick<FlowReads, 'groups' | 'contexts' | 'clients' | 'isMissing'>;
  readonly reader: Reader;
  /** What was kept of the parameter context's id. */
  readonly contextId?: string | undefined;
}

type Found<T> = T | { readonly obstacle: Verdict } | undefined;

function parentIn(wish: FlowWish, { flows, reader }: Asking): Found<{ readonly id: string }> {
  if (wish.parent?.name === undefined) return { id: wish.parent?.id?.toLowerCase() ?? 'root' };
  const root = flows.groups('root', Number.POSITIVE_INFINITY, reader);
  if (root === undefined) return undefined;
  const found = parentOf(wish, 'root', root.groups);
  return found.ok ? { id: found.value } : { obstacle: found.obstacle };
}

function registryIn(
  wish: FlowWish,
  { client }: Referred,
  { flows, reader }: Asking,
): Found<{ readonly id: string | undefined }> {
  if (wish.source.kind === 'Definition') return { id: undefined };
  const answer = flows.clients(Number.POSITIVE_INFINITY, reader);
  if (answer === undefined) return undefined;
  const className = classOf(client?.spec.type ?? '');
  const found = clientOf(wish, wish.source, { clients: answer.clients, className });
  return found.ok ? { id: found.value } : { obstacle: found.obstacle };
}

/** A definition may need parameters although it names no context. */
function needsContexts({ context, source }: FlowWish): boolean {
  return context !== undefined || source.kind === 'Definition';
}

function contextHint({ context = '' }: FlowWish, { context: object }: Referred, id: string | undefined) {
  return { name: object?.spec.displayName ?? context, ...(id !== undefined && { id }) };
}

function noSuchParent(id: string): Verdict {
  return stalled(
    'ReferenceMissing',
    `spec.parentProcessGroup.id names the process group ${id}, which NiFi does not have: correct the id`,
  );
}

/** NiFi's id of the root group, which every child of it tells. */
export function rootIn({ groups }: { readonly groups: readonly ProcessGroup[] }): string | undefined {
  return groups[0]?.parentId;
}
