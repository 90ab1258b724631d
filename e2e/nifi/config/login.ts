// Reads login-identity-providers.xml and nifi.properties as far as they decide who must bring a client certificate.
// Without any login NiFi is "certificates only": then TLS itself demands one, and nothing is anonymous.

import { StartRefused } from '../errors.ts';
import { parseProviders } from './xml.ts';

export type LoginConfig =
  | { readonly kind: 'certificates' }
  | { readonly kind: 'single-user'; readonly username: string; readonly passwordHash: string }
  /** LDAP and the like: what is a good password is told by the test, see `StandInOptions.checkLogin`. */
  | { readonly kind: 'provider'; readonly identifier: string }
  | { readonly kind: 'oidc'; readonly discoveryUrl: string };

const singleUserClass = 'org.apache.nifi.authentication.single.user.SingleUserLoginIdentityProvider';

/** Throws StartRefused for a provider that the file does not have. */
export function parseLogin(text: string, identifier: string | undefined, oidc: string | undefined): LoginConfig {
  const elements = parseProviders(text, 'login-identity-providers.xml', 'loginIdentityProviders');
  if (oidc !== undefined) return { kind: 'oidc', discoveryUrl: oidc };
  if (identifier === undefined) return { kind: 'certificates' };
  const provider = elements.get('provider')?.find((item) => item.identifier === identifier);
  if (!provider) throw new StartRefused(`The specified login identity provider '${identifier}' could not be found.`);
  if (provider.className !== singleUserClass) return { kind: 'provider', identifier };
  return {
    kind: 'single-user',
    username: provider.properties.get('Username') ?? '',
    passwordHash: provider.properties.get('Password') ?? '',
  };
}
