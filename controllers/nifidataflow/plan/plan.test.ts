// What is done next for a dataflow that is to be in NiFi, situation by situation.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { markPosition, markText } from '../../../pkg/nifi/marker.ts';
import type { GroupInNiFi } from './observed.ts';
import { planFlow } from './plan.ts';
import { atVersion, counting, dragged, otherUid, ours, target, uid, wish, worldOf } from './testing.ts';
import type { FlowWish, FlowWorld, Target } from './world.ts';

interface Situation {
  readonly what: string;
  readonly wish?: Partial<FlowWish>;
  readonly target?: Partial<Target>;
  readonly groups?: readonly GroupInNiFi[];
  readonly world?: Partial<FlowWorld>;
  /** The step, or the reason of a wait; undefined for nothing. */
  readonly due: object | string | undefined;
}

function table(name: string, situations: readonly Situation[]): void {
  describe(name, () => {
    for (const { what, due, ...given } of situations) {
      test(what, () => {
        const world = worldOf(given.groups ?? [ours], given.world);
        const { step } = planFlow({ ...wish, ...given.wish }, { ...target, ...given.target }, world);
        assert.deepEqual(step?.kind === 'Wait' ? step.verdict.reason : step, due);
      });
    }
  });
}

const id = 'g-1';
const stranger: GroupInNiFi = { ...ours, id: 'g-2', position: { x: 7, y: 7 } };
const imported: GroupInNiFi = { ...stranger, name: 'Orders of the registry' };
const to = { registryId: 'client', bucketId: 'b', flowId: 'f', version: '3' };
const next: Partial<Target> = { contents: { kind: 'Registry', version: to } };
const change = { kind: 'ChangeVersion', id, to };
const modified: GroupInNiFi = { ...ours, versionControl: { ...atVersion, state: 'LOCALLY_MODIFIED' } };
const { versionControl: _, ...unversioned } = ours;
const still = { running: 0, stopped: 3, invalid: 0, disabled: 0 };

table('A group is found by its mark', [
  { what: 'all is as asked: nothing is done', due: undefined },
  {
    what: 'there is none: it is made once, with the mark in its position',
    groups: [],
    wish: { position: { x: 10, y: 20 } },
    due: { kind: 'Create', position: markPosition({ x: 10, y: 20 }, uid) },
  },
  {
    what: 'it was imported and the operator died: it is named, not made again',
    groups: [{ ...imported, position: ours.position }],
    world: { settled: 'Never' },
    due: { kind: 'Arrange', id: 'g-2', name: 'orders' },
  },
  {
    what: 'it was dragged, and its id is known: the mark is written where it stands',
    groups: [dragged],
    world: { knownId: id },
    due: { kind: 'Mark', id, position: markPosition(dragged.position, uid) },
  },
  {
    what: 'it was dragged, and nothing is known of it: no second one is made',
    groups: [dragged],
    due: 'GroupNotRecognised',
  },
  {
    what: 'it was imported, then dragged, before it had its name: no second one is made',
    groups: [imported],
    due: 'GroupNotRecognised',
  },
  {
    what: 'a person has the same flow under a name of their own: that is none of ours',
    groups: [{ ...stranger, name: 'my copy' }],
    due: { kind: 'Create', position: markPosition({ x: 0, y: 0 }, uid) },
  },
  {
    what: 'a group of that name is of another object: that is none of ours',
    groups: [{ ...stranger, position: markPosition({ x: 1, y: 1 }, otherUid) }],
    due: { kind: 'Create', position: markPosition({ x: 0, y: 0 }, uid) },
  },
  {
    what: 'the known id is a group of another object: it is not taken over',
    groups: [{ ...stranger, position: markPosition({ x: 1, y: 1 }, otherUid) }],
    world: { knownId: 'g-2' },
    due: { kind: 'Create', position: markPosition({ x: 0, y: 0 }, uid) },
  },
  {
    what: 'somebody copied it, and its id is known: it stays the one',
    groups: [stranger, { ...ours, id: 'g-3' }, ours],
    world: { knownId: id },
    due: undefined,
  },
  {
    what: 'somebody copied it, and nothing tells which was first',
    groups: [ours, { ...ours, id: 'g-3' }],
    due: 'GroupNotRecognised',
  },
  {
    what: 'it was there, and a group may not be read: it is not made again',
    groups: [],
    world: { unreadable: ['x'] },
    due: 'NiFiRefused',
  },
  {
    what: 'it was never there, and a group of others may not be read: it is made',
    groups: [],
    world: { unreadable: ['x'], settled: 'Never' },
    due: { kind: 'Create', position: markPosition({ x: 0, y: 0 }, uid) },
  },
]);

