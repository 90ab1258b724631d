import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigRefusedError, renderNodeConfig } from './render.ts';
import { aNode, noOverrides, properties, providers } from './testing.ts';
import type { NodeConfigInput } from './types.ts';

function nifiProperties(change: Partial<NodeConfigInput> = {}): Record<string, string> {
  return properties(renderNodeConfig(aNode(change)).files['nifi.properties']);
}

/** The rendered values of the keys that the expectation names; a key that must not be there is expected as undefined. */
function assertValues(actual: Record<string, string>, expected: Record<string, string | undefined>): void {
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, actual[key]])), expected);
}

describe('a node of a TLS cluster on Kubernetes leases', () => {
  test('has every file that NiFi reads, and nothing secret', () => {
    const { files, secretFiles } = renderNodeConfig(aNode());
    assert.deepEqual(Object.keys(files).toSorted(), [
      'authorizers.xml',
      'bootstrap.conf',
      'logback.xml',
      'login-identity-providers.xml',
      'nifi.properties',
      'start.sh',
      'state-management.xml',
      'zookeeper.properties',
    ]);
    assert.deepEqual(secretFiles, {});
  });

  test('answers to its own name everywhere', () => {
    assertValues(nifiProperties({ nodeId: 2 }), {
      'nifi.web.https.host': 'prod-2.prod-nodes.data.svc',
      'nifi.web.https.port': '8443',
      'nifi.web.http.host': undefined,
      'nifi.web.http.port': undefined,
      'nifi.cluster.is.node': 'true',
      'nifi.cluster.node.address': 'prod-2.prod-nodes.data.svc',
      'nifi.cluster.node.protocol.port': '11443',
      'nifi.cluster.load.balance.host': 'prod-2.prod-nodes.data.svc',
      'nifi.cluster.load.balance.port': '6342',
      'nifi.remote.input.host': 'prod-2.prod-nodes.data.svc',
      'nifi.remote.input.secure': 'true',
      'nifi.remote.input.http.enabled': 'true',
      'nifi.remote.input.socket.port': undefined,
    });
  });

  test('reads PEM files that are reloaded, and names no key store that NiFi would then make for itself', () => {
    assertValues(nifiProperties(), {
      'nifi.security.keystoreType': 'PEM',
      'nifi.security.keystore.certificate': '/etc/nifi/tls/tls.crt',
      'nifi.security.keystore.privateKey': '/etc/nifi/tls/tls.key',
      'nifi.security.truststoreType': 'PEM',
      'nifi.security.truststore.certificate': '/opt/nifi/nifi-current/conf/ca.crt',
      'nifi.security.autoreload.enabled': 'true',
      'nifi.security.keystore': undefined,
      'nifi.security.keystorePasswd': undefined,
      'nifi.security.truststore': undefined,
      'nifi.security.user.authorizer': 'managed-authorizer',
      'nifi.security.user.login.identity.provider': undefined,
    });
  });

  test('elects by leases and keeps its cluster state in ConfigMaps, both under the cluster name', () => {
    const { files } = renderNodeConfig(aNode());
    assertValues(properties(files['nifi.properties']), {
      'nifi.cluster.leader.election.implementation': 'KubernetesLeaderElectionManager',
      'nifi.cluster.leader.election.kubernetes.lease.prefix': 'prod',
      'nifi.state.management.provider.local': 'local-provider',
      'nifi.state.management.provider.cluster': 'kubernetes-provider',
      'nifi.zookeeper.connect.string': undefined,
    });
    assert.deepEqual(
      providers(files['state-management.xml']).map(({ id, properties }) => ({ id, ...properties })),
      [
        {
          id: 'local-provider',
          Directory: '/var/lib/nifi/data/state/local',
          'Always Sync': 'false',
          Partitions: '16',
          'Checkpoint Interval': '2 mins',
        },
        { id: 'kubernetes-provider', 'ConfigMap Name Prefix': 'prod' },
      ],
    );
  });

  test('keeps everything that must survive on the volume data', () => {
    const values = nifiProperties();
    assertValues(values, {
      'nifi.flow.configuration.file': '/var/lib/nifi/data/flow.json.gz',
      'nifi.flow.configuration.archive.dir': '/var/lib/nifi/data/archive',
      'nifi.database.directory': '/var/lib/nifi/data/database_repository',
      'nifi.flowfile.repository.directory': '/var/lib/nifi/data/flowfile_repository',
      'nifi.content.repository.directory.default': '/var/lib/nifi/data/content_repository',
      'nifi.provenance.repository.directory.default': '/var/lib/nifi/data/provenance_repository',
      'nifi.provenance.repository.max.storage.size': '1 GB',
      'nifi.nar.persistence.provider.properties.directory': '/var/lib/nifi/data/nar_repository',
      'nifi.asset.manager.properties.directory': '/var/lib/nifi/data/assets',
      'nifi.connector.asset.manager.properties.directory': '/var/lib/nifi/data/connector_assets',
      'nifi.status.repository.questdb.persist.location': '/var/lib/nifi/data/status_repository',
    });
  });

  test('knows the operator as first admin and all nodes as one identity', () => {
    const { files } = renderNodeConfig(aNode({ nodeId: 1 }));
    const [users, policies, authorizer] = providers(files['authorizers.xml']);
    assert.deepEqual(users?.properties, {
      'Users File': '/var/lib/nifi/data/users.xml',
      'Initial User Identity 1': 'CN=operator.prod.data',
      'Initial User Identity 2': 'nodes.prod.data',
    });
    assert.deepEqual(policies?.properties, {
      'User Group Provider': 'file-user-group-provider',
      'Authorizations File': '/var/lib/nifi/data/authorizations.xml',
      'Initial Admin Identity': 'CN=operator.prod.data',
      'Node Identity 1': 'nodes.prod.data',
    });
    assert.equal(authorizer?.id, 'managed-authorizer');
    assert.deepEqual(providers(files['login-identity-providers.xml']), []);
  });

  test('differs from another node in its name only', () => {
    const [one, two] = [renderNodeConfig(aNode({ nodeId: 1 })), renderNodeConfig(aNode({ nodeId: 2 }))];
    const renamed = Object.fromEntries(
      Object.entries(one.files).map(([name, text]) => [
        name,
        text
          .replaceAll('prod-1.prod-nodes', 'prod-2.prod-nodes')
          .replaceAll('node 1', 'node 2')
          .replaceAll('set-aside-1', 'set-aside-2'),
      ]),
    );
    assert.deepEqual(renamed, two.files);
  });

  test('leaves to start.sh what follows the size of the cluster or is secret', () => {
    const values = nifiProperties();
    assert.equal('nifi.cluster.flow.election.max.candidates' in values, false);
    assert.equal('nifi.sensitive.props.key' in values, false);
  });

  test('admits the names and the port of the Service, the port-forward and the proxies', () => {
    const values = nifiProperties({ servicePort: 443, proxyHosts: ['nifi.example.com', 'gate.example.com:9443'] });
    assert.deepEqual(values['nifi.web.proxy.host']?.split(','), [
      'prod',
      'prod:443',
      'prod.data.svc',
      'prod.data.svc:443',
      'localhost',
      'nifi.example.com',
      'gate.example.com:9443',
    ]);
  });
});

