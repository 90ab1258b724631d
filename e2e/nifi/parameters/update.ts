// A change of parameters in the background: what uses a changed parameter is stopped, the parameters change on all nodes, and it is
// started again (ParameterContextUpdateTask). The request belongs to the node that was asked.

import { type AsyncRequest, percentOf, stateOf } from '../flow/async-requests.ts';
import { advance, type Revision, revisionEntity, touch } from '../flow/revisions.ts';
import { isValid } from '../flow/scheduling.ts';
import type { ClusterState, Component, ControllerService, ParameterContext } from '../flow/state.ts';
import { type Json, timestampMs } from '../format.ts';
import type { AskedNode, Call } from '../http/endpoint.ts';
import { affectedComponents, type ContextBody, changedParameters, inheritedIds } from './changes.ts';
import { affectedEntity, contextDto } from './entities.ts';

const steps = [
  'Stopping Affected Processors',
  'Disabling Affected Controller Services',
  'Updating Parameter Context',
  'Re-Enabling Affected Controller Services',
  'Restarting Affected Processors',
];

/** Begins it. What is refused was refused before. */
export function submitChange(
  call: Call,
  context: ParameterContext,
  body: ContextBody,
  revision: Revision,
): AsyncRequest {
  const { node } = call;
  const affected = affectedComponents(call.state, context, body);
  const request = node.flows.requests.submit({
    kind: 'parameter-update-requests',
    user: call.user.identity,
    target: context.id,
    steps,
    affected: affected.map(({ id }) => id),
  });
  const stopped: string[] = [];
  const disabled: string[] = [];
  node.flows.run(request, {
    before: [() => stopped.push(...stop(node.state, affected)), () => disabled.push(...disable(node.state, affected))],
    change: () => change(node, context.id, body, revision),
    after: [() => enable(node.state, disabled), () => start(node, stopped)],
    failed: (error) =>
      `Failed to update Parameter Context due to java.lang.IllegalStateException: ${error instanceof Error ? error.message : String(error)}`,
  });
  return request;
}

/** The context becomes what the request says. */
export function applyChange(
  state: ClusterState,
  context: ParameterContext,
  body: ContextBody,
  revision: Revision,
): void {
  context.name = body.name ?? context.name;
  context.description = body.description ?? context.description;
  context.parameters = changedParameters(context.parameters, body);
  context.inherited = inheritedIds(context, body);
  advance(state.revisions, context.id, revision);
}

export function changeEntity(call: Call, request: AsyncRequest): Json {
  const { state } = call;
  const context = state.parameterContexts.get(request.target);
  const done = request.complete && request.failure === undefined;
  const find = (id: string): Component | ControllerService | undefined =>
    state.components.get(id) ?? state.services.get(id);
  return {
    ...(done ? { parameterContextRevision: revisionEntity(state.revisions, request.target) } : {}),
    request: {
      requestId: request.id,
      uri: call.uri(`/parameter-contexts/${request.target}/update-requests/${request.id}`),
      lastUpdated: timestampMs(request.lastUpdated),
      complete: request.complete,
      ...(request.failure === undefined ? {} : { failureReason: request.failure }),
      percentCompleted: percentOf(request),
      state: stateOf(request),
      updateSteps: steps.map((description, index) => ({
        description,
        complete: index < request.done,
        ...(request.failure !== undefined && index === request.done ? { failureReason: request.failure } : {}),
      })),
      ...(done && context ? { parameterContext: contextDto(call, context) } : {}),
      referencingComponents: request.affected.flatMap((id) => {
        const component = find(id);
        return component ? [affectedEntity(call, component)] : [];
      }),
    },
  };
}

function change(node: AskedNode, id: string, body: ContextBody, revision: Revision): void {
  const context = node.state.parameterContexts.get(id);
  if (!context) throw new Error(`Unable to find Parameter Context with id '${id}'.`);
  if ((node.cluster?.table.inState('CONNECTING').length ?? 0) > 0) {
    throw new Error('Received a mutable request while a node is trying to connect to the cluster');
  }
  const why = node.flows.faults.takeFailure('parameters');
  if (why !== undefined) throw new Error(why);
  applyChange(node.state, context, body, revision);
}

function stop(state: ClusterState, affected: readonly (Component | ControllerService)[]): readonly string[] {
  const running = affected.filter((component) => state.components.get(component.id)?.scheduled === 'RUNNING');
  for (const { id } of running) {
    const component = state.components.get(id);
    if (component) component.scheduled = 'STOPPED';
    touch(state.revisions, id);
  }
  return running.map(({ id }) => id);
}

function disable(state: ClusterState, affected: readonly (Component | ControllerService)[]): readonly string[] {
  const enabled = affected.filter(({ id }) => (state.services.get(id)?.state ?? 'DISABLED') !== 'DISABLED');
  for (const { id } of enabled) {
    const service = state.services.get(id);
    if (service) service.state = 'DISABLED';
    touch(state.revisions, id);
  }
  return enabled.map(({ id }) => id);
}

function enable(state: ClusterState, ids: readonly string[]): void {
  for (const id of ids) {
    const service = state.services.get(id);
    if (!service) continue;
    service.state = 'ENABLED';
    touch(state.revisions, id);
  }
}

function start(node: AskedNode, ids: readonly string[]): void {
  const { state, flows } = node;
  for (const id of ids) {
    const component = state.components.get(id);
    if (!component || !isValid({ state, broken: flows.faults.broken }, component)) continue;
    component.scheduled = 'RUNNING';
    touch(state.revisions, id);
  }
}
