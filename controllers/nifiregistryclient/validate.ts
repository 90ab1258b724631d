// From a spec and what it refers to, to the client that NiFi should have, or to what is in the way. Pure.
// Surprise: values of Secrets go into the wish and nowhere else; a message names Secret, key and property, never what is in them.

import type { DefaultedNiFiRegistryClient } from '../../api/v1/zz_generated.nifiregistryclient.ts';
import { stalled, type Verdict } from '../nifi/verdict.ts';
import { type Reference, type References, textOf } from '../nificluster/references.ts';
import { classOf } from './plan/classes.ts';
import { type HostPolicy, isAddress, nameIn, refusedAddress, refusedHost, spellingsOf } from './plan/hosts.ts';
import type { ClientWish } from './plan/plan.ts';

export type Validated =
  | { readonly ok: true; readonly wish: ClientWish }
  | { readonly ok: false; readonly obstacle: Verdict };

/** Every Secret that the properties come from, each once. */
export function referencesOf({ spec }: DefaultedNiFiRegistryClient): readonly Reference[] {
  const names = new Set(Object.values(spec.secretProperties ?? {}).map(({ name }) => name));
  return [...names].toSorted().map((name) => ({ kind: 'Secret', name }));
}

export function validate(object: DefaultedNiFiRegistryClient, references: References, policy: HostPolicy): Validated {
  const properties = new Map(Object.entries(object.spec.properties ?? {}));
  for (const [property, { name, key }] of Object.entries(object.spec.secretProperties ?? {})) {
    const found = secretValue(references, { property, name, key });
    if (typeof found !== 'string') return { ok: false, obstacle: found };
    properties.set(property, found);
  }
  const refused = [...properties].find(([, value]) => refusedHost(value, policy) !== undefined);
  if (refused !== undefined)
    return { ok: false, obstacle: hostObstacle(object, refused[0], refusedHost(refused[1], policy) ?? '') };
  return { ok: true, wish: wishOf(object, properties) };
}

/** What the names in these properties lead to; undefined while that is not known. */
export type AddressesOf = (names: readonly string[]) => readonly string[] | undefined;

/**
 * What is in the way of a client once the names that it points to are looked up, `unknown` while they are. What NiFi finds when it asks
 * itself may be something else, at any time: that is for a NetworkPolicy.
 */
export function nameObstacle(
  object: DefaultedNiFiRegistryClient,
  { properties }: ClientWish,
  { policy, addressesOf }: { readonly policy: HostPolicy; readonly addressesOf: AddressesOf },
): Verdict | 'unknown' | undefined {
  const apiServer = addressesOf(policy.apiServer.filter((host) => !isAddress(host)));
  const known = { ...policy, apiServer: [...policy.apiServer, ...(apiServer ?? [])] };
  let isUnknown = apiServer === undefined;
  for (const [property, value] of properties) {
    const name = nameIn(property, value, policy);
    if (name === undefined) continue;
    const addresses = addressesOf(spellingsOf(name, object.metadata.namespace ?? ''));
    const address = refusedAddress(addresses ?? [], known);
    if (address !== undefined) return hostObstacle(object, property, `${name}, which leads to ${address}`);
    isUnknown ||= addresses === undefined;
  }
  return isUnknown ? 'unknown' : undefined;
}

function wishOf({ metadata, spec }: DefaultedNiFiRegistryClient, properties: ReadonlyMap<string, string>): ClientWish {
  return {
    owner: { kind: 'NiFiRegistryClient', namespace: metadata.namespace ?? '', name: metadata.name },
    name: spec.displayName ?? metadata.name,
    className: classOf(spec.type),
    description: spec.description ?? '',
    properties,
    secret: new Set(Object.keys(spec.secretProperties ?? {})),
  };
}

function secretValue(
  references: References,
  { property, name, key }: { readonly property: string; readonly name: string; readonly key: string },
): string | Verdict {
  const field = `spec.secretProperties[${property}]`;
  const reference: Reference = { kind: 'Secret', name };
  const found = references(reference);
  if (found.state !== 'present')
    return stalled(
      'ReferenceMissing',
      `${field} names the Secret ${name}, which does not exist: create it or correct the name`,
    );
  const value = textOf(reference, found.object, key);
  return (
    value ??
    stalled(
      'ReferenceKeyMissing',
      `${field} names the key ${key}, which the Secret ${name} does not have: add it or correct the name`,
    )
  );
}

function hostObstacle({ spec }: DefaultedNiFiRegistryClient, property: string, host: string): Verdict {
  const isSecret = property in (spec.secretProperties ?? {});
  const field = `spec.${isSecret ? 'secretProperties' : 'properties'}[${property}]`;
  const what = isSecret ? 'a host inside' : `the host ${host}`;
  return stalled(
    'HostNotAllowed',
    `${field} points to ${what}, where registry clients may not go: correct it, or have --allowed-registry-hosts of the operator name the host`,
  );
}
