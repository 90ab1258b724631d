// What the reconcile asks of NiFi, through the cluster's gateway: its view, the policies that an initial admin lacks,
// the thread count, and taking back nodes that fell out.
// Nothing here is awaited. The gateway does the work in the background and brings the cluster back when it has news.

import { hostName, operatorCertificateSecretName } from '../../api/v1/labels.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import { ensurePolicies, nodeGrants, operatorGrants } from '../../pkg/nifi/tasks/policies.ts';
import { setMaxTimerDrivenThreadCount } from '../../pkg/nifi/tasks/threads.ts';
import type { ClusterView, GatewayTarget, NodeAddress, TaskState } from '../../pkg/nifi/types.ts';
import { parseDuration } from '../../pkg/schema/duration.ts';
import type { ApplyContext } from './apply/context.ts';
import { nodeIdentity, operatorIdentity } from './build/config/identities.ts';
import { defaultPorts } from './build/config/paths.ts';
import type { Finding } from './plan/steps.ts';
import type { World } from './plan/world.ts';
import { decode } from './projections.ts';
import type { ResolvedCluster } from './resolved.ts';

/** How old a view may be while something is under way: longer than a busy NiFi takes to answer. */
const freshMs = 2_000;

export interface NiFiOptions {
  /** How old a view may be while nothing is under way. */
  readonly driftPeriodMs: number;
}

/** Tells the gateway where the nodes are; undefined while the operator has no certificate to show. */
export function targetOf(cluster: ResolvedCluster, world: World): GatewayTarget | undefined {
  const nodes = [...world.pods.values()].flatMap((pod): readonly NodeAddress[] => {
    // Before its startup probe has succeeded it listens nowhere, and failed calls would only make the next ones wait.
    if (pod.ip === undefined || pod.container?.state !== 'running' || !pod.container.started) return [];
    const host = hostName(cluster.name, pod.id, cluster.namespace);
    return [{ id: pod.id, host, ip: pod.ip, port: defaultPorts.web, podUid: pod.uid, ready: pod.ready }];
  });
  if (cluster.spec.transport === 'InsecureHTTP') return { nodes, transport: 'InsecureHTTP' };
  const data = world.secrets.get(operatorCertificateSecretName(cluster.name))?.data;
  const [ca, cert, key] = [data?.['ca.crt'], data?.['tls.crt'], data?.['tls.key']];
  if (ca === undefined || cert === undefined || key === undefined) return undefined;
  return { nodes, caPem: decode(ca), certPem: decode(cert), keyPem: decode(key) };
}

/**
 * The view to decide on. A node is asked only once the kubelet calls one ready: before that nobody would answer, and
 * the pauses after failures would delay the first answer.
 */
export function viewOf(
  gateway: Gateway,
  cluster: ResolvedCluster,
  world: World,
  { driftPeriodMs }: NiFiOptions,
): ClusterView | undefined {
  const anyReady = [...world.pods.values()].some(({ ready }) => ready);
  const last = gateway.lastView();
  if (!anyReady) return last;
  return gateway.view(isSteady(cluster, world, last) ? driftPeriodMs : freshMs) ?? last;
}

/** What ready nodes said they run; each is asked once for each of its Pods. */
export function versionsOf(gateway: Gateway, world: World): ReadonlyMap<number, string> {
  const ready = [...world.pods.values()].filter((pod) => pod.ready);
  return new Map(
    ready.flatMap(({ id }) => {
      const version = gateway.version(id);
      return version === undefined ? [] : [[id, version] as const];
    }),
  );
}

/** When to look at NiFi again although no event tells: soon while some node can answer and not all are well. */
export function lookAgainMs(cluster: ResolvedCluster, world: World): number | undefined {
  const anyReady = [...world.pods.values()].some(({ ready }) => ready);
  return anyReady && !isSteady(cluster, world, world.view) ? freshMs : undefined;
}

/** Every member is ready and was connected when last seen. */
function isSteady(cluster: ResolvedCluster, world: World, view: ClusterView | undefined): boolean {
  return cluster.members.every(
    (id) => world.pods.get(id)?.ready === true && view?.nodes.find((node) => node.id === id)?.status === 'CONNECTED',
  );
}

/** Starts or continues what NiFi needs, and says what went wrong with it. */
export function driveNiFi(
  gateway: Gateway,
  cluster: ResolvedCluster,
  world: World,
  event: ApplyContext['event'],
): readonly Finding[] {
  const { name, namespace, spec } = cluster;
  const findings: Finding[] = [];
  const problem = gateway.problem();
  const anyReady = [...world.pods.values()].some(({ ready }) => ready);
  if (problem !== undefined && anyReady) findings.push(noView(problem.message));
  if (world.view === undefined) return findings;

  if (spec.transport === 'TLS') {
    const grants = [...operatorGrants(operatorIdentity(name, namespace)), ...nodeGrants(nodeIdentity(name, namespace))];
    findings.push(...failed(gateway.run(ensurePolicies(grants)), 'The access policies of the operator and the nodes'));
  }
  const threads = spec.maxTimerDrivenThreadCount;
  if (threads !== undefined) {
    findings.push(...failed(gateway.run(setMaxTimerDrivenThreadCount(threads)), 'spec.maxTimerDrivenThreadCount'));
  }
  const decisions = gateway.autoHeal({
    reconnectAfterMs: parseDuration(spec.autoHeal.reconnectAfter),
    members: new Set(cluster.members),
    markedDisconnected: new Set(
      [...world.pods.values()].filter((pod) => pod.disconnectedBy !== undefined).map(({ id }) => id),
    ),
    wantedDown: new Set(),
    operatorIdentity: operatorIdentity(name, namespace),
  });
  for (const decision of decisions) {
    if (decision.reconnect) event('Normal', 'NodeReconnected', `Reconnecting node ${decision.id}: ${decision.reason}`);
  }
  return findings;
}

/** NiFi's own words for it (StandardFlowService, VotingRequestReplicator): an election is no failure. */
function noView(said: string): Finding {
  const electing = /voting on the appropriate Data ?Flow/iu.test(said);
  const message = electing
    ? `The nodes are electing their flow: ${said}`
    : `NiFi does not tell its view of the cluster: ${said}`;
  return { reason: electing ? 'FlowElection' : 'NiFiUnreachable', message, effect: 'waits' };
}

function failed(state: TaskState, what: string): readonly Finding[] {
  if (state.state !== 'failed') return [];
  return [{ reason: 'NiFiRefused', message: `${what} could not be written to NiFi: ${state.error}`, effect: 'waits' }];
}
