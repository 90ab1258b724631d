import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  caSecretName,
  claimName,
  hostName,
  nodeCertificateSecretName,
  nodeLabels,
  operatorCertificateSecretName,
  parseHostName,
  parseId,
  parseNodeId,
  podName,
  podSelector,
  recordName,
  revisionName,
  selectorText,
  sensitiveKeySecretName,
  startConfigMapName,
  volumeLabels,
} from './labels.ts';
import { maxNodeId } from './nificluster.schema.ts';

const longestCluster = 'c'.repeat(52);
const longestNamespace = 'n'.repeat(63);
const highestId = maxNodeId;

describe('The id of a node', () => {
  test('comes back out of the name of its Pod and of its host', () => {
    for (const id of [0, 7, highestId]) {
      assert.equal(parseNodeId('prod', podName('prod', id)), id);
      assert.equal(parseHostName('prod', 'data', hostName('prod', id, 'data')), id);
    }
  });

  test('is not read out of the name of another cluster, of another object, or of no number', () => {
    for (const name of [
      'prod',
      'prod-',
      'prod-nodes',
      'prod-0-tls',
      'prod-2-1',
      'other-1',
      'prod2-1',
      'prod-01',
      'prod--1',
      'prod-1000',
    ]) {
      assert.equal(parseNodeId('prod', name), undefined, name);
    }
  });

  test('is not read out of a host of another namespace or another Service', () => {
    for (const host of [
      'prod-1',
      'prod-1.prod-nodes.other.svc',
      'prod-1.other-nodes.data.svc',
      'prod-1.prod-nodes.data.svc.example.com',
    ]) {
      assert.equal(parseHostName('prod', 'data', host), undefined, host);
    }
  });

  test('of a cluster is not mistaken for that of a cluster whose name ends in a number', () => {
    assert.equal(parseNodeId('prod', podName('prod-2', 1)), undefined);
    assert.equal(parseNodeId('prod-2', podName('prod-2', 1)), 1);
  });

  test('is a plain number', () => {
    for (const text of ['', '00', '-1', '1.0', '1e2', ' 1', '٣']) assert.equal(parseId(text), undefined, text);
  });
});

describe('Names', () => {
  test('of all objects of one cluster and kind differ', () => {
    const secrets = [caSecretName, operatorCertificateSecretName, sensitiveKeySecretName].map((name) => name('prod'));
    const nodes = [0, 1].flatMap((id) => [
      nodeCertificateSecretName('prod', id),
      revisionName('prod', id, 'a123456789'),
    ]);
    const maps = [startConfigMapName('prod'), recordName('prod', 0), recordName('prod', 1)];
    const all = [...secrets, ...nodes, ...maps];
    assert.equal(new Set(all).size, all.length);
  });

  test('stay within what DNS and Kubernetes allow for the longest cluster and the highest id', () => {
    const host = hostName(longestCluster, highestId, longestNamespace);
    assert.ok(host.length <= 253, host);
    for (const label of host.split('.')) assert.ok(label.length <= 63, label);
    assert.ok(claimName(longestCluster, highestId, 'v'.repeat(30)).length <= 253);
    for (const value of Object.values(volumeLabels(longestCluster, highestId, 'v'.repeat(30))))
      assert.ok(value.length <= 63);
  });
});

describe('Labels', () => {
  test("of a node are found by the Pods' selector", () => {
    const own: Record<string, string> = nodeLabels('prod', 1);
    for (const [key, value] of Object.entries(podSelector('prod'))) assert.equal(own[key], value);
  });

  test('read as a sorted selector', () => {
    assert.equal(selectorText({ b: '2', a: '1' }), 'a=1,b=2');
  });
});
