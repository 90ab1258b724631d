// What a dataflow names in NiFi, in NiFi's ids: its parent group, its parameter context, its registry client, and the flow itself. Pure.
// Contexts and clients are known by their marks, never by a status. A verdict says what is missing and what mends it.
// Surprise: ids are tried before names, since a person may have named one bucket like the id of another.

import { stalled, type Verdict, working } from '../../nifi/verdict.ts';
import { type ContextInNiFi, contextOf as ownContext } from '../../nifiparametercontext/plan/plan.ts';
import { type ClientInNiFi, clientsOf } from '../../nifiregistryclient/plan/plan.ts';
import type { ContextTarget, FlowWish, RegistryWish } from './world.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** What was found, or why nothing was. */
export type Resolved<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly obstacle: Verdict };

/** `children` are those of the root group; one that is given by id is taken as it is, and NiFi says when it does not exist. */
export function parentOf({ parent }: FlowWish, rootId: string, children: readonly Named[]): Resolved<string> {
  if (parent?.id !== undefined) return found(parent.id);
  if (parent?.name === undefined) return found(rootId);
  const field = 'spec.parentProcessGroup.name';
  const [only, second] = children.filter(({ name }) => name === parent.name);
  if (only === undefined)
    return missing(
      'ReferenceMissing',
      `${field} names the process group ${parent.name}, which the root group does not have: create it or correct the name`,
    );
  return second === undefined
    ? found(only.id)
    : missing('ReferenceInvalid', `${field} names ${parent.name}, which is the name of several groups: give its id`);
}

/** What is known of the NiFiParameterContext that the spec names. */
export interface ReferredContext {
  /** The name in NiFi that it asks for: it tells the context when a flow brought a copy of its mark along. */
  readonly name: string;
  /** The id that was kept of it, for while a flow has overwritten its mark. */
  readonly id?: string;
}

export function contextOf(
  { owner, context }: FlowWish,
  contexts: readonly ContextInNiFi[],
  referred: ReferredContext = { name: context ?? '' },
): Resolved<ContextTarget | undefined> {
  if (context === undefined) return found(undefined);
  const wanted = { kind: 'NiFiParameterContext', namespace: owner.namespace, name: context };
  const { id } = referred;
  const ours = ownContext(wanted, referred.name, contexts, id === undefined ? undefined : { id, sets: [] });
  return ours === undefined
    ? notReady('spec.parameterContextRef', `NiFiParameterContext ${context}`)
    : found({ id: ours.id, name: ours.name, description: ours.description });
}

/** `className` is the class that the referred object asks for: while that changes, two clients carry its mark. */
export function clientOf(
  { owner }: FlowWish,
  { client }: RegistryWish,
  { clients, className }: { readonly clients: readonly ClientInNiFi[]; readonly className: string },
): Resolved<string> {
  const ours = clientsOf({ kind: 'NiFiRegistryClient', namespace: owner.namespace, name: client }, clients);
  const current = ours.find(({ type }) => type === className);
  return current === undefined
    ? notReady('spec.source.registry.clientRef', `NiFiRegistryClient ${client}`)
    : found(current.id);
}

export function bucketOf({ bucket }: RegistryWish, buckets: readonly Named[]): Resolved<string> {
  return named(bucket, buckets, { field: 'bucket', where: 'the registry' });
}

export function flowOf({ flow }: RegistryWish, flows: readonly Named[]): Resolved<string> {
  return named(flow, flows, { field: 'flow', where: 'the bucket' });
}

/** `versions` are those of the flow, the newest first. */
export function versionOf(
  { version }: RegistryWish,
  versions: readonly { readonly version: string }[],
): Resolved<string> {
  const [newest] = versions;
  if (newest === undefined)
    return missing('FlowNotFound', 'spec.source.registry.flow names a flow that has no version yet: commit one');
  if (version === undefined) return found(newest.version);
  return versions.some((each) => each.version === version)
    ? found(version)
    : missing(
        'FlowNotFound',
        `spec.source.registry.version names the version ${version}, which the flow does not have: commit it or correct the version`,
      );
}

function named(
  wanted: string,
  all: readonly Named[],
  { field, where }: { readonly field: string; readonly where: string },
): Resolved<string> {
  const byId = all.find(({ id }) => id === wanted);
  if (byId !== undefined) return found(byId.id);
  const [only, second] = all.filter(({ name }) => name === wanted);
  const is = `spec.source.registry.${field} names the ${field} ${wanted}`;
  if (only === undefined)
    return missing('FlowNotFound', `${is}, which ${where} does not have: create it or correct the name`);
  return second === undefined
    ? found(only.id)
    : missing('FlowNotFound', `${is}, of which ${where} has several: give its id`);
}

function found<T>(value: T): Resolved<T> {
  return { ok: true, value };
}

function missing(reason: Verdict['reason'], message: string): Resolved<never> {
  return { ok: false, obstacle: stalled(reason, message) };
}

function notReady(field: string, what: string): Resolved<never> {
  return { ok: false, obstacle: working('ReferenceNotReady', `${field} names the ${what}, which is not in NiFi yet`) };
}
