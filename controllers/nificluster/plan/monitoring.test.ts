// Monitoring turned on and off: what comes and goes, in which order, and that no node hears of it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NiFiClusterSpec } from '../../../api/v1/zz_generated.nificluster.ts';
import { aCluster } from '../testing.ts';
import { planProvision } from './provision.ts';
import type { Step } from './steps.ts';
import { delivered } from './testing.certmanager.ts';
import { daysFromNow, facts } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';

const off = aCluster().withNodes(2);
const on = off.withSpec({ monitoring: { enabled: true } });

function brief(steps: readonly Step[]): readonly string[] {
  return steps.map((step) => {
    if ('certificate' in step) return `${step.kind} ${step.certificate.secret}`;
    if (!('object' in step)) return step.kind;
    const { object } = step;
    return `${step.kind} ${object.kind} ${'metadata' in object ? object.metadata.name : object.name}`;
  });
}

function steps(world: WorldBuilder): readonly string[] {
  return brief(planProvision(world.input()).steps);
}

function reasons(world: WorldBuilder): readonly string[] {
  return planProvision(world.input()).findings.map(({ reason, effect }) => `${reason} ${effect}`);
}

const down = aWorld(off).provisioned();
const up = aWorld(on).provisioned();

describe('Monitoring', () => {
  test('that is not asked for costs nothing', () => {
    assert.deepEqual(steps(down), []);
    assert.deepEqual(reasons(down.withPodMonitors(false)), []);
  });

  test('turned on makes the monitor and one certificate, and is then done', () => {
    assert.deepEqual(steps(down.when(on)), ['ApplyShared PodMonitor prod', 'IssueCertificate prod-metrics']);
    assert.deepEqual(steps(up), []);
  });

  test('turned off takes both away again, and leaves what others called so', () => {
    assert.deepEqual(steps(up.when(off)), ['DeleteShared PodMonitor prod', 'DeleteShared Secret prod-metrics']);
    assert.deepEqual(steps(down.withSecret('prod-metrics', { ownerUid: undefined })), []);
    const after = up.after(...planProvision(up.when(off).input()).steps).when(off);
    assert.deepEqual(steps(after), []);
  });

  const changes: readonly (readonly [string, Partial<NiFiClusterSpec>])[] = [
    ['on', { monitoring: { enabled: true } }],
    [
      'on with labels and another interval',
      { monitoring: { enabled: true, interval: '1m', labels: { team: 'data' } } },
    ],
  ];
  for (const [what, spec] of changes) {
    test(`turned ${what} is in no revision: no node restarts`, () => {
      const [before, after] = [off, off.withSpec(spec)].map((each) => aWorld(each).input().desired);
      assert.ok(before && before.size === 2);
      assert.deepEqual(after, before);
    });
  }

  test('renews its certificate as others are', () => {
    const certificate = facts('metrics.prod.data', [], { notBefore: daysFromNow(-60), notAfter: daysFromNow(30) });
    assert.deepEqual(steps(up.withSecret('prod-metrics', { certificate })), ['IssueCertificate prod-metrics']);
  });

  test('goes along when the authority is replaced, and nobody waits for it', () => {
    const prepared = up.after({ kind: 'PrepareAuthority', name: 'prod-ca', resourceVersion: '1', note: '' });
    assert.ok(steps(prepared).includes('TrustAuthorities'));
    const pass = (world: WorldBuilder) => world.withConvinced(0, 1).created();
    const over = [1, 2, 3, 4, 5].reduce(pass, prepared);
    const { certificate, trusts } = over.world.secrets.get('prod-metrics') ?? assert.fail();
    assert.equal(over.world.secrets.get('prod-ca')?.next, undefined);
    assert.deepEqual([certificate?.issuerKeyId, trusts], ['key of next authority', ['fingerprint of next authority']]);
    assert.deepEqual(steps(over), []);
  });

  test('without TLS is a monitor alone', () => {
    const plain = on.withSpec({ transport: 'InsecureHTTP', monitoring: { enabled: true } });
    const made = steps(aWorld(plain));
    assert.ok(made.includes('ApplyShared PodMonitor prod'));
    assert.ok(!made.includes('IssueCertificate prod-metrics'));
  });
});

describe('Where there are no PodMonitors', () => {
  test('that is told, the cluster stays ready, and the identity is made all the same', () => {
    const without = down.when(on).withPodMonitors(false);
    assert.deepEqual(steps(without), ['IssueCertificate prod-metrics']);
    assert.deepEqual(reasons(without), ['MonitoringUnavailable notes']);
  });

  test('or where that is not to be found out, for want of a right: the monitor comes once they are there', () => {
    const unknown = aWorld(on).withPodMonitors(undefined).provisioned();
    assert.deepEqual([steps(unknown), reasons(unknown)], [[], ['MonitoringUnavailable notes']]);
    assert.deepEqual(steps(unknown.withPodMonitors(true)), ['ApplyShared PodMonitor prod']);
  });
});

describe('With an issuer of cert-manager', () => {
  const tls = { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } } as const;
  const [without, wanted] = [off, on].map((each) => each.withSpec({ ...each.resolved().spec, tls }));
  assert.ok(without && wanted);
  const names = ['prod-operator-tls', 'prod-0-tls', 'prod-1-tls', 'prod-metrics'];
  const issued = names.reduce((all, name) => delivered(all, name, 'issuer'), aWorld(wanted).created()).created();

  test('the certificate is asked for and taken over like every other', () => {
    assert.equal(issued.world.secrets.get('prod-metrics')?.certificate?.commonName, 'metrics.prod.data');
    assert.deepEqual(steps(issued), []);
  });

  test('what would write the Secret again goes first', () => {
    const first = issued.when(without);
    assert.deepEqual(steps(first), [
      'DeleteShared PodMonitor prod',
      'DeleteShared Certificate prod-metrics',
      'DeleteShared Secret prod-metrics',
    ]);
    const second = first.after(...planProvision(first.input()).steps);
    assert.deepEqual(steps(second), ['DeleteShared Secret prod-metrics-issued']);
    assert.deepEqual(steps(second.after(...planProvision(second.input()).steps)), []);
  });
});
