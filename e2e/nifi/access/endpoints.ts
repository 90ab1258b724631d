// Logging in, and what a client may learn about itself.

import { HttpError } from '../errors.ts';
import type { Call, Endpoint } from '../http/endpoint.ts';
import { authorize, permissions } from '../tenants/authorize.ts';

const nothing = { canRead: false, canWrite: false };

export const accessEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/authentication/configuration',
    scope: 'local',
    anonymous: true,
    run: (call) => {
      const kind = call.node.config.login.kind;
      const loginSupported = kind !== 'certificates';
      const origin = call.uri('').replace(/\/nifi-api$/, '');
      return {
        json: {
          authenticationConfiguration: {
            externalLoginRequired: kind === 'oidc',
            loginSupported,
            ...(loginSupported
              ? { loginUri: `${origin}/nf/#/login`, logoutUri: `${origin}/nifi-api/access/logout/complete` }
              : {}),
          },
        },
      };
    },
  },
  {
    method: 'POST',
    path: '/access/token',
    scope: 'local',
    anonymous: true,
    run: logIn,
  },
  {
    method: 'DELETE',
    path: '/access/logout',
    scope: 'local',
    run: (call) => {
      const checked = call.node.tokens.check(call.token ?? '');
      if (checked.ok) call.node.tokens.revoke(checked.id);
      return { text: '' };
    },
  },
  {
    method: 'GET',
    path: '/flow/current-user',
    scope: 'local',
    authorize: (call) => authorize(call.node.rules, call.state, call.user, '/flow', 'read'),
    run: (call) => ({ json: currentUser(call) }),
  },
];

function logIn(call: Call) {
  const { login } = call.node.config;
  if (login.kind !== 'single-user' && login.kind !== 'provider') {
    throw new HttpError(409, 'Username/Password login not supported by this NiFi.');
  }
  const form = call.body instanceof URLSearchParams ? call.body : new URLSearchParams();
  const username = form.get('username') ?? '';
  const password = form.get('password') ?? '';
  if (username === '' || password === '') throw new HttpError(400, 'The username and password must be specified.');
  if (!call.node.checkLogin(username, password)) {
    throw new HttpError(400, 'The supplied username and password are not valid.');
  }
  const origin = call.uri('').replace(/\/nifi-api$/, '');
  return { status: 201, text: call.node.tokens.issue(username, origin), location: call.uri('/access/token') };
}

function currentUser(call: Call) {
  const may = (resource: string) => permissions(call.node.rules, call.state, call.user, resource);
  return {
    identity: call.user.identity,
    anonymous: call.user.anonymous,
    logoutSupported: call.node.config.login.kind !== 'certificates',
    provenancePermissions: may('/provenance'),
    countersPermissions: may('/counters'),
    tenantsPermissions: may('/tenants'),
    controllerPermissions: may('/controller'),
    policiesPermissions: may('/policies'),
    systemPermissions: may('/system'),
    parameterContextPermissions: may('/parameter-contexts'),
    connectorsPermissions: may('/connectors'),
    // The single-user authorizer says no to these all the same: recorded.
    restrictedComponentsPermissions: call.node.rules.managed ? may('/restricted-components') : nothing,
    componentRestrictionPermissions: [],
    canVersionFlows: false,
  };
}
