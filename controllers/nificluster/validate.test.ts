// From spec to resolved cluster: what is refused, with the field and the mend, and that one bad node stops no other.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { protectedPodFields } from './build/resources/pod-template.ts';
import { aCluster, type ClusterBuilder, nodeOf, references } from './testing.ts';
import { imageOf } from './validate.ts';

function findings(cluster: ClusterBuilder, found = references({})) {
  return cluster.validated(found).findings;
}

describe('A valid cluster', () => {
  test('is resolved node by node, in the order of the ids', () => {
    const { cluster, findings: none, waiting } = aCluster().withNodeIds(5, 1).validated();
    assert.deepEqual(none, []);
    assert.equal(waiting, false);
    assert.deepEqual(cluster.members, [1, 5]);
    assert.deepEqual([...cluster.nodes.keys()], [1, 5]);
  });

  test('keeps its volumes when deleted, unless the spec says otherwise', () => {
    assert.equal(aCluster().resolved().keepVolumesWhenDeleted, true);
    assert.equal(
      aCluster()
        .withSpec({ volumeRetention: { whenDeleted: 'Delete' } })
        .resolved().keepVolumesWhenDeleted,
      false,
    );
  });

  test('gives every node its own host name, certificate and the cluster’s key', () => {
    const { inputs } = nodeOf(aCluster().resolved(), 2);
    assert.equal(inputs.config.host, 'prod-2.prod-nodes.data.svc');
    assert.equal(inputs.pod.tlsSecret, 'prod-2-tls');
    assert.deepEqual(inputs.pod.keySecret, { name: 'prod-sensitive-key', key: 'key' });
  });

  test('has no certificates without TLS, and the key of the spec where there is one', () => {
    const spec: Partial<NiFiClusterSpec> = {
      transport: 'InsecureHTTP',
      sensitivePropsKey: { secretKeyRef: { name: 'k', key: 'x' } },
    };
    const { inputs } = nodeOf(aCluster().withSpec(spec).resolved(), 0);
    assert.equal(inputs.pod.tlsSecret, undefined);
    assert.deepEqual(inputs.pod.keySecret, { name: 'k', key: 'x' });
  });

  test('tells NiFi to stop sooner than the kubelet kills it, in files and Pod alike', () => {
    const { inputs } = nodeOf(aCluster().resolved(), 0);
    assert.equal(inputs.config.terminationGracePeriodSeconds, inputs.pod.terminationGracePeriodSeconds);
    assert.ok(inputs.pod.terminationGracePeriodSeconds >= 60);
  });

  test('renders for the release that a version of a vendor is made from', () => {
    assert.equal(
      nodeOf(aCluster().withSpec({ version: '2.6.0-vendor.1' }).resolved(), 0).inputs.config.version,
      '2.6.0',
    );
  });

  test('mounts every kind of extension read-only or as the source that it is', () => {
    const extensions = [
      { name: 'a', persistentVolumeClaim: { claimName: 'nars' } },
      { name: 'b', configMap: { name: 'scripts' } },
      { name: 'c', image: { reference: 'example/nars:1' } },
    ];
    assert.deepEqual(
      nodeOf(aCluster().withSpec({ extensions }).resolved(), 0).inputs.pod.extensions.map(({ source }) => source),
      [
        { persistentVolumeClaim: { claimName: 'nars', readOnly: true } },
        { configMap: { name: 'scripts' } },
        { image: { reference: 'example/nars:1' } },
      ],
    );
  });
});

