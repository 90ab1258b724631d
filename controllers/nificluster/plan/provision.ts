// The provision plan: everything that should exist, made to exist, for members and for nodes that are to leave.
// All nodes at once and never one after another; it never waits for NiFi, so a killed Pod is back whatever else hangs.

import { closedGate } from './gates.ts';
import { planIdentity } from './identity.ts';
import type { PlanInput } from './input.ts';
import { planNode } from './node.ts';
import { leavingIds, refusals } from './refusals.ts';
import { planShared } from './shared.ts';
import type { Finding, NodeStep, Plan } from './steps.ts';
import { isReadable } from './world.ts';

export function planProvision(input: PlanInput): Plan {
  if (input.world.terminating) return { steps: [], findings: [] };
  const closed = closedGate(input);
  if (closed !== undefined) return { steps: [], findings: [closed] };

  const recorded = leavingIds(input).filter((id) => isReadable(input.world.records.get(id)));
  const ids = [...input.cluster.members, ...recorded];
  const identity = planIdentity(input, ids);
  const nodes = ids.map((id) => ({ id, plan: planNode(input, id) }));
  const nodeSteps = nodes.flatMap(({ id, plan }): readonly NodeStep[] =>
    beforePod(plan.steps, identity.nodes.get(id) ?? []),
  );
  return {
    steps: [...planShared(input), ...identity.cluster, ...nodeSteps],
    findings: [
      ...keyFindings(input),
      ...identity.findings,
      ...nodes.flatMap(({ plan }) => plan.findings),
      ...refusals(input),
    ],
  };
}

/** Where the gate let the nodes that exist pass. */
function keyFindings({ sensitiveKey }: PlanInput): readonly Finding[] {
  return sensitiveKey.state === 'missing' ? [sensitiveKey.finding] : [];
}

/** A Pod whose certificate is not there yet would only wait for it, so the certificate is asked for first. */
function beforePod(steps: readonly NodeStep[], certificates: readonly NodeStep[]): readonly NodeStep[] {
  const pod = steps.findIndex(({ kind }) => kind === 'CreatePod');
  return pod < 0 ? [...steps, ...certificates] : [...steps.slice(0, pod), ...certificates, ...steps.slice(pod)];
}
