// What the reconcile has NiFi do, through the cluster's gateway: the policies that an initial admin lacks, the thread count,
// the moves of nodes that a plan asks for, and taking back nodes that fell out.
// Nothing here is awaited: a task goes on as long as every reconcile asks for it, and its end brings the cluster back.
// Only what was told is remembered, so that each piece of work is told once, and what saves calls; nothing is decided from it.

import type { ObjectKey } from '../../pkg/kube/types.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import { ensurePolicies, nodeGrants, operatorGrants, type PolicyMemory } from '../../pkg/nifi/tasks/policies.ts';
import { setMaxTimerDrivenThreadCount } from '../../pkg/nifi/tasks/threads.ts';
import { moveNode } from '../../pkg/nifi/tasks/transition.ts';
import type { GatewayProblem, TaskState } from '../../pkg/nifi/types.ts';
import { parseDuration } from '../../pkg/schema/duration.ts';
import { accessOf } from './access.ts';
import type { ApplyContext } from './apply/context.ts';
import { nodeIdentity, operatorIdentity } from './build/config/identities.ts';
import type { DisruptPlan, Finding, NiFiStep } from './plan/steps.ts';
import type { World } from './plan/world.ts';
import type { ResolvedCluster } from './resolved.ts';

type Driven = Pick<Gateway, 'problem' | 'run' | 'autoHeal'>;
type Event = ApplyContext['event'];

export interface DriveInput {
  readonly cluster: ResolvedCluster;
  readonly world: World;
  readonly plan: Pick<DisruptPlan, 'nifi' | 'heldDown'>;
  readonly monotonicMs: number;
}

export interface Drove {
  readonly findings: readonly Finding[];
  /** What NiFi has accepted since the last time. */
  readonly asked: readonly NiFiStep[];
  /** Milliseconds until something is told that has not lasted long enough yet. */
  readonly againMs?: number;
  /** The first attempt at the policies is under way: in a moment it is known whether they are there. */
  readonly unknown: boolean;
}

interface Heard {
  /** The move of each node that was told last. */
  readonly told: Map<number, string>;
  /** What NiFi has accepted since somebody asked. */
  readonly asked: NiFiStep[];
  /** Saves calls. */
  readonly policies: PolicyMemory;
}

export class NiFiDriver {
  /** By `namespace/name`. */
  private readonly heard = new Map<string, Heard>();

  /** Starts or continues what NiFi needs to do, and says what went wrong with it. */
  drive(gateway: Driven, { cluster, world, plan, monotonicMs }: DriveInput, event: Event): Drove {
    const silence = silenceOf(gateway.problem(), world, monotonicMs);
    if (world.view === undefined) return { ...silence, asked: [], unknown: false };
    const heard = this.heardOf(cluster);
    const moves = plan.nifi.map((step) => {
      const asked = (): void => hear(heard, step, event);
      return { step, state: gateway.run(moveNode(step, asked)) };
    });
    // Of a cluster that sleeps, or whose nodes are all down, nobody could be asked, and that is told elsewhere.
    const isAskable = [...world.pods.values()].some(({ ready }) => ready);
    const policies = isAskable ? policiesOf(gateway, cluster, heard.policies) : untroubled;
    const findings = [
      ...silence.findings,
      ...policies.findings,
      ...threads(gateway, cluster),
      ...moves.flatMap(({ step, state }) => moved(step, state)),
    ];
    heal(gateway, { cluster, world, plan }, event);
    return { ...silence, findings, asked: heard.asked.splice(0), unknown: policies.unknown };
  }

  forget(key: ObjectKey): void {
    this.heard.delete(`${key.namespace}/${key.name}`);
  }

  private heardOf({ namespace, name }: ResolvedCluster): Heard {
    const known = this.heard.get(`${namespace}/${name}`) ?? {
      told: new Map<number, string>(),
      asked: [],
      policies: {},
    };
    this.heard.set(`${namespace}/${name}`, known);
    return known;
  }
}

/** NiFi has accepted: told at once, because the next plan may see it done and ask for it no more. */
function hear({ told, asked }: Heard, step: NiFiStep, event: Event): void {
  const { id, kind, nodeId, sinceMs, why, note } = step;
  const move = `${kind} ${nodeId} ${sinceMs}`;
  if (told.get(id) === move) return;
  told.set(id, move);
  asked.push(step);
  event('Normal', why, note);
}

const untroubled = { findings: [], unknown: false } as const;

/** So many attempts may fail in a row: at first, and when what was there before is only looked at again. */
const untoldAttempts = { first: 2, again: 5 } as const;

