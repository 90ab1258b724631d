// What is done next for a dataflow that is to leave NiFi, situation by situation.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { markPosition } from '../../../pkg/nifi/marker.ts';
import { planLeave } from './leave.ts';
import type { GroupInNiFi } from './observed.ts';
import { counting, dragged, ours, uid, wish, worldOf } from './testing.ts';
import type { FlowWish, FlowWorld } from './world.ts';

const id = 'g-1';
const still = counting({ stopped: 3 });
const full = counting({ running: 3 }, 5);
const { flowFilesQueued: _, ...untold } = ours;
const disabled: Partial<FlowWorld> = { services: [] };
const enabled: Partial<FlowWorld> = {
  services: [{ name: 'reader', state: 'ENABLED', validationStatus: 'VALID' }],
};

interface Situation {
  readonly what: string;
  readonly wish?: Partial<FlowWish>;
  readonly groups?: readonly GroupInNiFi[];
  readonly world?: Partial<FlowWorld>;
  readonly drop?: boolean;
  readonly due: object | string | undefined;
}

const situations: readonly Situation[] = [
  { what: 'there is none: it has left', groups: [], due: undefined },
  { what: 'it is to be left there', wish: { deletionPolicy: 'Orphan' }, due: undefined },
  { what: 'a group only looks like it: that stays where it is', groups: [dragged], due: undefined },
  {
    what: 'it was dragged, and its id is known: it is marked before anything is deleted',
    groups: [dragged],
    world: { knownId: id },
    due: { kind: 'Mark', id, position: markPosition(dragged.position, uid) },
  },
  { what: 'somebody copied it', groups: [ours, { ...ours, id: 'g-3' }], due: 'GroupNotRecognised' },
  {
    what: 'a group may not be read: it is not called gone',
    groups: [],
    world: { unreadable: ['x'] },
    due: 'NiFiRefused',
  },
  { what: 'something is queued: it drains', groups: [full], due: { kind: 'Drain', id } },
  { what: 'a queue that is not told is not empty', groups: [untold], due: 'Draining' },
  { what: 'nothing is queued, and it runs', due: { kind: 'Stop', id } },
  {
    what: 'something came in while it was being stopped: it drains on',
    groups: [counting({ stopped: 3 }, 2)],
    due: { kind: 'Drain', id },
  },
  {
    what: 'something is queued, and it is to stand still',
    wish: { state: 'Stopped' },
    groups: [counting({ stopped: 3 }, 2)],
    due: 'QueuesNotEmpty',
  },
  { what: 'it stands still: its services are looked at', groups: [still], due: { kind: 'Look', id } },
  { what: 'a service is enabled', groups: [still], world: enabled, due: { kind: 'DisableServices', id } },
  { what: 'nothing is queued, runs or is enabled', groups: [still], world: disabled, due: { kind: 'Delete', id } },
  {
    what: 'Delete: something is queued, and nothing is stopped for it',
    wish: { deletionPolicy: 'Delete' },
    groups: [full],
    due: 'QueuesNotEmpty',
  },
  {
    what: 'Delete: a queue that is not told is not empty',
    wish: { deletionPolicy: 'Delete' },
    groups: [untold],
    due: 'Draining',
  },
  { what: 'Delete: nothing is queued', wish: { deletionPolicy: 'Delete' }, due: { kind: 'Stop', id } },
  {
    what: 'Delete: something came in while it was being stopped: that is worked off',
    wish: { deletionPolicy: 'Delete' },
    groups: [counting({ stopped: 3 }, 2)],
    due: { kind: 'Drain', id },
  },
  {
    what: 'Delete: something is queued, and it is to stand still',
    wish: { deletionPolicy: 'Delete', state: 'Stopped' },
    groups: [counting({ stopped: 3 }, 2)],
    due: 'QueuesNotEmpty',
  },
  { what: 'a person had it dropped: it is stopped', drop: true, groups: [full], due: { kind: 'Stop', id } },
  {
    what: 'a person had it dropped: the queues are',
    drop: true,
    groups: [counting({ stopped: 3 }, 5)],
    due: { kind: 'DropQueues', id },
  },
  {
    what: 'a person had it dropped: it goes',
    drop: true,
    groups: [still],
    world: disabled,
    due: { kind: 'Delete', id },
  },
];

describe('A dataflow leaves NiFi', () => {
  for (const { what, due, drop = false, ...given } of situations) {
    test(what, () => {
      const world = worldOf(given.groups ?? [ours], given.world);
      const step = planLeave({ ...wish, ...given.wish }, world, { drop });
      assert.deepEqual(step?.kind === 'Wait' ? step.verdict.reason : step, due);
    });
  }

  test('nothing that a policy allows drops what is queued, unless a person asked for it', () => {
    for (const deletionPolicy of ['Delete', 'DrainThenDelete', 'Orphan'] as const)
      for (const state of ['Running', 'Stopped'] as const)
        for (const group of [full, counting({ stopped: 3 }, 5), untold]) {
          const step = planLeave({ ...wish, deletionPolicy, state }, worldOf([group], disabled), { drop: false });
          assert.ok(step?.kind !== 'DropQueues' && step?.kind !== 'Delete', `${deletionPolicy} ${state}`);
        }
  });
});
