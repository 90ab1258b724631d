// What the spec asks for and this operator does not do yet: taking a running node down. It says so and does nothing.

import type { NodeRecord } from '../build/record.ts';
import { listed } from './gates.ts';
import type { PlanInput } from './input.ts';
import { couldMoveOn, mayMoveOn } from './node.ts';
import type { Finding } from './steps.ts';
import { nothingRunsIn } from './stuck.ts';
import { isReadable, type ObservedPod } from './world.ts';

export function refusals(input: PlanInput): readonly Finding[] {
  return [...outdatedNodes(input), ...leavingNodes(input)];
}

/** Ids that have something in the Kubernetes cluster and are no members. */
export function leavingIds({ cluster, world }: PlanInput): readonly number[] {
  const present = [...world.records.keys(), ...world.pods.keys(), ...[...world.claims.values()].map(({ id }) => id)];
  return [...new Set(present)].filter((id) => !cluster.members.includes(id)).toSorted((a, b) => a - b);
}

function outdatedNodes({ cluster, world, desired }: PlanInput): readonly Finding[] {
  return cluster.members.flatMap((id) => {
    const record = world.records.get(id);
    const wanted = desired.get(id);
    const pod = world.pods.get(id);
    if (!isReadable(record) || wanted === undefined) return [];
    const current = wanted.inputs === record.inputs;
    if (current ? runsRecord(pod, record) : mayMoveOn({ cluster, world }, record, pod, wanted)) return [];
    if (!current && couldMoveOn({ world }, record, pod, wanted)) return [paused(id)];
    const message = `Node ${id} runs an older configuration than the spec asks for: this version does not restart running nodes`;
    return [{ reason: 'RestartRequired', message, node: id, effect: 'blocks' } satisfies Finding];
  });
}

function paused(id: number): Finding {
  const message = `Node ${id} cannot start as it is and waits for the configuration of the spec: set spec.paused and spec.rollout.paused to false`;
  return { reason: 'Paused', message, node: id, effect: 'blocks' };
}

/** A Pod in which something runs may be of another revision: it came up just as it was to be replaced. */
function runsRecord(pod: ObservedPod | undefined, record: NodeRecord): boolean {
  return pod === undefined || pod.deleting || pod.revision === record.revision || nothingRunsIn(pod);
}

function leavingNodes(input: PlanInput): readonly Finding[] {
  const ids = leavingIds(input);
  if (ids.length === 0) return [];
  const nodes = listed(ids.map(String));
  const message = `Nodes ${nodes} are no members any more: this version does not take nodes out, they go on as they are`;
  return [{ reason: 'ScaleDownRequired', message, effect: 'blocks' }];
}
