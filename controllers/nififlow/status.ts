// What is told of a NiFiFlow: the words of the two objects that it is made of, the registry client's first, because without it there
// is no flow. Pure.
// Surprise: what they said of an earlier spec is not repeated; until they have spoken of this one, the flow is being deployed.

import type { Reason } from '../../api/v1/conditions.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { DefaultedNiFiRegistryClient } from '../../api/v1/zz_generated.nifiregistryclient.ts';
import type { NiFiFlowStatus } from '../../api/v1alpha1/zz_generated.nififlow.ts';
import { findCondition } from '../../pkg/kube/conditions.ts';
import type { WithStatus } from '../nifi/status-writer.ts';
import { stalled, type Verdict, working } from '../nifi/verdict.ts';

export interface Children {
  readonly client: DefaultedNiFiRegistryClient | undefined;
  readonly dataflow: DefaultedNiFiDataflow | undefined;
}

export function verdictOf({ client, dataflow }: Children): Verdict {
  return [client, dataflow].map(verdictOn).find(({ is }) => is !== 'Ready') ?? verdictOn(dataflow);
}

function verdictOn(child: (WithStatus & { readonly kind: string }) | undefined): Verdict {
  if (child === undefined) return working('Applying', 'the objects that the flow is made of are being made');
  const { kind, metadata, status } = child;
  const ready = findCondition(status?.conditions, 'Ready');
  const who = `${kind} ${metadata.name}`;
  if (ready === undefined || status?.observedGeneration !== metadata.generation)
    return working('Applying', `the ${who} has not been brought to NiFi yet`);
  const [reason, message] = [ready.reason as Reason, `${who}: ${ready.message}`];
  if (ready.status === 'True') return { is: 'Ready', reason, message };
  return findCondition(status?.conditions, 'Stalled') ? stalled(reason, message) : working(reason, message);
}

export type FlowFacts = Pick<NiFiFlowStatus, 'phase' | 'deployedProcessGroupId' | 'deployedVersion'>;

export function factsOf(
  { is }: Verdict,
  { dataflow }: Children,
  flow: { readonly autoStart: boolean; readonly isGoing: boolean },
): FlowFacts {
  const { id, observedVersion } = dataflow?.status ?? {};
  return {
    phase: phaseOf(is, id !== undefined, flow),
    ...(id === undefined ? {} : { deployedProcessGroupId: id }),
    ...(observedVersion === undefined ? {} : { deployedVersion: observedVersion }),
  };
}

function phaseOf(
  is: Verdict['is'],
  isDeployed: boolean,
  { autoStart, isGoing }: { readonly autoStart: boolean; readonly isGoing: boolean },
): NonNullable<FlowFacts['phase']> {
  if (isGoing) return 'Deleting';
  if (is === 'Stalled') return 'Error';
  if (is === 'Working') return isDeployed ? 'Deploying' : 'Pending';
  return autoStart ? 'Running' : 'Stopped';
}
