// The Pod of a node: what must be in it, what a template may change, and what must never depend on the cluster's size.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PodTemplate } from '../../../../api/v1/zz_generated.nificluster.ts';
import type { Pod } from '../../../../pkg/kube/resources.ts';
import { aCluster, type ClusterBuilder, nodeOf, references } from '../../testing.ts';
import { bootstrapEntries } from '../config/bootstrap-conf.ts';
import { startScript } from '../config/paths.ts';
import { buildRevision } from '../revision.ts';
import { type CheckedPodSpec, restrictedViolations } from './testing.ts';

function podOf(
  cluster: ClusterBuilder = aCluster(),
  id = 1,
  found = references({}),
): Pod & { spec: NonNullable<Pod['spec']> } {
  const resolved = cluster.resolved(found);
  const { pod } = buildRevision(resolved, nodeOf(resolved, id), 'key-of-the-digests');
  const { spec } = pod as Pod;
  assert.ok(spec);
  return { ...(pod as Pod), spec };
}

function templated(podTemplate: PodTemplate) {
  const pod = podOf(aCluster().withNode({ podTemplate }));
  const [nifi, ...sidecars] = pod.spec.containers;
  assert.ok(nifi);
  return { pod, nifi, sidecars };
}

const plain = podOf();
const [nifi] = plain.spec.containers;
assert.ok(nifi);

