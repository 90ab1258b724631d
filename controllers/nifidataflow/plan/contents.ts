// What of a flow is in its group: which version or definition, whether somebody changed it, and with which parameter context. Pure.
// InPlace leaves queues to NiFi, which keeps them; Drain and Drop see to it that nothing is queued when the contents change.
// Surprise: a registry client of another id is a change of version in place, never a reason to make the flow anew.

import { stalled } from '../../nifi/verdict.ts';
import { digestIn } from '../build/definition.ts';
import { isModified } from './observed.ts';
import { emptied } from './queues.ts';
import { mends, type Situation } from './situation.ts';
import { type Check, type FlowStep, firstOf, wait } from './world.ts';

export const contents: Check<Situation> = (situation) =>
  firstOf([unversioned, otherFlow, modified, changed, unbound, unread], situation);

const unversioned: Check<Situation> = (situation) =>
  situation.target.contents.kind === 'Registry' &&
  situation.group.versionControl === undefined &&
  !isLeftAlone(situation)
    ? wait(
        stalled(
          'LocallyModified',
          'somebody took the flow out of version control in NiFi: delete the process group there, and it is made again',
        ),
      )
    : undefined;

const otherFlow: Check<Situation> = (situation) =>
  situation.target.contents.kind === 'Registry' &&
  situation.group.versionControl !== undefined &&
  situation.group.versionControl.flowId !== situation.target.contents.version.flowId &&
  !isLeftAlone(situation)
    ? wait(
        stalled(
          'InvalidSpec',
          'spec.source.registry names another flow than the one that was made: put it back, or create another NiFiDataflow',
        ),
      )
    : undefined;

/** NiFi refuses another version while there are local changes, so they come first. */
const modified: Check<Situation> = ({ wish, group }) => {
  if (!isModified(group)) return undefined;
  return wish.sync === 'Always' ? { kind: 'Revert', id: group.id } : undefined;
};

const changed: Check<Situation> = (situation) => {
  const { wish, group } = situation;
  const step = change(situation);
  if (step === undefined || !mends(situation)) return undefined;
  if (isModified(group))
    return wait(
      stalled(
        'LocallyModified',
        'the flow was changed in NiFi, which keeps it from another version: take the changes back or commit them there, or set spec.sync to Always',
      ),
    );
  return (holdsOther(situation) ? emptied(wish, group) : undefined) ?? step;
};

/** Whether other contents are asked for than are there; the same version by way of another registry client is none. */
export function holdsOther({ target, group }: Pick<Situation, 'target' | 'group'>): boolean {
  const at = group.versionControl;
  if (target.contents.kind === 'Definition' || at === undefined) return change({ target, group }) !== undefined;
  const { registryId } = target.contents.version;
  return change({ target, group: { ...group, versionControl: { ...at, registryId } } }) !== undefined;
}

function change({ target, group }: Pick<Situation, 'target' | 'group'>): FlowStep | undefined {
  if (target.contents.kind === 'Definition') {
    const { digest } = target.contents;
    return digestIn(group.comments) === digest ? undefined : { kind: 'Replace', id: group.id, digest };
  }
  const { version: to } = target.contents;
  const at = group.versionControl;
  const same =
    at?.registryId === to.registryId &&
    at.bucketId === to.bucketId &&
    at.version === to.version &&
    (to.branch === undefined || at.branch === to.branch);
  return same ? undefined : { kind: 'ChangeVersion', id: group.id, to };
}

/** NiFi takes the context away with a version that names none; and it changes none of a group that runs. */
const unbound: Check<Situation> = (situation) => {
  const { target, world, group } = situation;
  if (target.context === undefined || !mends(situation)) return undefined;
  const contextId = target.context.id;
  const all = [group, ...(world.nested ?? [])];
  const ids = all.filter((each) => each.parameterContextId !== contextId).map(({ id }) => id);
  if (ids.length === 0) return undefined;
  return group.counts.running > 0 ? { kind: 'Stop', id: group.id } : { kind: 'BindContext', ids, contextId };
};

/** Groups within it lose theirs in the same way; that is looked at until everything was once as asked. */
const unread: Check<Situation> = ({ wish, target, world, group }) =>
  mends({ wish, world }) && target.context !== undefined && world.nested === undefined && world.settled !== 'Now'
    ? { kind: 'Look', id: group.id }
    : undefined;

/** Made once, and nobody's business since. */
function isLeftAlone(situation: Situation): boolean {
  return situation.wish.sync === 'Once' && !mends(situation);
}
