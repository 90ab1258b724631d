// A cluster's own authority is replaced: what is written at which step, whom each step waits for, and where a crash goes on.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCluster } from '../testing.ts';
import { planIdentity } from './identity.ts';
import type { Step } from './steps.ts';
import { anAuthority } from './testing.effects.ts';
import { crashed, daysFromNow, now, ready, starting } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';

const three = aCluster().withNodes(3);
const up = aWorld(three).provisioned();
const old = { notBefore: daysFromNow(-2434), notAfter: daysFromNow(1216) };
const due = up.withSecret('prod-ca', { certificate: anAuthority('authority', old) });

function plan(world: WorldBuilder) {
  const input = world.input();
  const { cluster, nodes, findings } = planIdentity(input, input.cluster.members);
  return { steps: [...cluster, ...[...nodes.values()].flat()] as readonly Step[], findings };
}

/** What is written, as `kind Secret`; who signs where something is issued. */
function written(world: WorldBuilder): readonly string[] {
  return plan(world).steps.map((step) => {
    if ('certificate' in step) return `issue ${step.certificate.secret} ${step.certificate.issuer}`;
    return 'name' in step ? `${step.kind} ${step.name}` : step.kind;
  });
}

function after(world: WorldBuilder): WorldBuilder {
  return world.after(...plan(world).steps);
}

function message(world: WorldBuilder): string {
  const { findings } = plan(world);
  assert.deepEqual(
    findings.map(({ reason, effect }) => [reason, effect]),
    [['CertificateAuthorityChanging', 'waits']],
  );
  return findings[0]?.message ?? '';
}

const everybody = ['prod-operator-tls', 'prod-0-tls', 'prod-1-tls', 'prod-2-tls'];
const trustWrites = everybody.map((name) => `TrustAuthorities ${name}`);
const prepared = after(due);
const told = after(prepared);
const convinced = told.withConvinced(0, 1, 2);

describe('An authority', () => {
  test('that has most of its life before it is left alone, and so is everything of it', () => {
    assert.deepEqual([written(up), plan(up).findings], [[], []]);
  });

  test('is replaced when two thirds of its life are over: first a new one is written next to it, and nothing else', () => {
    assert.deepEqual(written(due), ['PrepareAuthority prod-ca']);
  });

  test('is replaced when a person asks on its Secret, once, and not before the time that was asked for', () => {
    const asked = (days: number) => up.withSecret('prod-ca', { renewRequestedAtMs: daysFromNow(days).getTime() });
    assert.deepEqual(written(asked(0)), ['PrepareAuthority prod-ca']);
    assert.deepEqual(written(asked(1)), []);
    assert.deepEqual(written(asked(-2)), [], 'it was made after that');
    const justMade = anAuthority('authority', { notBefore: new globalThis.Date(now.getTime() - 5 * 60_000) });
    assert.deepEqual(written(asked(0).withSecret('prod-ca', { certificate: justMade })), []);
  });
});

test('A request with fractions of a second is met by an authority that was made right after it: certificates hold seconds', () => {
  const made = anAuthority('authority', { notBefore: new globalThis.Date(now.getTime() - 5 * 60_000 - 1_000) });
  const asked = up.withSecret('prod-ca', { certificate: made, renewRequestedAtMs: now.getTime() - 300 });
  assert.deepEqual(written(asked), []);
  assert.deepEqual(written(asked.withSecret('prod-ca', { renewRequestedAtMs: now.getTime() })), [
    'PrepareAuthority prod-ca',
  ]);
});

describe('Step 1, trust both', () => {
  test('every ca.crt names both before anything is issued by the new one', () => {
    assert.deepEqual(written(prepared), trustWrites);
    assert.match(message(prepared), /step 1 of 3.*until node 0, node 1, node 2 … runs/);
  });

  test('goes on with the Secrets that were not written before a crash', () => {
    const [first] = plan(prepared).steps;
    assert.ok(first);
    assert.deepEqual(written(prepared.after(first)), trustWrites.slice(1));
  });

  test('waits for every node that was not seen to trust the new one, and names them', () => {
    assert.deepEqual(written(told.withConvinced(1)), []);
    assert.match(message(told.withConvinced(1)), /until node 0, node 2 runs with what its Secret holds/);
  });

  const counts: Readonly<Record<string, WorldBuilder>> = {
    'that only starts': told.withPod(2, starting(2)),
    'that crashes, since its files follow its Secret late': told.withPod(2, crashed('no')),
    'that is being deleted, since it takes part until it ends': told.withPod(2, { deleting: true }),
  };
  for (const [which, world] of Object.entries(counts)) {
    test(`a node ${which} is waited for`, () => {
      assert.deepEqual(written(world.withConvinced(0, 1)), []);
      assert.match(message(world.withConvinced(0, 1)), /until node 2 runs/);
    });
  }

  test('a node without a Pod, or whose Pod has no place, is not waited for: it will read its Secret', () => {
    const unplaced = told.withPod(2, { ...starting(2), hostNode: undefined, phase: 'Pending', container: undefined });
    for (const world of [told.withoutPod(2), unplaced])
      assert.deepEqual(written(world.withConvinced(0, 1)), ['issue prod-operator-tls next']);
  });

  test('a node that is new meanwhile has a certificate of the present authority, and trusts both', () => {
    const grown = told.when(aCluster().withNodes(4));
    assert.deepEqual(written(grown), ['issue prod-3-tls present']);
    const secret = after(grown).world.secrets.get('prod-3-tls');
    assert.deepEqual(secret?.trusts, ['fingerprint of authority', 'fingerprint of next authority']);
  });

  test('a certificate that is due meanwhile comes from the present authority, in one write with both', () => {
    const own = prepared.world.secrets.get('prod-1-tls')?.certificate;
    assert.ok(own);
    const lived = { ...own, notBefore: daysFromNow(-70), notAfter: daysFromNow(20) };
    const writes = written(prepared.withSecret('prod-1-tls', { certificate: lived }));
    const trusting = trustWrites.filter((name) => !name.endsWith('prod-1-tls'));
    assert.deepEqual(writes, [...trusting, 'issue prod-1-tls present']);
  });
});

