// A flow definition, as people give it: whether it is one, which parameters it needs, and what of it becomes the operator's. Pure.
// Source: VersionedFlowSnapshot and VersionedProcessGroup of NiFi 2.x, the recorded definition of the reference.
// Surprising: a definition carries parameter contexts with it, and NiFi would make them, or add their parameters to a context of the
// same name, and take the context from a group for which none is named. So all groups name the one context that is wished, and the
// definition brings it along without parameters: NiFi finds it by its name and changes nothing in it
// (StandardVersionedComponentSynchronizer.updateParameterContext and addMissingConfiguration).

import { DecodeError, field, type JsonObject, listIn, objectAt, objectIn, textIn } from './decode.ts';
import type { FlowDefinition } from './endpoints/definitions.ts';
import type { Position } from './endpoints/process-groups.ts';
import { parseJson, UnsafeJsonError } from './json.ts';

/** The definition in a text; throws DecodeError that says what is wrong with it, without a word of its contents. */
export function parseDefinition(text: string): FlowDefinition {
  let value: unknown;
  try {
    value = parseJson(Buffer.from(text));
  } catch (error) {
    const why = error instanceof UnsafeJsonError ? error.message : 'it is not JSON';
    throw new DecodeError(`This is no flow definition: ${why}`, { cause: error });
  }
  try {
    const definition = objectAt(value, 'the text');
    checkGroup(objectIn(definition, 'flowContents'));
    return definition;
  } catch (error) {
    throw error instanceof DecodeError
      ? new DecodeError(`This is no flow definition: ${error.message}`, { cause: error })
      : error;
  }
}

export interface Settings {
  readonly name: string;
  readonly comments: string;
  readonly position: Position;
  /** The context of all its groups, which exists already, as NiFi has it; absent for none. */
  readonly parameterContext?: { readonly name: string; readonly description: string };
}

/** The definition to send to NiFi: with these settings, without contexts of its own and without coordinates of a registry. */
export function definitionWith(definition: FlowDefinition, settings: Settings): FlowDefinition {
  const { name, comments, position, parameterContext } = settings;
  const contents = withContext(objectIn(definition, 'flowContents'), parameterContext?.name);
  return {
    flowContents: { ...contents, name, comments, position },
    externalControllerServices: field(definition, 'externalControllerServices') ?? {},
    parameterContexts:
      parameterContext === undefined ? {} : { [parameterContext.name]: emptyContext(parameterContext) },
    parameterProviders: {},
    flowEncodingVersion: field(definition, 'flowEncodingVersion') ?? '1.0',
  };
}

const REFERENCE = /(?<!#)(?:##)*#\{(?<name>[^{}]+)\}/gu;

/** Names of the parameters that the properties of its components refer to, sorted. */
export function parametersOf(definition: FlowDefinition): readonly string[] {
  const names = new Set<string>();
  for (const group of withNested(objectIn(definition, 'flowContents'))) {
    for (const component of [...componentsIn(group, 'processors'), ...componentsIn(group, 'controllerServices')]) {
      for (const value of Object.values(objectAt(field(component, 'properties') ?? {}, 'properties'))) {
        for (const match of typeof value === 'string' ? value.matchAll(REFERENCE) : []) {
          names.add(match.groups?.['name']?.trim().replaceAll(/^'(.*)'$/gu, '$1') ?? '');
        }
      }
    }
  }
  return [...names].filter(Boolean).toSorted();
}

/** What NiFi needs of a group, to the depth that the text's nesting allows. */
function checkGroup(group: JsonObject): void {
  textIn(group, 'identifier');
  textIn(group, 'name');
  for (const component of [...componentsIn(group, 'processors'), ...componentsIn(group, 'controllerServices')]) {
    textIn(component, 'identifier');
    textIn(component, 'type');
  }
  componentsIn(group, 'connections');
  componentsIn(group, 'processGroups').forEach(checkGroup);
}

/** The name of the context in the group and in all below it: nested groups use the one of the whole flow. */
function withContext(group: JsonObject, parameterContext: string | undefined): JsonObject {
  const { parameterContextName: _, versionedFlowCoordinates: __, ...rest } = group;
  const processGroups = componentsIn(group, 'processGroups').map((each) => withContext(each, parameterContext));
  return { ...rest, processGroups, ...(parameterContext !== undefined && { parameterContextName: parameterContext }) };
}

function emptyContext(context: { readonly name: string; readonly description: string }): JsonObject {
  return { ...context, parameters: [], inheritedParameterContexts: [], componentType: 'PARAMETER_CONTEXT' };
}

function withNested(group: JsonObject): readonly JsonObject[] {
  return [group, ...componentsIn(group, 'processGroups').flatMap(withNested)];
}

function componentsIn(group: JsonObject, name: string): readonly JsonObject[] {
  return listIn(group, name).map((each) => objectAt(each, name));
}
