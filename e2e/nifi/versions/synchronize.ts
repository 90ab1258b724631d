// Makes a group what a flow says. Facts of StandardVersionedComponentSynchronizer.synchronize, which tests rely on:
// - the group's comments are always replaced, whoever asked for it; so a marker in them does not live;
// - its name and position only when settings are updated: an import from a registry takes the flow's name and keeps the place,
//   an upload keeps both, a version change keeps both, and replace-requests take both from the flow;
// - a component is known again by its identifier in the flow, so it keeps its id, and a connection keeps its queue.

import { changedProperties, isSensitive } from '../flow/extensions.ts';
import { touch } from '../flow/revisions.ts';
import {
  type ClusterState,
  type Component,
  type ComponentKind,
  type Connection,
  type ControllerService,
  childrenOf,
  inGroup,
  type ProcessGroup,
} from '../flow/state.ts';
import { nameUuid } from '../tenants/model.ts';
import { addMissing, contextByName } from './contexts.ts';
import { versionedIdOf } from './export.ts';
import { removeTree } from './remove.ts';
import {
  type FlowSnapshot,
  processorSettings,
  type SnapshotGroup,
  type SnapshotPort,
  type SnapshotProcessor,
  type SnapshotService,
  scheduledIn,
} from './snapshot.ts';

/** What of the group itself is taken from the flow, besides its comments. */
export type Settings = 'none' | 'name' | 'name and position';

const origin = { x: 0, y: 0 };

export function synchronize(
  state: ClusterState,
  group: ProcessGroup,
  snapshot: FlowSnapshot,
  settings: Settings,
): void {
  const { flowContents: flow } = snapshot;
  group.comments = flow.comments ?? '';
  if (settings !== 'none' && flow.name !== undefined) group.name = flow.name;
  if (settings === 'name and position' && flow.position) group.position = flow.position;
  bindContext(state, group, snapshot);
  const ids = new Map<string, string>();
  synchronizeServices(state, group, flow.controllerServices ?? [], ids);
  synchronizeComponents(state, group, flow, ids);
  synchronizeGroups(state, group, snapshot);
  synchronizeConnections(state, group, flow);
  resolveServices(state, group, ids);
}

/** Ids of the connections that are there and not in the flow: they go, so nothing may be queued in them. */
export function removedConnections(state: ClusterState, group: ProcessGroup, flow: SnapshotGroup): readonly string[] {
  const kept = new Set((flow.connections ?? []).map(({ identifier }) => identifier));
  const own = inGroup(state.connections, group.id).filter((connection) => !kept.has(versionedIdOf(connection)));
  const children = childrenOf(state, group.id).flatMap((child) => {
    const match = (flow.processGroups ?? []).find(({ identifier }) => identifier === versionedIdOf(child));
    return removedConnections(state, child, match ?? {});
  });
  return [...own.map(({ id }) => id), ...children];
}

/**
 * A group without a context gets the flow's, one that has a context keeps it and gets the parameters it lacks. A flow that names no
 * context takes the group's away (updateParameterContext), also when somebody else had bound it.
 */
function bindContext(
  state: ClusterState,
  group: ProcessGroup,
  { flowContents, parameterContexts }: FlowSnapshot,
): void {
  const name = flowContents.parameterContextName;
  if (name === undefined) {
    group.parameterContextId = undefined;
    return;
  }
  const proposed = parameterContexts?.[name];
  const current = state.parameterContexts.get(group.parameterContextId ?? '');
  if (!proposed) return;
  if (current) addMissing(current, proposed);
  else group.parameterContextId = contextByName(state, name)?.id;
}

function synchronizeServices(
  state: ClusterState,
  group: ProcessGroup,
  services: readonly SnapshotService[],
  ids: Map<string, string>,
): void {
  const present = byVersionedId(inGroup(state.services, group.id));
  for (const proposed of services) {
    const known = present.get(proposed.identifier);
    const service: ControllerService = known ?? {
      id: instanceId(group, proposed.identifier),
      groupId: group.id,
      type: proposed.type,
      versionedId: proposed.identifier,
      name: proposed.name,
      comments: '',
      state: 'DISABLED',
      properties: {},
    };
    ids.set(proposed.identifier, service.id);
    service.name = proposed.name;
    service.comments = proposed.comments ?? '';
    service.properties = properties(service, proposed.properties);
    if (known) touch(state.revisions, known.id);
    state.services.set(service.id, service);
  }
  const wanted = new Set(services.map(({ identifier }) => identifier));
  for (const [id, service] of present) if (!wanted.has(id)) state.services.delete(service.id);
}

function synchronizeComponents(
  state: ClusterState,
  group: ProcessGroup,
  flow: SnapshotGroup,
  services: ReadonlyMap<string, string>,
): void {
  const present = byVersionedId(inGroup(state.components, group.id));
  const proposed = [
    ...(flow.processors ?? []).map((item) => ({ kind: 'PROCESSOR' as const, item })),
    ...(flow.inputPorts ?? []).map((item) => ({ kind: 'INPUT_PORT' as const, item })),
    ...(flow.outputPorts ?? []).map((item) => ({ kind: 'OUTPUT_PORT' as const, item })),
    ...(flow.funnels ?? []).map((item) => ({ kind: 'FUNNEL' as const, item })),
  ];
  for (const { kind, item } of proposed) {
    const known = present.get(item.identifier);
    const component = known ?? newComponent(group, kind, item);
    component.name = item.name ?? '';
    component.comments = item.comments ?? '';
    component.position = item.position ?? origin;
    if (component.scheduled !== 'RUNNING') component.scheduled = scheduledIn(item.scheduledState);
    if (kind === 'PROCESSOR') configure(component, item, services);
    if (known) touch(state.revisions, known.id);
    state.components.set(component.id, component);
  }
  const wanted = new Set(proposed.map(({ item }) => item.identifier));
  for (const [id, component] of present) if (!wanted.has(id)) state.components.delete(component.id);
}

