// Who is asked whether it trusts the next authority, with what, and that nobody is asked while there is none.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GatewayTask, TaskState } from '../../pkg/nifi/types.ts';
import { convincedNodes } from './convinced.ts';
import { starting } from './plan/testing.objects.ts';
import { aWorld, type WorldBuilder } from './plan/testing.ts';
import { nextAuthority } from './projections.ts';
import { aCluster, base64 } from './testing.ts';

const data = base64({
  'tls.crt': 'present',
  [nextAuthority.certificate]: 'next',
  [nextAuthority.key]: 'key',
  [nextAuthority.probeCertificate]: 'probe',
  [nextAuthority.probeKey]: 'probe key',
});
const up = aWorld(aCluster().withNodes(2)).provisioned();
const changing = up.withSecret('prod-ca', { data });

function ask(world: WorldBuilder, answer: (task: GatewayTask) => TaskState['state'] = () => 'running') {
  const asked: GatewayTask[] = [];
  const { cluster, world: observed } = world.input();
  const run = (task: GatewayTask): TaskState => {
    asked.push(task);
    const state = answer(task);
    return state === 'failed' ? { state, atMs: 0, error: '', attempts: 1, retryAtMs: 0 } : { state, atMs: 0 };
  };
  const convinced = [...convincedNodes({ run }, cluster, observed)];
  return { convinced, asked: asked.map(({ name, input }) => [name, JSON.parse(input) as unknown]) };
}

describe('While an authority is replaced', () => {
  test('every node that answers is asked as a client of the next one, for the certificate of its Secret', () => {
    assert.deepEqual(ask(changing).asked, [
      ['convince node 0', ['uid-Pod-prod-0 container-0', '10.0.0.0', 'probe', 'fingerprint of 0.prod.data']],
      ['convince node 1', ['uid-Pod-prod-1 container-1', '10.0.0.1', 'probe', 'fingerprint of 1.prod.data']],
    ]);
  });

  test('only those of which it was seen count', () => {
    assert.deepEqual(ask(changing).convinced, []);
    assert.deepEqual(ask(changing, ({ name }) => (name.endsWith('1') ? 'done' : 'failed')).convinced, [1]);
  });

  test('a node that does not listen yet is not asked', () => {
    const names = ask(changing.withPod(0, { ...starting(0), ready: false })).asked.map(([name]) => name);
    assert.deepEqual(names, ['convince node 1']);
  });
});

describe('While the issuer changes', () => {
  const issuing = aCluster()
    .withNodes(1)
    .withSpec({ tls: { issuerRef: { name: 'ca' } } });
  const files = (what: string) => base64({ 'tls.crt': what, 'tls.key': `key of ${what}`, 'ca.crt': `ca of ${what}` });
  const issued = { data: files('issued'), trusts: ['new'], anchors: ['new'] };
  const world = aWorld(aCluster().withNodes(1))
    .provisioned()
    .withSecret('prod-operator-tls', { data: files('mounted') });

  test('to cert-manager, nodes are asked as the client that it issued to the operator', () => {
    assert.deepEqual(ask(world.when(issuing).withSecret('prod-operator-tls-issued', issued)).asked, [
      ['convince node 0', ['uid-Pod-prod-0 container-0', '10.0.0.0', 'issued', 'fingerprint of 0.prod.data']],
    ]);
  });

  test('nobody is asked once everybody shows and trusts what is issued', () => {
    const settled = ['prod-operator-tls', 'prod-0-tls'].reduce(
      (all, name) => all.withSecret(name, { trusts: ['new'], anchors: ['new'] }),
      world.when(issuing).withSecret('prod-operator-tls-issued', issued),
    );
    assert.deepEqual(ask(settled).asked, []);
  });

  test('back, nodes are asked as the client in the Secret of the own authority', () => {
    const { 'next.crt': _, 'next.key': __, ...own } = data;
    const back = world.withSecret('prod-operator-tls-issued', issued).withSecret('prod-ca', { data: own });
    assert.deepEqual(ask(back).asked, [
      ['convince node 0', ['uid-Pod-prod-0 container-0', '10.0.0.0', 'probe', 'fingerprint of 0.prod.data']],
    ]);
  });
});

test('Nobody is asked while no authority is to follow, with an issuer, or without TLS', () => {
  const issuer = { tls: { issuerRef: { name: 'ca' } } };
  const { 'next.crt': _, ...alone } = data;
  const worlds = [
    up,
    up.withSecret('prod-ca', { data: alone }),
    changing.when(aCluster().withNodes(2).withSpec(issuer)),
    changing.when(aCluster().withNodes(2).withSpec({ transport: 'InsecureHTTP' })),
  ];
  for (const world of worlds)
    assert.deepEqual(
      ask(world, () => 'done'),
      { convinced: [], asked: [] },
    );
});
