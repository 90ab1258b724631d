// What is to be done for a parameter context, situation by situation.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { marked } from '../../nifi/markers.ts';
import { type ContextInNiFi, type ContextSituation, type ContextWish, descriptionOf, planContext } from './plan.ts';

const owner = { kind: 'NiFiParameterContext', namespace: 'data', name: 'jobs' };
const other = { ...owner, name: 'others' };
const wish: ContextWish = {
  owner,
  name: 'jobs',
  description: 'ours',
  adopt: false,
  parameters: new Map([
    ['empty', { value: '', sensitive: false, description: '' }],
    ['none', { value: null, sensitive: false, description: '' }],
    ['url', { value: 'https://example.com', sensitive: false, description: 'where' }],
    ['token', { value: 'canary', sensitive: true, description: '' }],
  ]),
};
const parameters = [
  { name: 'empty', value: '', sensitive: false, description: '', provided: false },
  { name: 'none', value: null, sensitive: false, description: '', provided: false },
  { name: 'token', sensitive: true, description: '', provided: false },
  { name: 'url', value: 'https://example.com', sensitive: false, description: 'where', provided: false },
];
const old = { name: 'old', value: 'x', sensitive: false, description: '', provided: false };

function inNiFi(change: Partial<ContextInNiFi> = {}): ContextInNiFi {
  return { id: 'a-1', name: 'jobs', description: descriptionOf(wish), parameters, inherited: [], ...change };
}

function having(name: string, change: object): Partial<ContextInNiFi> {
  return { parameters: parameters.map((each) => (each.name === name ? { ...each, ...change } : each)) };
}

function plan(wished: ContextWish, situation: Partial<ContextSituation<ContextInNiFi>>) {
  return planContext(wished, {
    contexts: [],
    inherited: [],
    stale: new Set(),
    place: undefined,
    rivals: new Set(),
    ...situation,
  });
}

function update(change: object): object {
  return { kind: 'Update', change: { set: [], remove: [], ...change } };
}

interface Situation extends Partial<ContextSituation<ContextInNiFi>> {
  readonly what: string;
  readonly wish?: Partial<ContextWish>;
  readonly step: object | undefined;
}

