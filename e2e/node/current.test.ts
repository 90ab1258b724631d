// When the Kubernetes of the current context is meant.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCurrentAsked } from './current.ts';

test('the current context is used when it is asked for, and by no other word', () => {
  assert.equal(isCurrentAsked({ CLUSTER: 'current' }, false), true);
  assert.equal(isCurrentAsked({}, false), false);
  assert.equal(isCurrentAsked({ CLUSTER: '' }, false), false);
  assert.throws(() => isCurrentAsked({ CLUSTER: 'prod' }, false), /CLUSTER is prod/u);
});

test('the end of make test never uses it, also where a shell has exported the wish', () => {
  assert.equal(isCurrentAsked({ CLUSTER: 'current' }, true), false);
  assert.equal(isCurrentAsked({ CLUSTER: 'prod' }, true), false);
});
