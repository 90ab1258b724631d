// The disrupt plan: which nodes are taken down now, one step further each, and why the others wait.
// Nothing here is remembered: after a crash the same world gives the same plan. A node that provision still works on is
// left alone in this pass. Surprise: what keeps a node from its turn is also what gives a node back that was half-way down.

import { closedGate } from '../gates.ts';
import type { PlanInput } from '../input.ts';
import { type DisruptPlan, type Finding, isGrowth, type Plan } from '../steps.ts';
import { isReadable } from '../world.ts';
import { asksOf } from './asks.ts';
import { isUp } from './connection.ts';
import { emptyingTurn, withoutProof } from './emptying.ts';
import { ghostsTurn, straysTurn } from './ghosts.ts';
import { hibernationTurn } from './hibernation.ts';
import { isGoing, leavingTurn } from './leaving.ts';
import { markOf } from './mark.ts';
import { leavingIds, type Need, needsOf } from './needs.ts';
import { inOrder } from './order.ts';
import { pending, preflight, type Refusal } from './preflight.ts';
import { restartTurn } from './restart.ts';
import { returningTurn } from './returning.ts';
import { type FailedNode, failedNode } from './rollout.ts';
import { nothingToAsk, progress, stuck, type Turn, type Turns } from './turn.ts';

/** What to do next about running nodes, given what `provision` does in the same pass. */
export function planDisrupt(input: PlanInput, provision: Plan): DisruptPlan {
  const held = new Set([...input.world.pods.values()].filter((pod) => markOf(pod) !== undefined).map(({ id }) => id));
  if (input.world.terminating || closedGate(input) !== undefined) {
    return { steps: [], findings: [], nifi: [], asks: nothingToAsk, heldDown: held };
  }
  const busy = new Set(provision.steps.flatMap((step) => ('id' in step && !isGrowth(step) ? [step.id] : [])));
  if (input.cluster.members.length === 0) return joined(input, [[undefined, hibernationTurn(input, busy)]], held);
  const going = leavingOrMembers(input).filter((id) => isGoing(input, id));
  const needs = needsOf(input).filter(({ id }) => !going.includes(id));
  const turns: Turns = [
    [undefined, ghostsTurn(input)],
    [undefined, straysTurn(input)],
    [undefined, outlook(input, needs)],
  ];
  for (const id of going) if (!input.cluster.spec.paused && !busy.has(id)) turns.push([id, leavingTurn(input, id)]);
  const wanted = takeDown(input, needs, busy, turns);
  for (const id of new Set([...held, ...strayProofs(input)])) {
    if (!wanted.has(id) && !busy.has(id)) turns.push([id, returningTurn(input, id)]);
  }
  return joined(input, turns, new Set([...held, ...wanted, ...leavingIds(input)]));
}

/** Gives every need its turn, or the reason why not; returns the nodes that are wanted down. */
function takeDown(
  input: PlanInput,
  needs: readonly Need[],
  busy: ReadonlySet<number>,
  turns: Turns,
): ReadonlySet<number> {
  // A node that is given back holds its place until its mark is gone: its disconnection may still be on its way.
  const givenBack = (id: number): boolean =>
    markOf(input.world.pods.get(id)) !== undefined && needs.every((need) => need.id !== id);
  const down = new Set(leavingOrMembers(input).filter((id) => !isUp(input, id) || givenBack(id)));
  const wanted = new Set<number>();
  for (const need of inOrder(input, needs)) {
    const { id, kind } = need;
    const harmless = withoutProof(input, need) !== undefined && !input.cluster.spec.paused;
    const refusal = harmless ? undefined : preflight(input, need, down);
    // A node that is being emptied holds its place: to give it back and take it again would move its data twice.
    // A restart that has begun is not taken back by an operator that knows too little yet to go on with it. Else it is, also of a
    // node that is to be emptied by now: it keeps others from beginning, and may wait for one of them itself.
    const purpose = markOf(input.world.pods.get(id))?.purpose;
    const begun = purpose !== undefined;
    const holds = kind !== 'Restart' && purpose !== 'Restart';
    if (refusal === undefined || holds || (begun && refusal.undecided === true)) wanted.add(id);
    // What has begun keeps others from beginning, also while nobody tells how far it is.
    if (refusal !== undefined && begun) down.add(id);
    if (refusal !== undefined) turns.push([id, { findings: [waiting(need, refusal)], quiet: isQuiet(need, refusal) }]);
    else if (!busy.has(id)) {
      down.add(id);
      turns.push([id, kind === 'Restart' ? restartTurn(input, need) : emptyingTurn(input, need)]);
    }
  }
  return wanted;
}

