// How a plan is carried out: what may go on when something fails, and what must not.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterLabels, sensitiveKeySecretName } from '../../api/v1/labels.ts';
import { FencedError, KubeApiError, KubeTransportError } from '../../pkg/kube/errors.ts';
import { configMaps, pods, secrets } from '../../pkg/kube/resources.ts';
import { refusal } from '../../pkg/kube/testing/model-api.ts';
import { aStage, type Stage } from './apply/testing.ts';
import { apply } from './apply.ts';
import { planProvision } from './plan/provision.ts';
import { aWorld, type WorldBuilder } from './plan/testing.ts';
import { aCluster, base64 } from './testing.ts';

const unreachable = () => new KubeTransportError('connection reset', 'ECONNRESET', true);

function carryOut(stage: Stage, scene: WorldBuilder) {
  return apply(stage.context, planProvision(scene.input()));
}

function creates(stage: Stage, kind: string): readonly string[] {
  return stage.calls().filter((line) => line.startsWith(`create ${kind} `));
}

describe('A plan', () => {
  const scene = aWorld(aCluster().withNodes(2));

  test('is carried out whole: shared objects first, the operator has its certificate before a node is made', async () => {
    const stage = aStage(scene);
    const { findings, failures } = await carryOut(stage, scene);
    assert.deepEqual([findings, failures], [[], []]);
    const calls = stage.calls();
    const firstOfNodes = calls.findIndex((line) => /^create ConfigMap prod-\d/.test(line));
    const shared = calls.filter((line) => /apply|ServiceAccount|sensitive-key|prod-ca|operator-tls/.test(line));
    assert.equal(shared.length, 11);
    assert.deepEqual(calls.slice(0, firstOfNodes).toSorted(), shared.toSorted());
    assert.equal(creates(stage, 'Pod').length, 2);
  });

  test('makes every write known, so that the next plan waits for the caches', async () => {
    const stage = aStage(scene);
    await carryOut(stage, scene);
    assert.equal(stage.tracked.length, stage.calls().length);
  });

  test('that is carried out again after a crash creates nothing twice and says nothing twice', async () => {
    const stage = aStage(scene);
    await carryOut(stage, scene);
    const objects = new Set(stage.calls());
    const events = stage.events.length;
    const behind = new Set(['CreateSensitiveKey']);
    const plan = planProvision(scene.input());
    const again = await apply(stage.context, { ...plan, steps: plan.steps.filter(({ kind }) => !behind.has(kind)) });
    assert.deepEqual([again.findings, again.failures], [[], []]);
    assert.equal(stage.events.length, events);
    const fresh = stage.calls().filter((line) => !objects.has(line) && !line.startsWith('get '));
    assert.deepEqual(fresh, []);
  });
});

