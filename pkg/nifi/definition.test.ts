// Flow definitions: what is one, what it needs, and what NiFi is sent of it.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { DecodeError } from './decode.ts';
import { definitionWith, parametersOf, parseDefinition } from './definition.ts';

const exported = new URL('../../../shared/reference/nifi-2.11/flow-definition.json', import.meta.url);
const service = { identifier: 's', type: 'S', properties: { url: 'http://#{host}:#{port}', kept: null } };
const inner = {
  identifier: 'i',
  name: 'inner',
  parameterContextName: 'theirs',
  processors: [
    { identifier: 'p', type: 'P', properties: { a: "#{'with space'}#{host}", b: '##{escaped}', c: '${el}' } },
  ],
};
const contents = { identifier: 'g', name: 'n', processGroups: [inner], controllerServices: [service] };
const whole = {
  flowContents: { ...contents, versionedFlowCoordinates: { registryId: 'r' }, comments: 'by somebody' },
  parameterContexts: { theirs: { name: 'theirs', parameters: [{ name: 'host', value: 'h' }] } },
  flowEncodingVersion: '1.0',
  flow: { identifier: 'f' },
};
const settings = { name: 'mine', comments: 'mark', position: { x: 1, y: 2 } };

describe('a flow definition', () => {
  test('is taken as NiFi exports it', { skip: !existsSync(exported) && 'no recorded definition here' }, () => {
    const definition = parseDefinition(readFileSync(exported, 'utf8'));
    assert.ok('flowContents' in definition);
    assert.deepEqual(parametersOf(definition), ['host']);
  });

  test('is refused with what is wrong, and without its contents', () => {
    for (const [text, words] of [
      ['secret: yes', 'it is not JSON'],
      ['[]', 'the text is not an object'],
      ['{"secret": 1}', 'flowContents is not an object'],
      ['{"flowContents": {"name": "secret"}}', 'identifier is not a string'],
      ['{"flowContents": {"identifier": "x", "name": "n", "processors": {}}}', 'processors is not a list'],
      [
        '{"flowContents": {"identifier": "x", "name": "n", "processors": [{"identifier": "p"}]}}',
        'type is not a string',
      ],
      [
        '{"flowContents": {"identifier": "x", "name": "n", "processGroups": [{"identifier": "y"}]}}',
        'name is not a string',
      ],
      ['['.repeat(100), 'JSON is nested deeper than 64 levels'],
    ] as const) {
      assert.throws(() => parseDefinition(text), new DecodeError(`This is no flow definition: ${words}`));
    }
  });

  test('needs the parameters that its components refer to, in all groups, and not what only looks like one', () => {
    assert.deepEqual(parametersOf(whole), ['host', 'port', 'with space']);
  });

  test('is sent with settings of ours and with nothing of a registry', () => {
    const sent = definitionWith(whole, settings);
    assert.deepEqual(sent['flowContents'], {
      ...contents,
      ...settings,
      processGroups: [{ identifier: 'i', name: 'inner', processors: inner.processors, processGroups: [] }],
    });
    assert.deepEqual(sent['parameterContexts'], {});
    assert.ok(!('flow' in sent));
  });

  test('names one context for all groups and brings no parameter of its own', () => {
    const parameterContext = { name: 'ours', description: 'd' };
    const sent = definitionWith(whole, { ...settings, parameterContext });
    const group = sent['flowContents'] as { parameterContextName: string; processGroups: (typeof inner)[] };
    assert.deepEqual([group.parameterContextName, group.processGroups[0]?.parameterContextName], ['ours', 'ours']);
    assert.deepEqual(sent['parameterContexts'], {
      ours: { ...parameterContext, parameters: [], inheritedParameterContexts: [], componentType: 'PARAMETER_CONTEXT' },
    });
  });
});
