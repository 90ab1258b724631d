// From a spec and the Secrets that it names, to the context that NiFi should have, or to what is in the way. Pure.
// Surprise: values of Secrets go into the wish and nowhere else; a message names Secret, key and parameter, never what is in them.
// Of two Secrets that are taken whole, the first that has a key gives it, as with inherited contexts.

import type { DefaultedNiFiParameterContext } from '../../api/v1/zz_generated.nifiparametercontext.ts';
import { stalled, type Verdict } from '../nifi/verdict.ts';
import { type Reference, type ReferencedObject, type References, textOf } from '../nificluster/references.ts';
import type { ContextWish, WishedParameter } from './plan/plan.ts';

type Context = DefaultedNiFiParameterContext;
type Parameters = ReadonlyMap<string, WishedParameter>;

export type Validated =
  | { readonly ok: true; readonly wish: ContextWish }
  | { readonly ok: false; readonly obstacle: Verdict };

/** Every Secret that parameters come from, each once. */
export function referencesOf({ spec }: Context): readonly Reference[] {
  const keys = Object.values(spec.sensitiveParameters ?? {});
  const names = new Set([...(spec.secretRefs ?? []), ...keys].map(({ name }) => name));
  return [...names].toSorted().map((name) => ({ kind: 'Secret', name }));
}

export function validate(object: Context, references: References): Validated {
  const { metadata, spec } = object;
  const [whole, single] = [wholeSecrets(object, references), singleKeys(object, references)];
  if (!(whole instanceof Map)) return { ok: false, obstacle: whole as Verdict };
  if (!(single instanceof Map)) return { ok: false, obstacle: single as Verdict };
  const plain = plainParameters(object);
  const twice = [...plain.keys()].find((name) => whole.has(name));
  if (twice !== undefined) return { ok: false, obstacle: givenTwice(twice) };
  return {
    ok: true,
    wish: {
      owner: { kind: 'NiFiParameterContext', namespace: metadata.namespace ?? '', name: metadata.name },
      name: spec.displayName ?? metadata.name,
      description: spec.description ?? '',
      adopt: spec.adopt,
      parameters: new Map([...plain, ...whole, ...single]),
    },
  };
}

function plainParameters({ spec }: Context): Parameters {
  return new Map(
    Object.entries(spec.parameters ?? {}).map(([name, { value, description }]) => [
      name,
      { value: value ?? null, sensitive: false, description: description ?? '' },
    ]),
  );
}

function wholeSecrets({ spec }: Context, references: References): Parameters | Verdict {
  const parameters = new Map<string, WishedParameter>();
  for (const { name } of spec.secretRefs ?? []) {
    const found = secretIn(references, name, 'spec.secretRefs');
    if (!('object' in found)) return found;
    for (const key of Object.keys(found.object.data ?? {})) {
      const value = textOf({ kind: 'Secret', name }, found.object, key);
      if (value !== undefined && !parameters.has(key)) parameters.set(key, { value, sensitive: true, description: '' });
    }
  }
  return parameters;
}

function singleKeys({ spec }: Context, references: References): Parameters | Verdict {
  const parameters = new Map<string, WishedParameter>();
  for (const [parameter, { name, key, description }] of Object.entries(spec.sensitiveParameters ?? {})) {
    const field = `spec.sensitiveParameters[${parameter}]`;
    const found = secretIn(references, name, field);
    if (!('object' in found)) return found;
    const value = textOf({ kind: 'Secret', name }, found.object, key);
    if (value === undefined) {
      const mend = `which the Secret ${name} does not have: add it or correct the name`;
      return stalled('ReferenceKeyMissing', `${field} names the key ${key}, ${mend}`);
    }
    parameters.set(parameter, { value, sensitive: true, description: description ?? '' });
  }
  return parameters;
}

function secretIn(
  references: References,
  name: string,
  field: string,
): Verdict | { readonly object: ReferencedObject } {
  const found = references({ kind: 'Secret', name });
  if (found.state === 'present') return found;
  const mend = 'which does not exist: create it or correct the name';
  return stalled('ReferenceMissing', `${field} names the Secret ${name}, ${mend}`);
}

function givenTwice(name: string): Verdict {
  const words = 'is a key of a Secret of spec.secretRefs as well: take it out of one of them';
  return stalled('InvalidSpec', `spec.parameters[${name}] ${words}`);
}
