// Parameter contexts that a flow brings along. What is there already keeps its values; only parameters that it lacks are added
// (StandardVersionedComponentSynchronizer.addMissingConfiguration). With REPLACE a flow gets contexts of its own, under new names.

import { randomUUID } from 'node:crypto';
import type { ClusterState, Parameter, ParameterContext } from '../flow/state.ts';
import type { FlowSnapshot, SnapshotContext, SnapshotGroup, SnapshotParameter } from './snapshot.ts';

export function contextByName(state: ClusterState, name: string | undefined): ParameterContext | undefined {
  return [...state.parameterContexts.values()].find((context) => context.name === name);
}

/** Makes and completes what the flow names. */
export function bringContexts(state: ClusterState, snapshot: FlowSnapshot): void {
  const proposed = Object.values(snapshot.parameterContexts ?? {});
  for (const { name, description } of proposed) {
    if (contextByName(state, name)) continue;
    const id = randomUUID();
    state.parameterContexts.set(id, { id, name, description, parameters: [], inherited: [] });
  }
  for (const context of proposed) complete(state, context);
}

/** The same flow with contexts named `name (1)` and so on, wherever such a name is taken (ParameterContextReplacer). */
export function withOwnContexts(state: ClusterState, snapshot: FlowSnapshot): FlowSnapshot {
  const renamed = new Map<string, string>();
  for (const { name } of Object.values(snapshot.parameterContexts ?? {})) renamed.set(name, freeName(state, name));
  const contexts = Object.values(snapshot.parameterContexts ?? {}).map((context) => ({
    ...context,
    name: renamed.get(context.name) ?? context.name,
    inheritedParameterContexts: (context.inheritedParameterContexts ?? []).map((name) => renamed.get(name) ?? name),
  }));
  return {
    ...snapshot,
    flowContents: rename(snapshot.flowContents, renamed),
    parameterContexts: Object.fromEntries(contexts.map((context) => [context.name, context])),
  };
}

function complete(state: ClusterState, proposed: SnapshotContext): void {
  const context = contextByName(state, proposed.name);
  if (!context) return;
  addMissing(context, proposed);
  if (context.inherited.length > 0) return;
  const inherited = (proposed.inheritedParameterContexts ?? []).map((name) => contextByName(state, name)?.id);
  context.inherited = inherited.filter((id) => id !== undefined);
}

/** What is there keeps its value. */
export function addMissing(context: ParameterContext, proposed: SnapshotContext): void {
  const known = new Set(context.parameters.map(({ name }) => name));
  const missing = (proposed.parameters ?? []).filter(({ name }) => !known.has(name));
  context.parameters = [...context.parameters, ...missing.map(toParameter)];
}

function toParameter({ name, description, sensitive = false, value = null }: SnapshotParameter): Parameter {
  return { name, description, sensitive, value };
}

function freeName(state: ClusterState, name: string): string {
  const bare = name.replace(/ \(\d+\)$/, '');
  let candidate = name;
  for (let number = 1; contextByName(state, candidate); number += 1) candidate = `${bare} (${number})`;
  return candidate;
}

function rename(group: SnapshotGroup, names: ReadonlyMap<string, string>): SnapshotGroup {
  const name = group.parameterContextName;
  return {
    ...group,
    ...(name === undefined ? {} : { parameterContextName: names.get(name) ?? name }),
    ...(group.processGroups ? { processGroups: group.processGroups.map((child) => rename(child, names)) } : {}),
  };
}