const byHand = inNiFi({ description: 'by hand' });
const situations: readonly Situation[] = [
  { what: 'nothing is there: it is made', step: { kind: 'Create' } },
  { what: 'all is as it should be: nothing is done', contexts: [inNiFi()], step: undefined },
  {
    what: 'a value that should be empty is absent',
    contexts: [inNiFi(having('empty', { value: null }))],
    step: update({ set: ['empty'] }),
  },
  {
    what: 'a value that should be absent is empty',
    contexts: [inNiFi(having('none', { value: '' }))],
    step: update({ set: ['none'] }),
  },
  { what: 'a value was changed', contexts: [inNiFi(having('url', { value: 'x' }))], step: update({ set: ['url'] }) },
  {
    what: 'a description of a sensitive parameter was changed',
    contexts: [inNiFi(having('token', { description: 'x' }))],
    step: update({ set: ['token'] }),
  },
  { what: 'a secret changed', contexts: [inNiFi()], stale: new Set(['token']), step: update({ set: ['token'] }) },
  {
    what: 'a sensitive parameter was removed by hand, although its value is the one that was written',
    contexts: [inNiFi({ parameters: parameters.filter(({ name }) => name !== 'token') })],
    step: update({ set: ['token'] }),
  },
  {
    what: 'a plain parameter becomes sensitive: it is removed first',
    contexts: [inNiFi(having('token', { sensitive: false, value: 'x' }))],
    stale: new Set(['token']),
    step: update({ remove: ['token'] }),
  },
  {
    what: 'a parameter that we set is given no more',
    contexts: [
      inNiFi({ parameters: [...parameters, old], description: marked('ours', { owner, sets: ['old', 'url'] }) }),
    ],
    step: update({ description: descriptionOf(wish), remove: ['old'] }),
  },
  {
    what: 'a parameter that we set is given no more, and our line was overwritten',
    contexts: [inNiFi({ parameters: [...parameters, old], description: 'of the flow' })],
    place: { id: 'a-1', sets: ['old'] },
    step: update({ description: descriptionOf(wish), remove: ['old'] }),
  },
  {
    what: 'a parameter that somebody else set is left alone',
    contexts: [inNiFi({ parameters: [...parameters, old] })],
    step: undefined,
  },
  {
    what: 'a parameter of a provider is left alone',
    contexts: [inNiFi({ parameters: [...parameters, { ...old, provided: true }] })],
    place: { id: 'a-1', sets: ['old'] },
    step: undefined,
  },
  {
    what: 'the order of what is inherited differs',
    contexts: [inNiFi({ inherited: ['b', 'c'] })],
    inherited: ['c', 'b'],
    step: update({ inherited: ['c', 'b'] }),
  },
  { what: 'nothing is inherited any more', contexts: [inNiFi({ inherited: ['b'] })], step: update({ inherited: [] }) },
  { what: 'it was renamed by hand', contexts: [inNiFi({ name: 'x' })], step: update({ name: 'jobs' }) },
  {
    what: 'a flow brought the line of another environment: the id that is kept counts',
    contexts: [inNiFi({ description: marked('', { owner: other, sets: [] }) })],
    place: { id: 'a-1', sets: [] },
    rivals: new Set(['NiFiParameterContext data/others']),
    step: update({ description: descriptionOf(wish) }),
  },
  {
    what: 'the context that is kept is gone: it is made again',
    place: { id: 'a-1', sets: ['url'] },
    step: { kind: 'Create' },
  },
  {
    what: 'an import copied our line to another context: the one with the name is ours',
    contexts: [inNiFi({ id: 'a-0', name: 'copy' }), inNiFi()],
    step: undefined,
  },
  {
    what: 'one of the name is there and the spec takes it over, with what others set in it',
    contexts: [inNiFi({ description: 'by hand', parameters: [...parameters, old] })],
    wish: { adopt: true },
    stale: new Set(['token']),
    step: update({ description: descriptionOf(wish), set: ['token'] }),
  },
  {
    what: 'one of the name is there whose object is gone, and the spec takes it over',
    contexts: [inNiFi({ description: marked('', { owner: other, sets: [] }) })],
    wish: { adopt: true },
    step: update({ description: descriptionOf(wish) }),
  },
];

describe('The plan for a parameter context', () => {
  for (const { what, step, wish: change, ...situation } of situations) {
    test(what, () => assert.deepEqual(plan({ ...wish, ...change }, situation).step, step));
  }

  const conflicts: readonly (readonly [string, Partial<ContextWish>, Partial<ContextSituation<ContextInNiFi>>])[] = [
    ['that somebody made by hand', {}, { contexts: [byHand] }],
    [
      'of another object that lives, even when the spec takes over what it finds',
      { adopt: true },
      {
        contexts: [inNiFi({ description: marked('', { owner: other, sets: [] }) })],
        rivals: new Set(['NiFiParameterContext data/others']),
      },
    ],
    [
      'when it has one already, even when the spec takes over what it finds',
      { adopt: true },
      { contexts: [inNiFi({ name: 'former' }), inNiFi({ id: 'b-1', description: 'by hand' })] },
    ],
  ];
  for (const [which, change, situation] of conflicts) {
    test(`never touches a context of the name ${which}`, () => {
      const planned = plan({ ...wish, ...change }, situation);
      assert.deepEqual([planned.step, planned.nameTakenBy?.name], [undefined, 'jobs']);
    });
  }

  test('holds no value of a Secret', () => {
    const planned = plan(wish, {
      contexts: [inNiFi({ parameters: [], description: '' })],
      place: { id: 'a-1', sets: [] },
    });
    assert.ok(planned.step !== undefined);
    assert.ok(!JSON.stringify(planned.step).includes('canary'));
  });
});
