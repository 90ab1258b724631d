// A group as NiFi exports it. Sensitive values never leave; a component that came out of a flow keeps the identifier it has there,
// another one gets the name-based UUID of its own id (VersionedComponent mapping in NiFiRegistryFlowMapper).

import { sensitiveNames } from '../flow/descriptors.ts';
import { bundle, effectiveProperties, extensionType } from '../flow/extensions.ts';
import { processorConfig } from '../flow/processor-entities.ts';
import {
  type ClusterState,
  type Component,
  type ComponentKind,
  type Connection,
  type ControllerService,
  childrenOf,
  groupsBelow,
  inGroup,
  type ParameterContext,
  type ProcessGroup,
} from '../flow/state.ts';
import type { Json } from '../format.ts';
import { nameUuid } from '../tenants/model.ts';

interface Exporting {
  readonly state: ClusterState;
  /** Of NiFi. */
  readonly version: string;
}

/** The whole document: contents, and the parameter contexts that they use. */
export function exportFlow(exporting: Exporting, group: ProcessGroup): Json {
  return {
    flowContents: exportGroup(exporting, group),
    externalControllerServices: {},
    parameterContexts: exportContexts(exporting.state, group),
    flowEncodingVersion: '1.0',
    parameterProviders: {},
    latest: false,
  };
}

export function exportGroup(exporting: Exporting, group: ProcessGroup, parent?: string): Json {
  const { state } = exporting;
  const identifier = versionedIdOf(group);
  const context = state.parameterContexts.get(group.parameterContextId ?? '');
  const ports = (kind: ComponentKind): readonly Json[] =>
    ofKind(state, group, kind).map((port) => exportPort(port, identifier));
  return {
    identifier,
    instanceIdentifier: group.id,
    name: group.name,
    comments: group.comments,
    position: group.position,
    processGroups: childrenOf(state, group.id).map((child) => exportGroup(exporting, child, identifier)),
    remoteProcessGroups: [],
    processors: ofKind(state, group, 'PROCESSOR').map((item) => exportProcessor(exporting, item, identifier)),
    inputPorts: ports('INPUT_PORT'),
    outputPorts: ports('OUTPUT_PORT'),
    connections: inGroup(state.connections, group.id).map((item) => exportConnection(state, item, identifier)),
    labels: [],
    funnels: ports('FUNNEL'),
    controllerServices: inGroup(state.services, group.id).map((item) => exportService(exporting, item, identifier)),
    ...(context ? { parameterContextName: context.name } : {}),
    defaultFlowFileExpiration: '0 sec',
    defaultBackPressureObjectThreshold: 10_000,
    defaultBackPressureDataSizeThreshold: '1 GB',
    scheduledState: 'ENABLED',
    executionEngine: 'INHERITED',
    maxConcurrentTasks: 1,
    statelessFlowTimeout: '1 min',
    componentType: 'PROCESS_GROUP',
    flowFileConcurrency: 'UNBOUNDED',
    flowFileOutboundPolicy: 'STREAM_WHEN_AVAILABLE',
    ...(parent === undefined ? {} : { groupIdentifier: parent }),
  };
}

export function versionedIdOf({ id, versionedId }: { readonly id: string; readonly versionedId?: string | undefined }) {
  return versionedId ?? nameUuid(id);
}

function exportProcessor({ state, version }: Exporting, processor: Component, group: string): Json {
  const type = extensionType(processor.type);
  return {
    ...identity(processor),
    position: processor.position,
    type: processor.type,
    bundle: bundle(type.artifact, version),
    properties: exportProperties(state, processor),
    propertyDescriptors: propertyDescriptors(processor),
    style: {},
    ...processorConfig(processor),
    scheduledState: processor.scheduled === 'DISABLED' ? 'DISABLED' : 'ENABLED',
    componentType: 'PROCESSOR',
    groupIdentifier: group,
  };
}

function exportPort(port: Component, group: string): Json {
  return {
    ...identity(port),
    position: port.position,
    ...(port.kind === 'FUNNEL'
      ? {}
      : { type: port.kind, concurrentlySchedulableTaskCount: 1, allowRemoteAccess: false }),
    scheduledState: port.scheduled === 'DISABLED' ? 'DISABLED' : 'ENABLED',
    componentType: port.kind,
    groupIdentifier: group,
  };
}