describe('A node is refused', () => {
  const limits = (memory: string) => ({ resources: { limits: { memory } } });
  const templated = (spec: Readonly<Record<string, unknown>>) =>
    aCluster().withEntry({ id: 1, node: { podTemplate: { spec } } });
  const cases: readonly { what: string; cluster: ClusterBuilder; says: RegExp }[] = [
    {
      what: 'whose group does not exist',
      cluster: aCluster().withEntry({ id: 1, group: 'heavy' }),
      says: /nodes\[1\]\.group names heavy, which nodeGroups does not have/,
    },
    {
      what: 'whose heap is as large as its memory',
      cluster: aCluster().withEntry({ id: 1, node: { ...limits('4Gi'), jvm: { heap: '4g' } } }),
      says: /jvm\.heap 4g is not below resources\.limits\.memory 4Gi: lower the one or raise the other/,
    },
    {
      what: 'whose heap is above a limit that another level set',
      cluster: aCluster()
        .withNode({ jvm: { heap: '3g' } })
        .withEntry({ id: 1, node: limits('2Gi') }),
      says: /jvm\.heap 3g is not below resources\.limits\.memory 2Gi/,
    },
    {
      what: 'whose heap is not one',
      cluster: aCluster().withEntry({ id: 1, node: { jvm: { heap: '1Gi' } } }),
      says: /jvm\.heap 1Gi is not a heap size such as 512m or 4g/,
    },
    {
      what: 'that sets a property of the operator',
      cluster: aCluster().withEntry({ id: 1, node: { config: { nifiProperties: { 'nifi.web.https.port': '1' } } } }),
      says: /nifi\.web\.https\.port/,
    },
    {
      what: 'with two volumes for the one FlowFile repository',
      cluster: aCluster().withEntry({
        id: 1,
        node: { storage: ['flowfile', 'flowfile-2'].map((name) => ({ name, size: '1Gi', repository: 'flowfile' })) },
      }),
      says: /one FlowFile repository, but flowfile and flowfile-2/,
    },
    ...protectedPodFields.map((field) => ({
      what: `whose podTemplate sets ${field}`,
      cluster: aCluster().withEntry({ id: 1, node: { podTemplate: { spec: { [field]: 'x' } } } }),
      says: new RegExp(`podTemplate\\.spec\\.${field} belongs to the operator: take it out`),
    })),
    ...['volume-data', 'config', 'start', 'key', 'secret', 'tls'].map((name) => ({
      what: `whose podTemplate puts something else in the place of the volume ${name}`,
      cluster: templated({ volumes: [{ name, emptyDir: {} }] }),
      says: new RegExp(`podTemplate\\.spec\\.volumes: ${name} is the operator's own: give yours another name`),
    })),
    ...['/var/lib/nifi/data', '/var/lib/nifi/data/', '/var/lib/nifi//data/flowfile_repository'].map((mountPath) => ({
      what: `whose podTemplate mounts something at ${mountPath}, over the data of a volume`,
      cluster: templated({ containers: [{ name: 'nifi', volumeMounts: [{ name: 'scratch', mountPath }] }] }),
      says: /podTemplate\.spec\.containers: the mount at \/var\S+ would hide what NiFi keeps on its volume data: mount it elsewhere/,
    })),
  ];
  for (const { what, cluster, says } of cases) {
    test(`${what}: it is left out with a finding that names the field, and the others are not`, () => {
      const { cluster: resolved, findings: found } = cluster.validated();
      assert.deepEqual([...resolved.nodes.keys()], [0, 2]);
      assert.deepEqual(resolved.members, [0, 1, 2]);
      assert.deepEqual(
        found.map(({ reason, node, effect }) => [reason, node, effect]),
        [['InvalidSpec', 1, 'blocks']],
      );
      assert.match(found[0]?.message ?? '', /^Node 1: /);
      assert.match(found[0]?.message ?? '', says);
    });
  }

  test('with every reason at once, not the first', () => {
    const broken = { jvm: { heap: 'much' }, podTemplate: { spec: { hostname: 'x' } } };
    assert.equal(findings(aCluster().withEntry({ id: 1, group: 'nobody', node: broken })).length, 3);
  });

  test('not for a podTemplate that leaves its volumes alone, whatever else it mounts', () => {
    const mounts = ['/var/lib/nifi/database', '/var/lib/nifi', '/opt/drivers'];
    const volumeMounts = mounts.map((mountPath, index) => ({ name: `mine-${index}`, mountPath }));
    const spec = {
      volumes: [...volumeMounts.map(({ name }) => ({ name, emptyDir: {} })), { name: 'logs', emptyDir: {} }],
      containers: [
        { name: 'nifi', volumeMounts },
        { name: 'backup', volumeMounts: [{ name: 'volume-data', mountPath: '/var/lib/nifi/data' }] },
      ],
    };
    assert.deepEqual(findings(templated(spec)), []);
  });

  test('not for a podTemplate whose lists are none: the API server says so', () => {
    for (const volumes of ['many', [null, 'one', {}]])
      assert.deepEqual(findings(templated({ volumes, containers: volumes })), []);
  });

  test('not for what an id says that is no member', () => {
    assert.deepEqual(findings(aCluster().withEntry({ id: 9, group: 'nobody' })), []);
  });

  test('not for a heap below its limit, or without one', () => {
    assert.deepEqual(findings(aCluster().withNode({ ...limits('2Gi'), jvm: { heap: '1g' } })), []);
    assert.deepEqual(findings(aCluster().withNode({ jvm: { heap: '64g' } })), []);
  });
});

