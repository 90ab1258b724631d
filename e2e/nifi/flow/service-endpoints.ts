// Controller services: made, read, changed, enabled, disabled and removed; one by one, and all of a group.
// Enabling one that is not valid is answered 200 and leaves it ENABLING until it is valid (recorded).

import { randomUUID } from 'node:crypto';
import { HttpError } from '../errors.ts';
import { timeOfDay } from '../format.ts';
import type { Answer, Call, Endpoint } from '../http/endpoint.ts';
import { changedProperties, extensionType } from './extensions.ts';
import { componentBody, groupOf, mayUseComponent, mayUseGroup, mayView, serviceOf } from './lookup.ts';
import { advance, begin, bodyRevision, checkCreation, queryRevision, verifyRevision } from './revisions.ts';
import { activateServices, referencingService, schedulingOf, settleServices, simpleName } from './scheduling.ts';
import { referencingComponents, serviceEntity } from './service-entities.ts';
import { below, type ControllerService, inGroup } from './state.ts';
import { controllerServiceErrors } from './validation.ts';

interface ServiceBody {
  readonly name: string;
  readonly type: string;
  readonly comments: string;
  readonly properties: Readonly<Record<string, string | null>>;
}

interface StateBody {
  readonly id?: string;
  readonly state?: string;
}

export const serviceEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/controller-services/{id}',
    scope: 'replicated',
    authorize: (call) => mayUseComponent(call, 'read'),
    run: (call) => {
      settleServices(schedulingOf(call));
      return { json: serviceEntity(call, serviceOf(call), 'read') };
    },
  },
  {
    method: 'GET',
    path: '/controller-services/{id}/references',
    scope: 'replicated',
    authorize: (call) => mayUseComponent(call, 'read'),
    run: (call) => ({
      json: { controllerServiceReferencingComponents: referencingComponents(call, serviceOf(call)) },
    }),
  },
  {
    method: 'GET',
    path: '/flow/process-groups/{id}/controller-services',
    scope: 'replicated',
    authorize: mayView,
    run: (call) => {
      settleServices(schedulingOf(call));
      const deep = call.query.get('includeDescendantGroups') === 'true';
      const { id } = groupOf(call);
      const services = deep ? below(call.state, call.state.services, id) : inGroup(call.state.services, id);
      return {
        json: {
          currentTime: timeOfDay(call.node.clock.now()),
          controllerServices: services.map((service) => serviceEntity(call, service, 'read')),
        },
      };
    },
  },
  {
    method: 'PUT',
    path: '/flow/process-groups/{id}/controller-services',
    scope: 'replicated',
    check: (call) => void wanted(call),
    authorize: (call) => mayUseGroup(call, 'write'),
    verify: (call) => void groupOf(call),
    run: (call) => {
      const { id } = groupOf(call);
      activateServices(schedulingOf(call), id, wanted(call));
      return { json: { id, state: wanted(call) } };
    },
  },
  {
    method: 'POST',
    path: '/process-groups/{id}/controller-services',
    scope: 'replicated',
    check: (call) => checkCreation(call.body, 'Controller service'),
    authorize: (call) => mayUseGroup(call, 'write'),
    verify: (call) => {
      groupOf(call);
      extensionType(componentBody<ServiceBody>(call).type ?? '');
    },
    run: create,
  },
  {
    method: 'PUT',
    path: '/controller-services/{id}',
    scope: 'replicated',
    check: (call) => void bodyRevision(call.body),
    authorize: (call) => mayUseComponent(call, 'write'),
    verify: (call) => {
      const service = serviceOf(call);
      verifyRevision(call.state.revisions, service.id, bodyRevision(call.body));
      if (service.state !== 'DISABLED')
        throw new HttpError(409, `${label(service)} cannot be updated because it is not disabled`);
    },
    run: (call) => {
      const service = serviceOf(call);
      const { name, comments, properties } = componentBody<ServiceBody>(call);
      service.name = name ?? service.name;
      service.comments = comments ?? service.comments;
      service.properties = changedProperties(service.properties, properties);
      advance(call.state.revisions, service.id, bodyRevision(call.body));
      return { json: serviceEntity(call, service, 'written') };
    },
  },
  {
    method: 'PUT',
    path: '/controller-services/{id}/run-status',
    scope: 'replicated',
    check: (call) => {
      wanted(call);
      bodyRevision(call.body);
    },
    authorize: (call) => mayUseComponent(call, 'write'),
    verify: (call) => {
      const service = serviceOf(call);
      verifyRevision(call.state.revisions, service.id, bodyRevision(call.body));
      if (wanted(call) === 'DISABLED') checkUnused(call, service);
    },
    run: (call) => {
      const service = serviceOf(call);
      const { state, broken } = schedulingOf(call);
      const valid = controllerServiceErrors(state, service, broken).length === 0;
      if (wanted(call) === 'DISABLED') service.state = 'DISABLED';
      else service.state = valid ? 'ENABLED' : 'ENABLING';
      advance(call.state.revisions, service.id, bodyRevision(call.body));
      return { json: serviceEntity(call, service, 'written') };
    },
  },
  {
    method: 'DELETE',
    path: '/controller-services/{id}',
    scope: 'replicated',
    deletesComponent: true,
    check: (call) => void queryRevision(call.query),
    authorize: (call) => mayUseComponent(call, 'write'),
    verify: (call) => {
      const service = serviceOf(call);
      verifyRevision(call.state.revisions, service.id, queryRevision(call.query));
      checkDeletable(service);
      checkUnused(call, service);
    },
    run: (call) => {
      const service = serviceOf(call);
      const entity = serviceEntity(call, service, 'read');
      call.state.services.delete(service.id);
      call.state.revisions.delete(service.id);
      return { json: entity };
    },
  },
];

/** Throws 409 for a service that is not disabled. */
export function checkDeletable(service: ControllerService): void {
  if (service.state === 'DISABLED') return;
  throw new HttpError(409, `${label(service)} cannot be deleted because it is not disabled`);
}

function create(call: Call): Answer {
  const { type = '', name, comments = '', properties } = componentBody<ServiceBody>(call);
  const service: ControllerService = {
    id: randomUUID(),
    groupId: groupOf(call).id,
    type,
    name: name ?? simpleName(type),
    comments,
    state: 'DISABLED',
    properties: changedProperties({}, properties),
  };
  call.state.services.set(service.id, service);
  begin(call.state.revisions, service.id, bodyRevision(call.body));
  const location = call.uri(`/controller-services/${service.id}`);
  return { status: 201, json: serviceEntity(call, service, 'created'), location };
}

function wanted(call: Call): 'ENABLED' | 'DISABLED' {
  const state = (call.body as StateBody | undefined)?.state;
  if (state === 'ENABLED' || state === 'DISABLED') return state;
  throw new HttpError(400, 'The run status must be one of [ENABLED, DISABLED].');
}

function checkUnused(call: Call, service: ControllerService): void {
  const user = referencingService(call.state, service).find((component) =>
    'scheduled' in component ? component.scheduled === 'RUNNING' : component.state !== 'DISABLED',
  );
  if (!user) return;
  throw new HttpError(
    409,
    `Cannot disable ${label(service)} because it is referenced by 1 components that are currently running: [${user.name}]`,
  );
}

function label({ id, type, name, state }: ControllerService): string {
  return `StandardControllerServiceNode[service=${simpleName(type)}[id=${id}], name=${name}, active=${state !== 'DISABLED'}]`;
}
