// Conversions by example, and round trips over random objects of both versions: nothing is lost, in whichever direction one starts.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { applyDefaults } from '../../pkg/schema/defaults.ts';
import { rootSchema } from '../../pkg/schema/kind.ts';
import type { Json } from '../../pkg/schema/structural.ts';
import { validatorOf } from '../../pkg/schema/validator.ts';
import { annotations } from '../v1/labels.ts';
import { nifiCluster } from '../v1/nificluster.schema.ts';
import { valuesFor } from './arbitrary.fixture.ts';
import { toV1, toV1alpha1 } from './conversion.ts';
import { ConversionError } from './fields.ts';
import { at, type Fields, withAt } from './json.ts';
import { smallNiFiCluster } from './nificluster.schema.ts';

const metadata: Fields = { name: 'prod', namespace: 'data', uid: 'u', resourceVersion: '7', labels: { a: 'b' } };

function object(version: 'v1' | 'v1alpha1', spec: Json, status?: Json): Fields {
  const kind = version === 'v1' ? nifiCluster : smallNiFiCluster;
  const head = { apiVersion: `datadynamics.io/${version}`, kind: 'NiFiCluster', metadata };
  const whole: Json = { ...head, spec, ...(status === undefined ? {} : { status }) };
  return applyDefaults(rootSchema(kind), whole) as Fields;
}

const small = (spec: Fields): Fields => object('v1alpha1', { replicas: 3, version: '2.6.0', ...spec });
const large = (spec: Fields): Fields => object('v1', { version: '2.6.0', ...spec });
const kept = (converted: Fields): string | undefined =>
  at(converted, ['metadata', 'annotations', annotations.v1]) as string | undefined;

