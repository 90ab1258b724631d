// Who may do what, how users and policies are made, and how revisions decide. Recorded in 01, 02 and 14.

import type { ContractCase } from './case.ts';

function newPolicy(action: string, resource: string) {
  const component = { action, resource, users: [{ id: '{{admin}}' }], userGroups: [] };
  return {
    method: 'POST',
    path: '/nifi-api/policies',
    json: { revision: { version: 0, clientId: 'c' }, component },
  } as const;
}

const noPolicy = /^No applicable policies could be found\. Contact the system administrator\.$/;

export const accessCases: readonly ContractCase[] = [
  {
    name: 'the initial admin has no policy on the root group, the system and the provenance, until somebody gives it one',
    steps: [
      {
        path: '/nifi-api/flow/process-groups/root',
        status: 200,
        values: { 'permissions.canRead': false },
        keep: { group: 'processGroupFlow.id' },
      },
      { path: '/nifi-api/process-groups/root', status: 403, text: noPolicy },
      { path: '/nifi-api/system-diagnostics', status: 403, text: noPolicy },
      {
        path: '/nifi-api/flow/current-user',
        status: 200,
        values: {
          identity: 'CN=admin',
          'controllerPermissions.canWrite': true,
          'systemPermissions.canRead': false,
          'provenancePermissions.canRead': false,
          'parameterContextPermissions.canWrite': true,
        },
      },
      {
        path: '/nifi-api/policies/read/process-groups/{{group}}',
        status: 404,
        text: /^Unable to find access policy for read on \/process-groups\//,
      },
      {
        ...newPolicy('read', '/process-groups/{{group}}'),
        status: 201,
        values: { 'component.componentReference.component.name': 'NiFi Flow' },
      },
      { ...newPolicy('write', '/process-groups/{{group}}'), status: 201, keep: { made: 'id' } },
      { ...newPolicy('read', '/system'), status: 201 },
      { path: '/nifi-api/process-groups/root', status: 200, values: { 'component.name': 'NiFi Flow' } },
      {
        path: '/nifi-api/system-diagnostics',
        status: 200,
        fields: ['systemDiagnostics.aggregateSnapshot.maxHeapBytes'],
      },
    ],
  },
  {
    name: 'a policy exists once for a resource, and a resource without one shows the policy above it',
    steps: [
      { ...newPolicy('read', '/flow'), status: 409, text: /^Found multiple policies for '\/flow' with 'read'\.$/ },
      {
        method: 'POST',
        path: '/nifi-api/process-groups/root/process-groups',
        json: { revision: { version: 0, clientId: 'c' }, component: { name: 'child' } },
        status: 201,
        keep: { child: 'id' },
      },
      {
        path: '/nifi-api/policies/write/process-groups/{{child}}',
        status: 200,
        values: { 'component.resource': '/process-groups/{{root}}' },
      },
      {
        path: '/nifi-api/policies/read/parameter-contexts',
        status: 200,
        values: { 'component.resource': '/controller' },
      },
      {
        method: 'DELETE',
        path: '/nifi-api/process-groups/{{child}}?version=1',
        status: 200,
        values: { 'component.name': 'child' },
      },
    ],
  },
  {
    name: 'an identity that nobody knows is 403 everywhere, not 401',
    steps: [
      { client: 'nobody', path: '/nifi-api/flow/about', status: 403, text: /^Unable to view the user interface\./ },
      { client: 'nobody', path: '/nifi-api/controller/cluster', status: 403, text: /^Unable to view the controller\./ },
      {
        path: '/nifi-api/flow/cluster/summary',
        headers: { 'x-proxiedentitieschain': '<CN=x>' },
        status: 403,
        text: /Proxy Server not trusted/,
      },
      {
        client: 'nifi-1',
        path: '/nifi-api/flow/current-user',
        headers: { 'x-proxiedentitieschain': '<CN=admin>' },
        status: 200,
        values: { identity: 'CN=admin' },
      },
    ],
  },
  {
    name: 'a user is made once, found, changed under its revision and removed with its memberships',
    steps: [
      {
        method: 'POST',
        path: '/nifi-api/tenants/users',
        json: { revision: { version: 0, clientId: 'c' }, component: { identity: 'CN=guest' } },
        status: 201,
        values: { 'revision.version': 0, 'component.identity': 'CN=guest' },
        keep: { guest: 'id' },
      },
      {
        method: 'POST',
        path: '/nifi-api/tenants/users',
        json: { revision: { version: 0 }, component: { identity: 'CN=guest' } },
        status: 409,
        text: /^User\/user group already exists with the identity 'CN=guest'\.$/,
      },
      { path: '/nifi-api/tenants/search-results?q=gues', status: 200, values: { 'users.0.id': '{{guest}}' } },
      {
        method: 'DELETE',
        path: '/nifi-api/tenants/users/{{guest}}?version=7',
        status: 409,
        text: /is not the most up-to-date revision/,
      },
      {
        method: 'DELETE',
        path: '/nifi-api/tenants/users/{{guest}}?version=0',
        status: 200,
        values: { id: '{{guest}}' },
      },
      { path: '/nifi-api/tenants/users/{{guest}}', status: 404, text: /^Unable to find user with id/ },
      {
        method: 'DELETE',
        path: '/nifi-api/tenants/users/{{guest}}?version=0',
        status: 409,
        text: /is unable to fulfill this request due to: Unable to find user/,
      },
    ],
  },
  {
    name: 'the number of threads is changed under a revision, and the last client may be late',
    steps: [
      {
        path: '/nifi-api/controller/config',
        status: 200,
        values: { 'revision.version': 0, 'component.maxTimerDrivenThreadCount': 10 },
      },
      {
        ...threads(20, { version: 0, clientId: 'a' }),
        status: 200,
        values: { 'revision.version': 1, 'component.maxTimerDrivenThreadCount': 20 },
      },
      {
        ...threads(21, { version: 0 }),
        status: 409,
        text: /^Node .+ is unable to fulfill this request due to: \[0, null, .+\] is not the most up-to-date/,
      },
      { ...threads(22, { version: 0, clientId: 'b' }), status: 409 },
      { ...threads(23, { version: 0, clientId: 'a' }), status: 200, values: { 'revision.version': 2 } },
      { ...threads(24, { clientId: 'a' }), status: 409, text: /The revision must be specified\.$/ },
      {
        method: 'PUT',
        path: '/nifi-api/controller/config',
        json: { component: { maxTimerDrivenThreadCount: 5 } },
        status: 400,
        text: /^Revision must be specified\.$/,
      },
      {
        node: 2,
        path: '/nifi-api/controller/config',
        status: 200,
        values: { 'component.maxTimerDrivenThreadCount': 23 },
      },
    ],
  },
  {
    name: 'unknown paths are 404, known ones with another method 405, and a password is not asked for',
    steps: [
      { path: '/nifi-api/controller/foo', status: 404, text: /^The specified resource could not be found\.$/ },
      { method: 'PATCH', path: '/nifi-api/controller/cluster', status: 405, text: /^HTTP 405 Method Not Allowed$/ },
      { path: '/nifi-api/access/token', status: 405 },
      {
        path: '/nifi-api/flow/about',
        status: 200,
        values: { 'about.title': 'NiFi' },
        fields: ['about.version', 'about.uri'],
      },
    ],
  },
];

function threads(maxTimerDrivenThreadCount: number, revision: object) {
  return {
    method: 'PUT',
    path: '/nifi-api/controller/config',
    json: { revision, component: { maxTimerDrivenThreadCount } },
  } as const;
}
