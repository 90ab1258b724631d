// What a dataflow names in NiFi: found, or missing with the field and the mend.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { marked } from '../../nifi/markers.ts';
import type { ClientInNiFi } from '../../nifiregistryclient/plan/plan.ts';
import { bucketOf, clientOf, contextOf, flowOf, parentOf, type Resolved, versionOf } from './resolve.ts';
import { wish } from './testing.ts';
import type { RegistryWish } from './world.ts';

const source: RegistryWish = { kind: 'Registry', client: 'flows', bucket: 'b', flow: 'f' };

function client(id: string, type: string, name = 'flows'): ClientInNiFi {
  const description = marked('', { owner: { kind: 'NiFiRegistryClient', namespace: 'data', name }, sets: [] });
  return { id, name: id, type, description, properties: {}, sensitive: [] };
}

function context(id: string, namespace: string) {
  const owner = { kind: 'NiFiParameterContext', namespace, name: 'prod' };
  return { id, name: 'prod', description: marked('', { owner, sets: [] }), parameters: [], inherited: [] };
}

function targetOf({ id, name, description }: ReturnType<typeof context>) {
  return { id, name, description };
}

const groups = [
  { id: 'p-1', name: 'ingest' },
  { id: 'p-2', name: 'twice' },
  { id: 'p-3', name: 'twice' },
];
const clients = [client('c-1', 'Old'), client('c-2', 'New'), client('c-3', 'New', 'others')];
const versions = [{ version: '10' }, { version: '9' }];
const buckets = [
  { id: 'b', name: 'by id' },
  { id: 'x', name: 'b' },
];

/** [situation, answer, value or the reason and words of the obstacle] */
const cases: readonly (readonly [string, Resolved<unknown>, unknown])[] = [
  ['no parent: the root group', parentOf(wish, 'root', groups), 'root'],
  ['a parent by id', parentOf({ ...wish, parent: { id: 'p-9' } }, 'root', groups), 'p-9'],
  ['a parent by name', parentOf({ ...wish, parent: { name: 'ingest' } }, 'root', groups), 'p-1'],
  [
    'a parent that is not there',
    parentOf({ ...wish, parent: { name: 'none' } }, 'root', groups),
    /^ReferenceMissing: spec\.parentProcessGroup\.name .* none, .* correct the name$/u,
  ],
  [
    'a parent whose name several have',
    parentOf({ ...wish, parent: { name: 'twice' } }, 'root', groups),
    /^ReferenceInvalid: spec\.parentProcessGroup\.name .* give its id$/u,
  ],
  ['no context', contextOf(wish, [context('x', 'data')]), undefined],
  [
    'a context by its mark, not by its name',
    contextOf({ ...wish, context: 'prod' }, [context('x', 'other'), context('y', 'data')]),
    targetOf(context('y', 'data')),
  ],
  [
    'a context whose mark a flow brought along in a copy: the one of its name',
    contextOf({ ...wish, context: 'prod' }, [{ ...context('x', 'data'), name: 'copy' }, context('y', 'data')]),
    targetOf(context('y', 'data')),
  ],
  [
    'a context whose mark a flow has overwritten: by its id and its name',
    contextOf({ ...wish, context: 'prod' }, [{ ...context('x', 'data'), description: '' }], { name: 'prod', id: 'x' }),
    targetOf({ ...context('x', 'data'), description: '' }),
  ],
  [
    'a context that NiFi does not have yet',
    contextOf({ ...wish, context: 'prod' }, [{ ...context('x', 'data'), description: '' }]),
    /^ReferenceNotReady: spec\.parameterContextRef .* NiFiParameterContext prod/u,
  ],
  ['a client of the class that is asked for', clientOf(wish, source, { clients, className: 'New' }), 'c-2'],
  [
    'a client that NiFi does not have yet',
    clientOf(wish, { ...source, client: 'none' }, { clients, className: 'New' }),
    /^ReferenceNotReady: spec\.source\.registry\.clientRef .* NiFiRegistryClient none/u,
  ],
  ['a bucket by id, though another has that name', bucketOf(source, buckets), 'b'],
  ['a bucket by name', bucketOf({ ...source, bucket: 'by id' }, buckets), 'b'],
  [
    'a bucket that is not there',
    bucketOf({ ...source, bucket: 'none' }, buckets),
    /^FlowNotFound: spec\.source\.registry\.bucket .* none, which the registry does not have/u,
  ],
  ['a flow by name', flowOf(source, [{ id: 'f-1', name: 'f' }]), 'f-1'],
  [
    'a flow whose name several have',
    flowOf(source, [
      { id: 'f-1', name: 'f' },
      { id: 'f-2', name: 'f' },
    ]),
    /^FlowNotFound: spec\.source\.registry\.flow .* several: give its id$/u,
  ],
  ['the newest version', versionOf(source, versions), '10'],
  ['a version', versionOf({ ...source, version: '9' }, versions), '9'],
  [
    'a version that is not there',
    versionOf({ ...source, version: '11' }, versions),
    /^FlowNotFound: spec\.source\.registry\.version names the version 11, which the flow does not have/u,
  ],
  ['a flow without versions', versionOf(source, []), /^FlowNotFound: spec\.source\.registry\.flow .* no version yet/u],
];

describe('A dataflow names in NiFi', () => {
  for (const [what, answer, then] of cases) {
    test(what, () => {
      if (then instanceof RegExp) {
        assert.ok(!answer.ok);
        assert.match(`${answer.obstacle.reason}: ${answer.obstacle.message}`, then);
      } else assert.deepEqual(answer, { ok: true, value: then });
    });
  }
});
