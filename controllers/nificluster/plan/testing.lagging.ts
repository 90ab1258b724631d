// A running cluster whose nodes lag as real ones do: the kubelet brings files late, NiFi loads them later still, and a process
// may begin anew on files that are old. The operator's planner runs on what it can see, and may be cut off after any write.
// After every act it is checked that whoever runs accepts what everybody shows. Not for production code.

import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { nodeCertificateSecretName } from '../../../api/v1/labels.ts';
import { sameNames } from '../../../pkg/pki/inspect.ts';
import { aCluster, type ClusterBuilder } from '../testing.ts';
import { planIdentity } from './identity.ts';
import { ready, starting } from './testing.objects.ts';
import type { WorldBuilder } from './testing.ts';
import type { ObservedSecret, World } from './world.ts';

export const ids = [0, 1, 2] as const;
export const operatorSecret = 'prod-operator-tls';

interface Node {
  /** What the kubelet last brought. */
  files: ObservedSecret | undefined;
  /** What the process loaded; undefined while none runs. */
  loaded: ObservedSecret | undefined;
}

export class LaggingCluster {
  world: WorldBuilder;
  /** No members: nothing is issued for nodes, and no Pod comes back. */
  asleep = false;
  private readonly nodes: readonly Node[];
  /** Whether who has loaded this accepts the client that the operator tries nodes with. */
  private readonly accepts: (loaded: ObservedSecret, world: World) => boolean;

  constructor(world: WorldBuilder, accepts: (loaded: ObservedSecret, world: World) => boolean) {
    this.world = world;
    this.accepts = accepts;
    this.nodes = ids.map((id) => ({ files: this.secretOf(id), loaded: this.secretOf(id) }));
  }

  /** The operator plans and is cut off after `upTo` writes. Gives how many there were to make. */
  operate(upTo: number, sleeping: ClusterBuilder = aCluster().withNodes(0)): number {
    const convinced = ids.filter((id) => this.isConvinced(id));
    const scene = this.world.withConvinced(...convinced);
    const input = (this.asleep ? scene.when(sleeping) : scene).input();
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
    if (node.files !== undefined) node.files = this.secretOf(id) ?? node.files;
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
    const secret = this.secretOf(id);
    if (secret === undefined) return;
    this.node(id).files = secret;
    this.world = this.world.withPod(id, starting(id));
  }

  /** Everything works again, until there is nothing left to do. */
  rest(meanwhile: () => void = () => undefined): void {
    this.asleep = false;
    for (let round = 0; round < 40; round += 1) {
      meanwhile();
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
          other.anchors.some((anchor) => one.trusts.includes(anchor)),
          `${one.name}, who trusts ${one.trusts.join()}, does not trust ${other.name}, which is of ${other.anchors.join()}`,
        );
  }

  /** A Pod is made after the certificate that its node is due. */
  private isIssuedFirst(id: number): boolean {
    return planIdentity(this.world.input(), ids).nodes.has(id);
  }

  private isConvinced(id: number): boolean {
    const { loaded } = this.node(id);
    const secret = this.secretOf(id);
    if (loaded === undefined || secret === undefined || !this.accepts(loaded, this.world.world)) return false;
    const isSame = loaded.certificate?.fingerprint256 === secret.certificate?.fingerprint256;
    return isSame && sameNames(loaded.anchors, secret.anchors);
  }

  private node(id: number): Node {
    const node = this.nodes[id];
    assert.ok(node);
    return node;
  }

  private secretOf(id: number): ObservedSecret | undefined {
    return this.world.world.secrets.get(nodeCertificateSecretName('prod', id));
  }
}

const id = fc.constantFrom(...ids);

/** What may happen to nodes and operator, whoever issues. */
export const acts = [
  { arbitrary: fc.nat(4).map((upTo) => (model: LaggingCluster) => void model.operate(upTo)), weight: 4 },
  { arbitrary: id.map((one) => (model: LaggingCluster) => model.sync(one)), weight: 3 },
  { arbitrary: id.map((one) => (model: LaggingCluster) => model.load(one)), weight: 3 },
  { arbitrary: id.map((one) => (model: LaggingCluster) => model.crash(one)), weight: 1 },
  { arbitrary: id.map((one) => (model: LaggingCluster) => model.start(one)), weight: 2 },
  { arbitrary: id.map((one) => (model: LaggingCluster) => model.lose(one)), weight: 1 },
  {
    arbitrary: fc.boolean().map((asleep) => (model: LaggingCluster) => void (model.asleep = asleep)),
    weight: 1,
  },
  { arbitrary: id.map((one) => (model: LaggingCluster) => model.place(one)), weight: 2 },
] as const;
