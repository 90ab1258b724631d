// What NiFi is asked, and of whom: only nodes that can answer, and with the operator's own certificate.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import { targetOf, viewOf } from './nifi.ts';
import { aView, aWorld, ready, starting } from './plan/testing.ts';
import { aCluster, base64 } from './testing.ts';

const one = aCluster().withNodes(2);
const files = { 'ca.crt': 'CA', 'tls.crt': 'CERT', 'tls.key': 'KEY' };
const up = aWorld(one)
  .provisioned()
  .withSecret('prod-operator-tls', { data: base64(files) });

describe('The target of the gateway', () => {
  const nodes = (world = up) => targetOf(one.resolved(), world.world)?.nodes.map(({ id }) => id);

  test('has every node that answers, by address and name, with the operator’s certificate', () => {
    assert.deepEqual(targetOf(one.resolved(), up.world), {
      nodes: [0, 1].map((id) => ({
        id,
        host: `prod-${id}.prod-nodes.data.svc`,
        ip: `10.0.0.${id}`,
        port: 8443,
        podUid: `uid-Pod-prod-${id}`,
        containerId: `container-${id}`,
        ready: true,
      })),
      caPem: 'CA',
      certPem: 'CERT',
      keyPem: 'KEY',
    });
  });

  test('leaves out nodes that cannot answer yet', () => {
    assert.deepEqual(nodes(up.withPod(1, { ip: undefined })), [0]);
    assert.deepEqual(nodes(up.withPod(1, starting(1))), [0]);
    assert.deepEqual(nodes(up.withPod(1, { container: undefined })), [0]);
  });

  test('keeps a node that has started and is not ready: it can say why', () => {
    assert.deepEqual(nodes(up.withPod(1, { ready: false })), [0, 1]);
  });

  test('has nodes that are to leave as well: they are the ones to be asked', () => {
    assert.deepEqual(targetOf(one.withNodes(1).resolved(), up.world)?.nodes.length, 2);
  });

  for (const missing of Object.keys(files)) {
    test(`is none without ${missing}: nothing is said to a NiFi that is not known`, () => {
      const data = Object.fromEntries(Object.entries(files).filter(([name]) => name !== missing));
      assert.equal(
        targetOf(one.resolved(), up.withSecret('prod-operator-tls', { data: base64(data) }).world),
        undefined,
      );
    });
  }

  test('needs no certificate for plain HTTP', () => {
    const target = targetOf(
      one.withSpec({ transport: 'InsecureHTTP' }).resolved(),
      up.withoutSecret('prod-operator-tls').world,
    );
    assert.equal(target?.transport, 'InsecureHTTP');
  });
});

describe('The view', () => {
  const all = { 0: 'CONNECTED', 1: 'CONNECTED' } as const;

  function asked(world: typeof up, last: ReturnType<typeof aView>) {
    const ages: number[] = [];
    const gateway: Pick<Gateway, 'view' | 'lastView'> = {
      view: (maxAgeMs) => {
        ages.push(maxAgeMs);
        return undefined;
      },
      lastView: () => last,
    };
    const view = viewOf(gateway, one.resolved(), world.world, {
      driftPeriodMs: 60_000,
      intervalMs: 700,
    });
    return { ages, view };
  }

  test('is asked for rarely while all is well, and soon while it is not', () => {
    assert.deepEqual(asked(up, aView(all)).ages, [60_000]);
    for (const last of [undefined, aView({ 0: 'CONNECTED' }), aView({ ...all, 1: 'CONNECTING' })]) {
      assert.deepEqual(asked(up, last).ages, [700]);
    }
    const marked = { disconnectedBy: 'Restart 2026-11-21T12:00:00Z' };
    for (const change of [{ ready: false }, marked])
      assert.deepEqual(asked(up.withPod(1, change), aView(all)).ages, [700]);
    assert.deepEqual(asked(up.withPod(2, ready(2)), aView(all)).ages, [700], 'a node that leaves');
  });

  test('is the last one while a newer one is on its way, never empty', () => {
    assert.deepEqual(asked(up, aView(all)).view, aView(all));
    assert.equal(asked(up, undefined).view, undefined);
  });

  test('is not asked for while no node is ready', () => {
    const down = [0, 1].reduce((world, id) => world.withPod(id, { ...ready(id), ready: false }), up);
    assert.deepEqual(asked(down, aView(all)).ages, []);
  });
});
