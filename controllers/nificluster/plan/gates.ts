// The reasons not to create anything at all, in order; the first that applies is the answer.
// A gate never stops what already runs: it only keeps the operator from adding to a state that it does not understand.

import type { PlanInput } from './input.ts';
import type { Finding } from './steps.ts';

type Gate = (input: PlanInput) => Finding | undefined;

const gates: readonly Gate[] = [volumesLeftBehind, sensitiveKeyMissing];

/** Undefined when the cluster may be provisioned. */
export function closedGate(input: PlanInput): Finding | undefined {
  for (const gate of gates) {
    const finding = gate(input);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

/** Claims of an earlier cluster of this name: taking them needs a person's word, and so does ignoring them. */
function volumesLeftBehind({ cluster, world }: PlanInput): Finding | undefined {
  if (cluster.spec.adoptVolumes) return undefined;
  const left = [...world.claims.values()].filter((claim) => claim.clusterUid !== cluster.uid).map(({ name }) => name);
  if (left.length === 0) return undefined;
  return {
    reason: 'VolumesLeftBehind',
    message:
      `An earlier cluster of this name left ${left.length} PersistentVolumeClaims behind (${listed(left)}): ` +
      'set spec.adoptVolumes to true to take them back with their data, or delete them',
    effect: 'blocks',
  };
}

function sensitiveKeyMissing({ sensitiveKey }: PlanInput): Finding | undefined {
  return sensitiveKey.state === 'missing' ? sensitiveKey.finding : undefined;
}

/** At most three names, sorted. */
export function listed(names: readonly string[]): string {
  const sorted = names.toSorted();
  return sorted.length <= 3 ? sorted.join(', ') : `${sorted.slice(0, 3).join(', ')} …`;
}