describe('other ways to run a cluster', () => {
  test('with ZooKeeper both election and state go there, under the root node of the cluster', () => {
    const clusterManager = { kind: 'ZooKeeper', connectString: 'zk-0:2181,zk-1:2181', rootNode: '/nifi/prod' } as const;
    const { files } = renderNodeConfig(aNode({ clusterManager }));
    assertValues(properties(files['nifi.properties']), {
      'nifi.cluster.leader.election.implementation': 'CuratorLeaderElectionManager',
      'nifi.cluster.leader.election.kubernetes.lease.prefix': undefined,
      'nifi.state.management.provider.cluster': 'zk-provider',
      'nifi.state.management.embedded.zookeeper.start': 'false',
      'nifi.zookeeper.connect.string': 'zk-0:2181,zk-1:2181',
      'nifi.zookeeper.root.node': '/nifi/prod',
    });
    assert.deepEqual(providers(files['state-management.xml'])[1], {
      id: 'zk-provider',
      class: 'org.apache.nifi.controller.state.providers.zookeeper.ZooKeeperStateProvider',
      properties: {
        'Connect String': 'zk-0:2181,zk-1:2181',
        'Root Node': '/nifi/prod',
        'Session Timeout': '10 seconds',
        'Access Control': 'Open',
      },
    });
  });

  test('InsecureHTTP listens on HTTP alone, reads no certificate and asks start.sh for none', () => {
    const { files } = renderNodeConfig(aNode({ transport: 'InsecureHTTP' }));
    const values = properties(files['nifi.properties']);
    assertValues(values, {
      'nifi.web.http.host': 'prod-0.prod-nodes.data.svc',
      'nifi.web.http.port': '8443',
      'nifi.web.https.host': undefined,
      'nifi.web.https.port': undefined,
      'nifi.remote.input.secure': 'false',
      'nifi.security.autoreload.enabled': 'false',
      'nifi.security.user.authorizer': undefined,
    });
    assert.deepEqual(
      Object.keys(values).filter((key) => /^nifi\.security\.(keystore|truststore|identity\.mapping)/.test(key)),
      [],
    );
    assert.doesNotMatch(files['start.sh'] ?? '', /NIFI_TLS_DIR/);
  });

  test('each repository moves to its volumes, content to several', () => {
    const values = nifiProperties({
      storage: [
        { name: 'data' },
        { name: 'flowfile' },
        { name: 'content' },
        { name: 'content-2', repository: 'content' },
        { name: 'provenance' },
        { name: 'events', repository: 'provenance' },
      ],
    });
    assertValues(values, {
      'nifi.flowfile.repository.directory': '/var/lib/nifi/flowfile/flowfile_repository',
      'nifi.content.repository.directory.default': '/var/lib/nifi/content/content_repository',
      'nifi.content.repository.directory.content-2': '/var/lib/nifi/content-2/content_repository',
      'nifi.provenance.repository.directory.default': '/var/lib/nifi/provenance/provenance_repository',
      'nifi.provenance.repository.directory.events': '/var/lib/nifi/events/provenance_repository',
      'nifi.provenance.repository.max.storage.size': '10 GB',
    });
  });

  test('a repository with volumes of other names only has no directory on data', () => {
    const values = nifiProperties({ storage: [{ name: 'data' }, { name: 'big', repository: 'content' }] });
    assertValues(values, {
      'nifi.content.repository.directory.default': undefined,
      'nifi.content.repository.directory.big': '/var/lib/nifi/big/content_repository',
    });
  });

  test('sources of extensions are added to what the image brings', () => {
    assertValues(nifiProperties({ extensions: ['acme', 'tools'] }), {
      'nifi.nar.library.directory': './lib',
      'nifi.nar.library.autoload.directory': './extensions',
      'nifi.nar.library.directory.extension-acme': '/opt/nifi/extensions/acme',
      'nifi.nar.library.directory.extension-tools': '/opt/nifi/extensions/tools',
      'nifi.python.extensions.source.directory.default': './python/extensions',
      'nifi.python.extensions.source.directory.extension-acme': '/opt/nifi/extensions/acme',
    });
  });
});

