// In which order a node's objects come to be: its record is what a departure knows them by.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCluster } from '../testing.ts';
import { planProvision } from './provision.ts';
import { aWorld, type WorldBuilder } from './testing.ts';

const two = aCluster().withNodes(2);

/** The world after every single step, until nothing is left to do. */
function atEachStep(world: WorldBuilder): readonly WorldBuilder[] {
  const { steps } = planProvision(world.input());
  if (steps.length === 0) return [];
  const worlds = steps.map((_, at) => world.after(...steps.slice(0, at + 1)));
  return [...worlds, ...atEachStep(world.after(...steps))];
}

/** Ids whose certificate exists, or is asked for. */
function certified({ world }: WorldBuilder): readonly number[] {
  const names = [...world.secrets.keys(), ...world.shared.keys()];
  return names.flatMap((name) => /prod-(\d+)-tls$/u.exec(name)?.[1] ?? []).map(Number);
}

describe('A new cluster', () => {
  for (const [whose, cluster] of [
    ['the own authority', two],
    ['an issuer', two.withSpec({ tls: { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } } })],
  ] as const) {
    test(`whose operator dies after any step has no certificate of ${whose} for a node without a record: nobody would ever take it away`, () => {
      const worlds = atEachStep(aWorld(cluster));
      assert.deepEqual(certified(worlds.at(-1) ?? aWorld(cluster)), [0, 1]);
      for (const world of worlds)
        assert.deepEqual(
          certified(world).filter((id) => !world.world.records.has(id)),
          [],
        );
    });

    test(`asks for none of ${whose} for a node that cannot be rendered yet`, () => {
      const known = aWorld(cluster).input();
      const { steps } = planProvision({
        ...known,
        desired: new Map(),
        render: () => undefined,
        renderOn: () => undefined,
      });
      assert.deepEqual(
        steps.filter((step) => 'id' in step),
        [],
      );
    });
  }
});

describe('A node whose certificate is to be another one', () => {
  const issuer = { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } } as const;
  for (const [whose, before, after] of [
    ['the own authority', two, two.withSpec({ proxyHosts: ['nifi.example.com'] })],
    ['an issuer', two, two.withSpec({ tls: issuer })],
  ] as const) {
    test(`has its Pod first: the one that it has serves meanwhile, and ${whose} may refuse`, () => {
      const gone = aWorld(before).provisioned().withoutPod(1).when(after);
      const kinds = planProvision(gone.input()).steps.flatMap((step) =>
        'id' in step && step.id === 1 ? [step.kind] : [],
      );
      assert.equal(kinds.indexOf('CreatePod'), 0);
      assert.equal(kinds.length, 2);
    });
  }
});
