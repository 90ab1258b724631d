// What the spec refers to by name, and the texts found there.
// Pure: which references there are is read off the spec, and reading them is the caller's business. An object that is
// not known yet is neither missing nor empty; the reconcile waits for it.

import type { ConfigFrom, DefaultedNiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { nodeSettings } from './merge.ts';
import { membersOf } from './plan/membership.ts';
import { decode } from './projections.ts';

export interface Reference {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
}

export interface ReferencedObject {
  readonly data?: Readonly<Record<string, string>>;
}

export type ReferenceState =
  | { readonly state: 'unknown' }
  | { readonly state: 'missing' }
  | { readonly state: 'present'; readonly object: ReferencedObject };

export type References = (reference: Reference) => ReferenceState;

/** Every Secret and ConfigMap that rendering the members needs, each once. */
export function referencesOf(spec: DefaultedNiFiClusterSpec): readonly Reference[] {
  const key = spec.sensitivePropsKey?.secretKeyRef;
  const all = [
    ...(key === undefined ? [] : [{ kind: 'Secret', name: key.name } as const]),
    ...signInReferences(spec),
    ...membersOf(spec).flatMap((id) => (nodeSettings(spec, id).settings.configFrom ?? []).flatMap(referenceOf)),
  ];
  return [...new Map(all.map((one) => [`${one.kind}/${one.name}`, one])).values()];
}

export function referenceOf(source: ConfigFrom): readonly Reference[] {
  if (source.secretRef !== undefined) return [{ kind: 'Secret', name: source.secretRef.name }];
  return source.configMapRef === undefined ? [] : [{ kind: 'ConfigMap', name: source.configMapRef.name }];
}

/** The text under a key; undefined when the object has no such key. */
export function textOf(reference: Reference, object: ReferencedObject, key: string): string | undefined {
  const value = object.data?.[key];
  return value === undefined || reference.kind === 'ConfigMap' ? value : decode(value);
}

/** The Secrets that log-in needs. */
function signInReferences({ auth }: Pick<DefaultedNiFiClusterSpec, 'auth'>): readonly Reference[] {
  const { singleUser, ldap, oidc } = auth ?? {};
  const named = [
    singleUser?.secretRef,
    ldap?.bind?.passwordSecretRef,
    ldap?.caSecretRef,
    oidc?.clientSecretRef,
    oidc?.caSecretRef,
  ];
  return named.flatMap((one) => (one === undefined ? [] : [{ kind: 'Secret', name: one.name }]));
}