describe('Step 2, certificates of the new one', () => {
  test("are issued one after another, the operator's first, each waiting until its node shows it", () => {
    let world = convinced;
    for (const name of everybody) {
      assert.deepEqual(written(world), [`issue ${name} next`]);
      world = after(world);
      const id = /\d/.exec(name)?.[0];
      if (id === undefined) continue;
      assert.deepEqual(written(world), []);
      assert.match(message(world), new RegExp(`step 2 of 3, ${Number(id) + 2} of 4 .*until node ${id} runs`));
      world = world.withConvinced(0, 1, 2);
    }
    assert.deepEqual(written(world), ['PromoteAuthority prod-ca']);
  });

  test('waits again for a node whose process is another one', () => {
    const begun = after(convinced);
    assert.deepEqual(written(begun.withConvinced(0, 2)), []);
  });

  test('what is missing or due meanwhile comes from the new one, beside the one whose turn it is', () => {
    const grown = after(convinced).when(aCluster().withNodes(4));
    assert.deepEqual(written(grown), ['issue prod-0-tls next', 'issue prod-3-tls next']);
  });
});

describe('Step 3, trust the new one alone', () => {
  const ended = throughTo(convinced, 'PromoteAuthority prod-ca');

  test('comes when every certificate is of the new one, and a crash before the last write begins nothing anew', () => {
    const promoted = after(ended);
    assert.deepEqual(written(promoted), trustWrites);
    const done = after(promoted);
    assert.deepEqual([written(done), plan(done).findings], [[], []]);
    for (const name of everybody)
      assert.deepEqual(done.world.secrets.get(name)?.trusts, ['fingerprint of next authority']);
  });

  test('does not come while a node shows a certificate of the former one', () => {
    assert.deepEqual(written(ended.withConvinced(0, 1)), []);
  });

  test('begins no second change, although the request that began this one is still on the Secret', () => {
    const done = after(after(ended.withSecret('prod-ca', { renewRequestedAtMs: daysFromNow(-2).getTime() })));
    assert.deepEqual(written(done), []);
  });
});

test('An authority past its end is replaced without waiting for nodes, which could not show that they trust anything', () => {
  const past = anAuthority('authority', { notBefore: daysFromNow(-3651), notAfter: daysFromNow(-1) });
  let world = up.withSecret('prod-ca', { certificate: past });
  for (let plans = 0; plans < 6; plans += 1) world = after(world);
  assert.deepEqual(written(world), ['PromoteAuthority prod-ca']);
});

test('A cluster that sleeps rests where it is, and goes on when it wakes', () => {
  const sleeping = told.withoutPod(0, 1, 2).when(aCluster().withNodes(0));
  const { cluster, nodes, findings } = planIdentity(sleeping.input(), []);
  assert.deepEqual([cluster, [...nodes], findings], [[], [], []]);
  assert.deepEqual(written(sleeping.when(three)), ['issue prod-operator-tls next']);
});

test('A Pod whose node gets no certificates any more is waited for until it is gone', () => {
  const { steps, findings } = plan(convinced.when(aCluster().withNodes(2)));
  assert.deepEqual(steps, []);
  assert.match(findings[0]?.message ?? '', /until node 2 runs/);
});

test('A certificate that another authority signed is issued anew, although its Secret trusts the present one', () => {
  const own = up.world.secrets.get('prod-1-tls')?.certificate;
  assert.ok(own);
  const restored = up.withSecret('prod-1-tls', { certificate: { ...own, issuerKeyId: 'key of a former one' } });
  assert.deepEqual(written(restored), ['issue prod-1-tls present']);
});

test('A node that nobody has a Pod for any more changes with the others', () => {
  const hibernating = told.withoutPod(0, 1, 2);
  const done = after(throughTo(hibernating, 'PromoteAuthority prod-ca'));
  assert.deepEqual(written(done), trustWrites);
});

/** Carries out plan after plan, all nodes convinced before each, until this is the next write. */
function throughTo(world: WorldBuilder, write: string): WorldBuilder {
  let at = world;
  for (let plans = 0; plans < 20; plans += 1) {
    const ids = [...at.world.pods].filter(([, pod]) => pod.ready === ready(0).ready).map(([id]) => id);
    at = at.withConvinced(...ids);
    if (written(at).includes(write)) return at;
    at = after(at);
  }
  throw new Error(`${write} never came`);
}