function leavingOrMembers(input: PlanInput): readonly number[] {
  return [...new Set([...input.cluster.members, ...leavingIds(input)])];
}

/** Members with a proof on record that nobody needs any more. */
function strayProofs({ cluster, world }: PlanInput): readonly number[] {
  return cluster.members.filter((id) => {
    const record = world.records.get(id);
    return isReadable(record) && record.removal !== undefined && record.removal.state !== 'PodDeleted';
  });
}

/** A pause, a failed rollout and the lack of another node end by an event of Kubernetes. */
function isQuiet({ kind }: Need, { reason }: Refusal): boolean {
  return reason !== pending(kind);
}

const verbs = { Restart: 'restart', Rebuild: 'rebuild', Remove: 'offload' } as const;

function waiting({ id, kind }: Need, { reason, because }: Refusal): Finding {
  const message = `Waiting to ${verbs[kind]} node ${id}: ${because}`;
  return { reason, message, node: id, effect: reason === pending(kind) ? 'waits' : 'blocks' };
}

/** What concerns no single turn: a rollout that failed, and nodes that leave without anything to know them by. */
function outlook(input: PlanInput, needs: readonly Need[]): Turn {
  const failed = failedNode(input);
  const others = needs.some(({ id, kind }) => kind !== 'Remove' && id !== failed?.id);
  const stalled = failed !== undefined && others ? [rolloutStopped(failed)] : [];
  const unknown = needs.filter(({ id, kind }) => kind === 'Remove' && !input.world.records.has(id));
  return { findings: [...stalled, ...unknown.map(({ id }) => withoutRecord(id))] };
}

/** About the node only where nothing says better what is wrong with it, and what mends it. */
function rolloutStopped({ id, because, explained }: FailedNode): Finding {
  const message = `The rollout stops: ${because}`;
  return explained ? { reason: 'RolloutStalled', message, effect: 'blocks' } : stuck(id, 'RolloutStalled', message);
}

function withoutRecord(id: number): Finding {
  const message = `Node ${id} is no member, has a Pod or volumes and no record, so it can be neither started nor emptied: make it a member again, or delete what carries its label`;
  return stuck(id, 'RecordUnreadable', message);
}

function joined(input: PlanInput, turns: Readonly<Turns>, heldDown: ReadonlySet<number>): DisruptPlan {
  const findings = turns.flatMap(([, turn]) => turn.findings ?? []);
  return {
    steps: turns.flatMap(([, { steps }]) => steps ?? []),
    findings: [...findings, ...unspoken(input, findings)],
    nifi: turns.flatMap(([, { nifi }]) => nifi ?? []),
    asks: asksOf(input, turns),
    heldDown,
  };
}

/** As long as anything is left of a node that leaves, the cluster is not what its spec says. */
function unspoken(input: PlanInput, findings: readonly Finding[]): readonly Finding[] {
  if (input.cluster.members.length === 0) return [];
  const silent = leavingIds(input).filter((id) => findings.every(({ node }) => node !== id));
  return silent.map((node) =>
    input.cluster.spec.paused
      ? { reason: 'Paused', message: `Waiting to remove node ${node}: spec.paused is true`, node, effect: 'blocks' }
      : progress(node, 'Removing', `Removing node ${node}`),
  );
}
