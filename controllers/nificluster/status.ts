// The status of a cluster: what was observed and planned, in words that a person and kstatus understand. Pure.
// It is output only: nothing is ever decided from it, so losing or overwriting it costs nothing but a write.

import { coerce, compare } from 'semver';
import type { Reason } from '../../api/v1/conditions.ts';
import { podName, podSelector, selectorText, uiServiceName } from '../../api/v1/labels.ts';
import type { NiFiClusterStatus } from '../../api/v1/zz_generated.nificluster.ts';
import { type Condition, removeCondition, setCondition } from '../../pkg/kube/conditions.ts';
import type { ClusterView, ViewNode } from '../../pkg/nifi/types.ts';
import { leavingIds } from './plan/disrupt/needs.ts';
import type { PlanInput } from './plan/input.ts';
import type { Finding } from './plan/steps.ts';
import { isReadable } from './plan/world.ts';

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
    return id === undefined ? undefined : podName(cluster.name, id);
  };
  const coordinator = withRole('Cluster Coordinator');
  const primary = withRole('Primary Node');
  const scheme = cluster.spec.transport === 'TLS' ? 'https' : 'http';
  const oldest = nodes.flatMap(({ version }) => version ?? []).toSorted(byVersion)[0];
  const leaving = leavingIds(input);
  const joining = cluster.members.filter((id) => !world.records.has(id));
  return {
    observedGeneration: object.metadata.generation ?? 0,
    conditions: conditionsOf(summary, verdict).map((condition) => ({ ...condition })),
    phase: phaseOf(summary, verdict, leaving),
    ...(oldest === undefined ? {} : { version: oldest }),
    url: `${scheme}://${uiServiceName(cluster.name)}.${cluster.namespace}.svc:${cluster.spec.service.port}/nifi`,
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

/** What is no version at all counts as the oldest. */
function byVersion(a: string, b: string): number {
  return compare(coerce(a) ?? '0.0.0', coerce(b) ?? '0.0.0');
}

interface Verdict {
  readonly kind: 'ready' | 'waiting' | 'stalled';
  readonly reason: Reason;
  readonly message: string;
}

function verdictOf({ input, findings }: Summary): Verdict {
  const { cluster, world } = input;
  const stalled = findings.filter(({ effect }) => effect === 'blocks');
  if (stalled[0] !== undefined) return { kind: 'stalled', reason: stalled[0].reason, message: told(stalled) };
  const waits = findings.filter(({ effect }) => effect === 'waits');
  if (waits[0] !== undefined) return { kind: 'waiting', reason: waits[0].reason, message: told(waits) };
  if (world.terminating) return { kind: 'waiting', reason: 'Deleting', message: 'The cluster is being deleted' };
  if (cluster.members.length === 0)
    return { kind: 'ready', reason: 'Hibernated', message: 'The cluster has no members' };
  if (world.view === undefined) {
    return {
      kind: 'waiting',
      reason: 'NiFiUnreachable',
      message: 'All nodes are ready; NiFi has not told its view of the cluster yet',
    };
  }
  const apart = notConnected(cluster.members, world.view);
  if (apart.length > 0) return { kind: 'waiting', reason: 'NodeDisconnected', message: apartMessage(apart) };
  const message = `All ${cluster.members.length} nodes are ready and connected`;
  return { kind: 'ready', reason: 'Ready', message };
}

/** The first finding whole, and how many more there are: short enough to read, stable as long as the causes are. */
function told(findings: readonly Finding[]): string {
  const [first, ...rest] = findings;
  const more =
    rest.length === 0 ? '' : ` (and ${rest.length} more: ${[...new Set(rest.map(({ reason }) => reason))].join(', ')})`;
  return `${first?.message ?? ''}${more}`;
}

function phaseOf(
  { input, object }: Summary,
  verdict: Verdict,
  leaving: readonly number[],
): NonNullable<NiFiClusterStatus['phase']> {
  const { cluster, world } = input;
  if (verdict.kind === 'stalled') return 'Error';
  if (verdict.kind === 'ready') return cluster.members.length === 0 ? 'Hibernated' : 'Running';
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
  const state = world.view?.nodes.find((node) => node.id === id)?.status;
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
function reasonOf({ findings }: Summary, id: number): Partial<NodeStatus> {
  const own = findings.filter(({ node }) => node === id);
  const finding = own.find(({ effect }) => effect === 'blocks') ?? own[0];
  return finding === undefined ? {} : { reason: finding.reason, message: finding.message.slice(0, 1000) };
}

type Draft = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

function conditionsOf(summary: Summary, verdict: Verdict): readonly Condition[] {
  const drafts: readonly Draft[] = [
    {
      type: 'Ready',
      status: verdict.kind === 'ready' ? 'True' : 'False',
      reason: verdict.reason,
      message: verdict.message,
    },
    ...(verdict.kind === 'waiting'
      ? [{ type: 'Reconciling', status: 'True', reason: verdict.reason, message: verdict.message } as const]
      : []),
    ...(verdict.kind === 'stalled'
      ? [{ type: 'Stalled', status: 'True', reason: verdict.reason, message: verdict.message } as const]
      : []),
    partial(summary, 'SpecAccepted', specReasons, 'The spec is valid and everything that it names exists'),
    partial(summary, 'NodesHealthy', nodeReasons, 'Every member has its volumes and a Pod that runs'),
    connectedCondition(summary),
    partial(summary, 'ConfigurationApplied', configurationReasons, 'Every node runs what the spec asks for'),
    partial(summary, 'CertificatesValid', certificateReasons, 'Every certificate is there and valid'),
  ];
  const present = new Set(drafts.map(({ type }) => type));
  const before = (summary.object.status?.conditions ?? []) as readonly Condition[];
  const kept = before
    .filter(({ type }) => !present.has(type))
    .reduce((all, { type }) => removeCondition(all, type), before);
  return drafts.reduce(
    (all, draft) =>
      setCondition(all, { ...draft, observedGeneration: summary.object.metadata.generation ?? 0 }, summary.now),
    kept,
  );
}

const specReasons: readonly Reason[] = [
  'InvalidSpec',
  'FieldNotSupported',
  'InvalidAnnotation',
  'ReferenceMissing',
  'ReferenceKeyMissing',
  'ReferenceInvalid',
  'ConfigTooLarge',
];
const nodeReasons: readonly Reason[] = [
  'VolumeLost',
  'VolumesLeftBehind',
  'SensitiveKeyMissing',
  'SensitiveKeyChanged',
  'RecordUnreadable',
  'NameConflict',
  'PodRefused',
  'Unschedulable',
  'ImagePullFailed',
  'NodeCrashLooping',
  'ContainerNotStarted',
  'PodTerminating',
  'WaitingForNodes',
  'VolumeClassRefused',
  'KubernetesApiError',
];
const configurationReasons: readonly Reason[] = ['RestartRequired', 'Paused', 'ScaleDownRequired', 'FieldConflict'];
const certificateReasons: readonly Reason[] = [
  'CertificateAuthorityMissing',
  'CertificateAuthorityChanging',
  'CertificatePending',
  'CertificateRefused',
  'CertificateInvalid',
  'IssuerUnavailable',
];

/** True unless a finding with one of the reasons says otherwise. */
function partial({ findings }: Summary, type: string, reasons: readonly Reason[], well: string): Draft {
  // An annotation that nobody understands holds nothing up, and its writer looks for an answer here.
  const wrong = findings.filter(
    ({ reason, effect }) => reasons.includes(reason) && (effect !== 'notes' || reason === 'InvalidAnnotation'),
  );
  if (wrong[0] === undefined) return { type, status: 'True', reason: 'Ready', message: well };
  return { type, status: 'False', reason: wrong[0].reason, message: told(wrong) };
}

function connectedCondition({ input, findings }: Summary): Draft {
  const { cluster, world } = input;
  const type = 'ClusterConnected';
  const unreachable = findings.find(({ reason }) => reason === 'NiFiUnreachable' || reason === 'NiFiRefused');
  if (world.view === undefined || unreachable !== undefined) {
    const message = unreachable?.message ?? 'No node has told its view of the cluster yet';
    return { type, status: 'Unknown', reason: unreachable?.reason ?? 'WaitingForNodes', message };
  }
  const apart = notConnected(cluster.members, world.view);
  if (apart.length === 0)
    return { type, status: 'True', reason: 'Ready', message: 'NiFi has every member as CONNECTED' };
  return { type, status: 'False', reason: 'NodeDisconnected', message: apartMessage(apart) };
}

/** Members that the view has in another state, or not at all. */
function notConnected(members: readonly number[], view: ClusterView): readonly number[] {
  return members.filter((id) => view.nodes.find((node) => node.id === id)?.status !== 'CONNECTED');
}

function apartMessage(ids: readonly number[]): string {
  return `NiFi does not have these nodes as CONNECTED: ${ids.join(', ')}`;
}
