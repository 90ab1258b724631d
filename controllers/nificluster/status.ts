// The status of a cluster: what was observed and planned, in words that a person and kstatus understand. Pure.
// It is output only: nothing is ever decided from it, so losing or overwriting it costs nothing but a write.

import { coerce, compare } from 'semver';
import { podName, podSelector, selectorText, singleUserSecretName, uiServiceName } from '../../api/v1/labels.ts';
import type { NiFiClusterStatus } from '../../api/v1/zz_generated.nificluster.ts';
import { type Condition, removeCondition, setCondition } from '../../pkg/kube/conditions.ts';
import type { ViewNode } from '../../pkg/nifi/types.ts';
import { entryOf } from './plan/disrupt/connection.ts';
import { leavingIds } from './plan/disrupt/needs.ts';
import type { PlanInput } from './plan/input.ts';
import type { Finding } from './plan/steps.ts';
import { isReadable } from './plan/world.ts';
import { conditionsOf, type Verdict, verdictOf } from './status-conditions.ts';

export interface Summary {
  readonly input: Pick<PlanInput, 'cluster' | 'world' | 'desired'>;
  readonly findings: readonly Finding[];
  /** For its generation, and for the times at which its conditions changed. */
  readonly object: { readonly metadata: { readonly generation?: number }; readonly status?: NiFiClusterStatus };
  readonly now: Date;
}

/** `stalled` decides over `waiting`: what only a person can mend is what a person should read first. */
export function summarize(summary: Summary): NiFiClusterStatus {
  const { input, object } = summary;
  const { cluster, world } = input;
  const verdict = verdictOf(summary);
  const nodes = nodeStatuses(summary);
  const connected = nodes.filter(
    ({ id, ready, state }) => ready === true && state === 'CONNECTED' && cluster.members.includes(id),
  );
  const withRole = (role: ViewNode['roles'][number]): string | undefined => {
    const id = world.view?.nodes.find(({ roles }) => roles.includes(role))?.id;
    // The last view of a cluster that sleeps names nodes that are no more.
    return id === undefined || !world.pods.has(id) ? undefined : podName(cluster.name, id);
  };
  const coordinator = withRole('Cluster Coordinator');
  const primary = withRole('Primary Node');
  const scheme = cluster.spec.transport === 'TLS' ? 'https' : 'http';
  const oldest = nodes.flatMap(({ version }) => version ?? []).toSorted(byVersion)[0];
  // Nobody leaves a sleeping cluster.
  const leaving = cluster.members.length === 0 ? [] : leavingIds(input);
  const joining = cluster.members.filter((id) => !world.records.has(id));
  return {
    observedGeneration: object.metadata.generation ?? 0,
    conditions: conditionsOf(summary, verdict).map((condition) => ({ ...condition })),
    phase: phaseOf(summary, verdict, leaving),
    ...(oldest === undefined ? {} : { version: oldest }),
    url: `${scheme}://${uiServiceName(cluster.name)}.${cluster.namespace}.svc:${cluster.spec.service.port}/nifi`,
    ...singleUserOf(cluster),
    ...(coordinator === undefined ? {} : { coordinator }),
    ...(primary === undefined ? {} : { primary }),
    replicas: cluster.members.filter((id) => world.pods.has(id)).length,
    readyNodes: connected.length,
    selector: selectorText(podSelector(cluster.name)),
    nodes,
    planned: { joining, leaving },
  };
}

/** For an object that does not fit the schema, which admission should have refused: nothing is done for it. */
export function invalidStatus(
  object: { readonly metadata: { readonly generation?: number }; readonly status?: NiFiClusterStatus },
  problems: readonly string[],
  now: Date,
): NiFiClusterStatus {
  const observedGeneration = object.metadata.generation ?? 0;
  const message = `The spec does not fit the schema: ${problems.slice(0, 3).join('; ')}`;
  const bad = { status: 'False', reason: 'InvalidSpec', message, observedGeneration } as const;
  const drafts = [
    { ...bad, type: 'Ready' },
    { ...bad, type: 'Stalled', status: 'True' as const },
    { ...bad, type: 'SpecAccepted' },
  ];
  const before = (object.status?.conditions ?? []) as readonly Condition[];
  const conditions = drafts.reduce(
    (all, draft) => setCondition(all, draft, now),
    removeCondition(before, 'Reconciling'),
  );
  return {
    ...object.status,
    observedGeneration,
    phase: 'Error',
    conditions: conditions.map((condition) => ({ ...condition })),
  };
}

