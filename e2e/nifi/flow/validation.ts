// Whether a processor or a service may run, and NiFi's words for why not. Tests add errors of their own, by name.
// Messages are those of AbstractComponentNode and StandardProcessorNode.

import { effectiveProperties, extensionType, relationshipsOf } from './extensions.ts';
import { contextOf, effectiveParameters, referencedNames } from './parameter-references.ts';
import type { ClusterState, Component, ControllerService } from './state.ts';

/** Names or ids of components → what a test says is wrong with them. */
export type BrokenComponents = ReadonlyMap<string, string>;

export function processorErrors(
  state: ClusterState,
  processor: Component,
  broken: BrokenComponents = new Map(),
): readonly string[] {
  if (processor.kind !== 'PROCESSOR') return [];
  return [
    ...brokenBy(processor, broken),
    ...propertyErrors(processor),
    ...parameterErrors(state, processor),
    ...serviceErrors(state, processor),
    ...connectionErrors(state, processor),
  ];
}

export function controllerServiceErrors(
  state: ClusterState,
  service: ControllerService,
  broken: BrokenComponents = new Map(),
): readonly string[] {
  return [
    ...brokenBy(service, broken),
    ...propertyErrors(service),
    ...parameterErrors(state, service),
    ...keystoreErrors(service),
  ];
}

function brokenBy({ id, name }: Component | ControllerService, broken: BrokenComponents): readonly string[] {
  const error = broken.get(id) ?? broken.get(name);
  return error === undefined ? [] : [error];
}

function propertyErrors({ type, properties }: Component | ControllerService): readonly string[] {
  const values = effectiveProperties(type, properties);
  return extensionType(type)
    .properties.filter(({ name, required }) => required && (values[name] ?? null) === null)
    .map(({ name }) => `'${name}' is invalid because ${name} is required`);
}

function parameterErrors(state: ClusterState, component: Component | ControllerService): readonly string[] {
  const names = [...referencedNames(component)];
  if (names.length === 0) return [];
  const context = contextOf(state, component);
  const property = (name: string): string =>
    Object.entries(component.properties).find(([, value]) => value?.includes(`#{${name}}`))?.[0] ?? name;
  if (!context) {
    const [first = ''] = names;
    return [
      `'${property(first)}' is invalid because Property references one or more Parameters but no Parameter Context is currently set on the Process Group`,
    ];
  }
  const known = effectiveParameters(state, context);
  return names
    .filter((name) => !known.has(name))
    .map(
      (name) =>
        `'${property(name)}' is invalid because Property references Parameter '${name}' but the currently selected Parameter Context does not have a Parameter with that name`,
    );
}

function serviceErrors(state: ClusterState, { type, properties }: Component): readonly string[] {
  const values = effectiveProperties(type, properties);
  return extensionType(type).properties.flatMap(({ name, service }) => {
    const id = values[name] ?? null;
    if (service === undefined || id === null) return [];
    const referenced = state.services.get(id);
    if (!referenced) {
      return [
        `'${name}' validated against '${id}' is invalid because Property references a Controller Service that does not exist`,
      ];
    }
    return referenced.state === 'ENABLED'
      ? []
      : [`'${name}' validated against '${id}' is invalid because Controller Service with ID ${id} is disabled`];
  });
}

function connectionErrors(state: ClusterState, processor: Component): readonly string[] {
  const { input } = extensionType(processor.type);
  const relationships = relationshipsOf(processor.type, processor.properties);
  const automatic = (processor.config['autoTerminatedRelationships'] ?? []) as readonly string[];
  const connected = new Set<string>();
  let incoming = false;
  for (const connection of state.connections.values()) {
    if (connection.sourceId === processor.id) for (const name of connection.relationships) connected.add(name);
    incoming ||= connection.destinationId === processor.id;
  }
  const open = relationships.filter((name) => !automatic.includes(name) && !connected.has(name));
  return [
    ...open.map(
      (name) =>
        `'Relationship ${name}' is invalid because Relationship '${name}' is not connected to any component and is not auto-terminated`,
    ),
    ...(input === 'INPUT_REQUIRED' && !incoming
      ? ["'Upstream Connections' is invalid because Processor requires an upstream connection but currently has none"]
      : []),
  ];
}

/** Recorded: a keystore is given whole or not at all. */
function keystoreErrors({ type, properties }: ControllerService): readonly string[] {
  if (!type.endsWith('SSLContextService')) return [];
  return ['Keystore', 'Truststore'].flatMap((store) => {
    const given = ['Filename', 'Password', 'Type'].filter((part) => (properties[`${store} ${part}`] ?? null) !== null);
    return given.length === 0 || given.length === 3
      ? []
      : [`'${store} Properties' is invalid because Must set either 0 or 3 properties for ${store}`];
  });
}
