// How people log in to a node, as plain values, and what that comes to in nifi.properties. Client certificates, the operator's
// among them, count beside every kind.
// Whatever came out of a Secret is in here as well: what is made of it goes into the Secret part of a node and nowhere else.

import { confDirectory } from './paths.ts';

export interface SingleUser {
  readonly kind: 'SingleUser';
  readonly username: string;
  /** bcrypt, `$2b$12$…`: the only form that NiFi's BCryptPasswordEncoder verifies. */
  readonly passwordHash: string;
}

export interface Ldap {
  readonly kind: 'Ldap';
  readonly url: string;
  readonly strategy: 'ANONYMOUS' | 'SIMPLE' | 'LDAPS' | 'START_TLS';
  readonly manager?: { readonly dn: string; readonly password: string };
  readonly searchBase: string;
  readonly searchFilter: string;
  readonly identityStrategy: 'USE_DN' | 'USE_USERNAME';
  readonly referralStrategy: 'FOLLOW' | 'IGNORE' | 'THROW';
  /** Times as NiFi writes them, `10 secs`. */
  readonly connectTimeout: string;
  readonly readTimeout: string;
  readonly session: string;
  /** One certificate each, PEM; those of the JDK when empty. */
  readonly authorities: readonly string[];
  readonly userGroups?: LdapUserGroups;
}

export interface LdapUserGroups {
  readonly syncInterval: string;
  readonly userObjectClass: string;
  readonly userSearchScope: string;
  readonly userIdentityAttribute?: string;
  readonly userGroupNameAttribute?: string;
  readonly groupSearchBase?: string;
  readonly groupObjectClass: string;
  readonly groupSearchScope: string;
  readonly groupSearchFilter?: string;
  readonly groupNameAttribute?: string;
  readonly groupMemberAttribute: string;
}

export interface Oidc {
  readonly kind: 'Oidc';
  readonly discoveryUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly additionalScopes?: readonly string[];
  readonly claimIdentifyingUser: string;
  readonly fallbackClaims: readonly string[];
  readonly groupsClaim: string;
  readonly preferredJwsAlgorithm?: string;
  readonly connectTimeout: string;
  readonly readTimeout: string;
  readonly tokenRefreshWindow: string;
  /** One certificate each, PEM, trusted beside those of the JDK; those alone when empty. */
  readonly authorities: readonly string[];
}

export type SignIn = SingleUser | Ldap | Oidc;

export const clientSecretProperty = 'nifi.security.user.oidc.client.secret';

const providers = { SingleUser: 'single-user-provider', Ldap: 'ldap-provider', Oidc: undefined } as const;

/** What nifi.properties says of it; without the secret of an OIDC client. */
export function signInProperties(signIn: SignIn | undefined): Readonly<Record<string, string | undefined>> {
  return {
    'nifi.security.user.login.identity.provider': signIn && providers[signIn.kind],
    ...(signIn?.kind === 'Oidc' ? oidcProperties(signIn) : {}),
  };
}

function oidcProperties(oidc: Oidc): Readonly<Record<string, string>> {
  return {
    'nifi.security.user.oidc.discovery.url': oidc.discoveryUrl,
    'nifi.security.user.oidc.connect.timeout': oidc.connectTimeout,
    'nifi.security.user.oidc.read.timeout': oidc.readTimeout,
    'nifi.security.user.oidc.client.id': oidc.clientId,
    ...(oidc.preferredJwsAlgorithm === undefined
      ? {}
      : { 'nifi.security.user.oidc.preferred.jwsalgorithm': oidc.preferredJwsAlgorithm }),
    ...(oidc.additionalScopes === undefined
      ? {}
      : { 'nifi.security.user.oidc.additional.scopes': oidc.additionalScopes.join(',') }),
    'nifi.security.user.oidc.claim.identifying.user': oidc.claimIdentifyingUser,
    'nifi.security.user.oidc.fallback.claims.identifying.user': oidc.fallbackClaims.join(','),
    'nifi.security.user.oidc.claim.groups': oidc.groupsClaim,
    // Never NIFI: whoever is trusted there may hold a client certificate too, and so be a node or the operator.
    'nifi.security.user.oidc.truststore.strategy': 'JDK',
    'nifi.security.user.oidc.token.refresh.window': oidc.tokenRefreshWindow,
  };
}

/** A trust store that start.sh makes of certificates in the Secret part; Java has no other form for these. */
export interface TrustStore {
  readonly file: string;
  /** Begins as a copy of what the JDK trusts. */
  readonly onTopOfJdk: boolean;
  /** File name → one certificate, PEM. */
  readonly certificates: Readonly<Record<string, string>>;
}

/** It holds nothing that is secret, but NiFi and Java want a password for it. */
export const trustStorePassword = 'changeit';

export function trustStoreOf(signIn: SignIn | undefined): TrustStore | undefined {
  if (signIn === undefined || signIn.kind === 'SingleUser' || signIn.authorities.length === 0) return undefined;
  const onTopOfJdk = signIn.kind === 'Oidc';
  const file = onTopOfJdk ? 'jdk-authorities.p12' : 'ldap-authorities.p12';
  const certificates = Object.fromEntries(signIn.authorities.map((pem, index) => [`authority-${index}.pem`, pem]));
  return { file, onTopOfJdk, certificates };
}

export function trustStorePath({ file }: TrustStore): string {
  return `${confDirectory}/${file}`;
}
