// Starts and stops: a whole group, or one processor of it, and why a processor cannot be started.
// Source: OpenAPI of NiFi 2.11, transcript 03 of the reference; NiFi's FlowResource and ProcessorResource.
// Surprising: a group's state needs no revision, NiFi answers before anything has stopped, and invalid components are passed over in
// silence: what came of it is read from the group's status.

import { type JsonObject, listIn, objectAt, objectIn, textIn } from '../decode.ts';
import type { NodeCalls } from '../types.ts';
import { nextRevision, type Revision, revisionIn } from './controller.ts';

export interface Processor {
  readonly id: string;
  readonly revision: Revision;
  readonly groupId: string;
  readonly name: string;
  /** RUNNING, STOPPED or DISABLED: what is wanted of it. */
  readonly state: string;
  /** VALID, INVALID or VALIDATING. */
  readonly validationStatus: string;
  /** NiFi's words, one for each thing that is wrong. */
  readonly validationErrors: readonly string[];
}

/** PUT /flow/process-groups/{id}: asks for a state of everything in the group and in all groups below it. */
export async function scheduleGroup(node: NodeCalls, groupId: string, state: 'RUNNING' | 'STOPPED'): Promise<void> {
  const body = { id: groupId, state };
  await node.request({ method: 'PUT', path: '/flow/process-groups/{id}', params: { id: groupId }, body });
}

/** GET /processors/{id}. */
export async function getProcessor(node: NodeCalls, id: string): Promise<Processor> {
  return decodeProcessor(await node.request({ method: 'GET', path: '/processors/{id}', params: { id } }));
}

/** PUT /processors/{id}/run-status; 409 when the processor is invalid and should run. */
export async function scheduleProcessor(
  node: NodeCalls,
  processor: Pick<Processor, 'id' | 'revision'>,
  state: 'RUNNING' | 'STOPPED',
): Promise<Processor> {
  const body = { revision: nextRevision(processor.revision), state };
  const path = '/processors/{id}/run-status';
  return decodeProcessor(await node.request({ method: 'PUT', path, params: { id: processor.id }, body }));
}

export function decodeProcessor(value: unknown): Processor {
  const entity = objectAt(value, 'processor');
  const component = objectIn(entity, 'component');
  return {
    id: textIn(entity, 'id'),
    revision: revisionIn(entity),
    groupId: textIn(component, 'parentGroupId'),
    name: textIn(component, 'name'),
    state: textIn(component, 'state'),
    ...validationIn(component),
  };
}

/** What NiFi says of a component's configuration. */
export function validationIn(component: JsonObject): {
  readonly validationStatus: string;
  readonly validationErrors: readonly string[];
} {
  return {
    validationStatus: textIn(component, 'validationStatus'),
    validationErrors: listIn(component, 'validationErrors').map(String).toSorted(),
  };
}
