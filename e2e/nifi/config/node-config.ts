// Everything the stand-in takes from a node's rendered files, read from the `conf` directory the entry script left behind.
// It refuses what NiFi refuses at start; what only shows later (a certificate without the node's name) is for others.
// Paths in NiFi's files are those of the container: `root` stands before every one of them.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { StartRefused } from '../errors.ts';
import { durationMs } from '../timing.ts';
import { type AuthorizerConfig, parseAuthorizers } from './authorizers.ts';
import { type IdentityMapping, identityMappings } from './identity.ts';
import { type LoginConfig, parseLogin } from './login.ts';
import { type Properties, parseProperties, portProperty, property, requiredProperty } from './properties.ts';
import { parseProviders } from './xml.ts';

export interface NodeConfig {
  readonly properties: Properties;
  /** Host name and port of the API; the address in the cluster's view. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly proxyHosts: readonly string[];
  readonly clustered: boolean;
  readonly cluster: ClusterConfig | undefined;
  /** Digest of the sensitive properties key; undefined when there is none. */
  readonly keyDigest: string | undefined;
  readonly authorizer: AuthorizerConfig;
  readonly login: LoginConfig;
  readonly mappings: readonly IdentityMapping[];
  readonly autoreloadMs: number | undefined;
  readonly paths: NodePaths;
}

export interface ClusterConfig {
  /** Equal for the nodes of one cluster and only for them. */
  readonly key: string;
  /** Where the Leases are. */
  readonly namespace: string;
  readonly address: string;
  readonly protocolPort: number;
  readonly leasePrefix: string | undefined;
  readonly maxCandidates: number | undefined;
  readonly electionWaitMs: number;
  readonly heartbeatMs: number;
  readonly missableHeartbeats: number;
}

/** Absolute paths as the container sees them. */
export interface NodePaths {
  readonly flow: string;
  readonly localState: string;
  readonly flowFiles: string;
  readonly contents: readonly string[];
  readonly keystoreCertificate: string | undefined;
  readonly keystoreKey: string | undefined;
  readonly truststoreCertificate: string | undefined;
}

export interface ConfigSource {
  readonly root: string;
  readonly home: string;
  readonly namespace: string;
}

const shortestKey = 12;

/** Throws StartRefused with what NiFi would say last. */
export async function readNodeConfig(source: ConfigSource): Promise<NodeConfig> {
  const properties = parseProperties(await readConf(source, 'nifi.properties'));
  parseProperties(await readConf(source, 'bootstrap.conf'));
  const clustered = property(properties, 'nifi.cluster.is.node') === 'true';
  const key = property(properties, 'nifi.sensitive.props.key');
  checkSensitiveKey(key, clustered);
  const httpsPort = portProperty(properties, 'nifi.web.https.port');
  const httpPort = portProperty(properties, 'nifi.web.http.port');
  const secure = httpsPort !== undefined;
  const port = httpsPort ?? httpPort;
  if (port === undefined) throw new StartRefused('Neither [nifi.web.https.port] nor [nifi.web.http.port] is set');
  const host = property(properties, secure ? 'nifi.web.https.host' : 'nifi.web.http.host') ?? 'localhost';
  const state = parseProviders(
    await readConf(source, 'state-management.xml'),
    'state-management.xml',
    'stateManagement',
  );
  return {
    properties,
    host,
    port,
    secure,
    proxyHosts: list(property(properties, 'nifi.web.proxy.host')),
    clustered,
    cluster: clustered ? await clusterConfig(source, properties, state) : undefined,
    keyDigest: key && createHash('sha256').update(key).digest('hex'),
    authorizer: await readAuthorizer(source, properties, secure),
    login: await readLogin(source, properties),
    mappings: identityMappings(properties),
    autoreloadMs:
      property(properties, 'nifi.security.autoreload.enabled') === 'true'
        ? (durationMs(property(properties, 'nifi.security.autoreload.interval') ?? '') ?? 10_000)
        : undefined,
    paths: nodePaths(source, properties, state),
  };
}

function checkSensitiveKey(key: string | undefined, clustered: boolean): void {
  if (key === undefined && clustered) {
    throw new StartRefused(
      'Clustered Configuration Found: Shared Sensitive Properties Key [nifi.sensitive.props.key] required for cluster nodes',
    );
  }
  if (key !== undefined && key.length < shortestKey) {
    throw new StartRefused(
      `Sensitive Properties Key length [${key.length}] is less than the required [${shortestKey}]`,
    );
  }
}

type StateProviders = ReturnType<typeof parseProviders>;