describe('bootstrap.conf', () => {
  function bootstrap(change: Partial<NodeConfigInput>): Record<string, string> {
    return properties(renderNodeConfig(aNode(change)).files['bootstrap.conf']);
  }

  test('gives the heap, an end before the kubelet makes one, and health on the loopback only', () => {
    assertValues(bootstrap({ jvm: { heap: '6g', args: [] }, terminationGracePeriodSeconds: 90 }), {
      'java.arg.2': '-Xms6g',
      'java.arg.3': '-Xmx6g',
      'graceful.shutdown.seconds': '80',
      'management.server.address': 'http://127.0.0.1:52020',
    });
  });

  test('sorts the arguments of the user behind all others, in their order', () => {
    const args = Array.from({ length: 12 }, (_, index) => `-Dn=${index}`);
    const values = bootstrap({
      jvm: { heap: '1g', args },
      overrides: { ...noOverrides, bootstrapConf: { 'java.arg.debug': '-Xlog:gc' } },
    });
    const sorted = Object.keys(values)
      .filter((key) => key.startsWith('java.arg.'))
      .toSorted();
    assert.deepEqual(
      sorted.slice(-12).map((key) => values[key]),
      args,
    );
    assert.ok(sorted.indexOf('java.arg.debug') < sorted.length - 12);
  });
});