/**
 * A cluster is Ready once people have the access that the spec gives them, and does not cease to be so because a later look at that is
 * late, or fails now and then.
 */
function policiesOf(
  gateway: Driven,
  cluster: ResolvedCluster,
  memory: PolicyMemory,
): Pick<Drove, 'findings' | 'unknown'> {
  const { name, namespace, spec } = cluster;
  if (spec.transport !== 'TLS') return untroubled;
  const grants = [...operatorGrants(operatorIdentity(name, namespace)), ...nodeGrants(nodeIdentity(name, namespace))];
  const state = gateway.run(ensurePolicies(grants, accessOf(cluster), memory));
  const what = 'The users and policies of the operator, the nodes and spec.access';
  switch (state.state) {
    case 'done':
      return untroubled;
    case 'failed': {
      const isEarly = state.attempts <= untoldAttempts[state.wasDone ? 'again' : 'first'];
      if (state.wasDone && isEarly) return untroubled;
      return { findings: failed(state, what), unknown: isEarly };
    }
    case 'running': {
      if (state.wasDone) return untroubled;
      const { waitingFor } = state;
      const how = waitingFor === undefined ? 'are being written to NiFi' : `wait to be written to NiFi: ${waitingFor}`;
      const finding: Finding = { reason: 'Applying', message: `${what} ${how}`, effect: 'waits' };
      return { findings: [finding], unknown: waitingFor === undefined };
    }
    default:
      return state satisfies never;
  }
}

function threads(gateway: Driven, { spec }: ResolvedCluster): readonly Finding[] {
  const count = spec.maxTimerDrivenThreadCount;
  if (count === undefined) return [];
  return failed(gateway.run(setMaxTimerDrivenThreadCount(count)), 'spec.maxTimerDrivenThreadCount');
}

/**
 * A node with our mark is the planner's business: it is connected again when it is wanted again, and not before. One whose
 * process is not up joins by itself; asked to connect before, it would be CONNECTING, and writes refused, all through its start.
 */
function heal(gateway: Driven, { cluster, world, plan }: Omit<DriveInput, 'monotonicMs'>, event: Event): void {
  const marked = [...world.pods.values()].filter((pod) => pod.disconnectedBy !== undefined).map(({ id }) => id);
  const away = cluster.members.filter((id) => {
    const pod = world.pods.get(id);
    return pod === undefined || pod.deleting || pod.container?.started !== true;
  });
  gateway.autoHeal({
    reconnectAfterMs: parseDuration(cluster.spec.autoHeal.reconnectAfter),
    members: new Set(cluster.members),
    markedDisconnected: new Set(marked),
    wantedDown: new Set([...plan.heldDown, ...marked, ...away]),
    operatorIdentity: operatorIdentity(cluster.name, cluster.namespace),
    asked: (id, reason) => event('Normal', 'NodeReconnected', `Reconnecting node ${id}: ${reason}`),
  });
}

/**
 * A coordinator that ends or is disconnected is replaced within 17 seconds, its Lease included, and every rollout does that once. Until then
 * nobody has to know; that nodes elect their flow is told at once, and so is that no view has ever come.
 */
const patienceMs = 20_000;

function silenceOf(
  problem: GatewayProblem | undefined,
  { pods, view }: World,
  monotonicMs: number,
): Pick<Drove, 'findings' | 'againMs'> {
  const anyReady = [...pods.values()].some(({ ready }) => ready);
  if (problem === undefined || !anyReady) return { findings: [] };
  const finding = noView(problem.message);
  const leftMs = problem.sinceMs + patienceMs - monotonicMs;
  const isPatient = view !== undefined && finding.reason === 'NiFiUnreachable' && leftMs > 0;
  return isPatient ? { findings: [], againMs: Math.ceil(leftMs) } : { findings: [finding] };
}

const verbs = { Disconnect: 'disconnect', Offload: 'offload', Connect: 'connect', Remove: 'remove' } as const;

function moved({ id, kind }: NiFiStep, state: TaskState): readonly Finding[] {
  if (state.state === 'failed') {
    const message = `NiFi refuses to ${verbs[kind]} node ${id}: ${state.error}`;
    return [{ reason: 'NiFiRefused', message, node: id, effect: 'waits' }];
  }
  if (state.state !== 'running' || state.waitingFor === undefined) return [];
  const message = `Waiting to ${verbs[kind]} node ${id}: ${state.waitingFor}`;
  return [{ reason: 'WaitingForNodes', message, node: id, effect: 'waits' }];
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
