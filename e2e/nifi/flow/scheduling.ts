// Starting and stopping: what is asked of a component, and what NiFi says when it may not be.
// A component that is not valid stays stopped when its group is started; started by itself it is refused.

import { HttpError } from '../errors.ts';
import type { Call } from '../http/endpoint.ts';
import { touch } from './revisions.ts';
import { below, type ClusterState, type Component, type ControllerService, type Scheduled } from './state.ts';
import { type BrokenComponents, controllerServiceErrors, processorErrors } from './validation.ts';

export interface Scheduling {
  readonly state: ClusterState;
  readonly broken: BrokenComponents;
}

export function schedulingOf(call: Call): Scheduling {
  return { state: call.state, broken: call.node.flows.faults.broken };
}

export function isValid({ state, broken }: Scheduling, component: Component): boolean {
  return processorErrors(state, component, broken).length === 0;
}

/** Throws 409 where NiFi refuses: only a valid processor starts, and only one that is stopped is disabled or started. */
export function checkSchedule(context: Scheduling, component: Component, wanted: Scheduled): void {
  const label = componentLabel(component);
  if (wanted === 'DISABLED' && component.scheduled === 'RUNNING') {
    throw new HttpError(409, `${label} cannot be disabled because is not stopped`);
  }
  if (wanted !== 'RUNNING') return;
  if (component.scheduled === 'DISABLED') {
    throw new HttpError(409, `${label} cannot be started because it is not stopped. Current state is DISABLED`);
  }
  const errors = processorErrors(context.state, component, context.broken);
  if (errors.length === 0) return;
  throw new HttpError(
    409,
    `${label} cannot be started because it is not in a valid state. Errors: ${errors.join('; ')}`,
  );
}

/** Of a whole group: `RUNNING` leaves out what is disabled or not valid, `ENABLED` turns disabled into stopped. */
export function scheduleGroup(context: Scheduling, groupId: string, wanted: Scheduled | 'ENABLED'): void {
  for (const component of below(context.state, context.state.components, groupId)) {
    const next = nextState(context, component, wanted);
    if (next === component.scheduled || component.kind === 'FUNNEL') continue;
    component.scheduled = next;
    touch(context.state.revisions, component.id);
  }
}

/** Services of a group and of all groups below it. Those that are not valid stay ENABLING (recorded). */
export function activateServices(context: Scheduling, groupId: string, wanted: 'ENABLED' | 'DISABLED'): void {
  for (const service of below(context.state, context.state.services, groupId)) {
    if (wanted === 'DISABLED' && service.state !== 'DISABLED') {
      service.state = 'DISABLED';
      touch(context.state.revisions, service.id);
    }
    if (wanted === 'ENABLED' && service.state === 'DISABLED') {
      if (controllerServiceErrors(context.state, service, context.broken).length > 0) continue;
      service.state = 'ENABLED';
      touch(context.state.revisions, service.id);
    }
  }
}

/** A service that was made valid after it was asked to be enabled. */
export function settleServices(context: Scheduling): void {
  for (const service of context.state.services.values()) {
    if (service.state !== 'ENABLING') continue;
    if (controllerServiceErrors(context.state, service, context.broken).length === 0) service.state = 'ENABLED';
  }
}

/** Components that name this service in one of their properties. */
export function referencingService(
  state: ClusterState,
  service: ControllerService,
): readonly (Component | ControllerService)[] {
  return [...state.components.values(), ...state.services.values()].filter((component) =>
    Object.values(component.properties).includes(service.id),
  );
}

/** As NiFi names a processor in its messages: `UpdateAttribute[id=…]`. */
export function componentLabel({ type, kind, id, name }: Component): string {
  return kind === 'PROCESSOR' ? `${simpleName(type)}[id=${id}]` : `Port[id=${id},name=${name}]`;
}

export function simpleName(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

function nextState(context: Scheduling, component: Component, wanted: Scheduled | 'ENABLED'): Scheduled {
  const { scheduled } = component;
  if (wanted === 'ENABLED') return scheduled === 'DISABLED' ? 'STOPPED' : scheduled;
  if (wanted === 'RUNNING') return scheduled === 'STOPPED' && isValid(context, component) ? 'RUNNING' : scheduled;
  if (wanted === 'DISABLED') return scheduled === 'STOPPED' ? 'DISABLED' : scheduled;
  return scheduled === 'RUNNING' ? 'STOPPED' : scheduled;
}
