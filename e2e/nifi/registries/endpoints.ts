// /controller/registry-clients: made, read, changed and removed. A name is taken once; a client that a group follows stays.

import { randomUUID } from 'node:crypto';
import { HttpError } from '../errors.ts';
import { bundle, changedProperties } from '../flow/extensions.ts';
import { componentBody, mayUseController, mayView, registryClient } from '../flow/lookup.ts';
import { advance, begin, bodyRevision, checkCreation, queryRevision, verifyRevision } from '../flow/revisions.ts';
import type { RegistryClient } from '../flow/state.ts';
import { timeOfDay } from '../format.ts';
import type { Answer, Call, Endpoint } from '../http/endpoint.ts';
import { clientEntity } from './entities.ts';
import { registryType, registryTypes } from './types.ts';

interface ClientBody {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, string | null>>;
}

export const registryClientEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/flow/registries',
    scope: 'replicated',
    authorize: mayView,
    run: (call) => ({ json: list(call, 'listed') }),
  },
  {
    method: 'GET',
    path: '/controller/registry-clients',
    scope: 'replicated',
    authorize: mayView,
    run: (call) => ({ json: list(call, 'read') }),
  },
  {
    method: 'GET',
    path: '/controller/registry-types',
    scope: 'replicated',
    authorize: (call) => mayUseController(call, 'read'),
    run: (call) => ({
      json: {
        flowRegistryClientTypes: registryTypes.map(({ type, artifact }) => ({
          type,
          bundle: bundle(artifact, call.node.version),
          restricted: false,
          tags: [],
        })),
      },
    }),
  },
  {
    method: 'POST',
    path: '/controller/registry-clients',
    scope: 'replicated',
    check: (call) => {
      checkCreation(call.body, 'Registry');
      checkNew(call);
    },
    authorize: (call) => mayUseController(call, 'write'),
    run: create,
  },
  {
    method: 'GET',
    path: '/controller/registry-clients/{id}',
    scope: 'replicated',
    authorize: (call) => mayUseController(call, 'read'),
    run: (call) => ({ json: clientEntity(call, clientOf(call), 'read') }),
  },
  {
    method: 'PUT',
    path: '/controller/registry-clients/{id}',
    scope: 'replicated',
    check: (call) => void bodyRevision(call.body),
    authorize: (call) => mayUseController(call, 'write'),
    verify: (call) => {
      verifyRevision(call.state.revisions, clientOf(call).id, bodyRevision(call.body));
      checkName(call, clientOf(call).id);
    },
    run: (call) => {
      const client = clientOf(call);
      const { name, description, properties } = componentBody<ClientBody>(call);
      client.name = name ?? client.name;
      client.description = description ?? client.description;
      client.properties = changedProperties(client.properties, properties);
      advance(call.state.revisions, client.id, bodyRevision(call.body));
      return { json: clientEntity(call, client, 'written') };
    },
  },
  {
    method: 'DELETE',
    path: '/controller/registry-clients/{id}',
    scope: 'replicated',
    deletesComponent: true,
    check: (call) => void queryRevision(call.query),
    authorize: (call) => mayUseController(call, 'write'),
    verify: (call) => {
      const { id } = clientOf(call);
      verifyRevision(call.state.revisions, id, queryRevision(call.query));
      const followed = [...call.state.groups.values()].some(({ versionControl }) => versionControl?.registryId === id);
      if (!followed) return;
      throw new HttpError(
        409,
        'The Registry cannot be removed because a Process Group currently under version control is tracking to it.',
      );
    },
    run: (call) => {
      const client = clientOf(call);
      const entity = clientEntity(call, client, 'gone');
      call.state.registryClients.delete(client.id);
      call.state.revisions.delete(client.id);
      return { json: entity };
    },
  },
];

function create(call: Call): Answer {
  const { name = '', description, type = '', properties } = componentBody<ClientBody>(call);
  const client: RegistryClient = {
    id: randomUUID(),
    name,
    description,
    type,
    properties: changedProperties({}, properties),
  };
  call.state.registryClients.set(client.id, client);
  begin(call.state.revisions, client.id, bodyRevision(call.body));
  const location = call.uri(`/controller/registry-clients/${client.id}`);
  return { status: 201, json: clientEntity(call, client, 'created'), location };
}

function list(call: Call, shown: 'listed' | 'read') {
  return {
    currentTime: timeOfDay(call.node.clock.now()),
    registries: [...call.state.registryClients.values()].map((client) => clientEntity(call, client, shown)),
  };
}

/** Both are found before the request is passed on, a name that is taken as 400 (recorded). */
function checkNew(call: Call): void {
  const { name, type = '' } = componentBody<ClientBody>(call);
  if (name === undefined || name === '') throw new HttpError(400, 'The name of the Registry must be specified.');
  checkName(call, undefined);
  if (!registryType(type)) throw new HttpError(409, `${type} is not known to this NiFi instance.`);
}

function checkName(call: Call, except: string | undefined): void {
  const { name } = componentBody<ClientBody>(call);
  const taken = [...call.state.registryClients.values()].some((client) => client.name === name && client.id !== except);
  if (taken) throw new HttpError(400, `A Flow Registry already exists with the name ${name ?? ''}`);
}

function clientOf(call: Call): RegistryClient {
  return registryClient(call, call.params['id'] ?? '');
}
