import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { relationshipsOf } from './extensions.ts';

const streamCommand = 'org.apache.nifi.processors.standard.ExecuteStreamCommand';

describe('The relationships of a processor', () => {
  test('are those of its class', () => {
    assert.deepEqual(relationshipsOf(streamCommand, {}), ['nonzero status', 'original', 'output stream']);
  });

  test('of ExecuteStreamCommand are one, when what the command says becomes an attribute', () => {
    assert.deepEqual(relationshipsOf(streamCommand, { 'Output Destination Attribute': 'said' }), ['original']);
  });

  test('of another class do not follow a property of that name', () => {
    const type = 'org.apache.nifi.processors.standard.ReplaceText';
    assert.deepEqual(relationshipsOf(type, { 'Output Destination Attribute': 'x' }), ['failure', 'success']);
  });
});
