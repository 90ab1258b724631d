// What an operation that was broken off by deaths may do once more. Everything else is done exactly as often as without them.
//
// An operator that dies between the delete of an emptied node's Pod and the record of it leaves a Pod that has vanished
// without anybody's word for it: the node is brought back and emptied again, and its Pod deleted again. Whether the next
// operator comes in time to see the Pod going, and still with its proof, is chance. An operator that has heard of the write
// before may come as far as that delete while it is being killed.

import { podName } from '../../api/v1/labels.ts';
import type { Tally } from './audit-tail.ts';
import { clusterName } from './bring-up.ts';
import type { Operation } from './operations.ts';
import type { Write } from './writes.ts';

export interface Deaths {
  readonly killedAt: readonly Write[];
  /** What processes that were being killed may have done all the same, as `Write` names it. */
  readonly lastWrites: readonly string[];
}

/** The counts that may differ from the reference's: what `done` has of them, and no more than the deaths explain. */
export function repeated(
  { emptied }: Pick<Operation, 'emptied'>,
  reference: Tally,
  done: Tally,
  { killedAt, lastWrites }: Deaths,
): Tally {
  if (emptied === undefined) return {};
  const pod = `pods/${podName(clusterName, emptied)}`;
  const [create, remove] = [`create ${pod}`, `delete ${pod}`];
  const most = [...killedAt.map(({ what }) => what), ...lastWrites].filter((what) => what === `DELETE ${pod}`).length;
  const again = (done[create] ?? 0) - (reference[create] ?? 0);
  const more = Math.max(0, Math.min(most, again));
  return Object.fromEntries([create, remove].map((what) => [what, (reference[what] ?? 0) + more]));
}
