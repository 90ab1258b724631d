// What is in the way of a parameter context, with the field and the mend in its words; and what NiFi should have when nothing is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  DefaultedNiFiParameterContext,
  NiFiParameterContextSpec,
} from '../../api/v1/zz_generated.nifiparametercontext.ts';
import type { References } from '../nificluster/references.ts';
import { referencesOf, validate } from './validate.ts';

/** Secrets by name, the values of their keys as they are. */
function secrets(all: Readonly<Record<string, Readonly<Record<string, string>>>>): References {
  return ({ name }) => {
    const data = all[name];
    if (data === undefined) return { state: 'missing' };
    const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')] as const);
    return { state: 'present', object: { data: Object.fromEntries(encoded) } };
  };
}

function context(spec: Partial<NiFiParameterContextSpec>): DefaultedNiFiParameterContext {
  return {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiParameterContext',
    metadata: { name: 'jobs', namespace: 'data' },
    spec: { clusterRef: { name: 'prod' }, adopt: false, deletionPolicy: 'Delete', ...spec },
  };
}

function refusal(spec: Partial<NiFiParameterContextSpec>, references: References): string {
  const validated = validate(context(spec), references);
  return validated.ok ? 'accepted' : `${validated.obstacle.reason}: ${validated.obstacle.message}`;
}

const token = { Token: { name: 'api', key: 'token' } };

test('No value is not the empty text', () => {
  const validated = validate(
    context({ parameters: { none: {}, empty: { value: '', description: 'of it' } } }),
    secrets({}),
  );
  assert.ok(validated.ok);
  assert.deepEqual(Object.fromEntries(validated.wish.parameters), {
    none: { value: null, sensitive: false, description: '' },
    empty: { value: '', sensitive: false, description: 'of it' },
  });
});

test('Every key of a whole Secret is a sensitive parameter: the first Secret gives it, a single key wins over both', () => {
  const references = secrets({
    one: { a: '1', b: '1', Token: '1' },
    two: { b: '2', c: '2' },
    api: { token: 'canary' },
  });
  const spec = { secretRefs: [{ name: 'one' }, { name: 'two' }], sensitiveParameters: token };
  const validated = validate(context(spec), references);
  assert.ok(validated.ok);
  const parameters = [...validated.wish.parameters];
  assert.deepEqual(Object.fromEntries(parameters.map(([name, { value }]) => [name, value])), {
    a: '1',
    b: '1',
    c: '2',
    Token: 'canary',
  });
  assert.ok(parameters.every(([, { sensitive }]) => sensitive));
});

test('The name in NiFi is that of the object, or the one that is given', () => {
  const names = [{}, { displayName: 'Jobs of the night' }].map((spec) => {
    const validated = validate(context(spec), secrets({}));
    return validated.ok && validated.wish.name;
  });
  assert.deepEqual(names, ['jobs', 'Jobs of the night']);
});

test('A Secret that is not there is told with the field', () => {
  assert.match(
    refusal({ sensitiveParameters: token }, secrets({})),
    /^ReferenceMissing: spec\.sensitiveParameters\[Token\] names the Secret api, .* create it/u,
  );
  assert.match(
    refusal({ secretRefs: [{ name: 'one' }] }, secrets({})),
    /^ReferenceMissing: spec\.secretRefs names the Secret one, .* create it/u,
  );
});

test('A key that is not there is told with the field, without a word of what is there', () => {
  const words = refusal({ sensitiveParameters: token }, secrets({ api: { other: 'canary' } }));
  assert.match(words, /^ReferenceKeyMissing: .*the key token/u);
  assert.ok(!words.includes('canary'));
});

test('A plain parameter that a whole Secret has as well is refused: it would tell what is to be hidden, or hide it', () => {
  const spec = { parameters: { a: { value: 'x' } }, secretRefs: [{ name: 'one' }] };
  assert.match(refusal(spec, secrets({ one: { a: '1' } })), /^InvalidSpec: spec\.parameters\[a\] .* take it out/u);
});

test('Each Secret is watched once', () => {
  const spec = { secretRefs: [{ name: 'api' }, { name: 'all' }], sensitiveParameters: token };
  assert.deepEqual(
    referencesOf(context(spec)).map(({ name }) => name),
    ['all', 'api'],
  );
});
