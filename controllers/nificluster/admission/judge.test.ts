// What is refused, what is only warned of, and what is let through although it is wrong.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotations } from '../../../api/v1/labels.ts';
import { toV1, toV1alpha1 } from '../../../api/v1alpha1/conversion.ts';
import { at, type Fields, withAt } from '../../../api/v1alpha1/json.ts';
import type { Judgement } from '../../../pkg/webhook/reviews.ts';
import { judgeNiFiCluster } from './judge.ts';

const resources = { requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '2Gi' } };
const metadata = { name: 'prod', namespace: 'data' };

function large(spec: Fields = {}): Fields {
  const whole = { version: '2.6.0', replicas: 3, node: { resources }, ...spec };
  return { apiVersion: 'datadynamics.io/v1', kind: 'NiFiCluster', metadata, spec: whole };
}

function small(spec: Fields = {}): Fields {
  const whole = { version: '2.6.0', replicas: 3, ...spec };
  return { apiVersion: 'datadynamics.io/v1alpha1', kind: 'NiFiCluster', metadata, spec: whole };
}

const created = (object: Fields): Judgement => judgeNiFiCluster({ operation: 'CREATE', object, oldObject: undefined });
const updated = (oldObject: Fields, object: Fields): Judgement =>
  judgeNiFiCluster({ operation: 'UPDATE', object, oldObject });
const nothing: Judgement = { warnings: [] };
/** Group and node together have too little memory: no rule of CEL sees that. */
const tooTight = {
  nodeGroups: [{ name: 'heavy', node: { jvm: { heap: '3g' } } }],
  nodes: [{ id: 1, group: 'heavy' }],
};

describe('A NiFiCluster that is written', () => {
  test('may be as it is, in both versions', () => {
    assert.deepEqual(created(large()), nothing);
    assert.deepEqual(created(small()), nothing);
  });

  test('is refused when the overrides together make what cannot run', () => {
    const { denied } = created(large(tooTight));
    assert.equal(
      denied,
      'Node 1: jvm.heap 3g is not below resources.limits.memory 2Gi: lower the one or raise the other',
    );
  });

  test('names the first of many problems and counts the rest', () => {
    const { denied } = created(large({ replicas: 8, node: { resources, jvm: { heap: '9g' } } }));
    assert.match(denied ?? '', /^Node 0: .*Node 4: .*; and 3 more$/);
  });

  test('is let through where it has been wrong before, so that it can be mended step by step', () => {
    const labelled = withAt(large(tooTight), ['metadata', 'labels'], { team: 'a' });
    assert.equal(updated(large(tooTight), labelled).denied, undefined);
    assert.match(updated(large(), large(tooTight)).denied ?? '', /jvm.heap 3g/);
  });

  test('is let through while it is deleted, whatever is in it', () => {
    const going = withAt(large(tooTight), ['metadata', 'deletionTimestamp'], '2026-01-01T00:00:00Z');
    assert.deepEqual(updated(large(), going), nothing);
    assert.deepEqual(judgeNiFiCluster({ operation: 'DELETE', object: undefined, oldObject: large() }), nothing);
  });

  test('of another kind is none of our business', () => {
    assert.deepEqual(created({ kind: 'Pod' }), nothing);
  });
});

describe('A write in the small schema', () => {
  const named = toV1alpha1(large({ replicas: 0, nodeIds: [0, 2] }));
  const byName = withAt(withAt(large(), ['spec', 'replicas'], undefined), ['spec', 'nodeIds'], [0, 2]);

  test('is refused when it would lose what v1 knows', () => {
    const read = toV1alpha1(byName);
    const lost = withAt(read, ['metadata', 'annotations'], undefined);
    assert.match(updated(read, lost).denied ?? '', /would be lost.*or write the cluster in v1/);
    const stale = toV1alpha1(withAt(byName, ['spec', 'nodeIds'], [0]));
    assert.match(updated(read, stale).denied ?? '', /would be lost/);
    assert.equal(updated(read, withAt(read, ['spec', 'version'], '2.7.0')).denied, undefined);
  });

  test('may forget the status that v1 knows: the operator writes it again', () => {
    const read = toV1alpha1({ ...toV1(small()), status: { phase: 'Running', conditions: [] } });
    assert.match(JSON.stringify(at(read, ['metadata', 'annotations', annotations.v1])), /conditions/);
    assert.deepEqual(updated(read, withAt(read, ['metadata', 'annotations'], undefined)), nothing);
  });

  test('is refused where v1 cannot carry it out', () => {
    assert.equal(at(named, ['spec', 'replicas']), 2);
    assert.match(updated(named, withAt(named, ['spec', 'replicas'], 3)).denied ?? '', /change spec.nodeIds in v1/);
  });

  test('is refused where it breaks a rule of v1', () => {
    const lab = toV1alpha1(large({ transport: 'InsecureHTTP' }));
    const auth = { type: 'single-user' };
    assert.match(updated(lab, withAt(lab, ['spec', 'auth'], auth)).denied ?? '', /auth needs transport TLS/);
    const ldap = { url: 'ldaps://a', searchBase: 'dc=a', searchFilter: '(uid={0})' };
    assert.match(created(small({ auth: { type: 'ldap', ldap } })).denied ?? '', /needs an account to bind with/);
    assert.equal(created(small({ auth: { type: 'ldap', ldap: { ...ldap, url: 'ldap://a' } } })).denied, undefined);
  });
});

describe('A warning', () => {
  const cases: readonly (readonly [string, Fields, RegExp])[] = [
    ['one node', large({ replicas: 1 }), /^the cluster has one node/],
    ['no requests', large({ node: {} }), /^every node has no request for cpu or memory/],
    ['no request on one node', large({ node: { resources: { limits: { cpu: '1' } } } }), /has no request/],
    ['a large heap', large({ node: { resources, jvm: { heap: '1900m' } } }), /^every node has a heap above two thirds/],
    ['a large heap of one node', large({ nodes: [{ id: 2, node: { jvm: { heap: '1900m' } } }] }), /^node 2 has a heap/],
    ['another image', large({ image: 'apache/nifi:2.5.0' }), /tag 2.5.0 and version is 2.6.0/],
    ['a key in the open', small({ config: { sensitivePropsKey: 'twelve-letters' } }), /keep it in a Secret/],
    [
      'a misunderstood annotation',
      withAt(large(), ['metadata', 'annotations'], { [annotations.rebuild]: 'x' }),
      /rebuild/,
    ],
  ];
  for (const [what, object, warning] of cases) {
    test(`is given for ${what}, and the write goes through`, () => {
      const { denied, warnings } = created(object);
      assert.equal(denied, undefined);
      assert.equal(warnings.length, 1, warnings.join('\n'));
      assert.match(warnings[0] ?? '', warning);
    });
  }

  test('is not given for an image that the version goes with, nor for one by digest', () => {
    for (const image of [
      'apache/nifi',
      'apache/nifi:2.6.0',
      'r:5000/nifi:2.6.0-java21',
      `nifi@sha256:${'a'.repeat(64)}`,
    ])
      assert.deepEqual(created(large({ image })), nothing);
  });

  test('names the nodes that an update lets go', () => {
    const { warnings } = updated(large({ replicas: 4 }), large({ replicas: 2 }));
    assert.match(warnings.join(), /^nodes 2, 3 will leave/);
    assert.match(updated(large(), large({ replicas: 0 })).warnings.join(), /its data stays/);
  });
});
