// How people log in, resolved: the spec's kind with what its Secrets hold, checked as far as it can be without asking anybody.
// Pure. A text out of a Secret is in the result and in no message. What is not in order leaves every node as it runs.

import type {
  DefaultedAuthSettings,
  DefaultedLdapAuth,
  DefaultedLdapUserGroups,
  DefaultedOidcAuth,
} from '../../api/v1/zz_generated.nificluster.ts';
import { parseDuration } from '../../pkg/schema/duration.ts';
import type { Ldap, LdapUserGroups, Oidc, SignIn } from './build/config/sign-in.ts';
import type { ClusterStep, Finding } from './plan/steps.ts';
import type { World } from './plan/world.ts';
import type { References } from './references.ts';
import type { ResolvedCluster } from './resolved.ts';
import { SecretTexts } from './secret-texts.ts';
import { singleUser } from './single-user.ts';

export interface SignInState {
  /** Undefined where nobody logs in, and while it is not resolved. */
  readonly signIn: SignIn | undefined;
  /** False while nodes cannot be rendered for want of it. */
  readonly resolved: boolean;
  readonly findings: readonly Finding[];
  /** Something that the spec names is not known yet. */
  readonly waiting: boolean;
  /** What has to be written first. */
  readonly step?: ClusterStep;
}

/** What single users need besides the spec. */
export interface Known {
  readonly world: Pick<World, 'secrets'>;
  readonly references: References;
  /** The sensitive properties key, once it exists. */
  readonly key: string | undefined;
  /** A fresh random value, used only if a password is to be made now. */
  readonly drawn: string;
}

export function signInOf(cluster: Pick<ResolvedCluster, 'name' | 'spec'>, known: Known): SignInState {
  const { auth } = cluster.spec;
  if (auth?.singleUser !== undefined) return singleUser(cluster.name, auth.singleUser.secretRef?.name, known);
  const texts = new SecretTexts(known.references);
  const signIn = ofOthers(auth, texts);
  const { findings, waiting } = texts;
  const resolved = findings.length === 0 && !waiting;
  return { signIn: resolved ? signIn : undefined, resolved, findings, waiting };
}

function ofOthers(auth: DefaultedAuthSettings = {}, texts: SecretTexts): SignIn | undefined {
  if (auth.ldap !== undefined) return ldap(auth.ldap, texts);
  return auth.oidc && oidc(auth.oidc, texts);
}

/** The cluster with its nodes rendered for it; without any node while it is not resolved: each keeps what it runs. */
export function withSignIn(cluster: ResolvedCluster, { signIn, resolved }: SignInState): ResolvedCluster {
  if (!resolved) return { ...cluster, nodes: new Map() };
  if (signIn === undefined) return cluster;
  const nodes = [...cluster.nodes].map(([id, node]) => {
    const { config, pod } = node.inputs;
    return [id, { ...node, inputs: { config: { ...config, signIn }, pod } }] as const;
  });
  const user = signIn.kind === 'SingleUser' ? { singleUser: signIn.username } : {};
  return { ...cluster, ...user, nodes: new Map(nodes) };
}

function ldap(auth: DefaultedLdapAuth, texts: SecretTexts): Ldap {
  const { bind, userGroups } = auth;
  const field = 'spec.auth.ldap';
  const password = bind?.passwordSecretRef;
  const authorities = texts.certificates(`${field}.caSecretRef`, auth.caSecretRef);
  const encrypted = auth.authenticationStrategy === 'LDAPS' || auth.authenticationStrategy === 'START_TLS';
  return {
    kind: 'Ldap',
    url: auth.url,
    strategy: auth.authenticationStrategy,
    ...(bind && password
      ? {
          manager: {
            dn: bind.dn,
            password: texts.line(`${field}.bind.passwordSecretRef`, password.name, password.key),
          },
        }
      : {}),
    searchBase: auth.searchBase,
    searchFilter: auth.searchFilter,
    identityStrategy: auth.identityStrategy,
    referralStrategy: auth.referralStrategy,
    connectTimeout: timeOf(auth.connectTimeout),
    readTimeout: timeOf(auth.readTimeout),
    session: timeOf(auth.sessionDuration),
    authorities: encrypted ? authorities : [],
    ...(userGroups ? { userGroups: directory(userGroups) } : {}),
  };
}

function directory({ syncInterval, ...groups }: DefaultedLdapUserGroups): LdapUserGroups {
  return { ...groups, syncInterval: timeOf(syncInterval) };
}

function oidc(auth: DefaultedOidcAuth, texts: SecretTexts): Oidc {
  const { clientSecretRef, caSecretRef, additionalScopes, preferredJwsAlgorithm } = auth;
  return {
    kind: 'Oidc',
    discoveryUrl: auth.discoveryUrl,
    clientId: auth.clientId,
    clientSecret: texts.line('spec.auth.oidc.clientSecretRef', clientSecretRef.name, clientSecretRef.key),
    ...(additionalScopes && { additionalScopes }),
    claimIdentifyingUser: auth.claimIdentifyingUser,
    fallbackClaims: auth.fallbackClaims ?? [],
    groupsClaim: auth.groupsClaim,
    ...(preferredJwsAlgorithm === undefined ? {} : { preferredJwsAlgorithm }),
    connectTimeout: timeOf(auth.connectTimeout),
    readTimeout: timeOf(auth.readTimeout),
    tokenRefreshWindow: timeOf(auth.tokenRefreshWindow),
    authorities: texts.certificates('spec.auth.oidc.caSecretRef', caSecretRef),
  };
}

/** As NiFi's FormatUtils reads times. */
function timeOf(duration: string): string {
  return `${parseDuration(duration) / 1000} secs`;
}
