// Registries and what groups follow in them: recorded in 07, 08 and 13. A run provides `registry` (a URL), `bucket` and `flow`, a flow
// of two versions in it whose group is named `versioned` and whose only processor is `g`.

import type { ContractCase, Step } from './case.ts';

const first = { version: 0, clientId: 'c' };
const registryType = 'org.apache.nifi.registry.flow.NifiRegistryFlowRegistryClient';
const clients = '/nifi-api/controller/registry-clients';

function newClient(name: string, url = '{{registry}}'): Step {
  return {
    method: 'POST',
    path: clients,
    json: { revision: first, component: { name, type: registryType, properties: { url } } },
    status: 201,
    values: { 'revision.version': 1 },
    keep: { client: 'id' },
  };
}

function coordinates(version: string) {
  return { registryId: '{{client}}', bucketId: '{{bucket}}', flowId: '{{flow}}', version };
}

function newVersioned(version: string): Step {
  return {
    method: 'POST',
    path: '/nifi-api/process-groups/root/process-groups',
    json: {
      revision: first,
      component: {
        name: 'mine',
        comments: 'mine',
        position: { x: 5, y: 6 },
        versionControlInformation: coordinates(version),
      },
    },
    status: 201,
    values: {
      'revision.version': 2,
      'component.name': 'versioned',
      'component.comments': '',
      'component.position': { x: 5, y: 6 },
      'component.versionControlInformation.version': version,
    },
    keep: { group: 'id', processor: 'component.contents.processors.0.id' },
  };
}

function follow(kind: 'update' | 'revert', revision: number, version: string): readonly Step[] {
  const path = `/nifi-api/versions/${kind}-requests`;
  return [
    {
      method: 'POST',
      path: `${path}/process-groups/{{group}}`,
      json: {
        processGroupRevision: { version: revision, clientId: 'c' },
        versionControlInformation: { groupId: '{{group}}', ...coordinates(version) },
      },
      status: 200,
      values: { 'request.complete': false, 'processGroupRevision.version': revision },
      keep: { request: 'request.requestId' },
    },
    {
      path: `${path}/{{request}}`,
      status: 200,
      values: {
        'request.complete': true,
        'processGroupRevision.version': revision + 1,
        'request.versionControlInformation.version': version,
      },
      eventually: true,
    },
    { method: 'DELETE', path: `${path}/{{request}}`, status: 200 },
    { path: `${path}/{{request}}`, status: 404, text: /^Could not find a Request with identifier / },
  ];
}

function state(wanted: string): Step {
  return {
    path: '/nifi-api/versions/process-groups/{{group}}',
    status: 200,
    values: { 'versionControlInformation.state': wanted },
    eventually: true,
  };
}

