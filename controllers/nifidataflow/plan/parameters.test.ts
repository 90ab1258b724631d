// Parameters that a definition refers to and that nobody gives.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContextInNiFi } from '../../nifiparametercontext/plan/plan.ts';
import { missingParameters } from './parameters.ts';
import { wish as versioned } from './testing.ts';
import type { FlowWish } from './world.ts';

const context = (id: string, names: readonly string[], inherited: readonly string[] = []): ContextInNiFi => ({
  id,
  name: id,
  description: '',
  parameters: names.map((name) => ({ name, description: '', sensitive: false, value: 'x', provided: false })),
  inherited,
});
const contexts = [
  context('own', ['host'], ['base']),
  context('base', ['port'], ['circle']),
  context('circle', [], ['base']),
];

function needing(...names: readonly string[]): FlowWish {
  const properties = Object.fromEntries(names.map((name) => [name, `#{${name}}`]));
  const processors = [{ identifier: 'p', type: 't', properties }];
  const definition = { flowContents: { identifier: 'i', name: 'n', processors } };
  return { ...versioned, context: 'prod', source: { kind: 'Definition', definition, digest: '' } };
}

describe('A definition', () => {
  test('may refer to what its context gives, or inherits, over any number of contexts', () => {
    assert.equal(missingParameters(needing('host', 'port'), 'own', contexts), undefined);
  });

  test('that refers to what nobody gives is told with the names and the context', () => {
    const verdict = missingParameters(needing('host', 'user', 'key'), 'own', contexts);
    assert.deepEqual([verdict?.is, verdict?.reason], ['Stalled', 'ParameterMissing']);
    assert.match(verdict?.message ?? '', /parameters key, user, which the NiFiParameterContext prod .* add them/u);
  });

  test('that names no context is told which field gives one', () => {
    const { context: _, ...wish } = needing('host');
    assert.match(missingParameters(wish, undefined, contexts)?.message ?? '', /spec\.parameterContextRef/u);
  });

  test('names at most five of many', () => {
    const names = Array.from({ length: 9 }, (_, index) => `p${index}`);
    assert.match(missingParameters(needing(...names), 'own', contexts)?.message ?? '', /p4 and 4 more,/u);
  });

  test('may lack them where invalid components are passed over', () => {
    assert.equal(missingParameters({ ...needing('user'), skipInvalidComponents: true }, 'own', contexts), undefined);
  });

  test('is asked, and a flow of a registry is not', () => {
    assert.equal(missingParameters(versioned, undefined, contexts), undefined);
  });
});
