// Flows at the canvas: groups, processors, services, queues and parameters. Recorded in 03, 05 and 06.

import type { ContractCase, Step } from './case.ts';

const first = { version: 0, clientId: 'c' };
const generate = 'org.apache.nifi.processors.standard.GenerateFlowFile';
const update = 'org.apache.nifi.processors.attributes.UpdateAttribute';
const contextMap = 'org.apache.nifi.http.StandardHttpContextMap';

function newGroup(name: string, keep: string): Step {
  return {
    method: 'POST',
    path: '/nifi-api/process-groups/root/process-groups',
    json: { revision: first, component: { name, position: { x: 1, y: 2 } } },
    status: 201,
    values: { 'revision.version': 1, 'component.comments': '', 'component.name': name },
    keep: { [keep]: 'id' },
  };
}

function newProcessor(group: string, component: object, keep: string): Step {
  return {
    method: 'POST',
    path: `/nifi-api/process-groups/{{${group}}}/processors`,
    json: { revision: first, component },
    status: 201,
    values: { 'component.state': 'STOPPED' },
    keep: { [keep]: 'id' },
  };
}

function schedule(group: string, state: string): Step {
  return {
    method: 'PUT',
    path: `/nifi-api/flow/process-groups/{{${group}}}`,
    json: { id: `{{${group}}}`, state },
    status: 200,
    values: { state: state === 'ENABLED' ? 'STOPPED' : state },
  };
}

