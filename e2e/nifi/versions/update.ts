// Version changes, reverts and replacements: what may be done, and the steps in which NiFi does it in the background
// (FlowUpdateResource.updateFlow). Only what the change touches is stopped; whatever comes of the change, it is started again, and
// after a failure the group is what it was before.

import { connectionLoad } from '../cluster/load.ts';
import { HttpError } from '../errors.ts';
import type { AsyncRequest, RequestKind } from '../flow/async-requests.ts';
import type { UpdateKind } from '../flow/faults.ts';
import { advance, type Revision, touch } from '../flow/revisions.ts';
import { isValid } from '../flow/scheduling.ts';
import {
  below,
  type ClusterState,
  type Component,
  type ControllerService,
  copyState,
  type ProcessGroup,
  type VersionControl,
} from '../flow/state.ts';
import type { AskedNode, Call } from '../http/endpoint.ts';
import { bringContexts } from './contexts.ts';
import { localChanges } from './differences.ts';
import type { FlowSnapshot } from './snapshot.ts';
import { removedConnections, type Settings, synchronize } from './synchronize.ts';

export interface FlowUpdate {
  readonly kind: RequestKind;
  readonly fault: UpdateKind;
  readonly group: ProcessGroup;
  readonly snapshot: FlowSnapshot;
  readonly settings: Settings;
  readonly revision: Revision;
  /** What the group follows afterwards; undefined leaves it as it is. */
  readonly control: VersionControl | undefined;
}

const steps = [
  'Stopping Affected Processors',
  'Disabling Affected Controller Services',
  'Updating Flow',
  'Re-Enabling Controller Services',
  'Restarting Affected Processors',
];

/** Throws 409 for a group with local changes. */
export function checkUnchanged(state: ClusterState, group: ProcessGroup): void {
  const { versionControl } = group;
  if (!versionControl) return;
  const changes = localChanges(state, group, versionControl.contents).reduce(
    (sum, part) => sum + part.differences.length,
    0,
  );
  if (changes === 0) return;
  throw new HttpError(
    409,
    `Cannot change the Version of the flow for ${groupLabel(group)} because the Process Group has been modified (${changes} modifications) since it was last synchronized with the Flow Registry. The Process Group must be reverted to its original form before changing the version.`,
  );
}

/** Throws 409 when a connection would go that holds something. */
export function checkQueues(node: AskedNode, group: ProcessGroup, snapshot: FlowSnapshot): void {
  const full = removedConnections(node.state, group, snapshot.flowContents).find(
    (id) => connectionLoad(node, [id]).flowFilesQueued > 0,
  );
  if (full === undefined) return;
  throw new HttpError(
    409,
    `${groupLabel(group)} cannot be updated to the proposed flow because the proposed flow does not contain a match for Connection[${full}] and the connection currently has data in the queue.`,
  );
}

/** Begins it on the asked node. */
export function submitUpdate(call: Call, update: FlowUpdate): AsyncRequest {
  const { node, user } = call;
  const request = node.flows.requests.submit({
    kind: update.kind,
    user: user.identity,
    target: update.group.id,
    steps,
    affected: [],
  });
  const stopped: Component[] = [];
  const disabled: ControllerService[] = [];
  node.flows.run(request, {
    before: [
      () => stopped.push(...stopAll(node.state, update)),
      () => disabled.push(...disableAll(node.state, update)),
    ],
    change: () => change(node, update),
    after: [() => enableAgain(node.state, disabled), () => startAgain(node, stopped)],
    failed: (error) =>
      `Failed to perform update flow request due to ${error instanceof Error ? error.message : String(error)}`,
  });
  return request;
}

export function groupLabel({ id, name }: ProcessGroup): string {
  return `StandardProcessGroup[identifier=${id},name=${name}]`;
}

function change(node: AskedNode, update: FlowUpdate): void {
  const { state } = node;
  const group = state.groups.get(update.group.id);
  if (!group) throw new Error(`Unable to locate group with id '${update.group.id}'.`);
  if ((node.cluster?.table.inState('CONNECTING').length ?? 0) > 0) {
    throw new Error('Received a mutable request while a node is trying to connect to the cluster');
  }
  if (update.kind === 'update-requests') checkUnchanged(state, group);
  checkQueues(node, group, update.snapshot);
  const before = copyState(state);
  applyFlow(state, group, update);
  const why = node.flows.faults.takeFailure(update.fault);
  if (why === undefined) return;
  restore(state, before);
  throw new Error(why);
}

/** The group becomes what the flow says, and its revision moves on. */
export function applyFlow(
  state: ClusterState,
  group: ProcessGroup,
  update: Omit<FlowUpdate, 'kind' | 'fault' | 'group'>,
): void {
  bringContexts(state, update.snapshot);
  synchronize(state, group, update.snapshot, update.settings);
  if (update.control) group.versionControl = update.control;
  advance(state.revisions, group.id, update.revision);
}

/** NiFi goes back by synchronizing with the version that ran before; the outcome is the same flow. */
function restore(state: ClusterState, before: ClusterState): void {
  restoreMap(state.groups, before.groups);
  restoreMap(state.components, before.components);
  restoreMap(state.connections, before.connections);
  restoreMap(state.services, before.services);
  restoreMap(state.parameterContexts, before.parameterContexts);
}

function restoreMap<T>(map: Map<string, T>, before: ReadonlyMap<string, T>): void {
  map.clear();
  for (const [id, value] of before) map.set(id, value);
}

function stopAll(state: ClusterState, { group }: FlowUpdate): readonly Component[] {
  const running = below(state, state.components, group.id).filter(
    ({ kind, scheduled }) => kind !== 'FUNNEL' && scheduled === 'RUNNING',
  );
  for (const component of running) {
    component.scheduled = 'STOPPED';
    touch(state.revisions, component.id);
  }
  return running;
}

function disableAll(state: ClusterState, { group }: FlowUpdate): readonly ControllerService[] {
  const enabled = below(state, state.services, group.id).filter((service) => service.state !== 'DISABLED');
  for (const service of enabled) {
    service.state = 'DISABLED';
    touch(state.revisions, service.id);
  }
  return enabled;
}

/** The objects may have been replaced since: what counts is the id. */
function enableAgain(state: ClusterState, disabled: readonly ControllerService[]): void {
  for (const { id } of disabled) {
    const service = state.services.get(id);
    if (!service) continue;
    service.state = 'ENABLED';
    touch(state.revisions, id);
  }
}

/** What is not valid any more stays stopped, and the request is complete all the same (InvalidComponentAction.SKIP). */
function startAgain(node: AskedNode, stopped: readonly Component[]): void {
  const { state } = node;
  for (const { id } of stopped) {
    const component = state.components.get(id);
    if (component?.scheduled !== 'STOPPED' || !isValid({ state, broken: node.flows.faults.broken }, component))
      continue;
    component.scheduled = 'RUNNING';
    touch(state.revisions, id);
  }
}
