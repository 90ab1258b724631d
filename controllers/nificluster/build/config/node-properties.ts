// The values of nifi.properties that differ from NiFi's own defaults: where this node's things are, who it is, how the
// nodes find and trust each other. `undefined` leaves a key out, because a default would do harm.
// Nothing may follow the number of nodes, and nothing secret belongs here.

import { identityMappings } from './identities.ts';
import { authorityFile, extensionDirectory, tlsDirectory, volumeDirectory } from './paths.ts';
import { signInProperties } from './sign-in.ts';
import { livesOnData, repositoryDirectories } from './storage.ts';
import type { ClusterManager, NodeConfigInput } from './types.ts';

type Values = Readonly<Record<string, string | undefined>>;

/** This node's values by key. Keys that the version does not know yet are filtered by the caller. */
export function nodeProperties(input: NodeConfigInput): Values {
  return {
    ...data(input),
    ...repositories(input),
    ...extensions(input),
    ...cluster(input),
    ...clusterManager(input.cluster, input.clusterManager),
    ...(input.transport === 'TLS' ? secureWeb(input) : insecureWeb(input)),
    'nifi.web.proxy.host': allowedHosts(input).join(','),
    'nifi.remote.input.host': input.host,
    // Site to site goes over the web port: a raw socket would need a port of its own, and a Service per node.
    'nifi.remote.input.http.enabled': 'true',
    'nifi.remote.input.secure': String(input.transport === 'TLS'),
    // start.sh appends these two; NiFi refuses a file that has a key twice with two values.
    'nifi.sensitive.props.key': undefined,
    'nifi.cluster.flow.election.max.candidates': undefined,
  };
}

function data({ storage }: NodeConfigInput): Values {
  const directory = volumeDirectory('data');
  return {
    'nifi.flow.configuration.file': `${directory}/flow.json.gz`,
    'nifi.flow.configuration.archive.dir': `${directory}/archive`,
    'nifi.database.directory': `${directory}/database_repository`,
    'nifi.status.repository.questdb.persist.location': `${directory}/status_repository`,
    'nifi.nar.persistence.provider.properties.directory': `${directory}/nar_repository`,
    'nifi.asset.manager.properties.directory': `${directory}/assets`,
    'nifi.connector.asset.manager.properties.directory': `${directory}/connector_assets`,
    // NiFi's default of 10 GB would fill the volume that the flow and the users live on, too.
    ...(livesOnData(storage, 'provenance') ? { 'nifi.provenance.repository.max.storage.size': '1 GB' } : {}),
  };
}

function repositories({ storage }: NodeConfigInput): Values {
  const values: Record<string, string | undefined> = {
    'nifi.content.repository.directory.default': undefined,
    'nifi.provenance.repository.directory.default': undefined,
  };
  for (const [name, directory] of Object.entries(repositoryDirectories(storage, 'content'))) {
    values[`nifi.content.repository.directory.${name}`] = directory;
  }
  for (const [name, directory] of Object.entries(repositoryDirectories(storage, 'provenance'))) {
    values[`nifi.provenance.repository.directory.${name}`] = directory;
  }
  for (const directory of Object.values(repositoryDirectories(storage, 'flowfile'))) {
    values['nifi.flowfile.repository.directory'] = directory;
  }
  return values;
}

/** Further library directories, read at start; NiFi's own autoload directory stays what the image brings. */
function extensions(input: NodeConfigInput): Values {
  return Object.fromEntries(
    input.extensions.flatMap((name) => [
      [`nifi.nar.library.directory.extension-${name}`, extensionDirectory(name)],
      [`nifi.python.extensions.source.directory.extension-${name}`, extensionDirectory(name)],
    ]),
  );
}

function cluster({ host, ports, transport }: NodeConfigInput): Values {
  return {
    'nifi.cluster.is.node': 'true',
    'nifi.cluster.node.address': host,
    'nifi.cluster.node.protocol.port': String(ports.clusterProtocol),
    'nifi.cluster.load.balance.host': host,
    'nifi.cluster.load.balance.port': String(ports.loadBalance),
    'nifi.cluster.protocol.is.secure': String(transport === 'TLS'),
  };
}

function clusterManager(name: string, manager: ClusterManager): Values {
  if (manager.kind === 'Kubernetes') {
    return {
      'nifi.cluster.leader.election.implementation': 'KubernetesLeaderElectionManager',
      'nifi.cluster.leader.election.kubernetes.lease.prefix': name,
      'nifi.state.management.provider.cluster': 'kubernetes-provider',
    };
  }
  return {
    'nifi.cluster.leader.election.implementation': 'CuratorLeaderElectionManager',
    'nifi.state.management.provider.cluster': 'zk-provider',
    'nifi.zookeeper.connect.string': manager.connectString,
    'nifi.zookeeper.root.node': manager.rootNode,
  };
}

function secureWeb({ cluster, namespace, host, ports, signIn }: NodeConfigInput): Values {
  return {
    'nifi.web.https.host': host,
    'nifi.web.https.port': String(ports.web),
    // No path to a store: for a missing one NiFi's bootstrap makes a self-signed certificate and ignores the PEM files.
    'nifi.security.keystore': undefined,
    'nifi.security.keystoreType': 'PEM',
    'nifi.security.keystore.certificate': `${tlsDirectory}/tls.crt`,
    'nifi.security.keystore.privateKey': `${tlsDirectory}/tls.key`,
    'nifi.security.truststore': undefined,
    'nifi.security.truststoreType': 'PEM',
    'nifi.security.truststore.certificate': authorityFile,
    'nifi.security.autoreload.enabled': 'true',
    'nifi.security.user.authorizer': 'managed-authorizer',
    ...signInProperties(signIn),
    ...identityMappings(cluster, namespace),
  };
}

/** NiFi takes everybody for anonymous and lets everybody in when it has no HTTPS port; it then reads no authorizer. */
function insecureWeb({ host, ports }: NodeConfigInput): Values {
  return {
    'nifi.web.http.host': host,
    'nifi.web.http.port': String(ports.web),
    'nifi.web.https.host': undefined,
    'nifi.web.https.port': undefined,
    'nifi.security.keystore': undefined,
    'nifi.security.keystoreType': undefined,
    'nifi.security.truststore': undefined,
    'nifi.security.truststoreType': undefined,
    'nifi.security.user.authorizer': undefined,
    'nifi.security.user.login.identity.provider': undefined,
  };
}

/** NiFi takes hosts from here for proxies, and ports for every request: the Service's port must be among them. */
function allowedHosts({ serviceNames, servicePort, proxyHosts }: NodeConfigInput): string[] {
  const services = serviceNames.flatMap((name) => [name, `${name}:${servicePort}`]);
  return [...new Set([...services, 'localhost', ...proxyHosts])];
}
