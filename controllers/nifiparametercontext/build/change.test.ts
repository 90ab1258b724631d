// The requests about a parameter context that NiFi is sent.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContextWish } from '../plan/plan.ts';
import { changeBody, newContext } from './change.ts';

const wish: ContextWish = {
  owner: { kind: 'NiFiParameterContext', namespace: 'data', name: 'jobs' },
  name: 'Jobs',
  description: 'ours',
  adopt: false,
  parameters: new Map([
    ['none', { value: null, sensitive: false, description: '' }],
    ['token', { value: 'canary', sensitive: true, description: 'of the API' }],
  ]),
};

test('A new context has everything in one request, the line by which it is found included', () => {
  assert.deepEqual(newContext(wish, ['1', '2']), {
    name: 'Jobs',
    description: 'ours\nManaged by nifi-operator: NiFiParameterContext data/jobs ["none","token"]',
    inherited: ['1', '2'],
    parameters: [
      { name: 'none', value: null, sensitive: false, description: '' },
      { name: 'token', value: 'canary', sensitive: true, description: 'of the API' },
    ],
  });
});

test('A change names what differs and nothing else, a sensitive parameter with its value', () => {
  assert.deepEqual(changeBody(wish, { set: ['token'], remove: ['old'] }), {
    parameters: [
      { name: 'token', value: 'canary', sensitive: true, description: 'of the API' },
      { name: 'old', remove: true },
    ],
  });
});