function singleUserOf({ name, spec }: PlanInput['cluster']): Pick<NiFiClusterStatus, 'singleUserSecret'> {
  const user = spec.auth?.singleUser;
  return user === undefined ? {} : { singleUserSecret: user.secretRef?.name ?? singleUserSecretName(name) };
}

/** What is no version at all counts as the oldest. */
function byVersion(a: string, b: string): number {
  return compare(coerce(a) ?? '0.0.0', coerce(b) ?? '0.0.0');
}

function phaseOf(
  { input, object }: Summary,
  verdict: Verdict,
  leaving: readonly number[],
): NonNullable<NiFiClusterStatus['phase']> {
  const { cluster, world } = input;
  // A person who pauses a cluster knows what it waits for.
  if (verdict.kind === 'stalled' && verdict.reason !== 'Paused') return 'Error';
  if (verdict.kind === 'ready') return cluster.members.length === 0 ? 'Hibernated' : 'Running';
  if (cluster.members.length === 0) return 'Scaling';
  const established = cluster.members.filter((id) => {
    const record = world.records.get(id);
    return isReadable(record) && record.established !== undefined;
  });
  // Only a word: until it was up for the first time, a cluster is being created.
  const neverUp = object.status?.phase === undefined || object.status.phase === 'Creating';
  if (established.length === 0 || neverUp) return 'Creating';
  return established.length < cluster.members.length || leaving.length > 0 ? 'Scaling' : 'Updating';
}

type NodeStatus = NonNullable<NiFiClusterStatus['nodes']>[number];

function nodeStatuses(summary: Summary): readonly NodeStatus[] {
  const { cluster } = summary.input;
  const leaving = leavingIds(summary.input);
  const ids = [...new Set([...cluster.members, ...leaving])].toSorted((a, b) => a - b);
  return ids.map((id) => ({ id, ...placeOf(summary, id), ...configurationOf(summary, id), ...reasonOf(summary, id) }));
}

/** Where the node is, and what NiFi says of it. */
function placeOf({ input, object }: Summary, id: number): Partial<NodeStatus> {
  const { world } = input;
  const pod = world.pods.get(id);
  const state = world.view && entryOf(input, world.view, id)?.status;
  // What a node runs changes with its Pod only; until it has answered, the last answer stands.
  const version = world.versions.get(id) ?? object.status?.nodes?.find((node) => node.id === id)?.version;
  return {
    ...(pod === undefined ? {} : { pod: pod.name }),
    ...(state === undefined || pod === undefined ? {} : { state }),
    ready: pod?.ready ?? false,
    ...(version === undefined ? {} : { version }),
  };
}

function configurationOf({ input }: Summary, id: number): Partial<NodeStatus> {
  const record = input.world.records.get(id);
  const wanted = input.desired.get(id);
  if (wanted === undefined || !isReadable(record)) return {};
  return { updated: record.inputs === wanted.inputs && input.world.pods.get(id)?.revision === record.revision };
}

/** What holds the node up comes before what is only worth knowing. */
function reasonOf({ input, findings }: Summary, id: number): Partial<NodeStatus> {
  const own = findings.filter(({ node }) => node === id);
  const finding = own.find(({ effect }) => effect === 'blocks') ?? own[0];
  if (finding === undefined && input.cluster.members.length === 0)
    return { reason: 'Hibernated', message: 'The cluster has no members: its volumes stay until it wakes' };
  return finding === undefined ? {} : { reason: finding.reason, message: finding.message.slice(0, 1000) };
}
