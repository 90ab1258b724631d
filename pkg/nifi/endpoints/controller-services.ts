// The controller services of a group and of all groups below it, and their enabling. Source: OpenAPI of NiFi 2.11, transcript 06 of the
// reference; NiFi's FlowResource.
// Surprising: NiFi takes the wish to enable an invalid service with 200 and leaves it ENABLING for ever; and it answers before any
// service has changed, so what came of it is read here again.

import { listIn, objectAt, objectIn, textIn } from '../decode.ts';
import type { NodeCalls } from '../types.ts';
import { type Revision, revisionIn } from './controller.ts';
import { validationIn } from './scheduling.ts';

export interface ControllerService {
  readonly id: string;
  readonly revision: Revision;
  readonly groupId: string;
  readonly name: string;
  readonly type: string;
  /** ENABLED, ENABLING, DISABLED or DISABLING. */
  readonly state: string;
  readonly validationStatus: string;
  readonly validationErrors: readonly string[];
}

/** GET /flow/process-groups/{id}/controller-services: those of the group and of all groups below it, not those that it inherits. */
export async function listControllerServices(node: NodeCalls, groupId: string): Promise<readonly ControllerService[]> {
  const query = {
    includeAncestorGroups: 'false',
    includeDescendantGroups: 'true',
    includeReferencingComponents: 'false',
  };
  const path = '/flow/process-groups/{id}/controller-services';
  const answer = objectAt(await node.request({ method: 'GET', path, params: { id: groupId }, query }), 'answer');
  return listIn(answer, 'controllerServices').map(decodeService);
}

/** PUT /flow/process-groups/{id}/controller-services: asks for a state of all of them. */
export async function scheduleControllerServices(
  node: NodeCalls,
  groupId: string,
  state: 'ENABLED' | 'DISABLED',
): Promise<void> {
  const path = '/flow/process-groups/{id}/controller-services';
  await node.request({ method: 'PUT', path, params: { id: groupId }, body: { id: groupId, state } });
}

function decodeService(value: unknown): ControllerService {
  const entity = objectAt(value, 'controller service');
  const component = objectIn(entity, 'component');
  return {
    id: textIn(entity, 'id'),
    revision: revisionIn(entity),
    groupId: textIn(component, 'parentGroupId'),
    name: textIn(component, 'name'),
    type: textIn(component, 'type'),
    state: textIn(component, 'state'),
    ...validationIn(component),
  };
}
