// What a user may not set in NiFi's files and environment, because the operator decides it or because a node would lose data by it.
// Admission refuses these keys in inline configuration (CEL rules made from these lists); keys that come out of a Secret or a
// ConfigMap are only seen by the controller, which asks `ownedProperty` and refuses them with a condition.
// Surprise: a property absent from these lists is the user's, also when the operator's templates give it a value.

export type PropertyFile = 'nifi.properties' | 'bootstrap.conf';

interface OwnedKeys {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
}

/** Keys of nifi.properties and bootstrap.conf that belong to the operator, whole or by prefix. */
export const operatorOwnedProperties = {
  'nifi.properties': {
    keys: [
      // Where things live: the volumes of spec.node.storage and the operator's own layout.
      'nifi.flow.configuration.file',
      'nifi.flow.configuration.archive.dir',
      'nifi.authorizer.configuration.file',
      'nifi.login.identity.provider.configuration.file',
      'nifi.state.management.configuration.file',
      'nifi.database.directory',
      'nifi.flowfile.repository.directory',
      'nifi.nar.library.directory',
      'nifi.nar.library.autoload.directory',
      'nifi.nar.working.directory',
      'nifi.nar.persistence.provider.properties.directory',
      'nifi.asset.manager.properties.directory',
      'nifi.connector.asset.manager.properties.directory',
      'nifi.status.repository.questdb.persist.location',
      'nifi.upload.working.directory',
      'nifi.python.working.directory',
      'nifi.web.jetty.working.directory',
      // Implementations that keep data: another one would forget flow files at a restart.
      'nifi.flowfile.repository.implementation',
      'nifi.flowfile.repository.wal.implementation',
      'nifi.content.repository.implementation',
      'nifi.swap.manager.implementation',
      // Clustering.
      'nifi.cluster.is.node',
      'nifi.cluster.protocol.is.secure',
      'nifi.cluster.node.address',
      'nifi.cluster.node.protocol.port',
      'nifi.cluster.load.balance.host',
      'nifi.cluster.load.balance.port',
      'nifi.cluster.flow.election.max.candidates',
      'nifi.cluster.leader.election.implementation',
      'nifi.cluster.leader.election.kubernetes.lease.prefix',
      'nifi.state.management.provider.local',
      'nifi.state.management.provider.cluster',
      'nifi.state.management.provider.cluster.previous',
      'nifi.state.management.embedded.zookeeper.start',
      'nifi.state.management.embedded.zookeeper.properties',
      'nifi.zookeeper.connect.string',
      'nifi.zookeeper.root.node',
      // Addresses.
      'nifi.web.http.host',
      'nifi.web.http.port',
      'nifi.web.https.host',
      'nifi.web.https.port',
      'nifi.web.proxy.host',
      'nifi.remote.input.host',
      'nifi.remote.input.secure',
      // Security.
      'nifi.sensitive.props.key',
      'nifi.sensitive.props.algorithm',
      'nifi.security.keyPasswd',
      'nifi.security.autoreload.enabled',
      'nifi.security.user.authorizer',
      'nifi.security.user.login.identity.provider',
      'nifi.security.allow.anonymous.authentication',
    ],
    prefixes: [
      'nifi.content.repository.directory.',
      'nifi.provenance.repository.directory.',
      'nifi.nar.library.directory.extension-',
      'nifi.python.extensions.source.directory.extension-',
      'nifi.web.http.network.interface.',
      'nifi.web.https.network.interface.',
      'nifi.security.keystore',
      'nifi.security.truststore',
      'nifi.security.user.oidc.',
      // NiFi takes the first mapping that matches, in the order of their names: a name that begins so may come before ours.
      'nifi.security.identity.mapping.pattern.0',
      'nifi.security.identity.mapping.value.0',
      'nifi.security.identity.mapping.transform.0',
    ],
  },
  'bootstrap.conf': {
    keys: [
      'run.as',
      'lib.dir',
      'conf.dir',
      'working.dir',
      'graceful.shutdown.seconds',
      'management.server.address',
      'java.arg.2',
      'java.arg.3',
      'java.arg.consoleTarget',
    ],
    prefixes: ['java.arg.z'],
  },
} as const satisfies Record<PropertyFile, OwnedKeys>;

/** Environment variables of the NiFi container that the operator sets itself. */
export const operatorOwnedEnvironment = [
  'NIFI_HOME',
  'NIFI_CONFIG_DIR',
  'NIFI_START_DIR',
  'NIFI_KEY_DIR',
  'NIFI_SECRET_DIR',
  'NIFI_TLS_DIR',
  'NIFI_DATA_DIR',
] as const;

/** Ports of the NiFi container that the operator's own parts listen on. */
export const operatorOwnedPorts = [6342, 8443, 11443, 52020] as const;

/** True when `key` of that file belongs to the operator. */
export function ownedProperty(file: PropertyFile, key: string): boolean {
  const owned: OwnedKeys = operatorOwnedProperties[file];
  return owned.keys.includes(key) || owned.prefixes.some((prefix) => key.startsWith(prefix));
}