table('It is put where the spec says', [
  { what: 'it is in another parent', target: { parentId: 'p' }, due: { kind: 'Move', id, parentId: 'p' } },
  { what: 'it was renamed by hand', groups: [{ ...ours, name: 'x' }], due: { kind: 'Arrange', id, name: 'orders' } },
  {
    what: 'the spec names another position',
    wish: { position: { x: 5, y: 6 } },
    due: { kind: 'Arrange', id, position: markPosition({ x: 5, y: 6 }, uid) },
  },
  { what: 'it stands where the spec says', wish: { position: { x: 100, y: -40 } }, due: undefined },
  {
    what: 'it was renamed by hand, and was to be made once',
    groups: [{ ...ours, name: 'x' }],
    wish: { sync: 'Once' },
    due: undefined,
  },
  {
    what: 'it was dragged, and was to be made once: its mark is written all the same',
    groups: [dragged],
    wish: { sync: 'Once' },
    world: { knownId: id },
    due: { kind: 'Mark', id, position: markPosition(dragged.position, uid) },
  },
]);

table('Its version changes in place', [
  { what: 'another version is asked for', target: next, due: change },
  {
    what: 'another version is asked for while data is queued: NiFi keeps it',
    target: next,
    groups: [counting({ running: 3 }, 9)],
    due: change,
  },
  {
    what: 'the registry client has another id: it is re-pointed, and nothing is made anew',
    target: { contents: { kind: 'Registry', version: { ...to, version: '2', registryId: 'client-2' } } },
    due: { kind: 'ChangeVersion', id, to: { ...to, version: '2', registryId: 'client-2' } },
  },
  {
    what: 'the flow names no branch, and NiFi has one',
    groups: [{ ...ours, versionControl: { ...atVersion, branch: 'main' } }],
    due: undefined,
  },
  {
    what: 'the spec names another flow: the one that is there is left alone',
    target: { contents: { kind: 'Registry', version: { ...to, flowId: 'g' } } },
    due: 'InvalidSpec',
  },
  { what: 'somebody took it out of version control', groups: [unversioned], due: 'LocallyModified' },
  {
    what: 'NiFi calls it stale, and its version is the one that was asked for',
    groups: [{ ...ours, versionControl: { ...atVersion, state: 'STALE' } }],
    due: undefined,
  },
  {
    what: 'it was made once, and another version is asked for',
    target: next,
    wish: { sync: 'Once' },
    world: { settled: 'Before' },
    due: undefined,
  },
  {
    what: 'it is changed by the spec only, and the spec did change',
    target: next,
    wish: { sync: 'Never' },
    world: { settled: 'Before' },
    due: change,
  },
]);

table('Local changes are reverted or reported', [
  { what: 'always: they are taken back', groups: [modified], due: { kind: 'Revert', id } },
  {
    what: 'always: they are taken back before the version changes',
    groups: [modified],
    target: next,
    due: { kind: 'Revert', id },
  },
  { what: 'never: they stay', groups: [modified], wish: { sync: 'Never' }, due: undefined },
  {
    what: 'never: they stand in the way of another version',
    groups: [modified],
    target: next,
    wish: { sync: 'Never' },
    world: { settled: 'Before' },
    due: 'LocallyModified',
  },
  {
    what: 'never: what stands in the way of another version does not keep it from being stopped',
    groups: [modified],
    target: next,
    wish: { sync: 'Never', state: 'Stopped' },
    world: { settled: 'Before' },
    due: { kind: 'Stop', id },
  },
  { what: 'once: they stay', groups: [modified], wish: { sync: 'Once' }, due: undefined },
]);

describe('A death between any two steps', () => {
  /** NiFi after each step of a first import, none of it in any status. */
  const steps: readonly (readonly [string, GroupInNiFi | undefined, string | undefined])[] = [
    ['before the import', undefined, 'Create'],
    ['after the import', { ...imported, position: ours.position, counts: still }, 'Arrange'],
    ['after it was named', { ...ours, counts: still }, 'Look'],
    ['after it was started', ours, undefined],
  ];
  for (const [when, group, then] of steps) {
    test(`${when}, with the status lost, leads to the step that is next: ${then ?? 'none'}`, () => {
      const world = worldOf(group === undefined ? [] : [group], { settled: 'Never' });
      assert.equal(planFlow(wish, target, world).step?.kind, then);
    });
  }

  test('in a revert or a change of version that stopped the flow leads to that step, and then to a start', () => {
    const cut: GroupInNiFi = { ...modified, counts: still };
    const plan = (group: GroupInNiFi) => planFlow(wish, target, worldOf([group], { services: [] })).step?.kind;
    assert.deepEqual([plan(cut), plan({ ...ours, counts: still })], ['Revert', 'Start']);
  });
});

const drain: Partial<FlowWish> = { updateStrategy: 'Drain' };
const drop: Partial<FlowWish> = { updateStrategy: 'Drop' };
const { flowFilesQueued: __, ...untold } = ours;

