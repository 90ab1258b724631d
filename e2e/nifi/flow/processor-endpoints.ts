// Processors: made, read, changed, started, stopped and removed one by one, as at the canvas.

import { randomUUID } from 'node:crypto';
import { HttpError } from '../errors.ts';
import type { Answer, Call, Endpoint } from '../http/endpoint.ts';
import { changedProperties, extensionType } from './extensions.ts';
import { componentBody, componentOf, groupOf, mayUseComponent, mayUseGroup } from './lookup.ts';
import { processorEntity } from './processor-entities.ts';
import { advance, begin, bodyRevision, checkCreation, queryRevision, verifyRevision } from './revisions.ts';
import { checkSchedule, componentLabel, schedulingOf } from './scheduling.ts';
import { type Component, inGroup, type Position, type Scheduled } from './state.ts';

interface ProcessorBody {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly position: Position;
  readonly state: string;
  readonly config: Readonly<Record<string, unknown>> & {
    readonly properties?: Readonly<Record<string, string | null>>;
    readonly comments?: string;
  };
}

export const processorEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/processors/{id}',
    scope: 'replicated',
    authorize: (call) => mayUseComponent(call, 'read'),
    run: (call) => ({ json: processorEntity(call, componentOf(call)) }),
  },
  {
    method: 'GET',
    path: '/process-groups/{id}/processors',
    scope: 'replicated',
    authorize: (call) => mayUseGroup(call, 'read'),
    run: (call) => ({
      json: {
        processors: inGroup(call.state.components, groupOf(call).id)
          .filter(({ kind }) => kind === 'PROCESSOR')
          .map((item) => processorEntity(call, item)),
      },
    }),
  },
  {
    method: 'POST',
    path: '/process-groups/{id}/processors',
    scope: 'replicated',
    check: (call) => checkCreation(call.body, 'Processor'),
    authorize: (call) => mayUseGroup(call, 'write'),
    verify: (call) => {
      groupOf(call);
      extensionType(componentBody<ProcessorBody>(call).type ?? '');
    },
    run: create,
  },
  {
    method: 'PUT',
    path: '/processors/{id}',
    scope: 'replicated',
    check: (call) => void bodyRevision(call.body),
    authorize: (call) => mayUseComponent(call, 'write'),
    verify: (call) => {
      const processor = componentOf(call);
      verifyRevision(call.state.revisions, processor.id, bodyRevision(call.body));
      if (componentBody<ProcessorBody>(call).config && processor.scheduled === 'RUNNING') {
        throw new HttpError(409, `${componentLabel(processor)} cannot be updated because it is not stopped`);
      }
    },
    run: (call) => {
      const processor = componentOf(call);
      change(processor, componentBody<ProcessorBody>(call));
      advance(call.state.revisions, processor.id, bodyRevision(call.body));
      return { json: processorEntity(call, processor, true) };
    },
  },
  {
    method: 'PUT',
    path: '/processors/{id}/run-status',
    scope: 'replicated',
    check: (call) => {
      wantedState(call);
      bodyRevision(call.body);
    },
    authorize: (call) => mayUseComponent(call, 'write'),
    verify: (call) => {
      const processor = componentOf(call);
      verifyRevision(call.state.revisions, processor.id, bodyRevision(call.body));
      checkSchedule(schedulingOf(call), processor, wantedState(call));
    },
    run: (call) => {
      const processor = componentOf(call);
      processor.scheduled = wantedState(call);
      advance(call.state.revisions, processor.id, bodyRevision(call.body));
      return { json: processorEntity(call, processor, true) };
    },
  },
  {
    method: 'DELETE',
    path: '/processors/{id}',
    scope: 'replicated',
    deletesComponent: true,
    check: (call) => void queryRevision(call.query),
    authorize: (call) => mayUseComponent(call, 'write'),
    verify: (call) => {
      const processor = componentOf(call);
      verifyRevision(call.state.revisions, processor.id, queryRevision(call.query));
      checkRemovable(call, processor);
    },
    run: (call) => {
      const processor = componentOf(call);
      const entity = processorEntity(call, processor);
      call.state.components.delete(processor.id);
      call.state.revisions.delete(processor.id);
      return { json: entity };
    },
  },
];

function create(call: Call): Answer {
  const { type = '', name, position = { x: 0, y: 0 }, config } = componentBody<ProcessorBody>(call);
  const processor: Component = {
    id: randomUUID(),
    groupId: groupOf(call).id,
    kind: 'PROCESSOR',
    type,
    name: name ?? type.slice(type.lastIndexOf('.') + 1),
    position,
    comments: '',
    scheduled: 'STOPPED',
    properties: {},
    config: {},
  };
  change(processor, config ? { config } : {});
  call.state.components.set(processor.id, processor);
  begin(call.state.revisions, processor.id, bodyRevision(call.body));
  const location = call.uri(`/processors/${processor.id}`);
  return { status: 201, json: processorEntity(call, processor, true), location };
}

function change(processor: Component, { name, position, config }: Partial<ProcessorBody>): void {
  processor.name = name ?? processor.name;
  processor.position = position ?? processor.position;
  if (!config) return;
  const { properties, comments, descriptors: _descriptors, ...rest } = config;
  processor.properties = changedProperties(processor.properties, properties);
  processor.comments = comments ?? processor.comments;
  const shown = ['lossTolerant', 'defaultConcurrentTasks', 'defaultSchedulingPeriod', 'customUiUrl'];
  const settings = Object.entries(rest).filter(([key]) => !shown.includes(key));
  processor.config = { ...processor.config, ...Object.fromEntries(settings) };
}

function wantedState(call: Call): Scheduled {
  const state = (call.body as { readonly state?: string } | undefined)?.state ?? '';
  if (state === 'RUNNING' || state === 'STOPPED' || state === 'DISABLED') return state;
  throw new HttpError(400, 'The run status is invalid.');
}

function checkRemovable(call: Call, processor: Component): void {
  const connections = [...call.state.connections.values()];
  const connected = connections.find(({ sourceId, destinationId }) => [sourceId, destinationId].includes(processor.id));
  if (connected) throw new HttpError(409, `${componentLabel(processor)} is the destination of another component`);
  if (processor.scheduled === 'RUNNING') {
    throw new HttpError(409, `${componentLabel(processor)} cannot be deleted because it is currently running`);
  }
}