describe('A version', () => {
  for (const version of ['3.0.0', '1.28.1', '2.0.0', '22.1.0']) {
    test(`${version} is refused for the whole cluster, in one finding`, () => {
      const { cluster, findings: found } = aCluster().withSpec({ version }).validated();
      assert.deepEqual([cluster.members, cluster.nodes.size], [[0, 1, 2], 0]);
      assert.deepEqual(
        found.map(({ reason, node, effect }) => [reason, node, effect]),
        [['InvalidSpec', undefined, 'blocks']],
      );
      assert.match(
        found[0]?.message ?? '',
        /^spec\.version \S+ is not 2\.1\.0 or a newer 2\.x.*put the former version back$/,
      );
    });
  }

  for (const version of ['2.1.0', '2.10.3', '2.6.0-vendor.1']) {
    test(`${version} is taken`, () => assert.deepEqual(findings(aCluster().withSpec({ version })), []));
  }
});

describe('What a node refers to', () => {
  const referring = aCluster().withEntry({
    id: 1,
    node: { configFrom: [{ file: 'nifi.properties', secretRef: { name: 's' } }] },
  });

  test('leaves the node out while it is missing, and says which', () => {
    const { cluster, findings: found } = referring.validated();
    assert.deepEqual([...cluster.nodes.keys()], [0, 2]);
    assert.deepEqual(
      found.map(({ reason }) => reason),
      ['ReferenceMissing'],
    );
  });

  test('leaves the node out while it is not known, without blame', () => {
    const { cluster, findings: found, waiting } = referring.validated(() => ({ state: 'unknown' }));
    assert.deepEqual([...cluster.nodes.keys()], [0, 2]);
    assert.deepEqual([found, waiting], [[], true]);
  });

  test('may not set what is the operator’s either, and its value is told to nobody', () => {
    const text = 'nifi.sensitive.props.key=hunter2-hunter2';
    const found = findings(referring, references({ 'Secret/s': { 'nifi.properties': text } }));
    assert.deepEqual(
      found.map(({ reason }) => reason),
      ['ReferenceInvalid'],
    );
    assert.match(found[0]?.message ?? '', /Secret s, key nifi\.properties.*nifi\.sensitive\.props\.key.*take it out/);
    assert.doesNotMatch(JSON.stringify(found), /hunter2/);
  });
});

describe('The image', () => {
  const cases = [
    ['apache/nifi', 'apache/nifi:2.6.0'],
    ['registry.example:5000/team/nifi', 'registry.example:5000/team/nifi:2.6.0'],
    ['apache/nifi:2.6.0-custom', 'apache/nifi:2.6.0-custom'],
    ['registry.example:5000/nifi:x', 'registry.example:5000/nifi:x'],
    ['apache/nifi@sha256:abc', 'apache/nifi@sha256:abc'],
    ['apache/nifi:2.6.0@sha256:abc', 'apache/nifi:2.6.0@sha256:abc'],
  ] as const;
  for (const [image, expected] of cases) {
    test(`${image} is pulled as ${expected}`, () => {
      assert.equal(imageOf({ image, version: '2.6.0' }), expected);
    });
  }
});

describe('A field whose part is not there yet', () => {
  const clientCertificateSecretRef = { name: 'certificate' };
  const ldap = { url: 'ldap://l', searchBase: 'ou=p', searchFilter: '(uid={0})', clientCertificateSecretRef };
  const cases: readonly [string, Partial<NiFiClusterSpec>][] = [
    ['spec.auth.ldap.clientCertificateSecretRef', { auth: { ldap } }],
  ];
  for (const [field, spec] of cases) {
    test(`is told when ${JSON.stringify(spec)} is set, and the rest is carried out`, () => {
      const { cluster, findings: found } = aCluster().withSpec(spec).validated();
      assert.deepEqual(
        found.map(({ reason, effect }) => [reason, effect]),
        [['FieldNotSupported', 'blocks']],
      );
      assert.match(found[0]?.message ?? '', new RegExp(`no part for ${field}: take it out`));
      assert.equal(cluster.nodes.size, 3);
    });
  }

  const supported: readonly Partial<NiFiClusterSpec>[] = [
    { rollout: { progressDeadline: '20m', maxUnavailable: 2, paused: true } },
    { decommissioning: { offloadTimeout: '1h' } },
    { volumeRetention: { whenDecommissioned: 'Retain' } },
    { monitoring: { enabled: true } },
  ];
  for (const spec of supported) {
    test(`is not ${JSON.stringify(spec)}`, () => {
      assert.deepEqual(findings(aCluster().withSpec(spec)), []);
    });
  }
});
