// Processors and ports as NiFi's JSON shows them, and their status. Numbers of work done are not kept: they are all nothing.

import { type Json, timeOfDay } from '../format.ts';
import type { Call } from '../http/endpoint.ts';
import { permissions } from '../tenants/authorize.ts';
import { descriptors, shownProperties } from './descriptors.ts';
import { bundle, extensionType, relationshipsOf } from './extensions.ts';
import { revisionEntity } from './revisions.ts';
import { isValid, schedulingOf, simpleName } from './scheduling.ts';
import type { Component } from './state.ts';
import { processorErrors } from './validation.ts';

const nothing = '0 (0 bytes)';

/** `written` with who wrote it. */
export function processorEntity(call: Call, processor: Component, written = false): Json {
  const { input } = extensionType(processor.type);
  return {
    revision: revisionEntity(call.state.revisions, processor.id, written ? call.user.identity : undefined),
    id: processor.id,
    uri: call.uri(`/processors/${processor.id}`),
    position: processor.position,
    permissions: permissions(call.node.rules, call.state, call.user, `/process-groups/${processor.groupId}`),
    bulletins: [],
    component: { ...processorDto(call, processor), validationErrors: errorsOf(call, processor) },
    inputRequirement: input,
    physicalState: runState(call, processor),
    status: processorStatus(call, processor),
    operatePermissions: { canRead: false, canWrite: true },
  };
}

/** Without validation errors, as the contents of a new group show it. */
export function processorDto(call: Call, processor: Component): Json {
  const type = extensionType(processor.type);
  const { version } = call.node;
  const automatic = (processor.config['autoTerminatedRelationships'] ?? []) as readonly string[];
  return {
    id: processor.id,
    ...(processor.versionedId === undefined ? {} : { versionedComponentId: processor.versionedId }),
    parentGroupId: processor.groupId,
    position: processor.position,
    name: processor.name,
    type: processor.type,
    bundle: bundle(type.artifact, version),
    state: runState(call, processor),
    style: {},
    relationships: relationshipsOf(processor.type, processor.properties).map((name) => ({
      name,
      description: '',
      autoTerminate: automatic.includes(name),
      retry: false,
    })),
    supportsParallelProcessing: true,
    supportsBatching: true,
    supportsSensitiveDynamicProperties: false,
    supportsBacklogReporting: false,
    persistsState: type.persistsState,
    restricted: false,
    deprecated: type.deprecated,
    executionNodeRestricted: false,
    multipleVersionsAvailable: false,
    inputRequirement: type.input,
    physicalState: runState(call, processor),
    config: {
      properties: shownProperties(processor.type, processor.properties),
      descriptors: descriptors(processor.type, processor.properties, version),
      ...processorConfig(processor),
      comments: processor.comments,
      lossTolerant: false,
      defaultConcurrentTasks: { TIMER_DRIVEN: '1', CRON_DRIVEN: '1' },
      defaultSchedulingPeriod: { TIMER_DRIVEN: '0 sec', CRON_DRIVEN: '* * * * * ?' },
    },
    validationStatus: isValid(schedulingOf(call), processor) ? 'VALID' : 'INVALID',
    extensionMissing: false,
  };
}

/** Scheduling and relationships: NiFi's defaults with what was set over them. */
export function processorConfig(processor: Component): Json {
  return {
    schedulingPeriod: '0 sec',
    schedulingStrategy: 'TIMER_DRIVEN',
    executionNode: 'ALL',
    penaltyDuration: '30 sec',
    yieldDuration: '1 sec',
    bulletinLevel: 'WARN',
    runDurationMillis: extensionType(processor.type).runDurationMillis,
    concurrentlySchedulableTaskCount: 1,
    autoTerminatedRelationships: [],
    retryCount: 10,
    retriedRelationships: [],
    backoffMechanism: 'PENALIZE_FLOWFILE',
    maxBackoffPeriod: '10 mins',
    ...processor.config,
  };
}

export function processorStatus(call: Call, processor: Component): Json {
  const { id, groupId, name } = processor;
  return {
    groupId,
    id,
    name,
    runStatus: runStatus(call, processor),
    statsLastRefreshed: timeOfDay(call.node.clock.now()),
    aggregateSnapshot: processorSnapshot(call, processor),
  };
}

/** As a group's status lists it. */
export function processorStatusSnapshot(call: Call, processor: Component): Json {
  return {
    id: processor.id,
    processorStatusSnapshot: processorSnapshot(call, processor),
    canRead: true,
  };
}

/** A port, as far as anybody asks. */
export function portEntity(call: Call, port: Component): Json {
  const { id, groupId, name, kind } = port;
  return {
    revision: revisionEntity(call.state.revisions, id),
    id,
    uri: call.uri(`/${kind === 'INPUT_PORT' ? 'input-ports' : 'output-ports'}/${id}`),
    position: port.position,
    permissions: permissions(call.node.rules, call.state, call.user, `/process-groups/${groupId}`),
    bulletins: [],
    component: { id, parentGroupId: groupId, position: port.position, name, type: kind, state: port.scheduled },
    portType: kind,
  };
}

export function funnelEntity(call: Call, funnel: Component): Json {
  const { id, groupId, position } = funnel;
  return {
    revision: revisionEntity(call.state.revisions, id),
    id,
    uri: call.uri(`/funnels/${id}`),
    position,
    permissions: permissions(call.node.rules, call.state, call.user, `/process-groups/${groupId}`),
    component: { id, parentGroupId: groupId, position },
  };
}

function errorsOf(call: Call, processor: Component): readonly string[] {
  const { state, broken } = schedulingOf(call);
  return processorErrors(state, processor, broken);
}

/** On a node that runs nothing, whatever is scheduled stands. */
function runState(call: Call, processor: Component): string {
  return processor.scheduled === 'RUNNING' && !call.node.runsComponents ? 'STOPPED' : processor.scheduled;
}

function runStatus(call: Call, processor: Component): string {
  const state = runState(call, processor);
  if (state === 'RUNNING') return 'Running';
  if (state === 'DISABLED') return 'Disabled';
  return isValid(schedulingOf(call), processor) ? 'Stopped' : 'Invalid';
}

function processorSnapshot(call: Call, processor: Component): Json {
  const { id, groupId, name } = processor;
  return {
    id,
    groupId,
    name,
    type: simpleName(processor.type),
    runStatus: runStatus(call, processor),
    executionNode: 'ALL',
    bytesRead: 0,
    bytesWritten: 0,
    read: '0 bytes',
    written: '0 bytes',
    flowFilesIn: 0,
    bytesIn: 0,
    input: nothing,
    flowFilesOut: 0,
    bytesOut: 0,
    output: nothing,
    taskCount: 0,
    tasksDurationNanos: 0,
    tasks: '0',
    tasksDuration: '00:00:00.000',
    activeThreadCount: 0,
    terminatedThreadCount: 0,
  };
}