function newComponent(group: ProcessGroup, kind: ComponentKind, item: SnapshotPort | SnapshotProcessor): Component {
  return {
    id: instanceId(group, item.identifier),
    groupId: group.id,
    kind,
    type: kind === 'PROCESSOR' ? (item as SnapshotProcessor).type : '',
    versionedId: item.identifier,
    name: item.name ?? '',
    position: item.position ?? origin,
    comments: '',
    scheduled: kind === 'FUNNEL' ? 'RUNNING' : 'STOPPED',
    properties: {},
    config: {},
  };
}

function configure(component: Component, item: SnapshotProcessor, services: ReadonlyMap<string, string>): void {
  const referenced = Object.entries(item.properties ?? {}).map(([name, value]) => {
    return [name, value === null ? null : (services.get(value) ?? value)] as const;
  });
  component.properties = properties(component, Object.fromEntries(referenced));
  component.config = Object.fromEntries(
    processorSettings.filter((name) => item[name] !== undefined).map((name) => [name, item[name]]),
  );
}

function synchronizeGroups(state: ClusterState, parent: ProcessGroup, snapshot: FlowSnapshot): void {
  const flows = snapshot.flowContents.processGroups ?? [];
  const present = byVersionedId(childrenOf(state, parent.id));
  for (const flow of flows) {
    const identifier = flow.identifier ?? '';
    const known = present.get(identifier);
    const group: ProcessGroup = known ?? {
      id: instanceId(parent, identifier),
      parentId: parent.id,
      versionedId: identifier,
      name: '',
      comments: '',
      position: origin,
    };
    state.groups.set(group.id, group);
    if (known) touch(state.revisions, known.id);
    synchronize(state, group, { ...snapshot, flowContents: flow }, 'name and position');
  }
  const wanted = new Set(flows.map(({ identifier }) => identifier ?? ''));
  for (const [id, group] of present) if (!wanted.has(id)) removeTree(state, group);
}

function synchronizeConnections(state: ClusterState, group: ProcessGroup, flow: SnapshotGroup): void {
  const present = byVersionedId(inGroup(state.connections, group.id));
  const ends = endsOf(state, group);
  for (const proposed of flow.connections ?? []) {
    const known = present.get(proposed.identifier);
    const [sourceId, destinationId] = [proposed.source.id, proposed.destination.id].map((id) => ends.get(id) ?? id);
    const connection: Connection = {
      id: known?.id ?? instanceId(group, proposed.identifier),
      groupId: group.id,
      versionedId: proposed.identifier,
      name: proposed.name ?? '',
      sourceId: sourceId ?? '',
      destinationId: destinationId ?? '',
      relationships: proposed.selectedRelationships ?? [],
      backPressure: proposed.backPressureObjectThreshold ?? 10_000,
    };
    if (known) touch(state.revisions, known.id);
    state.connections.set(connection.id, connection);
  }
  const wanted = new Set((flow.connections ?? []).map(({ identifier }) => identifier));
  for (const [id, connection] of present) if (!wanted.has(id)) state.connections.delete(connection.id);
}

/** Identifier in the flow → id here, of what a connection of this group may begin or end with. */
function endsOf(state: ClusterState, group: ProcessGroup): ReadonlyMap<string, string> {
  const groups = [group, ...childrenOf(state, group.id)];
  const components = groups.flatMap(({ id }) => inGroup(state.components, id));
  return new Map(components.map((component) => [versionedIdOf(component), component.id]));
}

/** Services of this group that refer to each other. */
function resolveServices(state: ClusterState, group: ProcessGroup, ids: ReadonlyMap<string, string>): void {
  for (const service of inGroup(state.services, group.id)) {
    const entries = Object.entries(service.properties).map(([name, value]) => {
      return [name, value === null ? null : (ids.get(value) ?? value)] as const;
    });
    service.properties = Object.fromEntries(entries);
  }
}

/** A flow has no sensitive values: those that are set stay (recorded of exports, which leave them out). */
function properties(
  { type, properties: before }: Component | ControllerService,
  proposed: Readonly<Record<string, string | null>> = {},
): Readonly<Record<string, string | null>> {
  const kept = Object.entries(before).filter(([name]) => isSensitive(type, name));
  return changedProperties({}, { ...Object.fromEntries(kept), ...proposed });
}

/** The same on every node and after every version change. */
function instanceId(group: ProcessGroup, identifier: string): string {
  return nameUuid(`${group.id}/${identifier}`);
}

function byVersionedId<T extends { readonly id: string; readonly versionedId?: string | undefined }>(
  items: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [versionedIdOf(item), item]));
}