export const versionCases: readonly ContractCase[] = [
  {
    name: 'a registry client has a name of its own, and a registry that is down is a conflict',
    steps: [
      newClient('gone', 'http://127.0.0.1:9'),
      {
        method: 'POST',
        path: clients,
        json: { revision: first, component: { name: 'gone', type: registryType } },
        status: 400,
        text: /^A Flow Registry already exists with the name gone$/,
      },
      {
        method: 'POST',
        path: clients,
        json: { revision: first, component: { name: 'odd', type: 'x.y.Z' } },
        status: 409,
        text: /^x\.y\.Z is not known to this NiFi instance\.$/,
      },
      {
        path: '/nifi-api/flow/registries/{{client}}/buckets',
        status: 409,
        text: /^Unable to obtain listing of buckets: Connection refused$/,
      },
      {
        ...newVersioned('1'),
        status: 409,
        text: /^Failed to communicate with Flow Registry when attempting/,
        values: {},
        keep: {},
      },
      {
        method: 'PUT',
        path: `${clients}/{{client}}`,
        json: { revision: { version: 0, clientId: 'other' }, component: { id: '{{client}}', name: 'gone' } },
        status: 409,
        text: /is not the most up-to-date revision/,
      },
      { method: 'DELETE', path: `${clients}/{{client}}?version=1`, status: 200 },
      { path: `${clients}/{{client}}`, status: 404, text: /^Unable to find Flow Registry with id/ },
    ],
  },
  {
    name: 'a group from a registry takes the flow’s name and comments, and goes from version to version',
    steps: [
      newClient('two'),
      {
        path: '/nifi-api/flow/registries/{{client}}/branches',
        status: 200,
        values: { 'branches.0.branch.name': 'main' },
      },
      { path: '/nifi-api/flow/registries/{{client}}/buckets', status: 200, values: { 'buckets.0.id': '{{bucket}}' } },
      newVersioned('1'),
      state('STALE'),
      ...follow('update', 2, '2'),
      state('UP_TO_DATE'),
      {
        path: '/nifi-api/process-groups/{{group}}',
        status: 200,
        values: { versionedFlowState: 'UP_TO_DATE', 'component.name': 'versioned' },
      },
      {
        method: 'POST',
        path: '/nifi-api/versions/update-requests/process-groups/{{group}}',
        json: {
          processGroupRevision: { version: 0, clientId: 'z' },
          versionControlInformation: { groupId: '{{group}}', ...coordinates('1') },
        },
        status: 400,
        text: /^\[0, z, .+\] is not the most up-to-date revision/,
      },
      {
        method: 'POST',
        path: '/nifi-api/versions/update-requests/process-groups/{{group}}',
        json: {
          processGroupRevision: { version: 3, clientId: 'c' },
          versionControlInformation: { groupId: '{{group}}', ...coordinates('99') },
        },
        status: 400,
        text: /with version \[99\] using Flow Registry Client .+: Error retrieving flow snapshot: The specified versioned flow snapshot does not exist/,
      },
      {
        method: 'DELETE',
        path: `${clients}/{{client}}?version=1`,
        status: 409,
        text: /because a Process Group currently under version control is tracking to it\.$/,
      },
      {
        method: 'DELETE',
        path: '/nifi-api/versions/process-groups/{{group}}?version=3',
        status: 200,
        values: { 'processGroupRevision.version': 4 },
      },
      {
        path: '/nifi-api/versions/process-groups/{{group}}',
        status: 200,
        values: { versionControlInformation: undefined },
      },
    ],
  },
  {
    name: 'a local change stands in the way of another version until it is reverted',
    steps: [
      newClient('three'),
      newVersioned('2'),
      {
        method: 'PUT',
        path: '/nifi-api/processors/{{processor}}',
        json: {
          revision: { version: 0, clientId: 'c' },
          component: { id: '{{processor}}', config: { properties: { 'File Size': '77B' } } },
        },
        status: 200,
      },
      state('LOCALLY_MODIFIED'),
      {
        path: '/nifi-api/process-groups/{{group}}/local-modifications',
        status: 200,
        values: {
          'componentDifferences.0.componentId': '{{processor}}',
          'componentDifferences.0.differences.0.differenceType': 'Property Value Changed',
        },
      },
      {
        method: 'POST',
        path: '/nifi-api/versions/update-requests/process-groups/{{group}}',
        json: {
          processGroupRevision: { version: 2, clientId: 'c' },
          versionControlInformation: { groupId: '{{group}}', ...coordinates('1') },
        },
        status: 409,
        text: /because the Process Group has been modified \(1 modifications\)/,
      },
      ...follow('revert', 2, '2'),
      state('UP_TO_DATE'),
      {
        path: '/nifi-api/processors/{{processor}}',
        status: 200,
        values: { 'component.config.properties.File Size': '2B' },
      },
    ],
  },
  {
    name: 'a definition is put in under a name of the caller’s, and replaced with its own name and place',
    steps: [
      {
        method: 'POST',
        path: '/nifi-api/process-groups/root/process-groups/import',
        json: {
          groupName: 'given',
          revisionDTO: first,
          positionDTO: { x: 3, y: 4 },
          flowSnapshot: { flowContents: { name: 'own', comments: 'of the flow', position: { x: 0, y: 0 } } },
        },
        status: 201,
        values: {
          'revision.version': 2,
          'component.name': 'given',
          'component.comments': 'of the flow',
          'component.position': { x: 3, y: 4 },
        },
        keep: { group: 'id' },
      },
      {
        method: 'POST',
        path: '/nifi-api/process-groups/{{group}}/replace-requests',
        json: {
          processGroupRevision: { version: 2, clientId: 'c' },
          versionedFlowSnapshot: { flowContents: { name: 'own', comments: '', position: { x: 9, y: 9 } } },
        },
        status: 200,
        keep: { request: 'request.requestId' },
      },
      {
        path: '/nifi-api/process-groups/replace-requests/{{request}}',
        status: 200,
        values: {
          'request.complete': true,
          'processGroupRevision.version': 3,
          'versionedFlowSnapshot.flowContents.name': 'own',
        },
        eventually: true,
      },
      { method: 'DELETE', path: '/nifi-api/process-groups/replace-requests/{{request}}', status: 200 },
      {
        path: '/nifi-api/process-groups/{{group}}',
        status: 200,
        values: { 'component.name': 'own', 'component.comments': '', 'component.position': { x: 9, y: 9 } },
      },
      { path: '/nifi-api/process-groups/{{group}}/download', status: 200, values: { 'flowContents.name': 'own' } },
    ],
  },
];