describe('The Pod of a node', () => {
  test('is named and labelled for its node, and owned by its cluster', () => {
    const { name, namespace, labels, annotations, ownerReferences } = plain.metadata;
    assert.deepEqual([name, namespace], ['prod-1', 'data']);
    assert.equal(labels?.['nifi.datadynamics.io/node'], '1');
    assert.equal(labels?.['nifi.datadynamics.io/cluster'], 'prod');
    assert.match(annotations?.['nifi.datadynamics.io/revision'] ?? '', /^r[0-9a-z]{9}$/);
    assert.deepEqual(ownerReferences, [
      { apiVersion: 'datadynamics.io/v1', kind: 'NiFiCluster', name: 'prod', uid: 'cluster-uid', controller: true },
    ]);
  });

  test('has the address of its node, and comes back after every end', () => {
    const { hostname, subdomain, restartPolicy } = plain.spec;
    assert.deepEqual([hostname, subdomain, restartPolicy], ['prod-1', 'prod-nodes', 'Always']);
  });

  test('is admitted by the restricted profile, also with everything that a spec can add', () => {
    const full = aCluster()
      .withNode({
        configFrom: [{ file: 'nifi.properties', secretRef: { name: 's' } }],
        env: [{ name: 'A', value: 'b' }],
      })
      .withSpec({
        extensions: [{ name: 'nars', image: { reference: 'example/nars:1' } }],
        listeners: [{ name: 'syslog', port: 5140, protocol: 'UDP' }],
      });
    assert.deepEqual(restrictedViolations(plain.spec), []);
    const found = references({ 'Secret/s': { 'nifi.properties': 'a=b' } });
    assert.deepEqual(restrictedViolations(podOf(full, 1, found).spec), []);
  });

  test('starts by the entry script, in a copy of the image’s conf', () => {
    assert.deepEqual(nifi.command, ['/bin/sh', `/etc/nifi/config/${startScript}`]);
    const [copy] = plain.spec.initContainers ?? [];
    const conf = [copy, nifi].map((one) => one?.volumeMounts?.find(({ name }) => name === 'conf')?.mountPath);
    assert.deepEqual(conf, ['/conf', '/opt/nifi/nifi-current/conf']);
    assert.equal(copy?.image, nifi.image);
  });

  test('mounts a volume for every mount, and no volume for nothing', () => {
    const volumes = plain.spec.volumes?.map(({ name }) => name).toSorted();
    assert.deepEqual(nifi.volumeMounts?.map(({ name }) => name).toSorted(), volumes);
    const paths = nifi.volumeMounts?.map(({ mountPath }) => mountPath) ?? [];
    assert.equal(new Set(paths).size, paths.length);
  });

  test('mounts its own claims, certificate and configuration, the key under the name the script wants', () => {
    const volume = (name: string) => plain.spec.volumes?.find((one) => one.name === name);
    assert.equal(volume('volume-data')?.persistentVolumeClaim?.claimName, 'data-prod-1');
    assert.equal(volume('tls')?.secret?.secretName, 'prod-1-tls');
    assert.equal(
      volume('config')?.configMap?.name,
      `prod-1-${plain.metadata.annotations?.['nifi.datadynamics.io/revision']}`,
    );
    assert.deepEqual(volume('key')?.secret, { secretName: 'prod-sensitive-key', items: [{ key: 'key', path: 'key' }] });
    assert.ok(!volume('config')?.configMap?.items?.some(({ key }) => key === 'pod.json'));
  });

  test('is not killed before NiFi had its time to stop', () => {
    const { inputs } = nodeOf(aCluster().resolved(), 1);
    const stop = bootstrapEntries(inputs.config).find(({ key }) => key === 'graceful.shutdown.seconds');
    assert.ok(Number(stop?.value) > 0);
    assert.ok((plain.spec.terminationGracePeriodSeconds ?? 0) > Number(stop?.value));
  });

  test('tells the kubelet the last lines of a NiFi that exits', () => {
    assert.equal(nifi.terminationMessagePolicy, 'FallbackToLogsOnError');
  });

  test('knows nothing of the cluster’s size', () => {
    assert.deepEqual(podOf(aCluster().withNodes(2)), podOf(aCluster().withNodes(30)));
    assert.doesNotMatch(JSON.stringify(plain), /replicas|candidates"/);
  });

  test('has no token of Kubernetes when ZooKeeper leads', () => {
    const zookeeper = { connectString: 'zk:2181', rootNode: '/nifi' };
    assert.equal(
      podOf(aCluster().withSpec({ clusterManager: 'ZooKeeper', zookeeper })).spec.automountServiceAccountToken,
      false,
    );
    assert.equal(plain.spec.automountServiceAccountToken, true);
  });

  test('prefers other hosts and zones than its siblings, and does not insist', () => {
    assert.deepEqual(
      plain.spec.topologySpreadConstraints?.map(({ topologyKey, whenUnsatisfiable }) => [
        topologyKey,
        whenUnsatisfiable,
      ]),
      [
        ['kubernetes.io/hostname', 'ScheduleAnyway'],
        ['topology.kubernetes.io/zone', 'ScheduleAnyway'],
      ],
    );
  });
});

describe('The probes', () => {
  const script = (probe: typeof nifi.readinessProbe): string => probe?.exec?.command?.at(-1) ?? '';

  test('leave a start an hour', () => {
    const { periodSeconds = 0, failureThreshold = 0 } = nifi.startupProbe ?? {};
    assert.ok(periodSeconds * failureThreshold >= 3600);
  });

  test('call a node ready only when it says CONNECTED: 200 alone is also CONNECTING', () => {
    assert.match(script(nifi.readinessProbe), /127\.0\.0\.1:52020\/health\/cluster \| grep -q "Status: CONNECTED"/);
  });

  test('never kill a node because of its cluster', () => {
    for (const probe of [nifi.livenessProbe, nifi.startupProbe]) assert.doesNotMatch(script(probe), /cluster/);
  });

  test('end before the kubelet gives them up', () => {
    for (const probe of [nifi.livenessProbe, nifi.startupProbe, nifi.readinessProbe]) {
      const patience = Number(/--max-time (\d+)/.exec(script(probe))?.[1]);
      assert.ok(patience < (probe?.timeoutSeconds ?? 1));
    }
  });
});

describe('A podTemplate', () => {
  test('adds sidecars, volumes and tolerations beside what the operator built', () => {
    const {
      pod,
      nifi: own,
      sidecars,
    } = templated({
      spec: {
        tolerations: [{ key: 'nifi' }],
        nodeSelector: { disk: 'ssd' },
        volumes: [{ name: 'scratch', emptyDir: {} }],
        containers: [{ name: 'logs', image: 'example/logs:1' }],
        initContainers: [{ name: 'chown', image: 'example/init:1' }],
      },
    });
    assert.deepEqual(pod.spec.tolerations, [{ key: 'nifi' }]);
    assert.deepEqual(sidecars, [{ name: 'logs', image: 'example/logs:1' }]);
    assert.deepEqual(
      pod.spec.initContainers?.map(({ name }) => name),
      ['copy-conf', 'chown'],
    );
    assert.equal(pod.spec.volumes?.length, (plain.spec.volumes?.length ?? 0) + 1);
    assert.deepEqual(own, nifi);
  });

  test('merges into the NiFi container: variables by name, mounts by path, the rest kept', () => {
    const { nifi: own } = templated({
      spec: {
        containers: [
          {
            name: 'nifi',
            env: [
              { name: 'TZ', value: 'UTC' },
              { name: 'NIFI_POD_IP', value: '::1' },
            ],
            volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
          },
        ],
      },
    });
    assert.deepEqual(
      own.env?.find(({ name }) => name === 'NIFI_POD_IP'),
      { name: 'NIFI_POD_IP', value: '::1' },
    );
    assert.deepEqual(own.env?.at(-1), { name: 'TZ', value: 'UTC' });
    assert.equal(own.volumeMounts?.length, (nifi.volumeMounts?.length ?? 0) + 1);
    assert.deepEqual([own.command, own.image], [nifi.command, nifi.image]);
  });

  test('gives a volume another source instead of a second one', () => {
    const { pod } = templated({ spec: { volumes: [{ name: 'logs', persistentVolumeClaim: { claimName: 'logs' } }] } });
    const logs = pod.spec.volumes?.filter(({ name }) => name === 'logs');
    assert.deepEqual(logs, [{ name: 'logs', persistentVolumeClaim: { claimName: 'logs' } }]);
  });

  test('adds labels and annotations, and never takes the operator’s', () => {
    const { pod } = templated({
      metadata: {
        labels: { team: 'flow', 'nifi.datadynamics.io/node': '7' },
        annotations: { note: 'x', 'nifi.datadynamics.io/revision': 'mine' },
      },
    });
    assert.deepEqual(pod.metadata.labels, { ...plain.metadata.labels, team: 'flow' });
    assert.equal(pod.metadata.annotations?.['note'], 'x');
    assert.match(pod.metadata.annotations?.['nifi.datadynamics.io/revision'] ?? '', /^r/);
  });

  test('that is empty changes nothing', () => {
    assert.deepEqual(templated({}).pod.spec, plain.spec);
  });
});

describe('The check of the restricted profile', () => {
  const admitted: CheckedPodSpec = plain.spec;
  const bad: Readonly<Record<string, Partial<CheckedPodSpec>>> = {
    hostNetwork: { hostNetwork: true },
    'volume x is a hostPath': { volumes: [Object.assign({ name: 'x' }, { hostPath: {} })] },
    'container c may escalate privileges': {
      containers: [{ name: 'c', securityContext: { capabilities: { drop: ['ALL'] } } }],
    },
    'container c adds a capability': {
      containers: [
        {
          name: 'c',
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } },
        },
      ],
    },
    'container c takes a port of its host': {
      containers: [
        {
          name: 'c',
          ports: [{ hostPort: 80 }],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
  for (const [violation, change] of Object.entries(bad)) {
    test(`finds "${violation}"`, () => {
      assert.deepEqual(restrictedViolations({ ...admitted, ...change }), [violation]);
    });
  }
});
