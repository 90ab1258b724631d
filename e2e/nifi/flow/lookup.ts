// What an id in a path stands for, who may touch it, and the words for what is not there. `root` stands for the root group.
// What does not exist has no policies: that it does not is found out by `verify` and `run`, after the rights.

import { HttpError } from '../errors.ts';
import type { Call } from '../http/endpoint.ts';
import { authorize } from '../tenants/authorize.ts';
import type {
  Component,
  Connection,
  ControllerService,
  ParameterContext,
  ProcessGroup,
  RegistryClient,
} from './state.ts';

export function groupIdOf(call: Call): string {
  const id = call.params['id'] ?? '';
  return id === 'root' ? call.state.rootGroupId : id;
}

export function groupOf(call: Call): ProcessGroup {
  const id = groupIdOf(call);
  const group = call.state.groups.get(id);
  if (!group) throw new HttpError(404, `Unable to locate group with id '${id}'.`);
  return group;
}

export function componentOf(call: Call): Component {
  const id = call.params['id'] ?? '';
  const found = call.state.components.get(id);
  if (!found) throw new HttpError(404, `Unable to find processor with id '${id}'.`);
  return found;
}

export function serviceOf(call: Call): ControllerService {
  const id = call.params['id'] ?? '';
  const found = call.state.services.get(id);
  if (!found) throw new HttpError(404, `Unable to locate controller service with id '${id}'.`);
  return found;
}

export function connectionOf(call: Call): Connection {
  const id = call.params['id'] ?? '';
  const found = call.state.connections.get(id);
  if (!found) throw new HttpError(404, `Unable to find connection with id '${id}'.`);
  return found;
}

export function contextOfCall(call: Call): ParameterContext {
  const id = call.params['id'] ?? '';
  const found = call.state.parameterContexts.get(id);
  if (!found) throw new HttpError(404, `Unable to find Parameter Context with id '${id}'.`);
  return found;
}

export function registryClient(call: Call, id: string): RegistryClient {
  const found = call.state.registryClients.get(id);
  if (!found) throw new HttpError(404, `Unable to find Flow Registry with id '${id}'`);
  return found;
}

export function mayView(call: Call): void {
  authorize(call.node.rules, call.state, call.user, '/flow', 'read');
}

export function mayUseGroup(call: Call, action: 'read' | 'write'): void {
  mayUse(call, call.state.groups.has(groupIdOf(call)) ? groupIdOf(call) : undefined, action);
}

/** Of the component of this id, by the group it is in. */
export function mayUseComponent(call: Call, action: 'read' | 'write'): void {
  const id = call.params['id'] ?? '';
  const { components, services, connections } = call.state;
  mayUse(call, (components.get(id) ?? services.get(id) ?? connections.get(id))?.groupId, action);
}

export function mayUseController(call: Call, action: 'read' | 'write'): void {
  authorize(call.node.rules, call.state, call.user, '/controller', action);
}

function mayUse(call: Call, groupId: string | undefined, action: 'read' | 'write'): void {
  if (groupId === undefined) return;
  authorize(call.node.rules, call.state, call.user, `/process-groups/${groupId}`, action);
}

/** `component` of a write's body. */
export function componentBody<T extends object>(call: Call): Partial<T> {
  return (call.body as { readonly component?: Partial<T> } | undefined)?.component ?? {};
}
