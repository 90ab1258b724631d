// The keys of nifi.properties, the releases that know them, and NiFi's own defaults.
// Facts read from the default files of NiFi 2.0.0 to 2.11.0; a default never differed between two of these releases.
// A release newer than the newest one known here is given the newest one's keys: NiFi ignores keys that it does not
// know and has defaults of its own for those it does not find.

import { compare, parse } from 'semver';

interface Lifetime {
  /** First release with the key; absent: all supported ones. */
  readonly since?: string;
  /** Last release with the key; absent: it still exists. */
  readonly until?: string;
}

type Row = readonly [key: string, defaultValue: string, lifetime?: Lifetime];

export interface KnownProperty {
  readonly section: string;
  readonly key: string;
  readonly defaultValue: string;
}

const sections: Readonly<Record<string, readonly Row[]>> = {
  'Flow and processing': [
    ['nifi.administrative.yield.duration', '30 sec'],
    [
      'nifi.analytics.connection.model.implementation',
      'org.apache.nifi.controller.status.analytics.models.OrdinaryLeastSquares',
    ],
    ['nifi.analytics.connection.model.score.name', 'rSquared'],
    ['nifi.analytics.connection.model.score.threshold', '.90'],
    ['nifi.analytics.predict.enabled', 'false'],
    ['nifi.analytics.predict.interval', '3 mins'],
    ['nifi.analytics.query.interval', '5 mins'],
    ['nifi.bored.yield.duration', '10 millis'],
    ['nifi.flow.configuration.archive.dir', './conf/archive/'],
    ['nifi.flow.configuration.archive.enabled', 'true'],
    ['nifi.flow.configuration.archive.max.count', ''],
    ['nifi.flow.configuration.archive.max.storage', '500 MB'],
    ['nifi.flow.configuration.archive.max.time', '30 days'],
    ['nifi.flow.configuration.file', './conf/flow.json.gz'],
    ['nifi.flowcontroller.autoResumeState', 'true'],
    ['nifi.flowcontroller.graceful.shutdown.period', '10 sec'],
    ['nifi.flowcontroller.registry.sync.interval', '30 min', { since: '2.6.0' }],
    ['nifi.flowservice.writedelay.interval', '500 ms'],
    ['nifi.monitor.long.running.task.schedule', ''],
    ['nifi.monitor.long.running.task.threshold', ''],
    ['nifi.performance.tracking.percentage', '0'],
    ['nifi.queue.backpressure.count', '10000'],
    ['nifi.queue.backpressure.size', '1 GB'],
    ['nifi.queue.swap.threshold', '20000'],
    ['nifi.registry.check.for.rule.violations.before.commit', ''],
    ['nifi.swap.manager.implementation', 'org.apache.nifi.controller.FileSystemSwapManager'],
  ],
  Extensions: [
    ['nifi.asset.manager.implementation', 'org.apache.nifi.asset.StandardAssetManager'],
    ['nifi.asset.manager.properties.directory', './assets'],
    [
      'nifi.connector.asset.manager.implementation',
      'org.apache.nifi.asset.StandardConnectorAssetManager',
      { since: '2.9.0' },
    ],
    ['nifi.connector.asset.manager.properties.directory', './connector_assets', { since: '2.9.0' }],
    ['nifi.connector.configuration.provider.implementation', '', { since: '2.9.0' }],
    ['nifi.nar.library.autoload.directory', './extensions'],
    ['nifi.nar.library.directory', './lib'],
    ['nifi.nar.persistence.provider.implementation', 'org.apache.nifi.nar.StandardNarPersistenceProvider'],
    ['nifi.nar.persistence.provider.properties.directory', './nar_repository'],
    ['nifi.nar.unpack.uber.jar', 'false'],
    ['nifi.nar.working.directory', './work/nar/'],
    ['nifi.python.extensions.source.directory.default', './python/extensions'],
    ['nifi.python.framework.source.directory', './python/framework'],
    ['nifi.python.max.processes', '100'],
    ['nifi.python.max.processes.per.extension.type', '10'],
    ['nifi.python.working.directory', './work/python'],
    ['nifi.upload.working.directory', './work/uploads'],
  ],
  State: [
    ['nifi.state.management.configuration.file', './conf/state-management.xml'],
    ['nifi.state.management.embedded.zookeeper.properties', './conf/zookeeper.properties'],
    ['nifi.state.management.embedded.zookeeper.start', 'false'],
    ['nifi.state.management.provider.cluster', 'zk-provider'],
    ['nifi.state.management.provider.cluster.previous', ''],
    ['nifi.state.management.provider.local', 'local-provider'],
  ],
  Repositories: [
    ['nifi.components.status.repository.buffer.size', '1440'],
    [
      'nifi.components.status.repository.implementation',
      'org.apache.nifi.controller.status.history.VolatileComponentStatusRepository',
    ],
    ['nifi.components.status.snapshot.frequency', '1 min'],
    ['nifi.content.claim.max.appendable.size', '50 KB'],
    ['nifi.content.claim.truncation.enabled', 'true', { since: '2.10.0' }],
    ['nifi.content.repository.always.sync', 'false'],
    ['nifi.content.repository.archive.enabled', 'true'],
    ['nifi.content.repository.archive.max.retention.period', '3 hours'],
    ['nifi.content.repository.archive.max.usage.percentage', '90%'],
    ['nifi.content.repository.directory.default', './content_repository'],
    ['nifi.content.repository.implementation', 'org.apache.nifi.controller.repository.FileSystemRepository'],
    ['nifi.database.directory', './database_repository'],
    ['nifi.flowfile.repository.always.sync', 'false'],
    ['nifi.flowfile.repository.checkpoint.interval', '20 secs'],
    ['nifi.flowfile.repository.directory', './flowfile_repository'],
    ['nifi.flowfile.repository.implementation', 'org.apache.nifi.controller.repository.WriteAheadFlowFileRepository'],
    ['nifi.flowfile.repository.retain.orphaned.flowfiles', 'true'],
    ['nifi.flowfile.repository.wal.implementation', 'org.apache.nifi.wali.SequentialAccessWriteAheadLog'],
    ['nifi.provenance.repository.always.sync', 'false'],
    ['nifi.provenance.repository.buffer.size', '100000'],
    ['nifi.provenance.repository.compress.on.rollover', 'true'],
    ['nifi.provenance.repository.concurrent.merge.threads', '2'],
    ['nifi.provenance.repository.directory.default', './provenance_repository'],
    ['nifi.provenance.repository.implementation', 'org.apache.nifi.provenance.WriteAheadProvenanceRepository'],
    ['nifi.provenance.repository.index.shard.size', '500 MB'],
    ['nifi.provenance.repository.index.threads', '2'],
    ['nifi.provenance.repository.indexed.attributes', ''],
    ['nifi.provenance.repository.indexed.fields', 'EventType, FlowFileUUID, Filename, ProcessorID, Relationship'],
    ['nifi.provenance.repository.max.attribute.length', '65536'],
    ['nifi.provenance.repository.max.storage.size', '10 GB'],
    ['nifi.provenance.repository.max.storage.time', '30 days'],
    ['nifi.provenance.repository.query.threads', '2'],
    ['nifi.provenance.repository.rollover.size', '100 MB'],
    ['nifi.provenance.repository.rollover.time', '10 mins'],
    ['nifi.status.repository.questdb.persist.component.days', '3'],
    ['nifi.status.repository.questdb.persist.location', './status_repository'],
    ['nifi.status.repository.questdb.persist.node.days', '14'],
  ],
  'Web and site to site': [
    ['nifi.remote.contents.cache.expiration', '30 secs'],
    ['nifi.remote.input.host', ''],
    ['nifi.remote.input.http.enabled', 'true'],
    ['nifi.remote.input.http.transaction.ttl', '30 sec'],
    ['nifi.remote.input.secure', 'true'],
    ['nifi.remote.input.socket.port', ''],
    ['nifi.ui.banner.text', ''],
    ['nifi.web.http.host', ''],
    ['nifi.web.http.network.interface.default', ''],
    ['nifi.web.http.port', ''],
    ['nifi.web.https.application.protocols', 'h2 http/1.1'],
    ['nifi.web.https.ciphersuites.exclude', ''],
    ['nifi.web.https.ciphersuites.include', ''],
    ['nifi.web.https.host', 'localhost'],
    ['nifi.web.https.network.interface.default', ''],
    ['nifi.web.https.port', '8443'],
    ['nifi.web.jetty.threads', '200'],
    ['nifi.web.jetty.working.directory', './work/jetty'],
    ['nifi.web.jmx.metrics.allowed.filter.pattern', ''],
    ['nifi.web.max.access.token.requests.per.second', '25'],
    ['nifi.web.max.content.size', ''],
    ['nifi.web.max.header.size', '16 KB'],
    ['nifi.web.max.requests.per.second', '30000'],
    ['nifi.web.proxy.context.path', ''],
    ['nifi.web.proxy.host', ''],
    ['nifi.web.request.ip.whitelist', ''],
    ['nifi.web.request.log.format', '%{client}a - %u %t "%r" %s %O "%{Referer}i" "%{User-Agent}i"'],
    ['nifi.web.request.timeout', '60 secs'],
    ['nifi.web.should.send.server.version', 'true'],
  ],
  Security: [
    ['nifi.authorizer.configuration.file', './conf/authorizers.xml'],
    ['nifi.kerberos.krb5.file', ''],
    ['nifi.kerberos.service.keytab.location', ''],
    ['nifi.kerberos.service.principal', ''],
    ['nifi.login.identity.provider.configuration.file', './conf/login-identity-providers.xml'],
    ['nifi.security.allow.anonymous.authentication', 'false'],
    ['nifi.security.autoreload.enabled', 'false'],
    ['nifi.security.autoreload.interval', '10 secs'],
    ['nifi.security.keyPasswd', ''],
    ['nifi.security.keystore', './conf/keystore.p12'],
    ['nifi.security.keystore.certificate', '', { since: '2.1.0' }],
    ['nifi.security.keystore.privateKey', '', { since: '2.1.0' }],
    ['nifi.security.keystorePasswd', ''],
    ['nifi.security.keystoreType', 'PKCS12'],
    ['nifi.security.ocsp.responder.certificate', '', { until: '2.6.0' }],
    ['nifi.security.ocsp.responder.url', '', { until: '2.6.0' }],
    ['nifi.security.truststore', './conf/truststore.p12'],
    ['nifi.security.truststore.certificate', '', { since: '2.1.0' }],
    ['nifi.security.truststorePasswd', ''],
    ['nifi.security.truststoreType', 'PKCS12'],
    ['nifi.security.user.authorizer', 'single-user-authorizer'],
    ['nifi.security.user.jws.key.rotation.period', 'PT1H'],
    ['nifi.security.user.login.identity.provider', 'single-user-provider'],
    ['nifi.security.user.oidc.additional.scopes', 'offline_access'],
    ['nifi.security.user.oidc.claim.groups', 'groups'],
    ['nifi.security.user.oidc.claim.identifying.user', ''],
    ['nifi.security.user.oidc.client.id', ''],
    ['nifi.security.user.oidc.client.secret', ''],
    ['nifi.security.user.oidc.connect.timeout', '5 secs'],
    ['nifi.security.user.oidc.discovery.url', ''],
    ['nifi.security.user.oidc.fallback.claims.identifying.user', ''],
    ['nifi.security.user.oidc.preferred.jwsalgorithm', ''],
    ['nifi.security.user.oidc.read.timeout', '5 secs'],
    ['nifi.security.user.oidc.token.refresh.window', '60 secs'],
    ['nifi.security.user.oidc.truststore.strategy', 'JDK'],
    ['nifi.security.user.saml.authentication.expiration', '12 hours'],
    ['nifi.security.user.saml.group.attribute.name', ''],
    ['nifi.security.user.saml.http.client.connect.timeout', '30 secs'],
    ['nifi.security.user.saml.http.client.read.timeout', '30 secs'],
    ['nifi.security.user.saml.http.client.truststore.strategy', 'JDK'],
    ['nifi.security.user.saml.identity.attribute.name', ''],
    ['nifi.security.user.saml.idp.metadata.url', ''],
    ['nifi.security.user.saml.request.signing.enabled', 'false'],
    ['nifi.security.user.saml.signature.algorithm', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'],
    ['nifi.security.user.saml.single.logout.enabled', 'false'],
    ['nifi.security.user.saml.sp.entity.id', ''],
    ['nifi.security.user.saml.want.assertions.signed', 'true'],
    ['nifi.sensitive.props.algorithm', 'NIFI_PBKDF2_AES_GCM_256'],
    ['nifi.sensitive.props.key', ''],
  ],
  Cluster: [
    ['nifi.cluster.firewall.file', ''],
    ['nifi.cluster.flow.election.max.candidates', ''],
    ['nifi.cluster.flow.election.max.wait.time', '5 mins'],
    ['nifi.cluster.is.node', 'false'],
    ['nifi.cluster.leader.election.implementation', 'CuratorLeaderElectionManager'],
    ['nifi.cluster.leader.election.kubernetes.lease.prefix', ''],
    ['nifi.cluster.load.balance.comms.timeout', '30 sec'],
    ['nifi.cluster.load.balance.connections.per.node', '1'],
    ['nifi.cluster.load.balance.host', ''],
    ['nifi.cluster.load.balance.max.thread.count', '8'],
    ['nifi.cluster.load.balance.port', '6342'],
    ['nifi.cluster.node.address', ''],
    ['nifi.cluster.node.connection.timeout', '5 sec'],
    ['nifi.cluster.node.event.history.size', '25'],
    ['nifi.cluster.node.max.concurrent.requests', '100'],
    ['nifi.cluster.node.protocol.max.threads', '50'],
    ['nifi.cluster.node.protocol.port', ''],
    ['nifi.cluster.node.read.timeout', '5 sec'],
    ['nifi.cluster.protocol.heartbeat.interval', '5 sec'],
    ['nifi.cluster.protocol.heartbeat.missable.max', '8'],
    ['nifi.cluster.protocol.is.secure', 'false', { until: '2.6.0' }],
    ['nifi.zookeeper.auth.type', ''],
    ['nifi.zookeeper.client.secure', 'false'],
    ['nifi.zookeeper.connect.string', ''],
    ['nifi.zookeeper.connect.timeout', '10 secs'],
    ['nifi.zookeeper.jute.maxbuffer', ''],
    ['nifi.zookeeper.kerberos.removeHostFromPrincipal', ''],
    ['nifi.zookeeper.kerberos.removeRealmFromPrincipal', ''],
    ['nifi.zookeeper.root.node', '/nifi'],
    ['nifi.zookeeper.security.keystore', ''],
    ['nifi.zookeeper.security.keystorePasswd', ''],
    ['nifi.zookeeper.security.keystoreType', ''],
    ['nifi.zookeeper.security.truststore', ''],
    ['nifi.zookeeper.security.truststorePasswd', ''],
    ['nifi.zookeeper.security.truststoreType', ''],
    ['nifi.zookeeper.session.timeout', '10 secs'],
  ],
  Diagnostics: [
    ['nifi.diagnostics.on.shutdown.directory', './diagnostics'],
    ['nifi.diagnostics.on.shutdown.enabled', 'false'],
    ['nifi.diagnostics.on.shutdown.max.directory.size', '10 MB'],
    ['nifi.diagnostics.on.shutdown.max.filecount', '10'],
    ['nifi.diagnostics.on.shutdown.verbose', 'false'],
  ],
};

const rows = Object.entries(sections).flatMap(([section, entries]) =>
  entries.map(([key, defaultValue, lifetime]) => ({ section, key, defaultValue, lifetime: lifetime ?? {} })),
);

/** The keys that exist in this release of NiFi (`2.6.0`), in a fixed order. Throws RangeError for what is no version. */
export function knownProperties(version: string): KnownProperty[] {
  const release = releaseOf(version);
  return rows
    .filter(({ lifetime }) => livesIn(lifetime, release))
    .map(({ section, key, defaultValue }) => ({ section, key, defaultValue }));
}

/**
 * Those of the keys that some release of NiFi knows, but not this one: most likely a mistake, never an error.
 * Keys that no release has in its default file are not among them: NiFi has families of keys that users name themselves.
 */
export function keysOfOtherReleases(version: string, keys: readonly string[]): string[] {
  const release = releaseOf(version);
  const lifetimes = new Map(rows.map(({ key, lifetime }) => [key, lifetime]));
  return keys.filter((key) => {
    const lifetime = lifetimes.get(key);
    return lifetime !== undefined && !livesIn(lifetime, release);
  });
}

function livesIn(lifetime: Lifetime, release: string): boolean {
  const begun = lifetime.since === undefined || compare(release, lifetime.since) >= 0;
  const ended = lifetime.until !== undefined && compare(release, lifetime.until) > 0;
  return begun && !ended;
}

/** Without a suffix such as -SNAPSHOT or -1: a release candidate has its release's keys. */
function releaseOf(version: string): string {
  const parsed = parse(version);
  if (parsed === null) throw new RangeError(`Not a version of NiFi: ${JSON.stringify(version)}`);
  return `${parsed.major}.${parsed.minor}.${parsed.patch}`;
}
