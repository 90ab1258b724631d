// What is to be done for a registry client, situation by situation.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { marked } from '../../nifi/markers.ts';
import { type ClientInNiFi, type ClientWish, descriptionOf, hiddenOf, planClient } from './plan.ts';

const owner = { kind: 'NiFiRegistryClient', namespace: 'data', name: 'flows' };
const wish: ClientWish = {
  owner,
  name: 'flows',
  className: 'org.example.Git',
  description: 'ours',
  properties: new Map([
    ['url', 'https://git.example.com'],
    ['Token', 'canary'],
  ]),
  secret: new Set(['Token']),
};
const nothing: ReadonlySet<string> = new Set();

function inNiFi(change: Partial<ClientInNiFi> = {}): ClientInNiFi {
  return {
    id: 'aaaaaaaa-1',
    name: 'flows',
    type: 'org.example.Git',
    description: descriptionOf(wish),
    properties: { url: 'https://git.example.com', Token: '********', Interval: '1 min' },
    sensitive: ['Token'],
    ...change,
  };
}

function update(change: object): object {
  return { kind: 'Update', id: 'aaaaaaaa-1', change: { set: [], unset: [], ...change } };
}

const formerClient = inNiFi({ id: 'bbbbbbbb-2', type: 'org.example.Old' });

interface Situation {
  readonly what: string;
  readonly clients: readonly ClientInNiFi[];
  readonly stale?: ReadonlySet<string>;
  readonly steps: readonly object[];
}

const situations: readonly Situation[] = [
  { what: 'nothing is there: it is made', clients: [], steps: [{ kind: 'Create' }] },
  { what: 'all is as it should be: nothing is done', clients: [inNiFi()], steps: [] },
  {
    what: 'a property was changed by hand',
    clients: [inNiFi({ properties: { url: 'https://other', Token: '********' } })],
    steps: [update({ set: ['url'] })],
  },
  { what: 'a secret changed', clients: [inNiFi()], stale: new Set(['Token']), steps: [update({ set: ['Token'] })] },
  {
    what: 'a secret was taken away by hand',
    clients: [inNiFi({ properties: { url: 'https://git.example.com', Token: null } })],
    steps: [update({ set: ['Token'] })],
  },
  {
    what: 'a property that was once set is asked for no more',
    clients: [inNiFi({ description: marked('ours', { owner, sets: ['Interval', 'Token', 'url'] }) })],
    steps: [update({ description: descriptionOf(wish), unset: ['Interval'] })],
  },
  {
    what: 'a property that others set is left alone',
    clients: [inNiFi({ properties: { ...inNiFi().properties, Branch: 'main' } })],
    steps: [],
  },
  { what: 'it was renamed by hand', clients: [inNiFi({ name: 'x' })], steps: [update({ name: 'flows' })] },
  {
    what: 'another class is asked for: room is made, it is made, the former goes last',
    clients: [formerClient],
    steps: [
      { kind: 'Rename', id: 'bbbbbbbb-2', name: 'flows (former bbbbbbbb)' },
      { kind: 'Create' },
      { kind: 'DeleteFormer', id: 'bbbbbbbb-2' },
    ],
  },
  {
    what: 'a crash after room was made',
    clients: [{ ...formerClient, name: 'flows (former bbbbbbbb)' }],
    steps: [{ kind: 'Create' }, { kind: 'DeleteFormer', id: 'bbbbbbbb-2' }],
  },
  {
    what: 'a crash after the new one was made',
    clients: [{ ...formerClient, name: 'flows (former bbbbbbbb)' }, inNiFi()],
    steps: [{ kind: 'DeleteFormer', id: 'bbbbbbbb-2' }],
  },
  {
    what: 'two of ours are there: the same one stays, whatever the order',
    clients: [inNiFi({ id: 'cccccccc-3', name: 'twin' }), inNiFi()],
    steps: [{ kind: 'DeleteFormer', id: 'cccccccc-3' }],
  },
];

describe('The plan for a registry client', () => {
  for (const { what, clients, stale = nothing, steps } of situations) {
    test(what, () => assert.deepEqual(planClient(wish, clients, stale).steps, steps));
  }

  test('never touches a client of somebody else that has the name', () => {
    const theirs = inNiFi({ description: 'made by hand' });
    const plan = planClient(wish, [theirs], nothing);
    assert.deepEqual([plan.steps, plan.nameTakenBy?.id], [[], theirs.id]);
  });

  test('takes a client of another object of the same NiFi for somebody else', () => {
    const other = { ...owner, name: 'flows2' };
    const theirs = inNiFi({ name: 'else', description: marked('', { owner: other, sets: [] }) });
    assert.deepEqual(planClient(wish, [theirs], nothing).steps, [{ kind: 'Create' }]);
  });

  test('holds no value of a Secret', () => {
    const plan = planClient(wish, [inNiFi({ properties: {} })], nothing);
    assert.ok(plan.steps.length > 0);
    assert.ok(!JSON.stringify(plan.steps).includes('canary'));
  });
});

test('Hidden is what comes from a Secret, and what NiFi calls sensitive and the spec names', () => {
  const plain = { ...wish, secret: new Set<string>() };
  assert.deepEqual([...hiddenOf(wish, undefined)], ['Token']);
  assert.deepEqual([...hiddenOf(plain, inNiFi({ sensitive: ['Token', 'Other'] }))], ['Token']);
});
