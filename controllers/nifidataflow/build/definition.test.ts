// The definition that is sent for a dataflow, and its digest in the comments.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectIn } from '../../../pkg/nifi/decode.ts';
import { ownerIn } from '../../../pkg/nifi/marker.ts';
import { ours, wish } from '../plan/testing.ts';
import type { FlowWish } from '../plan/world.ts';
import { definitionFor, digestIn, digestOf } from './definition.ts';

const definition = { flowContents: { identifier: 'x', name: 'theirs', comments: 'What it is for', processGroups: [] } };
const digest = digestOf(definition);
const defined: FlowWish = { ...wish, source: { kind: 'Definition', definition, digest } };
const { position } = ours;

function commentsOf(from: FlowWish): unknown {
  return objectIn(definitionFor(from, { position }), 'flowContents')['comments'];
}

test('Its comments end with the digest and the owner, below those of the definition', () => {
  const comments = String(commentsOf(defined));
  assert.match(comments, /^What it is for\nDefinition: [0-9a-f]{16}\nManaged by /u);
  assert.deepEqual([digestIn(comments), ownerIn(comments)], [digest, wish.owner]);
});

test('A definition that was exported from a group of ours loses the former marks', () => {
  const comments = String(commentsOf(defined));
  const again = { flowContents: { ...definition.flowContents, comments } };
  assert.equal(commentsOf({ ...defined, source: { kind: 'Definition', definition: again, digest } }), comments);
});

test('It has the name, the marked position and the context that are asked for', () => {
  const context = { id: 'c', name: 'prod', description: '' };
  const sent = objectIn(definitionFor(defined, { position, context }), 'flowContents');
  assert.deepEqual([sent['name'], sent['position'], sent['parameterContextName']], ['orders', position, 'prod']);
});

test('Other contents have another digest, and comments without one have none', () => {
  assert.notEqual(digestOf({ flowContents: { ...definition.flowContents, identifier: 'y' } }), digest);
  assert.equal(digestIn('Definition: 0123456789abcdef, they say'), undefined);
});