export const flowCases: readonly ContractCase[] = [
  {
    name: 'a group is started and stopped as a whole, and what is not valid stays where it is',
    steps: [
      newGroup('running', 'group'),
      newProcessor('group', { type: generate, name: 'open' }, 'open'),
      newProcessor(
        'group',
        { type: generate, name: 'done', config: { autoTerminatedRelationships: ['success'] } },
        'done',
      ),
      {
        path: '/nifi-api/processors/{{open}}',
        status: 200,
        values: {
          'component.validationStatus': 'INVALID',
          'component.validationErrors': [
            "'Relationship success' is invalid because Relationship 'success' is not connected to any component and is not auto-terminated",
          ],
        },
      },
      schedule('group', 'RUNNING'),
      {
        path: '/nifi-api/process-groups/{{group}}',
        status: 200,
        values: { runningCount: 1, stoppedCount: 0, invalidCount: 1 },
        eventually: true,
      },
      {
        method: 'DELETE',
        path: '/nifi-api/process-groups/{{group}}?version=1&clientId=c',
        status: 409,
        text: /because Processor is running$/,
      },
      schedule('group', 'STOPPED'),
      schedule('group', 'DISABLED'),
      { path: '/nifi-api/process-groups/{{group}}', status: 200, values: { disabledCount: 2 }, eventually: true },
      schedule('group', 'ENABLED'),
      {
        method: 'PUT',
        path: '/nifi-api/flow/process-groups/{{group}}',
        json: { id: 'another', state: 'RUNNING' },
        status: 400,
        text: /does not equal the process group id of the requested resource/,
      },
      {
        method: 'PUT',
        path: '/nifi-api/flow/process-groups/{{group}}',
        json: { id: '{{group}}', state: 'HALTED' },
        status: 400,
        text: /^The scheduled must be one of /,
      },
      {
        method: 'DELETE',
        path: '/nifi-api/process-groups/{{group}}?version=1',
        status: 200,
        values: { id: '{{group}}' },
      },
      { path: '/nifi-api/process-groups/{{group}}', status: 404, text: /^Unable to locate group with id/ },
    ],
  },
  {
    name: 'a processor counts its changes, and only its last client may be late',
    steps: [
      newGroup('counted', 'group'),
      newProcessor('group', { type: generate, name: 'p', config: { autoTerminatedRelationships: ['success'] } }, 'p'),
      {
        method: 'PUT',
        path: '/nifi-api/processors/{{p}}/run-status',
        json: { revision: { version: 1, clientId: 'c' }, state: 'RUNNING' },
        status: 200,
        values: { 'revision.version': 2, 'revision.lastModifier': 'CN=admin' },
      },
      {
        method: 'PUT',
        path: '/nifi-api/processors/{{p}}',
        json: { revision: { version: 2, clientId: 'c' }, component: { id: '{{p}}', config: { properties: {} } } },
        status: 409,
        text: /cannot be updated because it is not stopped$/,
      },
      {
        method: 'PUT',
        path: '/nifi-api/processors/{{p}}/run-status',
        json: { revision: { version: 77, clientId: 'other' }, state: 'STOPPED' },
        status: 409,
        text: /^Node .+ is unable to fulfill this request due to: \[77, other, .+\] is not the most up-to-date/,
      },
      {
        method: 'PUT',
        path: '/nifi-api/processors/{{p}}/run-status',
        json: { revision: { version: 77, clientId: 'c' }, state: 'STOPPED' },
        status: 200,
        values: { 'revision.version': 3 },
      },
      {
        method: 'POST',
        path: '/nifi-api/process-groups/{{group}}/processors',
        json: { revision: first, component: { type: 'com.example.Nothing' } },
        status: 409,
        text: /com\.example\.Nothing is not known to this NiFi instance\.$/,
      },
      { method: 'DELETE', path: '/nifi-api/processors/{{p}}?version=3', status: 200 },
      { path: '/nifi-api/processors/{{p}}', status: 404, text: /^Unable to find processor with id/ },
    ],
  },
  {
    name: 'queues are emptied in the background, by a request that has to be deleted',
    steps: [
      newGroup('queues', 'group'),
      newProcessor('group', { type: generate, name: 'from' }, 'from'),
      newProcessor('group', { type: update, name: 'to', config: { autoTerminatedRelationships: ['success'] } }, 'to'),
      {
        method: 'POST',
        path: '/nifi-api/process-groups/{{group}}/connections',
        json: {
          revision: first,
          component: {
            name: 'between',
            source: { id: '{{from}}', groupId: '{{group}}', type: 'PROCESSOR' },
            destination: { id: '{{to}}', groupId: '{{group}}', type: 'PROCESSOR' },
            selectedRelationships: ['success'],
          },
        },
        status: 201,
        values: { 'component.backPressureObjectThreshold': 10_000 },
        keep: { queue: 'id' },
      },
      {
        method: 'POST',
        path: '/nifi-api/flowfile-queues/{{queue}}/drop-requests',
        status: 202,
        keep: { drop: 'dropRequest.id' },
      },
      {
        path: '/nifi-api/flowfile-queues/{{queue}}/drop-requests/{{drop}}',
        status: 200,
        values: { 'dropRequest.finished': true, 'dropRequest.percentCompleted': 100 },
        eventually: true,
      },
      { method: 'DELETE', path: '/nifi-api/flowfile-queues/{{queue}}/drop-requests/{{drop}}', status: 200 },
      {
        path: '/nifi-api/flowfile-queues/{{queue}}/drop-requests/{{drop}}',
        status: 404,
        text: /^Unable to find drop request with id/,
      },
      {
        method: 'POST',
        path: '/nifi-api/process-groups/{{group}}/empty-all-connections-requests',
        status: 202,
        values: { 'dropRequest.finished': true, 'dropRequest.originalCount': 0 },
      },
    ],
  },
  {
    name: 'a service that is not valid stays on its way to being enabled, and one that is enabled is not removed',
    steps: [
      newGroup('services', 'group'),
      newService({ type: contextMap, name: 'map' }, 'map'),
      newService(
        {
          type: 'org.apache.nifi.ssl.StandardSSLContextService',
          name: 'ssl',
          properties: { 'Keystore Password': 'pw' },
        },
        'ssl',
      ),
      {
        path: '/nifi-api/controller-services/{{ssl}}',
        status: 200,
        values: { 'component.properties.Keystore Password': '********', 'component.validationStatus': 'INVALID' },
      },
      enable('map', 'ENABLED'),
      enable('ssl', 'ENABLING'),
      {
        method: 'DELETE',
        path: '/nifi-api/controller-services/{{map}}?version=2',
        status: 409,
        text: /cannot be deleted because it is not disabled$/,
      },
      {
        method: 'PUT',
        path: '/nifi-api/flow/process-groups/{{group}}/controller-services',
        json: { id: '{{group}}', state: 'DISABLED' },
        status: 200,
        values: { state: 'DISABLED' },
      },
      {
        path: '/nifi-api/flow/process-groups/{{group}}/controller-services',
        status: 200,
        values: {
          'controllerServices.0.component.state': 'DISABLED',
          'controllerServices.1.component.state': 'DISABLED',
        },
        eventually: true,
      },
      { method: 'DELETE', path: '/nifi-api/process-groups/{{group}}?version=1', status: 200 },
    ],
  },
];

function newService(component: object, keep: string): Step {
  return {
    method: 'POST',
    path: '/nifi-api/process-groups/{{group}}/controller-services',
    json: { revision: first, component },
    status: 201,
    values: { 'component.state': 'DISABLED' },
    keep: { [keep]: 'id' },
  };
}

function enable(service: string, state: string): Step {
  return {
    method: 'PUT',
    path: `/nifi-api/controller-services/{{${service}}}/run-status`,
    json: { revision: { version: 1, clientId: 'c' }, state: 'ENABLED' },
    status: 200,
    values: { 'component.state': state },
  };
}
