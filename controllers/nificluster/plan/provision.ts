// The provision plan: everything that should exist, made to exist, for members and for nodes that are to leave.
// All nodes at once and never one after another; it never waits for NiFi, so a killed Pod is back whatever else hangs.

import { nodeCertificateSecretName } from '../../../api/v1/labels.ts';
import { isGoing } from './disrupt/leaving.ts';
import { leavingIds } from './disrupt/needs.ts';
import { needsNoPod } from './disrupt/unseen.ts';
import { refusedDowngrade } from './downgrade.ts';
import { closedGate } from './gates.ts';
import { planIdentity } from './identity.ts';
import type { PlanInput } from './input.ts';
import { monitoringFindings } from './monitoring.ts';
import { planNode, planSleepingNode } from './node.ts';
import { planShared } from './shared.ts';
import type { Finding, NodeStep, Plan } from './steps.ts';

export function planProvision(input: PlanInput): Plan {
  if (input.world.terminating) return { steps: [], findings: [] };
  const closed = closedGate(input);
  if (closed !== undefined) return { steps: [], findings: [closed] };

  // Without members nothing is kept up, and a node that is going, or is not known to have ever been there, is not brought back.
  const asleep = input.cluster.members.length === 0;
  const recorded = leavingIds(input).filter((id) => input.world.records.has(id));
  const ids = [...input.cluster.members, ...recorded].filter((id) => !isGoing(input, id) && !needsNoPod(input, id));
  const nodes = ids.map((id) => ({ id, plan: asleep ? planSleepingNode(input, id) : planNode(input, id) }));
  const certified = asleep ? [] : nodes.filter(({ id, plan }) => isRecorded(input, id, plan.steps));
  const identity = planIdentity(
    input,
    certified.map(({ id }) => id),
  );
  const nodeSteps = nodes.flatMap(({ id, plan }): readonly NodeStep[] => {
    const certificates = identity.nodes.get(id) ?? [];
    return hasCertificate(input, id) ? [...plan.steps, ...certificates] : beforePod(plan.steps, certificates);
  });
  return {
    steps: [...planShared(input), ...identity.cluster, ...nodeSteps],
    findings: [
      ...refusals(input),
      ...identity.findings,
      ...monitoringFindings(input),
      ...nodes.flatMap(({ plan }) => plan.findings),
    ],
  };
}

/** What keeps new from being made, where the gate let the nodes that exist pass. */
function refusals(input: PlanInput): readonly Finding[] {
  const { sensitiveKey } = input;
  return [sensitiveKey.state === 'missing' ? sensitiveKey.finding : [], refusedDowngrade(input) ?? []].flat();
}

/** A certificate of a node without a record would stay for ever if that node left now: nothing would know of it. */
function isRecorded({ world }: PlanInput, id: number, steps: readonly NodeStep[]): boolean {
  return world.records.has(id) || world.pods.has(id) || steps.some(({ kind }) => kind === 'CreateRecord');
}

/** What its Pod starts with. Another one may be refused for long, and a killed Pod is to come back. */
function hasCertificate({ cluster, world }: PlanInput, id: number): boolean {
  return world.secrets.get(nodeCertificateSecretName(cluster.name, id))?.certificate !== undefined;
}

/** A Pod whose certificate is not there yet would only wait for it, so the certificate is asked for first. */
function beforePod(steps: readonly NodeStep[], certificates: readonly NodeStep[]): readonly NodeStep[] {
  const pod = steps.findIndex(({ kind }) => kind === 'CreatePod');
  return pod < 0 ? [...steps, ...certificates] : [...steps.slice(0, pod), ...certificates, ...steps.slice(pod)];
}