describe('The small schema in v1', () => {
  test('is what its fields say, and v1 has a place for each', () => {
    const { apiVersion, spec } = toV1(
      small({
        image: 'example.com/nifi',
        storage: { size: '20Gi', storageClassName: 'fast' },
        config: { jvmHeapSize: '2g', maxThreads: 25, sensitivePropsKey: 'twelve-characters' },
        tls: { enabled: true, issuerRef: { name: 'ca' } },
        auth: {
          type: 'oidc',
          oidc: { discoveryUrl: 'https://idp/x', clientId: 'nifi', clientSecretRef: { name: 's' } },
        },
      }),
    );
    assert.equal(apiVersion, 'datadynamics.io/v1');
    assert.deepEqual([at(spec, ['replicas']), at(spec, ['version'])], [3, '2.6.0']);
    assert.equal(at(spec, ['image']), 'example.com/nifi');
    const resources = { requests: { cpu: '1', memory: '2Gi' }, limits: { cpu: '2', memory: '4Gi' } };
    const storage = [{ name: 'data', size: '20Gi', storageClassName: 'fast' }];
    assert.deepEqual(at(spec, ['node']), { resources, jvm: { heap: '2g' }, storage });
    assert.equal(at(spec, ['maxTimerDrivenThreadCount']), 25);
    assert.deepEqual(at(spec, ['sensitivePropsKey']), { value: 'twelve-characters' });
    const issuerRef = { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' };
    assert.deepEqual(at(spec, ['tls']), { issuerRef });
    assert.deepEqual(at(spec, ['auth', 'oidc', 'clientSecretRef']), { name: 's', key: 'clientSecret' });
  });

  test('has TLS from an authority of the operator where tls is not enabled, and nobody logs in where auth is absent', () => {
    const { spec } = toV1(small({}));
    assert.equal(at(spec, ['transport']), 'TLS');
    assert.deepEqual([at(spec, ['tls']), at(spec, ['auth'])], [undefined, undefined]);
  });

  test('is accepted by v1 whatever was written', () => {
    const validate = validatorOf(rootSchema(nifiCluster), { closed: true });
    fc.assert(fc.property(smallSpecs, (spec) => assert.deepEqual(validate(toV1(object('v1alpha1', spec))), [])));
  });

  test('carries no annotation when v1 can hold it all', () => {
    assert.deepEqual(at(toV1(small({})), ['metadata']), metadata);
    assert.deepEqual(at(toV1alpha1(toV1(small({}))), ['metadata']), metadata);
  });
});

describe('A cluster of v1 in the small schema', () => {
  const cases: readonly (readonly [string, Fields, number])[] = [
    ['without members', { replicas: 0 }, 0],
    ['of 25 nodes', { replicas: 25 }, 25],
    ['of listed nodes', { nodeIds: [0, 2, 5] }, 3],
  ];
  for (const [what, spec, replicas] of cases) {
    test(`${what} is read, and an edit of something else leaves its members`, () => {
      const before = large({ ...spec, nodes: [{ id: 2, node: { jvm: { heap: '3g' } } }] });
      const read = toV1alpha1(before);
      assert.equal(at(read, ['spec', 'replicas']), replicas);
      const edited = toV1(withAt(read, ['spec', 'version'], '2.7.0'));
      assert.deepEqual(edited, withAt(before, ['spec', 'version'], '2.7.0'));
    });
  }

  test('of listed nodes refuses another number of them, and says where to change it', () => {
    const read = toV1alpha1(large({ nodeIds: [0, 2] }));
    const message = /replicas cannot be changed in v1alpha1.*change spec.nodeIds in v1/;
    assert.throws(() => toV1(withAt(read, ['spec', 'replicas'], 3)), { name: ConversionError.name, message });
  });

  test('keeps its other volumes when the one of the small schema grows', () => {
    const storage = [
      { name: 'content', size: '5Gi' },
      { name: 'data', size: '2Gi' },
    ];
    const read = toV1alpha1(large({ replicas: 1, node: { storage } }));
    assert.deepEqual(at(read, ['spec', 'storage']), { size: '2Gi' });
    const grown = toV1(withAt(read, ['spec', 'storage', 'size'], '3Gi'));
    assert.deepEqual(at(grown, ['spec', 'node', 'storage']), [
      { name: 'content', size: '5Gi' },
      { name: 'data', size: '3Gi' },
    ]);
  });

  test('keeps a key that is in a Secret, and threads that nobody set', () => {
    const before = large({ replicas: 1, sensitivePropsKey: { secretKeyRef: { name: 'key', key: 'key' } } });
    const read = toV1alpha1(before);
    assert.deepEqual(at(read, ['spec', 'config']), { jvmHeapSize: '1g', maxThreads: 10 });
    assert.deepEqual(toV1(read), before);
  });

  test('keeps what v1 says of a log-in when its address changes', () => {
    const ldap = { url: 'ldap://a', searchBase: 'dc=a', searchFilter: '(uid={0})', identityStrategy: 'USE_DN' };
    const read = toV1alpha1(large({ replicas: 1, auth: { ldap } }));
    assert.equal(at(read, ['spec', 'auth', 'ldap', 'identityStrategy']), undefined);
    const moved = toV1(withAt(read, ['spec', 'auth', 'ldap', 'url'], 'ldap://b'));
    assert.deepEqual(at(moved, ['spec', 'auth', 'ldap', 'identityStrategy']), 'USE_DN');
    assert.deepEqual(at(moved, ['spec', 'auth', 'ldap', 'url']), 'ldap://b');
  });

  test('keeps fields that neither version knows yet', () => {
    const before = withAt(large({ replicas: 1 }), ['spec', 'tomorrow'], { a: [1] });
    assert.deepEqual(toV1(toV1alpha1(before)), before);
    const written = withAt(small({}), ['spec', 'tls', 'tomorrow'], true);
    const stored = toV1(written);
    assert.equal(at(stored, ['metadata', 'annotations', annotations.v1alpha1]), '{"spec":{"tls":{"tomorrow":true}}}');
    assert.deepEqual(toV1alpha1(stored), written);
  });

  test('keeps its status, conditions and all, through a write in the small schema', () => {
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'Ready',
      message: 'all is well',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const status = {
      phase: 'Running',
      coordinator: 'prod-0',
      readyNodes: 1,
      replicas: 1,
      selector: 'a=b',
      conditions: [ready],
    };
    const before = object('v1', { version: '2.6.0', replicas: 1 }, status);
    const read = toV1alpha1(before);
    const expected = {
      phase: 'Running',
      clusterCoordinator: 'prod-0',
      readyNodes: 1,
      replicas: 1,
      selector: 'a=b',
      message: 'all is well',
    };
    assert.deepEqual(read['status'], expected);
    assert.deepEqual(toV1(read), before);
  });

  test('is not written without what v1 knows of it, when that was made unreadable', () => {
    const read = toV1alpha1(large({ nodeIds: [0, 2] }));
    for (const text of ['{', '[]', '{"spec":7}']) {
      const broken = withAt(read, ['metadata', 'annotations', annotations.v1], text);
      assert.throws(() => toV1(broken), {
        name: ConversionError.name,
        message: /cannot be read.*put its former value back/,
      });
    }
  });

  test('has the annotation of the rest only where there is a rest', () => {
    assert.equal(kept(toV1alpha1(toV1(small({})))), undefined);
    assert.match(kept(toV1alpha1(large({ nodeIds: [1] }))) ?? '', /nodeIds/);
  });

  test('leaves an annotation of the same name that a person wrote, and that says nothing, where it is', () => {
    const before = withAt(toV1(small({})), ['metadata', 'annotations', annotations.v1alpha1], 'mine');
    assert.deepEqual(toV1(toV1alpha1(before)), before);
  });
});

/** As admission lets them in: the two rules on how fields go together. */
const smallSpecs = valuesFor(smallNiFiCluster.spec).map((spec) => {
  const type = at(spec, ['auth', 'type']) as string | undefined;
  const others = ['ldap', 'oidc'].filter((other) => other !== type);
  const given = (field: string): boolean => at(spec, ['auth', field]) !== undefined;
  const isWhole = type === 'single-user' || (type !== undefined && given(type));
  const auth = isWhole
    ? others.reduce((each, other) => withAt(each, ['auth', other], undefined), spec as Fields)
    : withAt(spec, ['auth'], undefined);
  const noIssuer = at(spec, ['tls', 'issuerRef']) === undefined;
  return noIssuer ? withAt(auth, ['tls', 'enabled'], undefined) : auth;
});

describe('A round trip loses nothing', () => {
  const runs = { numRuns: 200 };

  test('from v1 through v1alpha1', () => {
    const specs = valuesFor(nifiCluster.spec);
    const statuses = fc.option(valuesFor(nifiCluster.status), { nil: undefined });
    const property = fc.property(specs, statuses, fc.boolean(), (spec, status, isDefaulted) => {
      const filled = object('v1', spec, status);
      const before = isDefaulted ? filled : { ...filled, spec };
      assert.deepEqual(toV1(toV1alpha1(before)), before);
    });
    fc.assert(property, runs);
  });

  test('from v1alpha1 through v1', () => {
    const statuses = fc.option(valuesFor(smallNiFiCluster.status), { nil: undefined });
    const property = fc.property(smallSpecs, statuses, (spec, status) => {
      const before = object('v1alpha1', spec, status);
      assert.deepEqual(toV1alpha1(toV1(before)), before);
    });
    fc.assert(property, runs);
  });

  test('and what was edited in v1alpha1 is read there as it was written, on top of any v1', () => {
    const property = fc.property(valuesFor(nifiCluster.spec), smallSpecs, (spec, edit) => {
      const { nodeIds: _, ...byCount } = spec as Fields;
      const read = toV1alpha1(object('v1', { ...byCount, replicas: 3 }));
      const edited = { ...read, spec: object('v1alpha1', edit)['spec'] ?? {} };
      assert.deepEqual(toV1alpha1(toV1(edited))['spec'], edited.spec);
    });
    fc.assert(property, runs);
  });
});
