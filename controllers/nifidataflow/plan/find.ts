// Which group of NiFi is a dataflow's: the one that carries its mark. Pure; docs/adr/0006 says why the mark is where it is.
// Nothing is adopted without a mark: a group that only looks like ours is a conflict, and no second one is made beside it.
// Surprise: the id that the object's annotation keeps finds a group whose mark was dragged away, and nothing else: it never beats a mark.

import { isMarked, ownerIn } from '../../../pkg/nifi/marker.ts';
import { stalled, type Verdict } from '../../nifi/verdict.ts';
import type { GroupInNiFi } from './observed.ts';
import type { FlowWish, FlowWorld, Target } from './world.ts';

export type Found =
  | { readonly is: 'Ours'; readonly group: GroupInNiFi }
  /** Ours by its id; its mark has to be written first. */
  | { readonly is: 'Unmarked'; readonly group: GroupInNiFi }
  /** Several carry the mark: somebody copied the group. */
  | { readonly is: 'Copied'; readonly groups: readonly GroupInNiFi[] }
  /** It may be ours, and nothing proves it. */
  | { readonly is: 'Doubtful'; readonly group: GroupInNiFi }
  /** It was there once, and there are groups that may not be read. */
  | { readonly is: 'Hidden'; readonly id: string }
  | { readonly is: 'Absent' };

/** `target` tells which flow a doubtful group would hold; without it only its name tells. */
export function findGroup(wish: Pick<FlowWish, 'owner' | 'name'>, world: FlowWorld, target?: Target): Found {
  const marked = world.groups.filter((group) => carriesMark(group, wish.owner.uid));
  const known = world.groups.find(({ id }) => id === world.knownId);
  const [only, second] = marked;
  if (second !== undefined)
    return known !== undefined && marked.includes(known)
      ? { is: 'Ours', group: known }
      : { is: 'Copied', groups: marked };
  if (only !== undefined) return { is: 'Ours', group: only };
  if (known !== undefined && !isOthers(known, world)) return { is: 'Unmarked', group: known };
  // In this order: marks are dear to compare, and there may be hundreds of groups and of other objects.
  const group = world.groups.find((each) => resembles(each, wish, target) && !isOthers(each, world));
  if (group !== undefined) return { is: 'Doubtful', group };
  const [unread] = world.settled === 'Never' && world.knownId === undefined ? [] : world.unreadable;
  return unread === undefined ? { is: 'Absent' } : { is: 'Hidden', id: unread };
}

/** Unknown is not absent: nothing is made, and nothing is called gone. */
export function hidden(id: string): Verdict {
  return stalled(
    'NiFiRefused',
    `NiFi does not let the operator read the process group ${id}, which may hold this flow: give the operator's identity the policy to view and modify it`,
  );
}

/** By the position, or by the comments, which only a definition leaves alone. */
function carriesMark({ position, comments }: GroupInNiFi, uid: string): boolean {
  return isMarked(position, uid) || ownerIn(comments)?.uid === uid;
}

function isOthers(group: GroupInNiFi, { others }: FlowWorld): boolean {
  return others.some((uid) => carriesMark(group, uid));
}

/** An import leaves the flow's own name until the group is renamed, so that one counts as well. */
function resembles(
  { name, versionControl }: GroupInNiFi,
  wish: Pick<FlowWish, 'name'>,
  target: Target | undefined,
): boolean {
  if (name === wish.name) return true;
  const contents = target?.contents;
  return (
    contents?.kind === 'Registry' &&
    versionControl?.flowId === contents.version.flowId &&
    versionControl.flowName === name
  );
}
