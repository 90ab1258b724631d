// Who makes a request: a client certificate, a bearer token, or a proxy that speaks for somebody.
// A certificate whose holder nobody knows is no error here: NiFi finds out when it looks for a policy, and says 403, not 401.

import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type IdentityMapping, mapIdentity, subjectOf } from '../config/identity.ts';
import { HttpError, jettyPage } from '../errors.ts';
import type { ClusterState } from '../flow/state.ts';
import { type AccessRules, mayAccess, type User } from '../tenants/authorize.ts';
import type { Tokens } from './tokens.ts';

export interface AuthenticationContext {
  readonly secure: boolean;
  readonly mappings: readonly IdentityMapping[];
  readonly rules: AccessRules;
  readonly state: ClusterState;
  readonly tokens: Tokens;
  readonly origin: string;
}

const cookieName = '__Secure-Authorization-Bearer';

/** Undefined for a request without any name. Throws 401 for a bad token, 403 for a proxy that may not be one. */
export function authenticate(request: IncomingMessage, context: AuthenticationContext): User | undefined {
  if (!context.secure) return { identity: 'anonymous', anonymous: true };
  const token = bearerToken(request);
  if (token !== undefined) return { identity: tokenIdentity(token, context), anonymous: false };
  const certificate = (request.socket as TLSSocket).getPeerX509Certificate();
  if (!certificate) return undefined;
  const holder: User = { identity: mapIdentity(context.mappings, subjectOf(certificate)), anonymous: false };
  return proxiedUser(request, holder, context) ?? holder;
}

/** The token of the Authorization header or of NiFi's cookie. Throws 403 for a write by cookie without the CSRF header. */
export function bearerToken(request: IncomingMessage): string | undefined {
  const header = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (header !== undefined) return header;
  const cookie = new RegExp(`${cookieName}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1];
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (cookie !== undefined && !reads && request.headers['request-token'] === undefined) {
    const uri = `https://${request.headers.host ?? ''}${request.url ?? ''}`;
    throw jettyPage(403, 'Forbidden', uri, 'jerseySpring');
  }
  return cookie;
}

export function unauthorized(detail?: { readonly why: string; readonly origin: string }): HttpError {
  if (!detail) return new HttpError(401, 'Unauthorized');
  const parts = [
    'error="invalid_token"',
    `error_description="An error occurred while attempting to decode the Jwt: ${detail.why}"`,
    'error_uri="https://tools.ietf.org/html/rfc6750#section-3.1"',
    `resource_metadata="${detail.origin}/nifi-api/.well-known/oauth-protected-resource"`,
  ];
  return new HttpError(401, `Unauthorized ${parts.join(', ')}`);
}

function tokenIdentity(token: string, context: AuthenticationContext): string {
  const checked = context.tokens.check(token);
  if (!checked.ok) throw unauthorized({ why: checked.why, origin: context.origin });
  return checked.identity;
}

/** `X-ProxiedEntitiesChain: <user><proxy>`: the first is the user, and who sends it must be allowed to be a proxy. */
function proxiedUser(request: IncomingMessage, holder: User, context: AuthenticationContext): User | undefined {
  const chain = request.headers['x-proxiedentitieschain'];
  if (typeof chain !== 'string') return undefined;
  const names = [...chain.matchAll(/<([^>]*)>/g)].map((match) => match[1] ?? '');
  const speakers: readonly User[] = [...names.slice(1).map((identity) => ({ identity, anonymous: false })), holder];
  for (const speaker of speakers) {
    if (!mayAccess(context.rules, context.state, speaker, '/proxy', 'write')) {
      throw new HttpError(403, 'Authentication Proxy Server not trusted\n');
    }
  }
  const [identity = ''] = names;
  return { identity: mapIdentity(context.mappings, identity), anonymous: identity === '' };
}
