// NiFi's flow registry clients: which types it has, which are configured, create, change, delete.
// Source: OpenAPI of NiFi 2.11, transcript 07 of the reference; NiFi's ControllerResource.
// Surprising: NiFi shows a sensitive property as asterisks, so that one was set is known and its value is not. A type cannot be changed.
// Names are unique: the same one again is a 400 of kind `AlreadyExists`.

import { field, type JsonObject, listIn, objectAt, objectIn, optional, textIn } from '../decode.ts';
import type { NodeCalls } from '../types.ts';
import { nextRevision, type Revision, revisionIn, revisionQuery } from './controller.ts';
import { validationIn } from './scheduling.ts';

export interface RegistryClient {
  readonly id: string;
  readonly revision: Revision;
  readonly name: string;
  readonly description: string;
  /** Class name. */
  readonly type: string;
  /** null: not set; asterisks: sensitive and set. */
  readonly properties: Readonly<Record<string, string | null>>;
  /** Names of the properties that NiFi does not tell. */
  readonly sensitive: readonly string[];
  readonly validationStatus: string;
  readonly validationErrors: readonly string[];
}

export interface RegistryClientChange {
  readonly name?: string;
  readonly description?: string;
  /** Those that change; null takes a value away. */
  readonly properties?: Readonly<Record<string, string | null>>;
}

/** GET /controller/registry-types: class names. */
export async function listRegistryTypes(node: NodeCalls): Promise<readonly string[]> {
  const answer = objectAt(await node.request({ method: 'GET', path: '/controller/registry-types' }), 'answer');
  return listIn(answer, 'flowRegistryClientTypes').map((each) => textIn(objectAt(each, 'type'), 'type'));
}

/** GET /controller/registry-clients. */
export async function listRegistryClients(node: NodeCalls): Promise<readonly RegistryClient[]> {
  const answer = objectAt(await node.request({ method: 'GET', path: '/controller/registry-clients' }), 'answer');
  return listIn(answer, 'registries').map(decodeClient);
}

/** GET /controller/registry-clients/{id}; kind `NotFound` when there is none. */
export async function getRegistryClient(node: NodeCalls, id: string): Promise<RegistryClient> {
  return decodeClient(await node.request({ method: 'GET', path: '/controller/registry-clients/{id}', params: { id } }));
}

/** POST /controller/registry-clients; 409 (`UnknownType`) when this NiFi has no such class. */
export async function createRegistryClient(
  node: NodeCalls,
  client: RegistryClientChange & { readonly name: string; readonly type: string },
): Promise<RegistryClient> {
  const body = { revision: nextRevision({ version: 0 }), component: client };
  return decodeClient(await node.request({ method: 'POST', path: '/controller/registry-clients', body }));
}

/** PUT /controller/registry-clients/{id}. */
export async function updateRegistryClient(
  node: NodeCalls,
  client: Pick<RegistryClient, 'id' | 'name' | 'revision'>,
  change: RegistryClientChange,
): Promise<RegistryClient> {
  const { id, name } = client;
  const body = { revision: nextRevision(client.revision), component: { id, name, ...change } };
  const path = '/controller/registry-clients/{id}';
  return decodeClient(await node.request({ method: 'PUT', path, params: { id }, body }));
}

/** DELETE /controller/registry-clients/{id}; 409 (`InUse`) while a process group is a version of one of its flows. */
export async function deleteRegistryClient(
  node: NodeCalls,
  client: Pick<RegistryClient, 'id' | 'revision'>,
): Promise<void> {
  const query = revisionQuery(client.revision);
  const path = '/controller/registry-clients/{id}';
  await node.request({ method: 'DELETE', path, params: { id: client.id }, query });
}

function decodeClient(value: unknown): RegistryClient {
  const entity = objectAt(value, 'registry client');
  const component = objectIn(entity, 'component');
  const properties = objectIn(component, 'properties');
  const descriptors = Object.entries(objectIn(component, 'descriptors'));
  return {
    id: textIn(entity, 'id'),
    revision: revisionIn(entity),
    name: textIn(component, 'name'),
    description: optional(component, 'description', textIn).description ?? '',
    type: textIn(component, 'type'),
    properties: Object.fromEntries(Object.keys(properties).map((name) => [name, propertyIn(properties, name)])),
    sensitive: descriptors.flatMap(([name, each]) =>
      field(objectAt(each, 'descriptor'), 'sensitive') === true ? [name] : [],
    ),
    ...validationIn(component),
  };
}

function propertyIn(properties: JsonObject, name: string): string | null {
  return optional(properties, name, textIn)[name] ?? null;
}
