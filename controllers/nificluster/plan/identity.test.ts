// Certificates: which are issued and when, that an authority is never made a second time, and what cert-manager is asked.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCluster } from '../testing.ts';
import { planIdentity } from './identity.ts';
import { planProvision } from './provision.ts';
import type { CertificateRequest, Step } from './steps.ts';
import { daysFromNow, facts } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';

const one = aCluster().withNodes(1);
const up = aWorld(one).provisioned();

function plan(world: WorldBuilder) {
  const input = world.input();
  return planIdentity(input, input.cluster.members);
}

function requests(world: WorldBuilder): readonly CertificateRequest[] {
  const { cluster, nodes } = plan(world);
  const steps: readonly Step[] = [...cluster, ...[...nodes.values()].flat()];
  return steps.flatMap((step) => ('certificate' in step ? [step.certificate] : []));
}

function secrets(world: WorldBuilder): readonly string[] {
  return requests(world).map(({ secret }) => secret);
}

describe('A new cluster', () => {
  test('gets an authority, the operator a client certificate, and every node one of its own', () => {
    const { cluster } = plan(aWorld(one));
    assert.deepEqual(
      cluster.map(({ kind }) => kind),
      ['CreateAuthority', 'IssueCertificate'],
    );
    assert.deepEqual(requests(aWorld(one)), [
      {
        secret: 'prod-operator-tls',
        commonName: 'operator.prod.data',
        dnsNames: [],
        usages: ['client'],
        replaces: undefined,
        issuer: 'present',
        node: undefined,
      },
      {
        secret: 'prod-0-tls',
        commonName: '0.prod.data',
        dnsNames: ['prod-0.prod-nodes.data.svc', 'prod', 'prod.data', 'prod.data.svc', 'localhost'],
        usages: ['server', 'client'],
        replaces: undefined,
        issuer: 'present',
        node: 0,
      },
    ]);
  });

  test('gets none of it without TLS', () => {
    assert.deepEqual(plan(aWorld(one.withSpec({ transport: 'InsecureHTTP' }))), {
      cluster: [],
      nodes: new Map(),
      findings: [],
    });
  });
});

describe('A certificate', () => {
  const own = facts('0.prod.data', ['prod-0.prod-nodes.data.svc', 'prod', 'prod.data', 'prod.data.svc', 'localhost']);
  const lived = (days: number) => ({ ...own, notBefore: daysFromNow(-days), notAfter: daysFromNow(90 - days) });

  test('that serves is left alone', () => {
    assert.deepEqual(secrets(up), []);
    assert.deepEqual(secrets(up.withSecret('prod-0-tls', { certificate: lived(59) })), []);
  });

  const due: Readonly<Record<string, WorldBuilder>> = {
    'is gone': up.withoutSecret('prod-0-tls'),
    'cannot be read': up.withSecret('prod-0-tls', { certificate: undefined }),
    'has lived two thirds of its life': up.withSecret('prod-0-tls', { certificate: lived(60) }),
    'is past its end': up.withSecret('prod-0-tls', { certificate: lived(91) }),
    'was made by a clock a day ahead': up.withSecret('prod-0-tls', { certificate: lived(-1) }),
    'has another name': up.withSecret('prod-0-tls', { certificate: { ...own, commonName: '1.prod.data' } }),
    'lacks the name of its node': up.withSecret('prod-0-tls', {
      certificate: { ...own, dnsNames: own.dnsNames.slice(1) },
    }),
    'trusts another authority': up.withSecret('prod-0-tls', { trusts: ['another'] }),
    'still has a proxy host that the spec took out': up.withSecret('prod-0-tls', {
      certificate: { ...own, dnsNames: [...own.dnsNames, 'nifi.example.com'] },
    }),
    'lacks a proxy host that the spec has now': up.when(one.withSpec({ proxyHosts: ['nifi.example.com:443'] })),
  };
  for (const [why, world] of Object.entries(due)) {
    test(`is issued when the present one ${why}, under the lock of what was seen, and no Pod is touched`, () => {
      const [request, ...others] = requests(world);
      assert.deepEqual(others, []);
      assert.equal(request?.secret, 'prod-0-tls');
      const present = world.world.secrets.get('prod-0-tls');
      assert.deepEqual(request.replaces, present && { resourceVersion: present.resourceVersion });
      const kinds = planProvision(world.input()).steps.map(({ kind }) => kind);
      assert.ok(!kinds.some((kind) => kind.endsWith('Pod')), kinds.join());
    });
  }

  test('of the operator is renewed like any other', () => {
    const operator = facts('operator.prod.data', [], { notBefore: daysFromNow(-80), notAfter: daysFromNow(10) });
    assert.deepEqual(secrets(up.withSecret('prod-operator-tls', { certificate: operator })), ['prod-operator-tls']);
  });
});

describe('An authority that vanished', () => {
  const world = up.withoutSecret('prod-ca');

  test('is not made again while anything of it is in use, nor is anything issued', () => {
    const { cluster, nodes, findings } = plan(world.withoutSecret('prod-0-tls'));
    assert.deepEqual([cluster, [...nodes]], [[], []]);
    assert.deepEqual(
      findings.map(({ reason, effect }) => [reason, effect]),
      [['CertificateAuthorityMissing', 'blocks']],
    );
    assert.match(findings[0]?.message ?? '', /Secret prod-ca.*restore it/);
  });

  test('does not keep Pods from coming back', () => {
    const { steps } = planProvision(world.withoutPod(0).input());
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ['CreatePod'],
    );
  });

  test('is made when what is there was written by cert-manager for an earlier cluster of the name', () => {
    const left = ['prod-0-tls', 'prod-operator-tls'].reduce(
      (all, name) => all.withSecret(name, { ownerUid: undefined }),
      world,
    );
    const { cluster, findings } = plan(left);
    assert.deepEqual([cluster.map(({ kind }) => kind), findings], [['CreateAuthority'], []]);
  });

  test('is made again when nothing was ever issued', () => {
    const kinds = plan(world.withoutSecret('prod-0-tls', 'prod-operator-tls')).cluster.map(({ kind }) => kind);
    assert.deepEqual(kinds, ['CreateAuthority', 'IssueCertificate']);
  });
});
