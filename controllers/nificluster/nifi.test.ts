// What NiFi is asked, and of whom: only nodes that can answer, and with the operator's own certificate.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import { askFor, lookAgainMs, targetOf, viewOf, wordsOf } from './nifi.ts';
import type { Asks } from './plan/steps.ts';
import { aView, ready, starting } from './plan/testing.objects.ts';
import { aWorld } from './plan/testing.ts';
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

describe('What a plan could not know', () => {
  function asked(asks: Partial<Asks>, scene = up): readonly string[] {
    const calls: string[] = [];
    const called = (name: string): undefined => void calls.push(name);
    const gateway = {
      view: (ageMs: number) => called(`view ${ageMs}`),
      viewOf: (id: number, ageMs: number) => called(`view of ${id} ${ageMs}`),
      report: (id: number, ageMs: number) => called(`report of ${id} ${ageMs}`),
    };
    const nothing: Asks = { view: false, opinions: [], reports: [], againMs: undefined };
    askFor(gateway, { ...nothing, ...asks }, scene.world);
    return calls;
  }

  test('is asked of exactly those whom the plan names', () => {
    const asks = { view: true, opinions: [1], reports: [0, 1] };
    assert.deepEqual(asked(asks), ['view 1000', 'view of 1 1000', 'report of 0 1000', 'report of 1 1000']);
    assert.deepEqual(asked({}), []);
  });

  test('is asked as often as the plan is made, while that is more than once a second', () => {
    assert.deepEqual(asked({ view: true, againMs: 300 }), ['view 300']);
    assert.deepEqual(asked({ view: true, againMs: 10_000 }), ['view 1000']);
  });

  test('is no view while no node is ready: nobody could give one', () => {
    const down = [0, 1].reduce((world, id) => world.withPod(id, { ready: false }), up);
    assert.deepEqual(asked({ view: true, reports: [1] }, down), ['report of 1 1000']);
  });

  test('is planned with as every node last said it, however old, and nothing is asked for it', () => {
    const view = aView({ 0: 'CONNECTED' });
    const gateway = { lastViewOf: (id: number) => (id === 1 ? view : undefined), lastReport: () => undefined };
    const { opinions, reports } = wordsOf(gateway, up.world);
    assert.deepEqual([[...opinions], [...reports]], [[[1, view]], []]);
  });
});

describe('Looking at NiFi again', () => {
  test('is planned only while something is under way', () => {
    const well = up.withView({ 0: 'CONNECTED', 1: 'CONNECTED' });
    assert.equal(lookAgainMs(one.resolved(), well.world, 300), undefined);
    assert.equal(lookAgainMs(one.resolved(), well.withPod(1, { ready: false }).world, 300), 300);
    const sleeping = one.withNodes(0).resolved();
    assert.equal(lookAgainMs(sleeping, well.withoutPod(0, 1).world, 300), undefined);
  });
});
