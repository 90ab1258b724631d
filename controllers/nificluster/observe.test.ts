// What of the caches counts as the cluster's own: names prove nothing, labels and owners do.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterLabels, nodeLabels } from '../../api/v1/labels.ts';
import type { ConfigMap, Pod, Secret } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { observePod, observeWorld } from './observe.ts';
import { projectPod, projectSecret } from './projections.ts';
import { base64 } from './testing.ts';

const cluster = { name: 'prod', namespace: 'data', uid: 'cluster-uid' };
const owner = (uid: string) => [
  { apiVersion: 'datadynamics.io/v1', kind: 'NiFiCluster', name: 'prod', uid, controller: true },
];

function pod(id: string, uid = 'cluster-uid'): Pod {
  const labels = { ...nodeLabels('prod', 0), 'nifi.datadynamics.io/node': id };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `prod-${id}`, namespace: 'data', uid: `u${id}`, labels, ownerReferences: owner(uid) },
  };
}

function observe(objects: {
  readonly pods?: readonly Pod[];
  readonly configMaps?: readonly ConfigMap[];
  readonly shared?: readonly KubeObject[];
  readonly secrets?: readonly Secret[];
}) {
  const store = <T>(all: readonly T[] = []) => ({
    byIndex: (_: string, value: string) => (value === 'data/prod' ? all : []),
  });
  const stores = {
    pods: store(objects.pods),
    claims: store([]),
    configMaps: store(objects.configMaps),
    secrets: store((objects.secrets ?? []).map(projectSecret)),
    shared: [store(objects.shared)],
  };
  return observeWorld(stores, cluster, {
    terminating: false,
    view: undefined,
    versions: new Map(),
    opinions: new Map(),
    reports: new Map(),
    certManager: undefined,
    podMonitors: undefined,
  });
}

describe('The world', () => {
  test('has the Pods of this very cluster, and none of an earlier one or of nobody', () => {
    const { pods } = observe({
      pods: [pod('0'), pod('1', 'earlier'), { ...pod('2'), metadata: { ...pod('2').metadata, ownerReferences: [] } }],
    });
    assert.deepEqual([...pods.keys()], [0]);
  });

  test('has no Pod whose node is no number', () => {
    assert.equal(observe({ pods: [pod('x'), pod(''), pod('-1')] }).pods.size, 0);
  });

  test('tells records from configurations, and takes what it cannot read for unreadable', () => {
    const part = (component: 'record' | 'configuration', name: string, data?: Record<string, string>): ConfigMap => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace: 'data',
        uid: name,
        labels: nodeLabels('prod', 0, component),
        ownerReferences: owner('cluster-uid'),
      },
      ...(data && { data }),
    });
    const world = observe({
      configMaps: [part('record', 'prod-0', { odd: 'x' }), part('configuration', 'prod-0-rabc')],
    });
    assert.deepEqual([...world.records.keys()], [0]);
    assert.ok('unreadable' in (world.records.get(0) ?? {}));
    assert.deepEqual(world.revisions, [{ id: 0, kind: 'ConfigMap', name: 'prod-0-rabc', uid: 'prod-0-rabc' }]);
    assert.equal(world.shared.size, 0);
  });

  test('has the start file among the shared objects', () => {
    const start: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'prod-start',
        namespace: 'data',
        labels: clusterLabels('prod', 'configuration'),
        ownerReferences: owner('cluster-uid'),
      },
    };
    assert.deepEqual([...observe({ configMaps: [start] }).shared.keys()], ['ConfigMap/prod-start']);
  });
});

test('Secrets count that are the cluster’s, nobody’s, or of a Certificate of the cluster', () => {
  const metadata = { namespace: 'data', labels: clusterLabels('prod', 'certificate') };
  const certificate = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { ...metadata, name: 'prod-0-tls', uid: 'certificate-uid', ownerReferences: owner('cluster-uid') },
  };
  const of = (name: string, uid?: string): Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...metadata, name, ...(uid === undefined ? {} : { ownerReferences: owner(uid) }) },
  });
  const secrets = [of('ours', 'cluster-uid'), of('nobodys'), of('issued', 'certificate-uid'), of('anothers', 'other')];
  assert.deepEqual([...observe({ secrets, shared: [certificate] }).secrets.keys()], ['ours', 'nobodys', 'issued']);
});

describe('A Pod', () => {
  const status = (nifi: object, init?: object): NonNullable<Pod['status']> => ({
    phase: 'Running',
    containerStatuses: [
      { name: 'sidecar', ready: true, restartCount: 9 },
      { name: 'nifi', ready: false, restartCount: 2, ...nifi },
    ],
    ...(init && { initContainerStatuses: [{ name: 'copy-conf', ready: false, restartCount: 4, ...init }] }),
  });
  const observed = (value: NonNullable<Pod['status']>) =>
    observePod(0, projectPod({ ...pod('0'), status: value })).container;

  test('is judged by its NiFi container, wherever a sidecar stands', () => {
    const container = observed(status({ state: { running: {} }, started: true, containerID: 'c' }));
    assert.deepEqual(
      [container?.state, container?.started, container?.containerId, container?.restartCount],
      ['running', true, 'c', 2],
    );
  });

  test('tells since when it is ready, or not', () => {
    const lastTransitionTime = '2026-11-21T12:00:00Z';
    const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime }] as const;
    const { ready, readySinceMs } = observePod(0, projectPod({ ...pod('0'), status: { conditions } }));
    assert.deepEqual([ready, readySinceMs], [false, Date.parse(lastTransitionTime)]);
  });

  test('quotes an init container while that one fails, and not when it is done', () => {
    const waits = { state: { waiting: { reason: 'PodInitializing' } } };
    const failing = {
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, message: 'no space' } },
    };
    assert.equal(observed(status(waits, failing))?.lastExit?.message, 'no space');
    assert.equal(observed(status(waits, failing))?.waitingReason, 'CrashLoopBackOff');
    const done = { state: { terminated: { exitCode: 0 } } };
    assert.equal(
      observed(status({ state: { waiting: { reason: 'ErrImagePull' } } }, done))?.waitingReason,
      'ErrImagePull',
    );
  });

  test('tells how its last process ended', () => {
    const lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
    assert.deepEqual(observed(status({ state: { running: {} }, lastState }))?.lastExit, {
      exitCode: 137,
      reason: 'OOMKilled',
      message: '',
    });
  });
});

describe('A cached Secret', () => {
  const secret = (labels: Record<string, string>) =>
    projectSecret({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', labels },
      data: base64({ 'tls.key': 'private', 'tls.crt': 'no certificate' }),
    });

  test('of a node holds no key in memory, only what it has', () => {
    const projected = secret(nodeLabels('prod', 0, 'certificate'));
    assert.equal(projected.data, undefined);
    assert.deepEqual(projected.keys, ['tls.crt', 'tls.key']);
    assert.doesNotMatch(JSON.stringify(projected), /cHJpdmF0ZQ|private/);
  });

  test('of the cluster is kept whole, and what is no certificate counts as none', () => {
    const projected = secret(clusterLabels('prod', 'certificate'));
    assert.deepEqual(projected.data, base64({ 'tls.key': 'private', 'tls.crt': 'no certificate' }));
    assert.equal(projected.certificate, undefined);
  });
});