describe('A refusal for one node', () => {
  const scene = aWorld(aCluster().withNodes(3));
  const cases = [
    { line: /^create Pod prod-1$/, status: 403, says: 'exceeded quota: cpu', reason: 'PodRefused' },
    { line: /^create Pod prod-1$/, status: 422, says: 'spec.containers: invalid', reason: 'PodRefused' },
    { line: /^create ConfigMap prod-1-r/, status: 422, says: 'data: Too long', reason: 'ConfigTooLarge' },
    { line: /^create ConfigMap prod-1-r/, status: 413, says: 'request is too large', reason: 'ConfigTooLarge' },
    {
      line: /^create ConfigMap prod-1-r/,
      status: 403,
      says: 'exceeded quota: configmaps',
      reason: 'KubernetesApiError',
    },
    {
      line: /^create PersistentVolumeClaim data-prod-1$/,
      status: 403,
      says: 'exceeded quota',
      reason: 'KubernetesApiError',
    },
  ];
  for (const { line, status, says, reason } of cases) {
    test(`with ${status} to "${line.source}" is told as ${reason} in the API server's words, and the others go on`, async () => {
      const stage = aStage(scene);
      stage.fail(line, () => refusal(status, '', says));
      const { findings, failures } = await carryOut(stage, scene);
      assert.deepEqual(failures, []);
      assert.deepEqual(
        findings.map((finding) => [finding.reason, finding.node, finding.effect]),
        [[reason, 1, 'blocks']],
      );
      assert.match(findings[0]?.message ?? '', new RegExp(`^Kubernetes refuses .*${says}`));
      const refusedPod = line.source.includes('Pod') ? 'create Pod prod-1' : undefined;
      const made = creates(stage, 'Pod').filter((pod) => pod !== refusedPod);
      assert.deepEqual(made.toSorted(), ['create Pod prod-0', 'create Pod prod-2']);
    });
  }

  test('is told in the order of the nodes, whichever is answered first, so that a status does not change with it', async () => {
    const stage = aStage(scene);
    // A node's volume comes before its Pod: node 1 is answered first.
    stage.fail(/^create (Pod prod-0|PersistentVolumeClaim data-prod-1)$/, () => refusal(403, '', 'exceeded quota'));
    const { findings } = await carryOut(stage, scene);
    assert.deepEqual(
      findings.map(({ node }) => node),
      [0, 1],
    );
  });

  test('to let its volume grow keeps nothing else from it: its Pod comes back', async () => {
    const larger = aCluster()
      .withNodes(3)
      .withNode({ storage: [{ name: 'data', size: '20Gi' }] });
    const gone = scene.provisioned().withoutPod(1).when(larger);
    const stage = aStage(gone);
    stage.fail(/^patch PersistentVolumeClaim/, () =>
      refusal(422, '', 'only dynamically provisioned pvc can be resized'),
    );
    const { findings } = await carryOut(stage, gone);
    assert.deepEqual(
      findings.map(({ reason, node }) => [reason, node]),
      [0, 1, 2].map((id) => ['VolumeClassRefused', id]),
    );
    assert.deepEqual(creates(stage, 'Pod'), ['create Pod prod-1']);
  });

  test('ends the steps of that node: without its volume it gets no Pod', async () => {
    const stage = aStage(scene);
    stage.fail(/PersistentVolumeClaim data-prod-1/, unreachable);
    const { failures } = await carryOut(stage, scene);
    assert.equal(failures.length, 1);
    assert.deepEqual(creates(stage, 'Pod').toSorted(), ['create Pod prod-0', 'create Pod prod-2']);
  });

  test('because the namespace is going is no fault of anybody', async () => {
    const stage = aStage(scene);
    const body = {
      reason: 'Forbidden',
      message: 'is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating' }] },
    };
    stage.fail(/^create Pod prod-1$/, () => new KubeApiError(403, body));
    const { findings } = await carryOut(stage, scene);
    assert.deepEqual(
      findings.map(({ reason, effect }) => [reason, effect]),
      [['Deleting', 'waits']],
    );
  });
});

describe('A failure that may pass', () => {
  const scene = aWorld(aCluster().withNodes(2));
  for (const error of [
    unreachable,
    () => refusal(500, 'InternalError', 'etcd'),
    () => new FencedError('lost the lease'),
  ]) {
    test(`such as ${error().name} is handed to whoever retries, when everything else had its turn`, async () => {
      const stage = aStage(scene);
      stage.fail(/^create Pod prod-0$/, error);
      const { findings, failures } = await carryOut(stage, scene);
      assert.deepEqual(findings, []);
      assert.deepEqual(failures.map(String), [String(error())]);
      assert.ok(creates(stage, 'Pod').includes('create Pod prod-1'));
    });
  }
});