table('Queues are emptied first when that is asked for', [
  {
    what: 'drain: something is queued',
    wish: drain,
    target: next,
    groups: [counting({ running: 3 }, 5)],
    due: { kind: 'Drain', id },
  },
  { what: 'drain: nothing is queued, and it runs', wish: drain, target: next, due: { kind: 'Stop', id } },
  {
    what: 'drain: nothing is queued, and it stands still',
    wish: drain,
    target: next,
    groups: [counting({ stopped: 3 })],
    due: change,
  },
  {
    what: 'drain: a queue that is not told is not empty',
    wish: drain,
    target: next,
    groups: [untold],
    due: 'Draining',
  },
  {
    what: 'drain: a flow that is to stand still does not drain',
    wish: { ...drain, state: 'Stopped' },
    target: next,
    groups: [counting({ stopped: 3 }, 5)],
    due: 'QueuesNotEmpty',
  },
  {
    what: 'drain: the version is the one that was asked for',
    wish: drain,
    groups: [counting({ running: 3 }, 5)],
    due: undefined,
  },
  { what: 'drop: it runs', wish: drop, target: next, due: { kind: 'Stop', id } },
  {
    what: 'drop: something is queued',
    wish: drop,
    target: next,
    groups: [counting({ stopped: 3 }, 5)],
    due: { kind: 'DropQueues', id },
  },
  { what: 'drop: nothing is queued', wish: drop, target: next, groups: [counting({ stopped: 3 })], due: change },
  {
    what: 'drop: the version is the one that was asked for',
    wish: drop,
    groups: [counting({ running: 3 }, 5)],
    due: undefined,
  },
]);

const context = { id: 'c', name: 'prod', description: '' };
const bound: GroupInNiFi = { ...ours, parameterContextId: 'c' };

table('It has its parameter context', [
  { what: 'it has', target: { context }, groups: [bound], due: undefined },
  { what: 'none is asked for: what NiFi chose stands', groups: [bound], due: undefined },
  { what: 'a version took it away, and it runs: it is stopped first', target: { context }, due: { kind: 'Stop', id } },
  {
    what: 'a version took it away',
    target: { context },
    groups: [counting({ stopped: 3 })],
    due: { kind: 'BindContext', ids: [id], contextId: 'c' },
  },
  {
    what: 'it is new: the groups in it are looked at',
    target: { context },
    groups: [bound],
    world: { settled: 'Never' },
    due: { kind: 'Look', id },
  },
  {
    what: 'a group in it has none',
    target: { context },
    groups: [{ ...counting({ stopped: 3 }), parameterContextId: 'c' }],
    world: { nested: [{ id: 'n-1' }, { id: 'n-2', parameterContextId: 'c' }], settled: 'Never' },
    due: { kind: 'BindContext', ids: ['n-1'], contextId: 'c' },
  },
]);

const service = { name: 'reader', state: 'DISABLED', validationStatus: 'VALID' };
const stopped = [counting({ stopped: 3 })];

table('It runs as asked', [
  { what: 'it stands still: its services are looked at', groups: stopped, due: { kind: 'Look', id } },
  {
    what: 'it has invalid components: a service may be why',
    groups: [counting({ running: 1, invalid: 1 })],
    due: { kind: 'Look', id },
  },
  {
    what: 'a service is disabled',
    groups: stopped,
    world: { services: [service] },
    due: { kind: 'EnableServices', id },
  },
  {
    what: 'a service is on its way',
    groups: stopped,
    world: { services: [{ ...service, state: 'ENABLING' }] },
    due: 'Applying',
  },
  {
    what: 'a service is being validated',
    groups: stopped,
    world: { services: [{ ...service, validationStatus: 'VALIDATING' }] },
    due: 'Applying',
  },
  {
    what: 'an invalid service is not asked for, and the rest starts',
    groups: stopped,
    world: { services: [{ ...service, validationStatus: 'INVALID' }] },
    due: { kind: 'Start', id },
  },
  {
    what: 'its services are enabled',
    groups: stopped,
    world: { services: [{ ...service, state: 'ENABLED' }] },
    due: { kind: 'Start', id },
  },
  {
    what: 'all that is valid runs',
    groups: [counting({ running: 2, invalid: 1 })],
    world: { services: [] },
    due: undefined,
  },
  { what: 'it is to stand still, and runs', wish: { state: 'Stopped' }, due: { kind: 'Stop', id } },
  { what: 'it is to stand still, and does', wish: { state: 'Stopped' }, groups: stopped, due: undefined },
  {
    what: 'somebody stopped it, and changes are only reported',
    wish: { sync: 'Never' },
    groups: stopped,
    due: undefined,
  },
]);

const definition: Partial<Target> = { contents: { kind: 'Definition', digest: '0123456789abcdef' } };
const defined = { ...unversioned, comments: markText('text\nDefinition: 0123456789abcdef', wish.owner) };
const replace = { kind: 'Replace', id, digest: '0123456789abcdef' };

table('A definition is known by the digest in the comments', [
  { what: 'it is in the group', target: definition, groups: [defined], due: undefined },
  {
    what: 'another one is',
    target: definition,
    groups: [{ ...defined, comments: markText('Definition: ffffffffffffffff', wish.owner) }],
    due: replace,
  },
  {
    what: 'somebody edited the comments',
    target: definition,
    groups: [{ ...defined, comments: 'mine' }],
    due: replace,
  },
  {
    what: 'it was dragged: the comments tell that it is ours',
    target: definition,
    groups: [{ ...defined, position: { x: 1, y: 2 } }],
    due: { kind: 'Mark', id, position: markPosition({ x: 1, y: 2 }, uid) },
  },
]);
