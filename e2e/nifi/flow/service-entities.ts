// Controller services and whoever refers to them, as NiFi's JSON shows them.

import type { Json } from '../format.ts';
import type { Call } from '../http/endpoint.ts';
import { permissions } from '../tenants/authorize.ts';
import { descriptors, shownProperties } from './descriptors.ts';
import { bundle, extensionType } from './extensions.ts';
import { revisionEntity } from './revisions.ts';
import { referencingService, schedulingOf } from './scheduling.ts';
import type { Component, ControllerService } from './state.ts';
import { controllerServiceErrors } from './validation.ts';

/** `created` has nobody yet who refers to it, and says nothing of it. */
export type ServiceShown = 'read' | 'created' | 'written';

export function serviceEntity(call: Call, service: ControllerService, shown: ServiceShown): Json {
  const { state, broken } = schedulingOf(call);
  const errors = controllerServiceErrors(state, service, broken);
  const validationStatus = errors.length === 0 ? 'VALID' : 'INVALID';
  return {
    revision: revisionEntity(state.revisions, service.id, shown === 'read' ? undefined : call.user.identity),
    id: service.id,
    uri: call.uri(`/controller-services/${service.id}`),
    permissions: permissions(call.node.rules, state, call.user, `/process-groups/${service.groupId}`),
    bulletins: [],
    parentGroupId: service.groupId,
    component: {
      ...serviceDto(call, service),
      ...(shown === 'created' ? {} : { referencingComponents: referencingComponents(call, service) }),
      validationErrors: errors,
      validationStatus,
      bulletinLevel: 'WARN',
      extensionMissing: false,
    },
    operatePermissions: { canRead: false, canWrite: true },
    status: { runStatus: service.state, validationStatus },
  };
}

export function referencingComponents(call: Call, service: ControllerService): readonly Json[] {
  return referencingService(call.state, service).map((component) => {
    const { id, groupId, name } = component;
    return {
      revision: revisionEntity(call.state.revisions, id),
      id,
      permissions: permissions(call.node.rules, call.state, call.user, `/process-groups/${groupId}`),
      bulletins: [],
      component: {
        id,
        groupId,
        name,
        type: component.type,
        state: stateOf(component),
        referenceType: referenceType(component),
      },
      operatePermissions: { canRead: false, canWrite: true },
    };
  });
}

function serviceDto(call: Call, service: ControllerService): Json {
  const type = extensionType(service.type);
  const { version } = call.node;
  return {
    id: service.id,
    ...(service.versionedId === undefined ? {} : { versionedComponentId: service.versionedId }),
    parentGroupId: service.groupId,
    name: service.name,
    type: service.type,
    bundle: bundle(type.artifact, version),
    controllerServiceApis: type.apis.map((api) => ({
      type: api,
      bundle: bundle('nifi-standard-services-api-nar', version),
    })),
    comments: service.comments,
    state: service.state,
    persistsState: false,
    restricted: false,
    deprecated: type.deprecated,
    multipleVersionsAvailable: false,
    supportsSensitiveDynamicProperties: false,
    properties: shownProperties(service.type, service.properties),
    descriptors: descriptors(service.type, service.properties, version),
  };
}

function stateOf(component: Component | ControllerService): string {
  return 'scheduled' in component ? component.scheduled : component.state;
}

function referenceType(component: Component | ControllerService): string {
  return 'scheduled' in component ? 'Processor' : 'ControllerService';
}
