// From a spec and what it refers to in Kubernetes, to what NiFi should have, or to what is in the way. Pure.
// What it refers to in NiFi (parent group, context, client, bucket, flow, version) is looked up by plan/resolve.ts.
// Surprise: an error in a definition is told without a word of the definition, which may hold what is nobody's business.

import type { DefaultedNiFiDataflow, DefinitionSource } from '../../api/v1/zz_generated.nifidataflow.ts';
import { DecodeError } from '../../pkg/nifi/decode.ts';
import { parseDefinition } from '../../pkg/nifi/definition.ts';
import { stalled, type Verdict } from '../nifi/verdict.ts';
import { type Reference, type References, textOf } from '../nificluster/references.ts';
import { digestOf } from './build/definition.ts';
import type { DefinitionWish, FlowWish, RegistryWish } from './plan/world.ts';

export type Validated =
  | { readonly ok: true; readonly wish: FlowWish }
  | { readonly ok: false; readonly obstacle: Verdict };

/** The ConfigMap of the definition. */
export function referencesOf({ spec }: DefaultedNiFiDataflow): readonly Reference[] {
  const ref = spec.source.definition?.configMapKeyRef;
  return ref === undefined ? [] : [{ kind: 'ConfigMap', name: ref.name }];
}

export function validate(object: DefaultedNiFiDataflow, references: References): Validated {
  const { metadata, spec } = object;
  const source = sourceOf(object, references);
  if ('is' in source) return { ok: false, obstacle: source };
  const { namespace = '', name, uid = '' } = metadata;
  const { parentProcessGroup: parent, position, parameterContextRef: context } = spec;
  const { state, sync, updateStrategy, skipInvalidComponents, deletionPolicy } = spec;
  const wish: FlowWish = {
    owner: { kind: 'NiFiDataflow', namespace, name, uid },
    name: spec.displayName ?? name,
    source,
    ...(parent && { parent }),
    ...(position && { position: { x: position.posX, y: position.posY } }),
    ...(context && { context: context.name }),
    state,
    sync,
    updateStrategy,
    skipInvalidComponents,
    deletionPolicy,
  };
  return { ok: true, wish };
}

function sourceOf({ spec }: DefaultedNiFiDataflow, references: References): RegistryWish | DefinitionWish | Verdict {
  const { registry, definition } = spec.source;
  if (definition !== undefined) return definitionOf(definition, references);
  if (registry === undefined)
    return stalled('InvalidSpec', 'spec.source names neither a registry nor a definition: give one of them');
  const { clientRef, branch, bucket, flow, version } = registry;
  return {
    kind: 'Registry',
    client: clientRef.name,
    ...(branch !== undefined && { branch }),
    bucket,
    flow,
    ...(version !== undefined && { version }),
  };
}

function definitionOf(source: DefinitionSource, references: References): DefinitionWish | Verdict {
  const text = source.inline ?? fromConfigMap(source, references);
  if (typeof text !== 'string') return text;
  const field = source.inline === undefined ? 'configMapKeyRef' : 'inline';
  try {
    const definition = parseDefinition(text);
    return { kind: 'Definition', definition, digest: digestOf(definition) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return stalled(
      field === 'inline' ? 'InvalidSpec' : 'ReferenceInvalid',
      `spec.source.definition.${field}: ${error.message}. Download it from NiFi again`,
    );
  }
}

function fromConfigMap({ configMapKeyRef: ref }: DefinitionSource, references: References): string | Verdict {
  if (ref === undefined)
    return stalled('InvalidSpec', 'spec.source.definition is empty: give configMapKeyRef or inline');
  const field = 'spec.source.definition.configMapKeyRef';
  const reference: Reference = { kind: 'ConfigMap', name: ref.name };
  const found = references(reference);
  if (found.state !== 'present')
    return stalled(
      'ReferenceMissing',
      `${field} names the ConfigMap ${ref.name}, which does not exist: create it or correct the name`,
    );
  return (
    textOf(reference, found.object, ref.key) ??
    stalled(
      'ReferenceKeyMissing',
      `${field} names the key ${ref.key}, which the ConfigMap ${ref.name} does not have: add it or correct the name`,
    )
  );
}