function exportService({ state, version }: Exporting, service: ControllerService, group: string): Json {
  const type = extensionType(service.type);
  return {
    ...identity(service),
    type: service.type,
    bundle: bundle(type.artifact, version),
    properties: exportProperties(state, service),
    propertyDescriptors: propertyDescriptors(service),
    controllerServiceApis: type.apis.map((api) => ({
      type: api,
      bundle: bundle('nifi-standard-services-api-nar', version),
    })),
    scheduledState: service.state === 'DISABLED' ? 'DISABLED' : 'ENABLED',
    bulletinLevel: 'WARN',
    componentType: 'CONTROLLER_SERVICE',
    groupIdentifier: group,
  };
}

function exportConnection(state: ClusterState, connection: Connection, group: string): Json {
  return {
    identifier: versionedIdOf(connection),
    instanceIdentifier: connection.id,
    name: connection.name,
    source: exportEnd(state, connection.sourceId),
    destination: exportEnd(state, connection.destinationId),
    labelIndex: 1,
    zIndex: 0,
    selectedRelationships: connection.relationships,
    backPressureObjectThreshold: connection.backPressure,
    backPressureDataSizeThreshold: '1 GB',
    flowFileExpiration: '0 sec',
    prioritizers: [],
    bends: [],
    loadBalanceStrategy: 'DO_NOT_LOAD_BALANCE',
    loadBalanceCompression: 'DO_NOT_COMPRESS',
    componentType: 'CONNECTION',
    groupIdentifier: group,
  };
}

function exportEnd(state: ClusterState, id: string): Json {
  const end = state.components.get(id);
  if (!end) return { id };
  const group = state.groups.get(end.groupId);
  return {
    id: versionedIdOf(end),
    type: end.kind,
    ...(group ? { groupId: versionedIdOf(group) } : {}),
    name: end.name,
    comments: end.comments,
    instanceIdentifier: end.id,
  };
}

/** A service is referred to by the identifier it has in the flow. */
function exportProperties(state: ClusterState, { type, properties }: Component | ControllerService): Json {
  const sensitive = sensitiveNames(type);
  const all = Object.entries(effectiveProperties(type, properties)).filter(([name]) => !sensitive.has(name));
  const value = (given: string | null): string | null => {
    const service = given === null ? undefined : state.services.get(given);
    return service ? versionedIdOf(service) : given;
  };
  return Object.fromEntries(all.map(([name, given]) => [name, value(given)]));
}

function propertyDescriptors({ type, properties }: Component | ControllerService): Json {
  const known = new Map(extensionType(type).properties.map((property) => [property.name, property]));
  const names = Object.keys(effectiveProperties(type, properties));
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        name,
        displayName: name,
        identifiesControllerService: known.get(name)?.service !== undefined,
        sensitive: known.get(name)?.sensitive ?? false,
        dynamic: !known.has(name),
      },
    ]),
  );
}

function exportContexts(state: ClusterState, group: ProcessGroup): Json {
  const contexts = new Map<string, ParameterContext>();
  const add = (id: string | undefined): void => {
    const context = state.parameterContexts.get(id ?? '');
    if (!context || contexts.has(context.name)) return;
    contexts.set(context.name, context);
    for (const inherited of context.inherited) add(inherited);
  };
  for (const { parameterContextId } of groupsBelow(state, group.id)) add(parameterContextId);
  return Object.fromEntries([...contexts].map(([name, context]) => [name, exportContext(state, context)]));
}

function exportContext(state: ClusterState, { name, description, parameters, inherited }: ParameterContext): Json {
  return {
    name,
    parameters: parameters.map((parameter) => ({
      name: parameter.name,
      ...(parameter.description === undefined ? {} : { description: parameter.description }),
      sensitive: parameter.sensitive,
      provided: false,
      ...(parameter.sensitive || parameter.value === null ? {} : { value: parameter.value }),
    })),
    inheritedParameterContexts: inherited.map((id) => state.parameterContexts.get(id)?.name ?? id),
    ...(description === undefined ? {} : { description }),
    componentType: 'PARAMETER_CONTEXT',
  };
}

function identity(component: Component | ControllerService): Json {
  return {
    identifier: versionedIdOf(component),
    instanceIdentifier: component.id,
    name: component.name,
    comments: component.comments,
  };
}

function ofKind(state: ClusterState, group: ProcessGroup, kind: ComponentKind): readonly Component[] {
  return inGroup(state.components, group.id).filter((component) => component.kind === kind);
}
