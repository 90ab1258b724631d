// The files of a node that follow from how people log in: login-identity-providers.xml, authorizers.xml, and the certificates
// that go beside them. Says of each whether it holds a secret, since that decides where it is kept.

import { nodeIdentity, operatorIdentity } from './identities.ts';
import { volumeDirectory } from './paths.ts';
import { type Ldap, type LdapUserGroups, trustStoreOf, trustStorePassword, trustStorePath } from './sign-in.ts';
import { renderTemplate } from './templates.ts';
import type { NodeConfigInput } from './types.ts';

/** One line of a provider: a name and a text. */
export interface ProviderProperty {
  readonly name: string;
  readonly value: string;
}

export interface SignInFiles {
  readonly files: Readonly<Record<string, string>>;
  readonly secretFiles: Readonly<Record<string, string>>;
}

export function signInFiles(input: NodeConfigInput): SignInFiles {
  const { signIn } = input;
  const login = { 'login-identity-providers.xml': loginProviders(input) };
  const authorizers = { 'authorizers.xml': authorizerProviders(input) };
  const certificates = trustStoreOf(signIn)?.certificates ?? {};
  const hasLogin = signIn?.kind === 'SingleUser' || signIn?.kind === 'Ldap';
  const hasDirectory = signIn?.kind === 'Ldap' && signIn.userGroups !== undefined;
  return {
    files: { ...(hasLogin ? {} : login), ...(hasDirectory ? {} : authorizers) },
    secretFiles: { ...(hasLogin ? login : {}), ...(hasDirectory ? authorizers : {}), ...certificates },
  };
}

function loginProviders({ signIn }: NodeConfigInput): string {
  return renderTemplate('login-identity-providers.xml', {
    singleUser: signIn?.kind === 'SingleUser' ? signIn : null,
    ldap: signIn?.kind === 'Ldap' ? { properties: loginProperties(signIn) } : null,
  });
}

function authorizerProviders({ cluster, namespace, signIn }: NodeConfigInput): string {
  const groups = signIn?.kind === 'Ldap' ? signIn.userGroups : undefined;
  return renderTemplate('authorizers.xml', {
    dataDirectory: volumeDirectory('data'),
    operatorIdentity: operatorIdentity(cluster, namespace),
    nodeIdentity: nodeIdentity(cluster, namespace),
    directory:
      signIn?.kind === 'Ldap' && groups !== undefined ? { properties: directoryProperties(signIn, groups) } : null,
    userGroupProvider: groups === undefined ? 'file-user-group-provider' : 'composite-configurable-user-group-provider',
  });
}

/** Of org.apache.nifi.ldap.LdapProvider. */
function loginProperties(ldap: Ldap): readonly ProviderProperty[] {
  return listed({
    ...connection(ldap),
    'User Search Base': ldap.searchBase,
    'User Search Filter': ldap.searchFilter,
    'Identity Strategy': ldap.identityStrategy,
    'Authentication Expiration': ldap.session,
  });
}

/** Of org.apache.nifi.ldap.tenants.LdapUserGroupProvider, which wants both search scopes whether it searches or not. */
function directoryProperties(ldap: Ldap, groups: LdapUserGroups): readonly ProviderProperty[] {
  return listed({
    ...connection(ldap),
    'Sync Interval': groups.syncInterval,
    'User Search Base': ldap.searchBase,
    'User Object Class': groups.userObjectClass,
    'User Search Scope': groups.userSearchScope,
    'User Identity Attribute': groups.userIdentityAttribute,
    'User Group Name Attribute': groups.userGroupNameAttribute,
    'Group Search Base': groups.groupSearchBase,
    'Group Object Class': groups.groupObjectClass,
    'Group Search Scope': groups.groupSearchScope,
    'Group Search Filter': groups.groupSearchFilter,
    'Group Name Attribute': groups.groupNameAttribute,
    'Group Member Attribute': groups.groupSearchBase === undefined ? undefined : groups.groupMemberAttribute,
  });
}

type Properties = Readonly<Record<string, string | undefined>>;

function connection(ldap: Ldap): Properties {
  const trustStore = trustStoreOf(ldap);
  return {
    'Authentication Strategy': ldap.strategy,
    'Manager DN': ldap.manager?.dn,
    'Manager Password': ldap.manager?.password,
    ...(trustStore === undefined
      ? {}
      : {
          'TLS - Truststore': trustStorePath(trustStore),
          'TLS - Truststore Password': trustStorePassword,
          'TLS - Truststore Type': 'PKCS12',
          'TLS - Protocol': 'TLS',
        }),
    'Referral Strategy': ldap.referralStrategy,
    'Connect Timeout': ldap.connectTimeout,
    'Read Timeout': ldap.readTimeout,
    Url: ldap.url,
  };
}

function listed(properties: Properties): readonly ProviderProperty[] {
  return Object.entries(properties).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}
