// Whatever happens to nodes and operator while an authority is replaced, and after whichever write the operator is cut off:
// any two that run trust what the other shows, nobody trusts the former authority at the end, and its key is gone.
// A node lags as a real one does: the kubelet brings files late, NiFi loads them later still, and its process may begin anew
// on files that are old.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { nodeCertificateSecretName } from '../../../api/v1/labels.ts';
import { aCluster } from '../testing.ts';
import { planIdentity } from './identity.ts';
import { anAuthority } from './testing.effects.ts';
import { daysFromNow, ready, starting } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';
import type { ObservedSecret } from './world.ts';

const ids = [0, 1, 2] as const;
const operatorSecret = 'prod-operator-tls';

interface Node {
  /** What the kubelet last brought. */
  files: ObservedSecret | undefined;
  /** What the process loaded; undefined while none runs. */
  loaded: ObservedSecret | undefined;
}

class Model {
  world: WorldBuilder;
  /** No members: nothing is issued for nodes, and no Pod comes back. */
  asleep = false;
  private readonly nodes: readonly Node[];

  constructor() {
    const old = anAuthority('authority', { notBefore: daysFromNow(-2434), notAfter: daysFromNow(1216) });
    this.world = aWorld(aCluster().withNodes(3)).provisioned().withSecret('prod-ca', { certificate: old });
    this.nodes = ids.map((id) => ({ files: this.secretOf(id), loaded: this.secretOf(id) }));
  }

  /** The operator plans and is cut off after `upTo` writes. */
  operate(upTo: number): number {
    const convinced = ids.filter((id) => this.isConvinced(id));
    const scene = this.world.withConvinced(...convinced);
    const input = (this.asleep ? scene.when(aCluster().withNodes(0)) : scene).input();
    const { cluster, nodes } = planIdentity(input, this.asleep ? [] : ids);
    const steps = [...cluster, ...[...nodes.values()].flat()];
    for (const step of steps.slice(0, upTo)) {
      this.world = this.world.after(step);
      this.check();
    }
    return steps.length;
  }

  sync(id: number): void {
    const node = this.node(id);
    if (node.files !== undefined) node.files = this.secretOf(id);
  }

  load(id: number): void {
    const node = this.node(id);
    if (node.loaded !== undefined) node.loaded = node.files;
    this.check();
  }

  crash(id: number): void {
    this.node(id).loaded = undefined;
    if (this.node(id).files !== undefined) this.world = this.world.withPod(id, { ...starting(id), ready: false });
  }

  start(id: number): void {
    const node = this.node(id);
    node.loaded = node.files;
    if (node.files !== undefined) this.world = this.world.withPod(id, ready(id));
    this.check();
  }

  lose(id: number): void {
    this.node(id).files = undefined;
    this.node(id).loaded = undefined;
    this.world = this.world.withoutPod(id);
  }

  place(id: number): void {
    if (this.world.world.pods.has(id) || this.asleep || this.isIssuedFirst(id)) return;
    this.node(id).files = this.secretOf(id);
    this.world = this.world.withPod(id, starting(id));
  }

  rest(): void {
    this.asleep = false;
    for (let round = 0; round < 40; round += 1) {
      for (const id of ids) {
        this.place(id);
        this.sync(id);
        this.start(id);
      }
      if (this.operate(Number.POSITIVE_INFINITY) === 0) return;
    }
    assert.fail('the change does not end');
  }

  /** Oracle: everybody who runs accepts what everybody who runs shows. */
  check(): void {
    const all = [this.world.world.secrets.get(operatorSecret), ...this.nodes.map(({ loaded }) => loaded)];
    const present = all.filter((one) => one !== undefined);
    for (const one of present)
      for (const other of present)
        assert.ok(
          one.trusts.includes(issuerOf(other).replace('key of', 'fingerprint of')),
          `${one.name} does not trust ${other.name}, which is of ${issuerOf(other)}`,
        );
  }

  /** A Pod is made after the certificate that its node is due. */
  private isIssuedFirst(id: number): boolean {
    return planIdentity(this.world.input(), ids).nodes.has(id);
  }

  private isConvinced(id: number): boolean {
    const { loaded } = this.node(id);
    const next = this.world.world.secrets.get('prod-ca')?.next?.fingerprint256;
    return (
      next !== undefined && loaded?.trusts.includes(next) === true && issuerOf(loaded) === issuerOf(this.secretOf(id))
    );
  }

  private node(id: number): Node {
    const node = this.nodes[id];
    assert.ok(node);
    return node;
  }

  private secretOf(id: number): ObservedSecret {
    const secret = this.world.world.secrets.get(nodeCertificateSecretName('prod', id));
    assert.ok(secret);
    return secret;
  }
}

function issuerOf(secret: ObservedSecret): string {
  return secret.certificate?.issuerKeyId ?? 'nobody';
}

const id = fc.constantFrom(...ids);
const act = fc.oneof(
  { arbitrary: fc.nat(4).map((upTo) => (model: Model) => void model.operate(upTo)), weight: 4 },
  { arbitrary: id.map((one) => (model: Model) => model.sync(one)), weight: 3 },
  { arbitrary: id.map((one) => (model: Model) => model.load(one)), weight: 3 },
  id.map((one) => (model: Model) => model.crash(one)),
  { arbitrary: id.map((one) => (model: Model) => model.start(one)), weight: 2 },
  id.map((one) => (model: Model) => model.lose(one)),
  fc.boolean().map((asleep) => (model: Model) => void (model.asleep = asleep)),
  { arbitrary: id.map((one) => (model: Model) => model.place(one)), weight: 2 },
);

describe('While an authority is replaced', () => {
  test('any two that run trust each other, whatever fails, and in the end only the new one is trusted', () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 10, maxLength: 120, size: 'max' }), (acts) => {
        const model = new Model();
        for (const one of acts) one(model);
        model.rest();
        const { secrets } = model.world.world;
        assert.equal(secrets.get('prod-ca')?.certificate?.subjectKeyId, 'key of next authority');
        assert.equal(secrets.get('prod-ca')?.next, undefined);
        for (const name of [operatorSecret, ...ids.map((one) => nodeCertificateSecretName('prod', one))]) {
          assert.deepEqual(secrets.get(name)?.trusts, ['fingerprint of next authority'], name);
          assert.equal(secrets.get(name)?.certificate?.issuerKeyId, 'key of next authority', name);
        }
      }),
      { numRuns: 400 },
    );
  });
});
