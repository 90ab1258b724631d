// A cluster's certificates come from its own authority, from one issuer of cert-manager or from another, and a person changes
// that at any moment, also while the last change is under way; an issuer changes its authority when it likes, and cert-manager
// delivers whenever it likes. Whatever fails besides, any two that run trust each other; and when everything works again, all
// show what the spec asks for, trust nothing else, and nothing of the others is left.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { issuedSecretName, nodeCertificateSecretName } from '../../../api/v1/labels.ts';
import { aCluster, type ClusterBuilder } from '../testing.ts';
import { delivered } from './testing.certmanager.ts';
import { acts, ids, LaggingCluster, operatorSecret } from './testing.lagging.ts';
import { aWorld } from './testing.ts';
import type { ObservedSecret, World } from './world.ts';

type Source = 'own' | 'first' | 'second';

const mounted = [operatorSecret, ...ids.map((id) => nodeCertificateSecretName('prod', id))];

function specOf(source: Source, nodes = 3): ClusterBuilder {
  const cluster = aCluster().withNodes(nodes);
  return source === 'own' ? cluster : cluster.withSpec({ tls: { issuerRef: { name: source } } });
}

class Case extends LaggingCluster {
  source: Source = 'own';
  private readonly authorities = { first: 'first authority', second: 'second authority' };

  constructor() {
    super(aWorld(specOf('own')).provisioned(), (loaded, world) => acceptsProbe(this.source, loaded, world));
  }

  override operate(upTo: number): number {
    return super.operate(upTo, specOf(this.source, 0));
  }

  turnTo(source: Source): void {
    this.source = source;
    this.world = this.world.when(specOf(source));
  }

  rotate(issuer: 'first' | 'second'): void {
    this.authorities[issuer] += "'";
  }

  deliver(name: string): void {
    for (const issuer of ['first', 'second'] as const)
      this.world = delivered(this.world, name, this.authorities[issuer], issuer);
  }

  /** cert-manager has renewed whatever is not of its present authority, or not there, or not looked at. */
  deliverAll(): void {
    for (const name of mounted) {
      const present = this.world.world.secrets.get(issuedSecretName(name))?.anchors ?? [];
      const isJudged = 'status' in (this.world.world.shared.get(`Certificate/${name}`) ?? {});
      const serves = this.source !== 'own' && present.includes(this.authorities[this.source]);
      if (!isJudged || !serves) this.deliver(name);
    }
  }

  expectOnly(): void {
    const { secrets, shared } = this.world.world;
    const authority = this.source === 'own' ? 'fingerprint of authority' : this.authorities[this.source];
    for (const name of mounted) {
      assert.deepEqual(secrets.get(name)?.trusts, [authority], name);
      assert.deepEqual(secrets.get(name)?.anchors, [authority], name);
      assert.equal(secrets.get(name)?.ownerUid, 'cluster-uid', name);
      assert.equal(secrets.has(issuedSecretName(name)), this.source !== 'own', issuedSecretName(name));
      assert.equal(shared.has(`Certificate/${name}`), this.source !== 'own', name);
    }
    assert.equal(secrets.has('prod-ca'), this.source === 'own');
  }
}

function acceptsProbe(source: Source, { trusts }: ObservedSecret, { secrets }: World): boolean {
  const own = secrets.get('prod-ca');
  const probe =
    source === 'own'
      ? own?.keys.includes('probe.crt') === true && [own.certificate?.fingerprint256 ?? '']
      : secrets.get(issuedSecretName(operatorSecret))?.anchors;
  return probe ? probe.some((one) => trusts.includes(one)) : false;
}

const source = fc.constantFrom<Source>('own', 'first', 'second');
const name = fc.constantFrom(...mounted);
const happening = fc.oneof(
  ...acts.map(({ arbitrary, weight }) => ({ arbitrary: arbitrary as fc.Arbitrary<(model: Case) => void>, weight })),
  { arbitrary: source.map((to) => (model: Case) => model.turnTo(to)), weight: 1 },
  { arbitrary: fc.constantFrom('first', 'second').map((one) => (model: Case) => model.rotate(one)), weight: 1 },
  { arbitrary: name.map((one) => (model: Case) => model.deliver(one)), weight: 4 },
  { arbitrary: fc.constant((model: Case) => model.deliverAll()), weight: 1 },
);

describe('While certificates come from somebody else from now on', () => {
  test('any two that run trust each other, whatever fails, and in the end nothing is left of the others', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 10, maxLength: 150, size: 'max' }), source, (happened, last) => {
        const model = new Case();
        for (const one of happened) one(model);
        model.turnTo(last);
        model.rest(() => model.deliverAll());
        model.expectOnly();
      }),
      { numRuns: 150 },
    );
  });
});
