// An exported flow as far as its checks and its play read it: one group with processors, services and connections. Unlike the operator,
// which passes on what it does not know, this throws for anything that it has no words for.

import { parseDefinition } from '../../pkg/nifi/definition.ts';

export type Properties = Readonly<Record<string, string | null>>;

export interface Descriptor {
  readonly name: string;
  readonly displayName: string;
  readonly identifiesControllerService: boolean;
  readonly sensitive: boolean;
  readonly dynamic: boolean;
}

interface Configured {
  readonly identifier: string;
  readonly groupIdentifier: string;
  readonly name: string;
  readonly type: string;
  readonly bundle: { readonly group: string; readonly artifact: string; readonly version: string };
  readonly properties: Properties;
  readonly propertyDescriptors: Readonly<Record<string, Descriptor>>;
}

export interface Processor extends Configured {
  readonly autoTerminatedRelationships: readonly string[];
  readonly retriedRelationships: readonly string[];
}

export interface Service extends Configured {
  readonly controllerServiceApis: readonly { readonly type: string }[];
}

export interface Connection {
  readonly identifier: string;
  readonly groupIdentifier: string;
  readonly source: { readonly id: string };
  readonly destination: { readonly id: string };
  readonly selectedRelationships: readonly string[];
}

export interface Group {
  readonly identifier: string;
  readonly parameterContextName: string;
  readonly processors: readonly Processor[];
  readonly controllerServices: readonly Service[];
  readonly connections: readonly Connection[];
}

interface ExportedContext {
  readonly parameters: readonly { readonly name: string; readonly description: string; readonly value: string }[];
}

export interface Flow {
  readonly group: Group;
  readonly parameterContexts: Readonly<Record<string, ExportedContext>>;
}

/** Throws DecodeError for a text that is no flow, Error for one with groups or ports in it. */
export function readFlow(text: string): Flow {
  const { flowContents, parameterContexts } = parseDefinition(text) as unknown as {
    readonly flowContents: Group & Readonly<Record<'processGroups' | 'inputPorts' | 'outputPorts', readonly unknown[]>>;
    readonly parameterContexts: Flow['parameterContexts'];
  };
  const { processGroups, inputPorts, outputPorts } = flowContents;
  if (processGroups.length + inputPorts.length + outputPorts.length > 0) throw new Error('only one flat group is read');
  return { group: flowContents, parameterContexts };
}

/** The class's own name. */
export function simpleName(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}
