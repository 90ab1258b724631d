// /parameter-contexts: made, read and removed at once, changed in the background.

import { randomUUID } from 'node:crypto';
import { HttpError } from '../errors.ts';
import { contextOfCall, mayView } from '../flow/lookup.ts';
import { referencedNames } from '../flow/parameter-references.ts';
import { begin, bodyRevision, checkCreation, queryRevision, verifyRevision } from '../flow/revisions.ts';
import { inGroup, type ParameterContext } from '../flow/state.ts';
import { timeOfDay } from '../format.ts';
import type { Answer, Call, Endpoint } from '../http/endpoint.ts';
import { authorize } from '../tenants/authorize.ts';
import type { Action } from '../tenants/model.ts';
import { checkRevision } from '../versions/endpoints.ts';
import {
  type ContextBody,
  changedParameters,
  checkChanges,
  checkInherited,
  checkNames,
  inheritedIds,
} from './changes.ts';
import { contextEntity } from './entities.ts';
import { applyChange, changeEntity, submitChange } from './update.ts';

const requests = '/parameter-contexts/{id}/update-requests';

export const parameterContextEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/flow/parameter-contexts',
    scope: 'replicated',
    authorize: mayView,
    run: (call) => ({
      json: {
        parameterContexts: [...call.state.parameterContexts.values()].map((item) => contextEntity(call, item, 'read')),
        currentTime: timeOfDay(call.node.clock.now()),
      },
    }),
  },
  {
    method: 'POST',
    path: '/parameter-contexts',
    scope: 'replicated',
    check: (call) => {
      checkCreation(call.body, 'Parameter Context');
      if ((bodyOf(call).name ?? '') === '') throw new HttpError(400, "Parameter Context's Name must be specified");
      checkNames(bodyOf(call));
      checkName(call, undefined);
    },
    authorize: (call) => mayUse(call, 'write'),
    verify: (call) =>
      checkInherited(
        call.state,
        undefined,
        (bodyOf(call).inheritedParameterContexts ?? []).map(({ id }) => id ?? ''),
      ),
    run: create,
  },
  {
    method: 'GET',
    path: '/parameter-contexts/{id}',
    scope: 'replicated',
    authorize: (call) => mayUse(call, 'read'),
    run: (call) => ({ json: contextEntity(call, contextOfCall(call), 'read') }),
  },
  {
    method: 'PUT',
    path: '/parameter-contexts/{id}',
    scope: 'replicated',
    check: (call) => void bodyRevision(call.body),
    authorize: (call) => mayUse(call, 'write'),
    verify: (call) => {
      // Recorded: without parameters in the body NiFi stumbles, before it looks at the revision.
      if (!bodyOf(call).parameters) {
        throw new HttpError(500, 'An unexpected error has occurred. Please check the logs for additional details.');
      }
      verifyRevision(call.state.revisions, contextOfCall(call).id, bodyRevision(call.body));
      checkChanges(call.state, contextOfCall(call), bodyOf(call));
    },
    run: (call) => {
      const context = contextOfCall(call);
      applyChange(call.state, context, bodyOf(call), bodyRevision(call.body));
      return { json: contextEntity(call, context, 'written') };
    },
  },
  {
    method: 'DELETE',
    path: '/parameter-contexts/{id}',
    scope: 'replicated',
    deletesComponent: true,
    check: (call) => void queryRevision(call.query),
    authorize: (call) => mayUse(call, 'write'),
    verify: (call) => {
      const context = contextOfCall(call);
      verifyRevision(call.state.revisions, context.id, queryRevision(call.query));
      checkUnused(call, context);
    },
    run: (call) => {
      const context = contextOfCall(call);
      const entity = contextEntity(call, context, 'gone');
      for (const group of call.state.groups.values()) {
        if (group.parameterContextId === context.id) group.parameterContextId = undefined;
      }
      call.state.parameterContexts.delete(context.id);
      call.state.revisions.delete(context.id);
      return { json: entity };
    },
  },
  {
    method: 'POST',
    path: requests,
    scope: 'local',
    check: (call) => {
      bodyRevision(call.body);
      if (bodyOf(call).id !== call.params['id']) {
        throw new HttpError(
          400,
          'ID of Parameter Context in message body does not match Parameter Context ID supplied in URI',
        );
      }
      checkNames(bodyOf(call));
    },
    authorize: (call) => mayUse(call, 'write'),
    run: (call) => {
      const context = contextOfCall(call);
      checkRevision(call, context.id, bodyRevision(call.body));
      checkName(call, context.id);
      checkInherited(call.state, context.id, inheritedIds(context, bodyOf(call)));
      checkChanges(call.state, context, bodyOf(call));
      return { json: changeEntity(call, submitChange(call, context, bodyOf(call), bodyRevision(call.body))) };
    },
  },
  {
    method: 'GET',
    path: `${requests}/{request}`,
    scope: 'local',
    run: (call) => follow(call, 'get'),
  },
  {
    method: 'DELETE',
    path: `${requests}/{request}`,
    scope: 'local',
    run: (call) => follow(call, 'remove'),
  },
];

