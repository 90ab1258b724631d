// Plays the scheduler: binds Pods to nodes, or says in their PodScheduled condition why it does not.
// A Pod that does not fit is looked at again when something could have changed that: a node, a claim of its, a Pod that
// went. What is bound counts as used from the moment the binding is sent, or two Pods would get the last place.

import { isConflict, isNotFound, messageOf } from '../../pkg/kube/errors.ts';
import { objectPath } from '../../pkg/kube/paths.ts';
import { type PersistentVolumeClaim, type Pod, pods, type StorageClass } from '../../pkg/kube/resources.ts';
import type { Store } from '../../pkg/kube/store.ts';
import { keyOf, keyText } from '../../pkg/kube/types.ts';
import { chooseNode, type Demand, demandOf, type Node } from './fit.ts';
import { type Host, timestamp } from './host.ts';
import type { Provisioner } from './provisioner.ts';
import { patchObject } from './writes.ts';

interface Place {
  readonly node: string;
  readonly demand: Demand;
  readonly family: string;
}

interface SchedulerStores {
  readonly pods: Store<Pod>;
  readonly nodes: Store<Node>;
  readonly claims: Store<PersistentVolumeClaim>;
  readonly classes: Store<StorageClass>;
}

export class Scheduler {
  private readonly host: Host;
  private readonly stores: SchedulerStores;
  private readonly provisioner: Provisioner | undefined;
  /** Pod UID → where it runs. */
  private readonly places = new Map<string, Place>();
  private readonly used = new Map<
    string,
    { cpu: number; memory: number; pods: number; families: Map<string, number> }
  >();
  private readonly pending = new Map<string, Pod>();
  private readonly busy = new Set<string>();
  /** Looked at while a write about them was under way. */
  private readonly missed = new Set<string>();
  private readonly told = new Map<string, string>();
  private stopped = false;
  private retry: (() => void) | undefined;

  constructor(host: Host, stores: SchedulerStores, provisioner: Provisioner | undefined) {
    this.host = host;
    this.stores = stores;
    this.provisioner = provisioner;
    stores.nodes.subscribe(() => this.retrySoon());
    stores.classes.subscribe(() => this.retrySoon());
    stores.claims.subscribe(({ object }) => this.retryWith(keyText(keyOf(object))));
    stores.pods.subscribe(({ kind, object }) => {
      if (kind === 'deleted') this.forget(object);
      else this.see(object);
    });
  }

  stop(): void {
    this.stopped = true;
    this.retry?.();
  }

  private see(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const node = pod.spec?.nodeName;
    if (node === undefined) {
      this.pending.set(uid, pod);
      this.attempt(pod);
      return;
    }
    this.pending.delete(uid);
    this.told.delete(uid);
    const done = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
    if (done) this.release(uid);
    else this.assume(pod, node);
  }

  private forget(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    this.pending.delete(uid);
    this.told.delete(uid);
    this.release(uid);
    if (this.pending.size > 0) this.retrySoon();
  }

  private attempt(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    if (this.stopped || this.places.has(uid) || pod.metadata.deletionTimestamp !== undefined) return;
    if (this.busy.has(uid)) {
      this.missed.add(uid);
      return;
    }
    const refusal = this.claimRefusal(pod);
    if (refusal === 'wait') return;
    const choice = refusal === undefined ? this.choose(pod) : { unschedulable: refusal };
    this.busy.add(uid);
    const work = 'node' in choice ? this.bind(pod, choice.node) : this.refuse(pod, choice.unschedulable);
    void this.finish(work, uid);
  }

  private async finish(work: Promise<void>, uid: string): Promise<void> {
    await work.catch((error: unknown) => this.host.report(error));
    this.busy.delete(uid);
    const pod = this.pending.get(uid);
    if (this.missed.delete(uid) && pod !== undefined) this.attempt(pod);
  }

