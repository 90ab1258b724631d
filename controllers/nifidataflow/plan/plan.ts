// The next step for a dataflow that is to be in NiFi: find it, put it where and as it should be, bring its contents, run it. Pure.
// It is asked with the shared lists to see whether there is anything to do, and again in the task with what was read there. It decides by
// marks and by what NiFi says, so an operator that lost everything it knew goes on with the step at which the former one died.
// Surprise: with sync Once or Never nothing is changed in a flow that was once as asked; only its mark is written again.

import { isMarked, markPosition } from '../../../pkg/nifi/marker.ts';
import { stalled, type Verdict } from '../../nifi/verdict.ts';
import { contents } from './contents.ts';
import { findGroup, hidden } from './find.ts';
import type { GroupInNiFi } from './observed.ts';
import { running } from './running.ts';
import { markAgain, mends, type Situation } from './situation.ts';
import { type Check, type FlowStep, type FlowWish, type FlowWorld, firstOf, type Target, wait } from './world.ts';

export interface FlowPlan {
  /** The group that is ours. */
  readonly group: GroupInNiFi | undefined;
  /** Absent when everything is as asked, or nobody wants it changed. */
  readonly step: FlowStep | undefined;
}

export function planFlow(wish: FlowWish, target: Target, world: FlowWorld): FlowPlan {
  const found = findGroup(wish, world, target);
  switch (found.is) {
    case 'Absent':
      return { group: undefined, step: create(wish) };
    case 'Hidden':
      return { group: undefined, step: wait(hidden(found.id)) };
    case 'Doubtful':
      return { group: undefined, step: wait(doubtful(found.group)) };
    case 'Copied':
      return { group: undefined, step: wait(copied(found.groups)) };
    case 'Unmarked':
      return { group: found.group, step: markAgain(wish, found.group) };
    case 'Ours':
      return { group: found.group, step: nextFor({ wish, target, world, group: found.group }) };
    default:
      return found satisfies never;
  }
}

function create({ position, owner }: FlowWish): FlowStep {
  return { kind: 'Create', position: markPosition(position ?? { x: 0, y: 0 }, owner.uid) };
}

/** What waits for a person in its contents does not keep it from being started and stopped. */
function nextFor(situation: Situation): FlowStep | undefined {
  const step = firstOf([marked, settings, contents], situation);
  return step?.kind === 'Wait' && step.verdict.is === 'Stalled'
    ? (running(situation) ?? step)
    : (step ?? running(situation));
}

/** Comments can carry the mark of a definition whose group was dragged; the position is where it is looked for first. */
const marked: Check<Situation> = ({ wish, group }) =>
  isMarked(group.position, wish.owner.uid) ? undefined : markAgain(wish, group);

const settings: Check<Situation> = (situation) => {
  const { wish, target, group } = situation;
  const { id, name, position, parentId } = group;
  if (!mends(situation)) return undefined;
  if (parentId !== undefined && parentId !== target.parentId) return { kind: 'Move', id, parentId: target.parentId };
  const wished = wish.position && markPosition(wish.position, wish.owner.uid);
  const elsewhere = wished !== undefined && (wished.x !== position.x || wished.y !== position.y);
  if (name === wish.name && !elsewhere) return undefined;
  return {
    kind: 'Arrange',
    id,
    ...(name !== wish.name && { name: wish.name }),
    ...(elsewhere && { position: wished }),
  };
};

function doubtful({ id }: GroupInNiFi): Verdict {
  return stalled(
    'GroupNotRecognised',
    `NiFi has the process group ${id} where this flow belongs, and it carries no mark of an object: rename or remove it, or give spec.displayName`,
  );
}

function copied(groups: readonly GroupInNiFi[]): Verdict {
  const ids = groups.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1));
  return stalled(
    'GroupNotRecognised',
    `NiFi has copies of the process group, ${ids.join(' and ')}, and nothing tells which was first: remove the others, or drag them elsewhere`,
  );
}