describe('The sensitive properties key', () => {
  const scene = aWorld(aCluster().withNodes(2));
  const keySecret = (clusterUid: string | undefined) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: sensitiveKeySecretName('prod'),
      namespace: 'data',
      labels: clusterLabels('prod', 'sensitive-key'),
      ...(clusterUid === undefined ? {} : { annotations: { 'nifi.datadynamics.io/cluster-uid': clusterUid } }),
    },
    data: base64({ key: 'another-key-than-drawn' }),
  });

  for (const [what, error] of Object.entries({
    'is refused': () => refusal(403, 'Forbidden', 'exceeded quota: secrets'),
    'fails in transport': unreachable,
  })) {
    test(`comes before every node: no volume is made when its creation ${what}`, async () => {
      const stage = aStage(scene);
      stage.fail(/^create Secret prod-sensitive-key$/, error);
      const { findings, failures } = await carryOut(stage, scene);
      assert.equal(findings.length + failures.length, 1);
      assert.deepEqual(creates(stage, 'PersistentVolumeClaim'), []);
      assert.deepEqual(creates(stage, 'Pod'), []);
    });
  }

  test('of somebody else under the same name is left alone, and no node is made with it', async () => {
    const stage = aStage(scene);
    await stage.put(secrets, keySecret(undefined));
    const { findings } = await carryOut(stage, scene);
    assert.deepEqual(
      findings.map(({ reason }) => reason),
      ['NameConflict'],
    );
    assert.deepEqual(creates(stage, 'PersistentVolumeClaim'), []);
    const live = await stage.api.get(secrets, { namespace: 'data', name: 'prod-sensitive-key' });
    assert.deepEqual(live?.data, base64({ key: 'another-key-than-drawn' }));
  });

  test('that was made already, and that the cache did not show, ends the plan: it was made for another key', async () => {
    const stage = aStage(scene);
    await stage.put(secrets, keySecret('cluster-uid'));
    const { findings, failures } = await carryOut(stage, scene);
    assert.deepEqual([findings, failures], [[], []]);
    assert.deepEqual(creates(stage, 'ConfigMap'), []);
    assert.deepEqual(creates(stage, 'Pod'), []);
    assert.ok(stage.tracked.includes('secrets'));
  });

  test('that somebody took the labels off gets them back, so that the next reconcile sees it', async () => {
    const stage = aStage(scene);
    const ours = keySecret('cluster-uid');
    await stage.put(secrets, { ...ours, metadata: { ...ours.metadata, labels: {} } });
    await carryOut(stage, scene);
    const live = await stage.api.get(secrets, { namespace: 'data', name: 'prod-sensitive-key' });
    assert.deepEqual(live?.metadata.labels, clusterLabels('prod', 'sensitive-key'));
    assert.deepEqual(live?.data, base64({ key: 'another-key-than-drawn' }));
  });
});

describe('The certificate authority', () => {
  const scene = aWorld(aCluster().withNodes(1));

  test('that could not be made issues nothing, and the Pods come all the same', async () => {
    const stage = aStage(scene);
    stage.fail(/^create Secret prod-ca$/, unreachable);
    const { failures } = await carryOut(stage, scene);
    assert.equal(failures.length, 1);
    assert.deepEqual(creates(stage, 'Secret'), ['create Secret prod-sensitive-key', 'create Secret prod-ca']);
    assert.deepEqual(creates(stage, 'Pod'), ['create Pod prod-0']);
  });

  test('that was made a moment ago signs, and no second one is made', async () => {
    const stage = aStage(scene);
    await carryOut(stage, scene);
    const key = { namespace: 'data', name: 'prod-ca' };
    const first = await stage.api.get(secrets, key);
    const plan = planProvision(scene.input());
    await apply(stage.context, { ...plan, steps: plan.steps.filter(({ kind }) => kind === 'CreateAuthority') });
    assert.deepEqual(await stage.api.get(secrets, key), first);
    const node = await stage.api.get(secrets, { namespace: 'data', name: 'prod-0-tls' });
    assert.equal(node?.data?.['ca.crt'], first?.data?.['tls.crt']);
  });
});

describe('What somebody else has', () => {
  const foreign = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'prod-0', namespace: 'data' } };

  test('under the name of a Pod is left alone and told', async () => {
    const scene = aWorld(aCluster().withNodes(2));
    const stage = aStage(scene);
    const theirs = await stage.put(pods, foreign);
    const { findings } = await carryOut(stage, scene);
    assert.deepEqual(
      findings.map(({ reason }) => reason),
      ['NameConflict'],
    );
    assert.match(findings[0]?.message ?? '', /^Pod prod-0 exists and is not this cluster's: remove or rename it/);
    assert.deepEqual(await stage.api.get(pods, { namespace: 'data', name: 'prod-0' }), theirs);
    assert.deepEqual(creates(stage, 'Pod').toSorted(), ['create Pod prod-0', 'create Pod prod-1']);
  });

  test('of an earlier cluster of this name is not ours either', async () => {
    const scene = aWorld(aCluster().withNodes(1));
    const stage = aStage(scene);
    const ownerReferences = [
      { apiVersion: 'datadynamics.io/v1', kind: 'NiFiCluster', name: 'prod', uid: 'earlier', controller: true },
    ];
    await stage.put(configMaps, { ...foreign, kind: 'ConfigMap', metadata: { ...foreign.metadata, ownerReferences } });
    const { findings } = await carryOut(stage, scene);
    assert.deepEqual(
      findings.map(({ reason }) => reason),
      ['NameConflict'],
    );
    assert.deepEqual(creates(stage, 'PersistentVolumeClaim'), []);
  });
});