async function clusterConfig(
  source: ConfigSource,
  properties: Properties,
  state: StateProviders,
): Promise<ClusterConfig> {
  const address = requiredProperty(properties, 'nifi.cluster.node.address');
  const protocolPort = portProperty(properties, 'nifi.cluster.node.protocol.port');
  if (protocolPort === undefined)
    throw new StartRefused('Required property [nifi.cluster.node.protocol.port] is not set');
  const provider = requiredProperty(properties, 'nifi.state.management.provider.cluster');
  if (!state.get('cluster-provider')?.some((item) => item.identifier === provider)) {
    throw new StartRefused(`Cannot create Cluster State Provider: no provider with identifier ${provider}`);
  }
  const kubernetes =
    property(properties, 'nifi.cluster.leader.election.implementation') === 'KubernetesLeaderElectionManager';
  const leasePrefix = property(properties, 'nifi.cluster.leader.election.kubernetes.lease.prefix');
  const wait = property(properties, 'nifi.cluster.flow.election.max.wait.time') ?? '5 mins';
  const candidates = property(properties, 'nifi.cluster.flow.election.max.candidates');
  const namespace = await podNamespace(source);
  return {
    namespace,
    key: kubernetes
      ? `${namespace}/${leasePrefix ?? ''}`
      : `${requiredProperty(properties, 'nifi.zookeeper.connect.string')}${property(properties, 'nifi.zookeeper.root.node') ?? '/nifi'}`,
    address,
    protocolPort,
    leasePrefix: kubernetes ? (leasePrefix ?? '') : undefined,
    maxCandidates: candidates === undefined ? undefined : Number(candidates),
    electionWaitMs: durationMs(wait) ?? 300_000,
    heartbeatMs: durationMs(property(properties, 'nifi.cluster.protocol.heartbeat.interval') ?? '') ?? 5_000,
    missableHeartbeats: Number(property(properties, 'nifi.cluster.protocol.heartbeat.missable.max') ?? 8),
  };
}

/** NiFi knows its namespace from the service account's mount only; the Pod's own stands in where that is not played. */
async function podNamespace(source: ConfigSource): Promise<string> {
  try {
    return await readFile(`${source.root}/var/run/secrets/kubernetes.io/serviceaccount/namespace`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return source.namespace;
    throw error;
  }
}

async function readAuthorizer(
  source: ConfigSource,
  properties: Properties,
  secure: boolean,
): Promise<AuthorizerConfig> {
  const identifier = property(properties, 'nifi.security.user.authorizer');
  const text = await readConf(source, 'authorizers.xml');
  if (!secure) return { kind: 'single-user' };
  if (identifier === undefined) throw new StartRefused('Required property [nifi.security.user.authorizer] is not set');
  const parsed = parseAuthorizers(text, identifier);
  if (parsed.kind !== 'managed') return parsed;
  const { usersFile, policiesFile } = parsed;
  return { ...parsed, usersFile: absolute(source, usersFile), policiesFile: absolute(source, policiesFile) };
}

async function readLogin(source: ConfigSource, properties: Properties): Promise<LoginConfig> {
  const oidc = property(properties, 'nifi.security.user.oidc.discovery.url');
  const identifier = property(properties, 'nifi.security.user.login.identity.provider');
  return parseLogin(await readConf(source, 'login-identity-providers.xml'), identifier, oidc);
}

function nodePaths(source: ConfigSource, properties: Properties, state: StateProviders): NodePaths {
  const path = (key: string, otherwise: string) => absolute(source, property(properties, key) ?? otherwise);
  const optional = (key: string) => {
    const value = property(properties, key);
    return value === undefined ? undefined : absolute(source, value);
  };
  const contentPrefix = 'nifi.content.repository.directory.';
  const contents = [...properties].filter(([key, value]) => key.startsWith(contentPrefix) && value !== '');
  const local = property(properties, 'nifi.state.management.provider.local');
  const localProvider = state.get('local-provider')?.find((item) => item.identifier === local);
  return {
    flow: path('nifi.flow.configuration.file', './conf/flow.json.gz'),
    localState: absolute(source, localProvider?.properties.get('Directory') ?? './state/local'),
    flowFiles: path('nifi.flowfile.repository.directory', './flowfile_repository'),
    contents: contents.map(([, value]) => absolute(source, value)),
    keystoreCertificate: optional('nifi.security.keystore.certificate'),
    keystoreKey: optional('nifi.security.keystore.privateKey'),
    truststoreCertificate: optional('nifi.security.truststore.certificate'),
  };
}

/** A path of the configuration as the container sees it, whether or not the entry script was run with `root` before it. */
function absolute(source: ConfigSource, path: string): string {
  const inside = path.startsWith(`${source.root}/`) ? path.slice(source.root.length) : path;
  return posix.resolve(source.home, inside);
}

async function readConf(source: ConfigSource, file: string): Promise<string> {
  const path = `${source.root}${source.home}/conf/${file}`;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new StartRefused(
      `Unable to read ${source.home}/conf/${file}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`,
    );
  }
}

function list(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
