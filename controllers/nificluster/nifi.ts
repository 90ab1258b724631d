// What the reconcile knows of NiFi, through the cluster's gateway: where the nodes are, and what they last said of the
// cluster and of themselves. What it has NiFi do is in drive.ts.
// Nothing here is awaited. The gateway asks in the background and brings the cluster back when it has news.

import { hostName, operatorCertificateSecretName } from '../../api/v1/labels.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import type { ClusterView, GatewayTarget, NodeAddress } from '../../pkg/nifi/types.ts';
import { defaultPorts } from './build/config/paths.ts';
import type { Asks } from './plan/steps.ts';
import type { World } from './plan/world.ts';
import { decode } from './projections.ts';
import type { ResolvedCluster } from './resolved.ts';

/** What a plan asks for is never older than this. */
const freshMs = 1_000;

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
    const { containerId } = pod.container;
    const process = { podUid: pod.uid, ...(containerId === undefined ? {} : { containerId }) };
    return [{ id: pod.id, host, ip: pod.ip, port: defaultPorts.web, ...process, ready: pod.ready }];
  });
  if (cluster.spec.transport === 'InsecureHTTP') return { nodes, transport: 'InsecureHTTP' };
  const data = world.secrets.get(operatorCertificateSecretName(cluster.name))?.data;
  const [ca, cert, key] = [data?.['ca.crt'], data?.['tls.crt'], data?.['tls.key']];
  if (ca === undefined || cert === undefined || key === undefined) return undefined;
  return { nodes, caPem: decode(ca), certPem: decode(cert), keyPem: decode(key) };
}

/**
 * The view to decide on. A node is asked only once the kubelet calls one ready: before that nobody would answer, and
 * the pauses after failures would delay the first answer. `intervalMs` is how old it may be while something is under way.
 */
export function viewOf(
  gateway: Pick<Gateway, 'view' | 'lastView'>,
  cluster: ResolvedCluster,
  world: World,
  { driftPeriodMs, intervalMs }: NiFiOptions & { readonly intervalMs: number },
): ClusterView | undefined {
  const last = gateway.lastView();
  if (!anyReady(world)) return last;
  return gateway.view(isSteady(cluster, world, last) ? driftPeriodMs : intervalMs) ?? last;
}

/** What every node last said, of the cluster and of itself; asks for nothing. */
export function wordsOf(
  gateway: Pick<Gateway, 'lastViewOf' | 'lastReport'>,
  world: World,
): Pick<World, 'opinions' | 'reports'> {
  const ids = [...world.pods.keys()];
  const known = <T>(of: (id: number) => T | undefined): ReadonlyMap<number, T> =>
    new Map(
      ids.flatMap((id) => {
        const value = of(id);
        return value === undefined ? [] : [[id, value] as const];
      }),
    );
  return { opinions: known((id) => gateway.lastViewOf(id)), reports: known((id) => gateway.lastReport(id)) };
}

/** Has the gateway ask what the plan could not know; each answer brings the cluster back. */
export function askFor(gateway: Pick<Gateway, 'view' | 'viewOf' | 'report'>, asks: Asks, world: World): void {
  const ageMs = Math.min(asks.againMs ?? freshMs, freshMs);
  if (asks.view && anyReady(world)) gateway.view(ageMs);
  for (const id of asks.opinions) gateway.viewOf(id, ageMs);
  for (const id of asks.reports) gateway.report(id, ageMs);
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

/** When to look at NiFi again although no event tells: only while some node can answer and not all are well. */
export function lookAgainMs(cluster: ResolvedCluster, world: World, intervalMs: number): number | undefined {
  return anyReady(world) && !isSteady(cluster, world, world.view) ? intervalMs : undefined;
}

function anyReady({ pods }: World): boolean {
  return [...pods.values()].some(({ ready }) => ready);
}

/** Every member is ready and was connected when last seen, nobody else runs, and none is being taken down. */
function isSteady({ members }: ResolvedCluster, { pods }: World, view: ClusterView | undefined): boolean {
  return (
    [...pods.values()].every(({ id, disconnectedBy }) => members.includes(id) && disconnectedBy === undefined) &&
    members.every(
      (id) => pods.get(id)?.ready === true && view?.nodes.find((node) => node.id === id)?.status === 'CONNECTED',
    )
  );
}
