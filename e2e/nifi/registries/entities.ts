// Registry clients as NiFi's JSON shows them. Sensitive properties are shown as set or not, never as they are.

import { descriptor, hidden } from '../flow/descriptors.ts';
import { bundle } from '../flow/extensions.ts';
import { revisionEntity } from '../flow/revisions.ts';
import type { RegistryClient } from '../flow/state.ts';
import type { Json } from '../format.ts';
import type { Call } from '../http/endpoint.ts';
import { permissions } from '../tenants/authorize.ts';
import { registryType } from './types.ts';

/** `listed` is how the canvas gets it, without bulletins; `created` names no modifier and `gone` no revision (recorded). */
export type ClientShown = 'read' | 'listed' | 'created' | 'written' | 'gone';

export function clientEntity(call: Call, client: RegistryClient, shown: ClientShown): Json {
  const { state, user, node } = call;
  const changed = shown === 'created' || shown === 'written' || shown === 'gone';
  const modifier = shown === 'written' ? user.identity : undefined;
  return {
    ...(shown === 'gone' ? {} : { revision: revisionEntity(state.revisions, client.id, modifier) }),
    id: client.id,
    uri: call.uri(`/controller/registry-clients/${client.id}`),
    permissions: permissions(node.rules, state, user, '/controller'),
    ...(shown === 'listed' ? {} : { bulletins: [] }),
    ...(changed ? { operatePermissions: { canRead: false, canWrite: false } } : {}),
    component: clientDto(call, client),
  };
}

function clientDto(call: Call, client: RegistryClient): Json {
  const { version } = call.node;
  const type = registryType(client.type);
  const known = type?.properties ?? [];
  const sensitive = new Set(known.filter((property) => property.sensitive).map(({ name }) => name));
  const values = {
    ...Object.fromEntries(known.map((property) => [property.name, property.default ?? null])),
    ...client.properties,
  };
  const errors = validationErrors(client);
  return {
    id: client.id,
    name: client.name,
    ...(client.description === undefined ? {} : { description: client.description }),
    type: client.type,
    bundle: bundle(type?.artifact ?? '', version),
    properties: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, value !== null && sensitive.has(name) ? hidden : value]),
    ),
    descriptors: Object.fromEntries(known.map((property) => [property.name, descriptor(property, version)])),
    supportsSensitiveDynamicProperties: false,
    supportsBranching:
      client.type.includes('Git') || client.type.includes('Bitbucket') || client.type.includes('DevOps'),
    restricted: false,
    deprecated: false,
    validationErrors: errors,
    validationStatus: errors.length === 0 ? 'VALID' : 'INVALID',
    multipleVersionsAvailable: false,
    extensionMissing: false,
  };
}

function validationErrors({ type, properties }: RegistryClient): readonly string[] {
  return (registryType(type)?.properties ?? [])
    .filter(({ name, required, default: value }) => required && (properties[name] ?? value ?? null) === null)
    .map(({ name }) => `'${name}' is invalid because ${name} is required`);
}
