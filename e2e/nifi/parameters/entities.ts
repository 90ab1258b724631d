// Parameter contexts and who uses them, as NiFi's JSON shows them. A sensitive value is never shown, only that there is one.

import { referenceTo } from '../flow/context-reference.ts';
import { hidden } from '../flow/descriptors.ts';
import { boundGroupEntity } from '../flow/group-entities.ts';
import { type EffectiveParameter, effectiveParameters, heirs, referencing } from '../flow/parameter-references.ts';
import { revisionEntity } from '../flow/revisions.ts';
import type { Component, ControllerService, ParameterContext } from '../flow/state.ts';
import type { Json } from '../format.ts';
import type { Call } from '../http/endpoint.ts';
import { permissions } from '../tenants/authorize.ts';

const resource = '/parameter-contexts';

/** `gone` has no revision. */
export function contextEntity(call: Call, context: ParameterContext, shown: 'read' | 'written' | 'gone'): Json {
  const { state, user, node } = call;
  return {
    ...(shown === 'gone'
      ? {}
      : { revision: revisionEntity(state.revisions, context.id, shown === 'written' ? user.identity : undefined) }),
    id: context.id,
    uri: call.uri(`${resource}/${context.id}`),
    permissions: permissions(node.rules, state, user, resource),
    component: contextDto(call, context),
  };
}

export function contextDto(call: Call, context: ParameterContext): Json {
  const withInherited = call.query.get('includeInheritedParameters') === 'true';
  const own = new Map(context.parameters.map((parameter) => [parameter.name, { parameter, context }]));
  const shown = withInherited ? effectiveParameters(call.state, context) : own;
  const users = heirs(call.state, context.id);
  const bound = [...call.state.groups.values()].filter((group) => users.has(group.parameterContextId ?? ''));
  return {
    name: context.name,
    ...(context.description === undefined ? {} : { description: context.description }),
    parameters: [...shown.values()].map((parameter) => parameterEntity(call, parameter, context)),
    boundProcessGroups: bound.map((group) => boundGroupEntity(call, group)),
    inheritedParameterContexts: context.inherited.flatMap((id) => {
      const inherited = call.state.parameterContexts.get(id);
      return inherited ? [referenceTo(call, inherited)] : [];
    }),
    id: context.id,
  };
}

/** A component that a change of a parameter stops and starts again. */
export function affectedEntity(call: Call, component: Component | ControllerService): Json {
  const { id, groupId, name } = component;
  const referenceType = 'scheduled' in component ? 'PROCESSOR' : 'CONTROLLER_SERVICE';
  return {
    revision: revisionEntity(call.state.revisions, id),
    id,
    permissions: permissions(call.node.rules, call.state, call.user, `/process-groups/${groupId}`),
    bulletins: [],
    component: {
      processGroupId: groupId,
      id,
      referenceType,
      name,
      state: 'scheduled' in component ? component.scheduled : component.state,
      activeThreadCount: 0,
      validationErrors: [],
    },
    processGroup: { id: groupId, name: call.state.groups.get(groupId)?.name ?? '' },
    referenceType,
  };
}

function parameterEntity(call: Call, { parameter, context }: EffectiveParameter, shownIn: ParameterContext): Json {
  const { name, description, sensitive, value } = parameter;
  return {
    canWrite: permissions(call.node.rules, call.state, call.user, resource).canWrite,
    parameter: {
      name,
      ...(description === undefined ? {} : { description }),
      sensitive,
      ...(value === null ? {} : { value: sensitive ? hidden : value }),
      provided: false,
      referencedAssets: [],
      referencingComponents: referencing(call.state, context, name).map((component) => affectedEntity(call, component)),
      parameterContext: referenceTo(call, context),
      inherited: context.id !== shownIn.id,
    },
  };
}
