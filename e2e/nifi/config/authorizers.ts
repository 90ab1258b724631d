// Reads authorizers.xml: who may do what when users and policies do not exist yet.
// An identity that is to get policies but is no initial user ends the start, as in NiFi's file providers.

import { StartRefused } from '../errors.ts';
import { type Provider, parseProviders } from './xml.ts';

export type AuthorizerConfig =
  /** Everybody who has a name may do everything. */
  | { readonly kind: 'single-user' }
  | { readonly kind: 'managed'; readonly seed: AccessSeed; readonly usersFile: string; readonly policiesFile: string };

/** Identities before mapping. */
export interface AccessSeed {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly admin: string | undefined;
  readonly nodes: readonly string[];
}

const singleUserClass = 'org.apache.nifi.authorization.single.user.SingleUserAuthorizer';
const managedClass = 'org.apache.nifi.authorization.StandardManagedAuthorizer';
const fileUsersClass = 'org.apache.nifi.authorization.FileUserGroupProvider';

/** Reads the authorizer named `identifier`. Throws StartRefused when it, or something it needs, is not there. */
export function parseAuthorizers(text: string, identifier: string): AuthorizerConfig {
  const elements = parseProviders(text, 'authorizers.xml', 'authorizers');
  const authorizer = named(elements.get('authorizer'), identifier);
  if (!authorizer) throw new StartRefused(`The specified authorizer '${identifier}' could not be found.`);
  if (authorizer.className === singleUserClass) return { kind: 'single-user' };
  if (authorizer.className !== managedClass) {
    throw new StartRefused(`Unable to create authorizer '${identifier}': unknown class ${authorizer.className}`);
  }
  const policies = reference(elements, 'accessPolicyProvider', authorizer, 'Access Policy Provider');
  const users = fileUserProviders(elements, reference(elements, 'userGroupProvider', policies, 'User Group Provider'));
  const seed: AccessSeed = {
    users: users.flatMap((provider) => numbered(provider, 'Initial User Identity')),
    groups: users.flatMap((provider) => numbered(provider, 'Initial Group Identity')),
    admin: nonEmpty(policies.properties.get('Initial Admin Identity')),
    nodes: numbered(policies, 'Node Identity'),
  };
  return {
    kind: 'managed',
    seed,
    usersFile: users[0]?.properties.get('Users File') ?? './conf/users.xml',
    policiesFile: policies.properties.get('Authorizations File') ?? './conf/authorizations.xml',
  };
}

function fileUserProviders(
  elements: ReadonlyMap<string, readonly Provider[]>,
  provider: Provider,
): readonly Provider[] {
  if (provider.className === fileUsersClass) return [provider];
  const parts = [...provider.properties]
    .filter(([name]) => name.startsWith('User Group Provider') || name === 'Configurable User Group Provider')
    .map(([, value]) => named(elements.get('userGroupProvider'), value));
  return parts.filter((part) => part !== undefined).filter((part) => part.className === fileUsersClass);
}

function reference(
  elements: ReadonlyMap<string, readonly Provider[]>,
  element: string,
  from: Provider,
  property: string,
): Provider {
  const identifier = from.properties.get(property) ?? '';
  const found = named(elements.get(element), identifier);
  if (!found) throw new StartRefused(`Unable to locate configured ${property}: ${identifier}`);
  return found;
}

function named(providers: readonly Provider[] | undefined, identifier: string): Provider | undefined {
  return providers?.find((provider) => provider.identifier === identifier);
}

function numbered(provider: Provider, prefix: string): readonly string[] {
  const pairs = [...provider.properties].filter(([name, value]) => name.startsWith(prefix) && value !== '');
  return pairs.map(([, value]) => value);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