describe('overrides', () => {
  test('win over defaults, may be empty, and may be keys that nobody knows', () => {
    const provider = 'nifi.nar.library.provider.registry.implementation';
    const nifi = { 'nifi.queue.swap.threshold': '40000', 'nifi.ui.banner.text': '', [provider]: 'Registry' };
    const overrides = { ...noOverrides, nifiProperties: nifi, files: { 'logback.xml': '<configuration/>' } };
    const { files } = renderNodeConfig(aNode({ overrides }));
    assertValues(properties(files['nifi.properties']), nifi);
    assert.equal(files['logback.xml'], '<configuration/>');
  });

  test('survive a round trip through Java, whatever characters they hold', () => {
    const nasty = ' leading, back\\slash, a=b:c #! {{host}} ${x} größe € 🚀\ttab\nnext ';
    const overrides = { ...noOverrides, nifiProperties: { 'nifi.ui.banner.text': nasty } };
    const text = renderNodeConfig(aNode({ overrides })).files['nifi.properties'] ?? '';
    assert.equal(properties(text)['nifi.ui.banner.text'], nasty);
    assert.match(text, /^[\n\x20-\x7e]*$/);
  });

  test('out of Secrets go into the Secret part alone, and win over all others', () => {
    const overrides = {
      nifiProperties: { 'nifi.zookeeper.security.keystorePasswd': 'public', 'nifi.web.jetty.threads': '50' },
      bootstrapConf: { 'java.arg.proxy': '-Dpublic' },
      files: { 'logback.xml': '<public/>' },
    };
    const secretOverrides = {
      nifiProperties: { 'nifi.zookeeper.security.keystorePasswd': 'back\\slash', 'nifi.web.request.timeout': '9 secs' },
      bootstrapConf: { 'java.arg.proxy': '-Dsecret' },
      files: { 'logback.xml': '<secret/>' },
    };
    const { files, secretFiles } = renderNodeConfig(aNode({ overrides, secretOverrides }));
    assert.deepEqual(properties(secretFiles['nifi.properties']), secretOverrides.nifiProperties);
    assert.deepEqual(properties(secretFiles['bootstrap.conf']), secretOverrides.bootstrapConf);
    assert.equal(secretFiles['logback.xml'], '<secret/>');
    assert.equal('logback.xml' in files, false);
    const visible = properties(files['nifi.properties']);
    assertValues(visible, {
      'nifi.zookeeper.security.keystorePasswd': undefined,
      'nifi.web.request.timeout': undefined,
      'nifi.web.jetty.threads': '50',
    });
    for (const [name, text] of Object.entries(files)) {
      assert.equal(/back.slash|9 secs|-Dsecret|<secret/.test(text), false, name);
    }
  });

  test("are refused with every reason at once when they are not the user's to make", () => {
    const overrides = {
      nifiProperties: { 'nifi.cluster.node.address': 'x', 'nifi.security.identity.mapping.pattern.0': 'x', 'a b': 'x' },
      bootstrapConf: { 'java.arg.3': '-Xmx9g', 'java.arg.q': '-Da=b c' },
      files: { 'authorizers.xml': '' },
    };
    const secretOverrides = { ...noOverrides, nifiProperties: { 'nifi.sensitive.props.key': 'x' } };
    const input = aNode({ overrides, secretOverrides, storage: [], jvm: { heap: '1g', args: ['-Dx=a b'] } });
    assert.throws(
      () => renderNodeConfig(input),
      (error) => {
        assert(error instanceof ConfigRefusedError);
        assert.deepEqual(error.problems, [
          'storage: the volume data is missing',
          'jvm.args: "-Dx=a b" holds a blank or a wildcard, which nifi.sh cannot pass to the JVM',
          'nifi.properties: "a b" is no key',
          'nifi.properties: nifi.cluster.node.address is set by the operator',
          'nifi.properties: nifi.security.identity.mapping.pattern.0 is set by the operator',
          'bootstrap.conf: java.arg.3 is set by the operator',
          'bootstrap.conf: java.arg.q holds a blank or a wildcard, which nifi.sh cannot pass to the JVM',
          'authorizers.xml cannot be replaced, only logback.xml and zookeeper.properties',
          'nifi.properties: nifi.sensitive.props.key is set by the operator',
        ]);
        return true;
      },
    );
  });
});

test('two volumes for the one FlowFile repository are refused', () => {
  const storage = [{ name: 'data' }, { name: 'flowfile' }, { name: 'fast', repository: 'flowfile' }] as const;
  assert.throws(() => renderNodeConfig(aNode({ storage })), /NiFi has one FlowFile repository, but flowfile and fast/);
});

test('the same input gives the same bytes, so that the hash names a revision', () => {
  assert.deepEqual(renderNodeConfig(aNode()), renderNodeConfig(aNode()));
});
