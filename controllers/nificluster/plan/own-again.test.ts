// spec.tls was taken out: the order of the writes until nothing of cert-manager is left, and what is not to be mistaken for it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCluster } from '../testing.ts';
import { planIdentity } from './identity.ts';
import type { Step } from './steps.ts';
import { delivered } from './testing.certmanager.ts';
import { ready } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';

const one = aCluster().withNodes(1);
const issuing = one.withSpec({ tls: { issuerRef: { name: 'ca' } } });
const running = ['prod-operator-tls', 'prod-0-tls']
  .reduce((world, name) => delivered(world, name, 'issuer'), aWorld(issuing).created())
  .created()
  .withPod(0, ready(0));
const wished = running.when(one);

function plan(world: WorldBuilder): readonly Step[] {
  const { cluster, nodes } = planIdentity(world.input(), [0]);
  return [...cluster, ...[...nodes.values()].flat()];
}

function nameOf(step: Step): string {
  if ('certificate' in step) return step.certificate.secret;
  if ('object' in step && !('metadata' in step.object)) return step.object.name;
  return 'name' in step ? step.name : '';
}

/** Carries everything out until nothing is left to do, with a node that is convinced from then on. */
function toTheEnd(world: WorldBuilder): { readonly done: readonly string[]; readonly world: WorldBuilder } {
  const steps = plan(world.withConvinced(0));
  if (steps.length === 0) return { done: [], world };
  const { done, world: end } = toTheEnd(world.after(...steps));
  return { done: [...steps.map((step) => `${step.kind} ${nameOf(step)}`), ...done], world: end };
}

describe('From cert-manager to an authority of its own', () => {
  test('all is done in its order, and nothing is left', () => {
    const { done, world } = toTheEnd(wished);
    assert.deepEqual(done, [
      'CreateAuthority prod-ca',
      'ProveAuthority prod-ca',
      'TrustAuthorities prod-operator-tls',
      'TrustAuthorities prod-0-tls',
      'IssueCertificate prod-operator-tls',
      'IssueNodeCertificate prod-0-tls',
      'TrustAuthorities prod-operator-tls',
      'TrustAuthorities prod-0-tls',
      'DeleteShared prod-operator-tls',
      'DeleteShared prod-0-tls',
      'DeleteShared prod-operator-tls-issued',
      'DeleteShared prod-0-tls-issued',
    ]);
    assert.deepEqual(world.world.secrets.get('prod-0-tls')?.trusts, ['fingerprint of authority']);
  });

  test('nothing is signed before every node that runs is convinced', () => {
    const prepared = wished.after(...plan(wished));
    const proved = prepared.after(...plan(prepared));
    const told = proved.after(...plan(proved));
    assert.deepEqual(plan(told), []);
  });

  test('it goes on when cert-manager was uninstalled, and its Certificates with it', () => {
    const gone = worldWithoutCertificates(wished);
    assert.equal(toTheEnd(gone).done.at(-1), 'DeleteShared prod-0-tls-issued');
  });

  test('an authority that vanishes meanwhile is made anew, since nobody relies on it alone', () => {
    const prepared = wished.after(...plan(wished)).withoutSecret('prod-ca');
    assert.deepEqual(
      plan(prepared).map(({ kind }) => kind),
      ['CreateAuthority'],
    );
  });

  test('an authority that cannot be read stops it before anything is changed, and that is told', () => {
    const { cluster, findings } = planIdentity(wished.withSecret('prod-ca', { certificate: undefined }).input(), [0]);
    assert.deepEqual(
      [cluster, findings.map(({ reason, effect }) => [reason, effect])],
      [[], [['CertificateInvalid', 'blocks']]],
    );
    assert.match(findings[0]?.message ?? '', /Secret prod-ca .*delete it/);
  });

  test('a Certificate that writes the mounted Secret, of an earlier version, is pointed elsewhere first', () => {
    const live = wished.world.shared.get('Certificate/prod-0-tls');
    assert.ok(live);
    const spec = { ...(live as { spec?: object }).spec, secretName: 'prod-0-tls' };
    const [step] = plan(wished.withShared({ ...live, spec } as typeof live));
    assert.equal(step?.kind, 'ApplyShared');
    const { object } = step;
    assert.deepEqual((object as { spec?: object }).spec, { ...spec, secretName: 'prod-0-tls-issued' });
    assert.equal('status' in object, false);
  });

  test('a cluster that sleeps is left as it is', () => {
    assert.deepEqual(planIdentity(wished.when(one.withNodes(0)).input(), []).cluster, []);
  });
});

function worldWithoutCertificates(world: WorldBuilder): WorldBuilder {
  const steps = ['prod-operator-tls', 'prod-0-tls'].map(
    (name): Step => ({ kind: 'DeleteShared', object: { kind: 'Certificate', name, uid: '' } }),
  );
  return world.withCertManager(false).after(...steps);
}
