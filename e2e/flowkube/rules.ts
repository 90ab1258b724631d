// What makes the exported flow one that NiFi takes and runs, as rules. Each returns what is wrong, in words that name the component;
// nothing wrong is an empty list. The table in classes.ts says what NiFi knows; parameters come from the sample's context.

import type { JsonObject } from '../../pkg/nifi/decode.ts';
import { parametersOf } from '../../pkg/nifi/definition.ts';
import { type ComponentClass, classes } from './classes.ts';
import type { Flow, Processor, Service } from './flow.ts';

interface Surroundings {
  readonly flow: Flow;
  /** The same as a definition. */
  readonly definition: JsonObject;
  /** Names that the context gives. */
  readonly parameters: readonly string[];
  /** NiFi's version of the cluster. */
  readonly version: string;
}

type Component = Processor | Service;

export function problemsOf(surroundings: Surroundings): readonly string[] {
  const { flow, definition, parameters, version } = surroundings;
  const { processors, controllerServices } = flow.group;
  return [
    ...[...processors, ...controllerServices].flatMap((component) => componentProblems(component, version)),
    ...processors.flatMap((processor) => [
      ...relationshipProblems(flow, processor),
      ...inputProblems(flow, processor),
      ...serviceProblems(flow, processor),
      ...logProblems(flow, processor),
    ]),
    ...identityProblems(flow),
    ...parameterProblems(parametersOf(definition), parameters),
  ];
}

function componentProblems(component: Component, version: string): readonly string[] {
  const known = classes[component.type];
  if (known === undefined) return [`${component.name}: ${component.type} is not in the table of classes`];
  const { group, artifact, version: bundled } = component.bundle;
  const bundle = `${group}:${artifact}:${bundled}`;
  const expected = `org.apache.nifi:${known.artifact}:${version}`;
  return [
    ...(bundle === expected ? [] : [`${component.name}: its bundle is ${bundle}, not ${expected}`]),
    ...propertyProblems(component, known),
    ...valueProblems(component, known),
  ];
}

/** Every property of the class is there, as an export has it, and no other where the class takes no other. */
function propertyProblems(component: Component, known: ComponentClass): readonly string[] {
  const { name, properties, propertyDescriptors } = component;
  const problems: string[] = [];
  for (const property of Object.keys(properties)) {
    if (known.properties[property] === undefined && !known.dynamic) problems.push(`${name}: no property ${property}`);
  }
  for (const [property, { sensitive = false, shown = property, service }] of Object.entries(known.properties)) {
    const descriptor = propertyDescriptors[property];
    if (property in properties === sensitive)
      problems.push(`${name}: ${property} is ${sensitive ? '' : 'not '}exported`);
    if (descriptor?.displayName !== shown) problems.push(`${name}: ${property} is shown as ${shown}`);
    if (descriptor?.identifiesControllerService !== (service !== undefined))
      problems.push(`${name}: ${property} is wrong about services`);
  }
  for (const [property, { dynamic }] of Object.entries(propertyDescriptors)) {
    if (dynamic !== (known.properties[property] === undefined))
      problems.push(`${name}: ${property} is wrongly dynamic`);
  }
  return problems;
}

function valueProblems({ name, properties }: Component, known: ComponentClass): readonly string[] {
  return Object.entries(known.properties).flatMap(([property, { required, values, sensitive }]) => {
    if (sensitive) return [];
    const value = properties[property] ?? null;
    if (value === null) return required ? [`${name}: ${property} is required`] : [];
    return values === undefined || values.includes(value) ? [] : [`${name}: ${property} cannot be ${value}`];
  });
}

/** Each way out is connected or ends there, and only ways out are. */
function relationshipProblems(flow: Flow, processor: Processor): readonly string[] {
  const { identifier, name, type, properties, autoTerminatedRelationships, retriedRelationships } = processor;
  const existing = classes[type]?.relationships(properties) ?? [];
  const connected = flow.group.connections
    .filter(({ source }) => source.id === identifier)
    .flatMap(({ selectedRelationships }) => selectedRelationships);
  const used = new Set([...connected, ...autoTerminatedRelationships]);
  return [
    ...existing.filter((one) => !used.has(one)).map((one) => `${name}: ${one} leads nowhere`),
    ...[...used, ...retriedRelationships]
      .filter((one) => !existing.includes(one))
      .map((one) => `${name}: there is no relationship ${one}`),
  ];
}

function inputProblems(flow: Flow, { identifier, name, type }: Processor): readonly string[] {
  const input = classes[type]?.input;
  const fed = flow.group.connections.some(({ destination }) => destination.id === identifier);
  if (input === 'required' && !fed) return [`${name}: nothing leads to it`];
  return input === 'forbidden' && fed ? [`${name}: it takes no flow files`] : [];
}

function serviceProblems(flow: Flow, { name, type, properties }: Processor): readonly string[] {
  return Object.entries(classes[type]?.properties ?? {}).flatMap(([property, { service }]) => {
    const id = properties[property] ?? null;
    if (service === undefined || id === null) return [];
    const found = flow.group.controllerServices.find(({ identifier }) => identifier === id);
    const fits = found?.controllerServiceApis.some((api) => api.type === service);
    return fits && classes[found?.type ?? '']?.apis?.includes(service)
      ? []
      : [`${name}: ${property} names no ${service}`];
  });
}

/** What a command said is in an attribute, the token among it: no log names such an attribute. */
function logProblems(flow: Flow, { name, type, properties }: Processor): readonly string[] {
  if (!type.endsWith('.LogAttribute')) return [];
  const logged = new RegExp(`^(?:${properties['attributes-to-log-regex'] ?? '.*'})$`, 'u');
  const secret = flow.group.processors
    .map((each) => each.properties['Output Destination Attribute'] ?? null)
    .filter((attribute) => attribute !== null);
  return secret.filter((attribute) => logged.test(attribute)).map((attribute) => `${name}: it logs ${attribute}`);
}

function identityProblems({ group }: Flow): readonly string[] {
  const { processors, controllerServices, connections } = group;
  const all = [...processors, ...controllerServices, ...connections];
  const ids = all.map(({ identifier }) => identifier);
  const ends = new Set(processors.map(({ identifier }) => identifier));
  return [
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} is there twice`),
    ...all
      .filter((each) => each.groupIdentifier !== group.identifier)
      .map(({ identifier }) => `${identifier} is astray`),
    ...connections
      .filter(({ source, destination }) => !ends.has(source.id) || !ends.has(destination.id))
      .map(({ identifier }) => `${identifier} has no two ends`),
  ];
}

function parameterProblems(needed: readonly string[], given: readonly string[]): readonly string[] {
  return [
    ...needed.filter((name) => !given.includes(name)).map((name) => `nobody gives the parameter ${name}`),
    ...given.filter((name) => !needed.includes(name)).map((name) => `nothing uses the parameter ${name}`),
  ];
}
