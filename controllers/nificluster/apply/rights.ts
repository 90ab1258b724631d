// Whether the rights that a NiFi process starts with are there. Without them it dies as soon as it looks for its leaders, again and again,
// so that no Pod is made before them. A Pod that comes back to a cluster that has them never waits for this, whoever changed them since.

import type { NodeStep, Step } from '../plan/steps.ts';
import type { World } from '../plan/world.ts';

const kinds: ReadonlySet<string> = new Set(['ServiceAccount', 'Role', 'RoleBinding']);

/** The steps of the plan that would make them and were not carried out, where there is none yet. */
export function missingRights(
  steps: readonly Step[],
  done: readonly Step[],
  { shared }: Pick<World, 'shared'>,
): readonly Step[] {
  return steps.filter(
    (step) =>
      step.kind === 'ApplyShared' &&
      kinds.has(step.object.kind) &&
      !shared.has(`${step.object.kind}/${step.object.metadata.name}`) &&
      !done.includes(step),
  );
}

/** What of a node's steps comes before its Pod, without the words that announce the Pod. */
export function untilPod(steps: readonly NodeStep[]): readonly NodeStep[] {
  const at = steps.findIndex(({ kind }) => kind === 'CreatePod');
  return at < 0 ? steps : steps.slice(0, steps[at - 1]?.kind === 'Announce' ? at - 1 : at);
}
