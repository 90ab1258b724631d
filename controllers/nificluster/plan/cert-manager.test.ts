// With an issuer: what cert-manager is asked for, when what it issued is taken over, and what goes on while it does not deliver.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCluster } from '../testing.ts';
import { planIdentity } from './identity.ts';
import type { Step } from './steps.ts';
import { delivered, judged } from './testing.certmanager.ts';
import { daysFromNow, facts, ready } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';

const one = aCluster().withNodes(1);
const issuing = one.withSpec({ tls: { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } } });
const names = ['prod-operator-tls', 'prod-0-tls'] as const;

function plan(world: WorldBuilder) {
  const { cluster, nodes, findings } = planIdentity(world.input(), [0]);
  return { steps: [...cluster, ...[...nodes.values()].flat()], findings };
}

/** What is done with which object. */
function brief(steps: readonly Step[]): readonly string[] {
  return steps.map((step) => {
    if ('certificate' in step) {
      const { secret, copies, issuer } = step.certificate;
      return copies === undefined ? `issue ${secret} of ${issuer}` : `copy ${copies.secret} to ${secret}`;
    }
    if (step.kind === 'TrustAuthorities') return `${step.name} trusts ${step.authorities?.fingerprints.join(' and ')}`;
    if ('object' in step)
      return `${step.kind} ${'metadata' in step.object ? step.object.metadata.name : step.object.name}`;
    return step.kind;
  });
}

function deliveredAll(world: WorldBuilder, authority: string): WorldBuilder {
  return names.reduce((all, name) => delivered(all, name, authority), world);
}

const reasonsOf = ({ findings }: ReturnType<typeof plan>) =>
  findings.map(({ reason, node, effect }) => [reason, node, effect]);
const asked = aWorld(issuing).created();
const issued = deliveredAll(asked, 'issuer').created();
const running = issued.withPod(0, ready(0));

describe('With an issuer of cert-manager', () => {
  test('Certificates are asked for, each for a Secret that nothing mounts, and no authority is made', () => {
    const planned = plan(aWorld(issuing));
    assert.deepEqual(brief(planned.steps), ['ApplyShared prod-operator-tls', 'ApplyForNode prod-0-tls']);
    const [first] = planned.steps;
    const { spec } = first?.kind === 'ApplyShared' ? (first.object as { spec?: { secretName?: string } }) : {};
    assert.equal(spec?.secretName, 'prod-operator-tls-issued');
    assert.deepEqual(reasonsOf(planned), [
      ['CertificatePending', undefined, 'waits'],
      ['CertificatePending', 0, 'waits'],
    ]);
  });

  for (const installed of [false, undefined]) {
    test(`and cert-manager ${installed === false ? 'not installed' : 'not known to be installed'}, nothing is asked for and that is told`, () => {
      const { steps, findings } = plan(aWorld(issuing).withCertManager(installed));
      assert.deepEqual([steps, findings.map(({ reason }) => reason)], [[], ['IssuerUnavailable']]);
    });
  }

  test('nothing is asked for twice, and cert-manager is quoted while it has not issued', () => {
    const { steps, findings } = plan(asked);
    assert.deepEqual(steps, []);
    assert.match(findings[0]?.message ?? '', /Certificate prod-operator-tls: cert-manager has not looked/);
    const refused = judged(asked, 'prod-0-tls', 'False', 'the issuer said no');
    assert.match(
      plan(refused).findings[1]?.message ?? '',
      /Certificate prod-0-tls: the issuer said no\. .* ClusterIssuer ca of spec\.tls\.issuerRef exists/,
    );
  });

  test('what is issued is taken over at once where nobody has anything yet', () => {
    assert.deepEqual(brief(plan(deliveredAll(asked, 'issuer')).steps), [
      'copy prod-operator-tls-issued to prod-operator-tls',
      'copy prod-0-tls-issued to prod-0-tls',
    ]);
  });

  test('all is well when what is mounted is what was issued', () => {
    assert.deepEqual(plan(running), { steps: [], findings: [] });
  });

  test('a renewal by the same authority is taken over at once, whatever nodes are convinced of', () => {
    assert.deepEqual(brief(plan(delivered(running, 'prod-0-tls', 'issuer')).steps), [
      'copy prod-0-tls-issued to prod-0-tls',
    ]);
  });

  test('the same certificate is taken over once more where the mounted Secret is not the cluster’s yet', () => {
    const former = running.withSecret('prod-0-tls', { ownerUid: undefined });
    assert.deepEqual(brief(plan(former).steps), ['copy prod-0-tls-issued to prod-0-tls']);
  });

  test('a mounted Secret that was deleted is written again', () => {
    assert.deepEqual(brief(plan(running.withoutSecret('prod-0-tls')).steps), ['copy prod-0-tls-issued to prod-0-tls']);
  });

  for (const [what, change] of [
    ['no ca.crt', { trusts: [], anchors: [] }],
    ['a ca.crt that its certificate does not lead to', { trusts: ['another'], anchors: [] }],
  ] as const) {
    test(`it is told when an issuer gives ${what}, and it is not taken over`, () => {
      const planned = plan(delivered(running, 'prod-0-tls', 'issuer').withSecret('prod-0-tls-issued', change));
      assert.deepEqual([planned.steps, reasonsOf(planned)], [[], [['CertificateInvalid', 0, 'blocks']]]);
      assert.match(planned.findings[0]?.message ?? '', /Secret prod-0-tls-issued has no ca\.crt that/);
    });
  }

  test('it is told when cert-manager no longer calls a certificate good, also while it is there', () => {
    const all = names.reduce((world, name) => judged(world, name, 'False', 'it ran out'), running);
    assert.deepEqual(reasonsOf(plan(all)), [
      ['CertificatePending', undefined, 'waits'],
      ['CertificatePending', 0, 'waits'],
    ]);
  });

  test('a Certificate that wrote the mounted Secret, of an earlier version, is pointed elsewhere before anything else', () => {
    const live = running.world.shared.get('Certificate/prod-0-tls');
    assert.ok(live);
    const former = { ...live, spec: { ...(live as { spec?: object }).spec, secretName: 'prod-0-tls' } };
    const world = running
      .withShared(former)
      .withoutSecret('prod-0-tls-issued')
      .withSecret('prod-0-tls', { ownerUid: undefined });
    assert.deepEqual(brief(plan(world).steps), ['ApplyForNode prod-0-tls']);
  });
});