function create(call: Call): Answer {
  const body = bodyOf(call);
  const context: ParameterContext = {
    id: randomUUID(),
    name: body.name ?? '',
    description: body.description ?? undefined,
    parameters: changedParameters([], body),
    inherited: (body.inheritedParameterContexts ?? []).map(({ id }) => id ?? ''),
  };
  call.state.parameterContexts.set(context.id, context);
  begin(call.state.revisions, context.id, bodyRevision(call.body));
  const location = call.uri(`/parameter-contexts/${context.id}`);
  return { status: 201, json: contextEntity(call, context, 'written'), location };
}

function follow(call: Call, take: 'get' | 'remove'): Answer {
  const id = call.params['request'] ?? '';
  const request = call.node.flows.requests[take]('parameter-update-requests', id, call.user.identity);
  return { json: changeEntity(call, request) };
}

/** Found on the asked node, before anything is passed on (recorded). */
function checkName(call: Call, except: string | undefined): void {
  const { name } = bodyOf(call);
  const taken = [...call.state.parameterContexts.values()].some(
    (context) => context.name === name && context.id !== except,
  );
  if (!taken) return;
  throw new HttpError(
    409,
    except === undefined
      ? `Cannot create Parameter Context with name '${name ?? ''}' because a Parameter Context already exists with that name`
      : `Cannot update Parameter Context name because another Parameter Context already exists with the name '${name ?? ''}'`,
  );
}

/** Bound groups may not run anything with parameters, and no other context may inherit from it. */
function checkUnused(call: Call, { id }: ParameterContext): void {
  const { state } = call;
  for (const group of [...state.groups.values()].filter(({ parameterContextId }) => parameterContextId === id)) {
    const running = inGroup(state.components, group.id).some(
      (component) => component.scheduled === 'RUNNING' && referencedNames(component).size > 0,
    );
    const enabled = inGroup(state.services, group.id).some(
      (service) => service.state !== 'DISABLED' && referencedNames(service).size > 0,
    );
    const why = 'Cannot delete Parameter Context with ID';
    if (running)
      throw new HttpError(409, `${why} ${id} because it is in use by at least one Processor that is running`);
    if (enabled) {
      throw new HttpError(409, `${why} ${id} because it is in use by at least one Controller Service that is enabled`);
    }
  }
  const heir = [...state.parameterContexts.values()].find(({ inherited }) => inherited.includes(id));
  if (!heir) return;
  throw new HttpError(
    409,
    `Cannot delete Parameter Context with ID [${id}] because it is referenced by at least one Parameter Context [${heir.name}]`,
  );
}

function mayUse(call: Call, action: Action): void {
  authorize(call.node.rules, call.state, call.user, '/parameter-contexts', action);
}

function bodyOf(call: Call): ContextBody {
  return (call.body as { readonly component?: ContextBody } | undefined)?.component ?? {};
}
