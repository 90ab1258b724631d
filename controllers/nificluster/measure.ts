// What a reconcile counts: the members and how many are ready, joining and leaving, the steps that took something down,
// who waits and for what, what is left on nodes that are being emptied, and which certificate ends first.
// Nothing is decided from it, and what it remembers is only there to see differences.

import type { Reason } from '../../api/v1/conditions.ts';
import type { ObjectKey } from '../../pkg/kube/types.ts';
import { renewalTime } from '../../pkg/pki/inspect.ts';
import type { PlanInput } from './plan/input.ts';
import type { Finding, NiFiStep, Step } from './plan/steps.ts';
import type { World } from './plan/world.ts';

export interface ClusterMetrics {
  observed(key: ObjectKey, nodes: { readonly total: number; readonly ready: number }): void;
  scaled(key: ObjectKey, direction: 'up' | 'down', nodes: number): void;
  /** A step that takes a node down, or destroys something of it, was accepted by Kubernetes or NiFi. */
  disrupted(key: ObjectKey, action: DisruptiveAction): void;
  /** Nodes that are not as they should be, by reason; reasons that are not named have none. */
  waiting(key: ObjectKey, nodes: ReadonlyMap<Reason, number>): void;
  /** Flow files left on nodes that are being emptied, by id; nodes that are not named are none of them. */
  emptying(key: ObjectKey, flowFiles: ReadonlyMap<number, number>): void;
  /** The certificate that ends first, and when it is due to be replaced; undefined: there is none. */
  certified(key: ObjectKey, first: { readonly notAfter: Date; readonly renewal: Date } | undefined): void;
  forget(key: ObjectKey): void;
}

const disruptiveSteps = ['DeletePod', 'DeleteClaim', 'DeleteRecord'] as const satisfies readonly Step['kind'][];

export type DisruptiveAction = NiFiStep['kind'] | (typeof disruptiveSteps)[number];

export interface Measured {
  readonly input: Pick<PlanInput, 'cluster' | 'world'>;
  readonly findings: readonly Finding[];
  /** Steps of the disrupt plan that were carried out. */
  readonly done: readonly Step[];
  /** What NiFi has accepted. */
  readonly asked: readonly NiFiStep[];
}

export class Measurements {
  private readonly metrics: ClusterMetrics;
  private readonly sizes = new Map<string, number>();

  constructor(metrics: ClusterMetrics) {
    this.metrics = metrics;
  }

  measure(key: ObjectKey, { input: { cluster, world }, findings, done, asked }: Measured): void {
    const total = cluster.members.length;
    const ready = cluster.members.filter((id) => world.pods.get(id)?.ready).length;
    this.metrics.observed(key, { total, ready });
    const name = `${key.namespace}/${key.name}`;
    const before = this.sizes.get(name) ?? total;
    if (total !== before) this.metrics.scaled(key, total > before ? 'up' : 'down', Math.abs(total - before));
    this.sizes.set(name, total);
    for (const { kind } of done) if (isDisruptive(kind)) this.metrics.disrupted(key, kind);
    for (const { kind } of asked) this.metrics.disrupted(key, kind);
    this.metrics.waiting(key, waitingNodes(findings));
    this.metrics.emptying(key, leftOn(cluster.members, world));
    this.metrics.certified(key, firstToEnd(world));
  }

  forget(key: ObjectKey): void {
    this.sizes.delete(`${key.namespace}/${key.name}`);
    this.metrics.forget(key);
  }
}

function isDisruptive(kind: Step['kind']): kind is (typeof disruptiveSteps)[number] {
  return (disruptiveSteps as readonly string[]).includes(kind);
}

/** A node counts once for a reason, and for each of several. */
function waitingNodes(findings: readonly Finding[]): ReadonlyMap<Reason, number> {
  const held = findings.filter(({ node, effect }) => node !== undefined && effect !== 'notes');
  const byReason = Map.groupBy(held, ({ reason }) => reason);
  return new Map([...byReason].map(([reason, all]) => [reason, new Set(all.map(({ node }) => node)).size]));
}

/** By the node's own word while it is apart from the cluster, otherwise by its last heartbeat. */
function leftOn(members: readonly number[], { pods, reports, view }: World): ReadonlyMap<number, number> {
  const emptying = [...pods.values()].filter(({ id, disconnectedBy }) => {
    const isRestart = disconnectedBy?.startsWith('Restart') === true;
    return members.length > 0 && (!members.includes(id) || (disconnectedBy !== undefined && !isRestart));
  });
  return new Map(
    emptying.flatMap(({ id, uid }) => {
      const report = reports.get(id);
      const own = report?.podUid === uid && !report.connectedToCluster ? report.flowFilesQueued : undefined;
      const left = own ?? view?.nodes.find((node) => node.id === id)?.flowFilesQueued;
      return left === undefined ? [] : [[id, left] as const];
    }),
  );
}

function firstToEnd({ secrets }: World): { readonly notAfter: Date; readonly renewal: Date } | undefined {
  const certificates = [...secrets.values()].flatMap(({ certificate }) => certificate ?? []);
  const [first] = certificates.toSorted((a, b) => a.notAfter.getTime() - b.notAfter.getTime());
  return first === undefined ? undefined : { notAfter: first.notAfter, renewal: renewalTime(first) };
}
