// The conditions of a cluster, made of what the plans found. Pure.
// `Ready` sums up, `Reconciling` and `Stalled` are there only while they are true, and the others say which part is not well.
// Every reason of the vocabulary is about one part or expressly about none: a new one does not compile without a decision.

import type { Reason } from '../../api/v1/conditions.ts';
import { type Condition, removeCondition, setCondition } from '../../pkg/kube/conditions.ts';
import type { ClusterView } from '../../pkg/nifi/types.ts';
import type { Finding } from './plan/steps.ts';
import type { Summary } from './status.ts';

export interface Verdict {
  readonly kind: 'ready' | 'waiting' | 'stalled';
  readonly reason: Reason;
  readonly message: string;
}

/** What the cluster is as a whole; `stalled` decides over `waiting`: what only a person can mend is read first. */
export function verdictOf({ input, findings }: Summary): Verdict {
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
  const { length } = cluster.members;
  const message = length === 1 ? 'The only node is ready and connected' : `All ${length} nodes are ready and connected`;
  return { kind: 'ready', reason: 'Ready', message };
}

/** The first finding whole, and how many more there are: short enough to read, stable as long as the causes are. */
function told(findings: readonly Finding[]): string {
  const [first, ...rest] = findings;
  const more =
    rest.length === 0 ? '' : ` (and ${rest.length} more: ${[...new Set(rest.map(({ reason }) => reason))].join(', ')})`;
  return `${first?.message ?? ''}${more}`;
}

type Draft = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

/** All conditions of the cluster; those that no longer hold are gone. */
export function conditionsOf(summary: Summary, verdict: Verdict): readonly Condition[] {
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
    partial(summary, 'SpecAccepted', 'The spec is valid and everything that it names exists'),
    partial(summary, 'NodesHealthy', 'Every member has its volumes and a Pod that runs'),
    connectedCondition(summary),
    partial(summary, 'ConfigurationApplied', 'Every node runs what the spec asks for'),
    partial(summary, 'CertificatesValid', 'Every certificate is there and valid'),
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

type Part = 'SpecAccepted' | 'NodesHealthy' | 'ConfigurationApplied' | 'CertificatesValid';

/** The part of a cluster that a reason is about; undefined: of none of them alone, `Ready` tells it. */
const partOf: Readonly<Record<Reason, Part | undefined>> = {
  InvalidSpec: 'SpecAccepted',
  FieldNotSupported: 'SpecAccepted',
  InvalidAnnotation: 'SpecAccepted',
  MonitoringUnavailable: 'SpecAccepted',
  ReferenceMissing: 'SpecAccepted',
  ReferenceKeyMissing: 'SpecAccepted',
  ReferenceInvalid: 'SpecAccepted',
  DiscoveryFailed: 'SpecAccepted',
  ConfigTooLarge: 'SpecAccepted',
  VolumeShrinkRefused: 'SpecAccepted',
  DowngradeRefused: 'ConfigurationApplied',

  VolumeLost: 'NodesHealthy',
  VolumesLeftBehind: 'NodesHealthy',
  VolumeClassRefused: 'NodesHealthy',
  SensitiveKeyMissing: 'NodesHealthy',
  SensitiveKeyChanged: 'NodesHealthy',
  RecordUnreadable: 'NodesHealthy',
  NameConflict: 'NodesHealthy',
  PodRefused: 'NodesHealthy',
  Unschedulable: 'NodesHealthy',
  ImagePullFailed: 'NodesHealthy',
  NodeCrashLooping: 'NodesHealthy',
  ContainerNotStarted: 'NodesHealthy',
  PodTerminating: 'NodesHealthy',
  WaitingForNodes: 'NodesHealthy',
  KubernetesApiError: 'NodesHealthy',

  Restarting: 'ConfigurationApplied',
  RestartPending: 'ConfigurationApplied',
  Rebuilding: 'ConfigurationApplied',
  RebuildPending: 'ConfigurationApplied',
  RolloutStalled: 'ConfigurationApplied',
  Paused: 'ConfigurationApplied',
  FieldConflict: 'ConfigurationApplied',

  CertificateAuthorityMissing: 'CertificatesValid',
  CertificateAuthorityChanging: 'CertificatesValid',
  CertificatePending: 'CertificatesValid',
  CertificateInvalid: 'CertificatesValid',
  IssuerUnavailable: 'CertificatesValid',

  // Who leaves is no member, and what NiFi has of the members is told by ClusterConnected.
  Removing: undefined,
  RemovalPending: undefined,
  NoOtherNode: undefined,
  OffloadStalled: undefined,
  Returning: undefined,
  Hibernating: undefined,
  Hibernated: undefined,
  FlowElection: undefined,
  NodeDisconnected: undefined,
  NiFiUnreachable: undefined,
  NiFiRefused: undefined,
  VersionMismatch: undefined,
  Ready: undefined,
  Creating: undefined,
  Scaling: undefined,
  Updating: undefined,
  Deleting: undefined,
  InternalError: undefined,

  // Words of the other kinds.
  Applying: undefined,
  Withdrawing: undefined,
  ClusterMissing: undefined,
  ClusterNotReady: undefined,
  ReferenceNotReady: undefined,
  HostNotAllowed: undefined,
  InvalidInNiFi: undefined,
  FlowNotFound: undefined,
  RegistryUnavailable: undefined,
  ParameterMissing: undefined,
  TargetTaken: undefined,
  GroupNotRecognised: undefined,
  LocallyModified: undefined,
  Draining: undefined,
  QueuesNotEmpty: undefined,
  InUse: undefined,
};

/** What holds nothing up and is told all the same: whoever wrote it looks for an answer here. */
const noted: ReadonlySet<Reason> = new Set<Reason>(['InvalidAnnotation', 'MonitoringUnavailable']);

/** True unless a finding about this part says otherwise. */
function partial({ findings }: Summary, type: Part, well: string): Draft {
  const wrong = findings.filter(
    ({ reason, effect }) => partOf[reason] === type && (effect !== 'notes' || noted.has(reason)),
  );
  if (wrong[0] === undefined) return { type, status: 'True', reason: 'Ready', message: well };
  return { type, status: 'False', reason: wrong[0].reason, message: told(wrong) };
}

function connectedCondition({ input, findings }: Summary): Draft {
  const { cluster, world } = input;
  const type = 'ClusterConnected';
  if (cluster.members.length === 0)
    return { type, status: 'True', reason: 'Hibernated', message: 'There are no members to be connected' };
  const unreachable = findings.find(
    ({ reason, node }) => node === undefined && (reason === 'NiFiUnreachable' || reason === 'NiFiRefused'),
  );
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