describe('From the own authority to cert-manager', () => {
  const before = aWorld(one).provisioned();
  const wished = before.when(issuing).created();
  const both = deliveredAll(wished, 'issuer');
  const own = 'fingerprint of authority';

  test('nothing changes while cert-manager has not delivered', () => {
    assert.deepEqual(plan(wished).steps, []);
  });

  test('everybody is told to trust both first', () => {
    const { steps, findings } = plan(both);
    assert.deepEqual(brief(steps), [
      `prod-operator-tls trusts ${own} and issuer`,
      `prod-0-tls trusts ${own} and issuer`,
    ]);
    assert.match(
      findings[0]?.message ?? '',
      /those of ClusterIssuer ca, .*step 1 of 3.*until node 0, the operator runs/,
    );
  });

  test('nobody takes the new one before every node that runs is convinced', () => {
    const told = both.after(...plan(both).steps);
    const { steps, findings } = plan(told);
    assert.deepEqual(steps, []);
    assert.match(findings[0]?.message ?? '', /until node 0 runs with what its Secret holds/);
    assert.deepEqual(brief(plan(told.withConvinced(0)).steps), ['copy prod-operator-tls-issued to prod-operator-tls']);
  });

  test('one after another takes it, then the former is dropped, then its key goes', () => {
    const kinds: (readonly string[])[] = [];
    let world = both;
    for (let round = 0; round < 10; round += 1) {
      const { steps } = plan(world.withConvinced(0));
      if (steps.length === 0) break;
      kinds.push(brief(steps));
      world = world.after(...steps);
    }
    assert.deepEqual(kinds.slice(1), [
      ['copy prod-operator-tls-issued to prod-operator-tls'],
      ['copy prod-0-tls-issued to prod-0-tls'],
      ['prod-operator-tls trusts issuer', 'prod-0-tls trusts issuer'],
      ['DeleteShared prod-ca'],
    ]);
    assert.deepEqual(plan(world), { steps: [], findings: [] });
  });

  test('the key stays where the issuer signs with that very authority', () => {
    const same = deliveredAll(wished, own).created();
    assert.deepEqual(plan(same), { steps: [], findings: [] });
    assert.ok(same.world.secrets.has('prod-ca'));
  });

  const due = facts('0.prod.data', [], { notBefore: daysFromNow(-80), notAfter: daysFromNow(10) });
  for (const [what, world] of [
    ['due', wished.withSecret('prod-0-tls', { certificate: due })],
    ['missing', wished.withoutSecret('prod-0-tls')],
    [
      'due while cert-manager is not installed',
      before.when(issuing).withCertManager(false).withSecret('prod-0-tls', { certificate: due }),
    ],
  ] as const) {
    test(`a certificate that is ${what} meanwhile comes from the own authority`, () => {
      assert.deepEqual(brief(plan(world).steps), ['issue prod-0-tls of present']);
    });
  }

  test('a cluster that sleeps is left as it is', () => {
    const asleep = both.when(issuing.withNodes(0));
    assert.deepEqual(planIdentity(asleep.input(), []).cluster, []);
  });
});

describe('When the issuer has another authority', () => {
  const first = delivered(running, 'prod-0-tls', 'new');

  test('as soon as one certificate shows it, everybody is told to trust both, and one to try nodes with is asked for', () => {
    assert.deepEqual(brief(plan(first).steps), [
      'prod-operator-tls trusts issuer and new',
      'prod-0-tls trusts issuer and new',
      'DeleteShared prod-operator-tls-issued',
    ]);
  });

  test('it is not asked for a second time', () => {
    const again = delivered(first.after(...plan(first).steps), 'prod-operator-tls', 'new');
    assert.deepEqual(plan(again).steps, []);
    assert.deepEqual(brief(plan(again.withConvinced(0)).steps), ['copy prod-operator-tls-issued to prod-operator-tls']);
  });
});