  private choose(pod: Pod): ReturnType<typeof chooseNode> {
    const family = familyOf(pod);
    const candidates = this.stores.nodes.list().map((node) => {
      const used = this.used.get(node.metadata.name);
      return {
        node,
        used: used ?? { cpu: 0, memory: 0, pods: 0 },
        siblings: used?.families.get(family) ?? 0,
      };
    });
    return chooseNode(pod, candidates);
  }

  /** Why the Pod's claims keep it from any node; `wait` while they are being made. */
  private claimRefusal(pod: Pod): string | undefined {
    let waiting = false;
    for (const { persistentVolumeClaim } of pod.spec?.volumes ?? []) {
      if (persistentVolumeClaim === undefined) continue;
      const key = { namespace: pod.metadata.namespace ?? '', name: persistentVolumeClaim.claimName };
      const claim = this.stores.claims.get(key);
      if (claim === undefined) return `persistentvolumeclaim "${key.name}" not found`;
      if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim "${key.name}" is being deleted`;
      if (claim.status?.phase === 'Bound') continue;
      if (this.provisioner?.waitsForConsumer(claim) !== true) return 'pod has unbound immediate PersistentVolumeClaims';
      waiting = true;
      if (!('unschedulable' in this.choose(pod))) this.provisioner.want(key);
      else return undefined; // fits nowhere: say that instead
    }
    return waiting ? 'wait' : undefined;
  }

  /** After a crash here the Pod is bound or is not; the next scheduler sees which. */
  private async bind(pod: Pod, node: string): Promise<void> {
    const { name, uid = '' } = pod.metadata;
    this.assume(pod, node);
    const body = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    };
    try {
      await this.host.writes(() => this.host.api.raw('POST', objectPath(pods, keyOf(pod), 'binding'), { body }));
    } catch (error) {
      this.release(uid);
      if (isNotFound(error) || isConflict(error)) return;
      this.retrySoon();
      throw new Error(`cannot bind ${name}: ${messageOf(error)}`, { cause: error });
    }
  }

  private async refuse(pod: Pod, message: string): Promise<void> {
    const uid = pod.metadata.uid ?? '';
    if (this.told.get(uid) === message) return;
    this.told.set(uid, message);
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime: timestamp(),
    };
    this.host.warn(pod, 'FailedScheduling', message);
    try {
      await patchObject(
        this.host,
        { type: pods, key: keyOf(pod), uid, subresource: 'status' },
        { status: { conditions: [condition] } },
      );
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  private assume(pod: Pod, node: string): void {
    const uid = pod.metadata.uid ?? '';
    if (this.places.get(uid)?.node === node) return;
    this.release(uid);
    const place = { node, demand: demandOf(pod), family: familyOf(pod) };
    this.places.set(uid, place);
    this.count(place, 1);
  }

  private release(uid: string): void {
    const place = this.places.get(uid);
    if (place !== undefined) this.count(place, -1);
    this.places.delete(uid);
  }

  private count({ node, demand, family }: Place, sign: 1 | -1): void {
    const used = this.used.get(node) ?? { cpu: 0, memory: 0, pods: 0, families: new Map<string, number>() };
    used.cpu += sign * demand.cpu;
    used.memory += sign * demand.memory;
    used.pods += sign;
    used.families.set(family, (used.families.get(family) ?? 0) + sign);
    this.used.set(node, used);
  }

  private retryWith(claim: string): void {
    for (const pod of this.pending.values()) if (claimsOf(pod).includes(claim)) this.attempt(pod);
  }

  private retrySoon(): void {
    if (this.stopped) return;
    this.retry ??= this.host.wheel.after(20, () => {
      this.retry = undefined;
      for (const pod of this.pending.values()) this.attempt(pod);
    });
  }
}

function claimsOf(pod: Pod): readonly string[] {
  const namespace = pod.metadata.namespace ?? '';
  return (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) =>
    claim === undefined ? [] : [keyText({ namespace, name: claim.claimName })],
  );
}

/** Pods that should be apart: those of one instance. */
function familyOf(pod: Pod): string {
  return `${pod.metadata.namespace}/${pod.metadata.labels?.['app.kubernetes.io/instance'] ?? pod.metadata.name}`;
}
