// The small schema as a whole: it passes the API lint, its CRDs fit, and they stay what v1 alone would be where v1 is concerned.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { type ConversionService, crdYaml } from '../../pkg/schema/crd.ts';
import { lintKind } from '../../pkg/schema/lint.ts';
import { nifiCluster } from '../v1/nificluster.schema.ts';
import { smallNiFiCluster } from './nificluster.schema.ts';
import { nifiFlow } from './nififlow.schema.ts';
import { decodeNiFiFlow } from './nififlow.ts';

interface Definition {
  readonly spec: {
    readonly conversion?: object;
    readonly versions: readonly { readonly name: string; readonly served: boolean; readonly storage: boolean }[];
  };
}

const conversion: ConversionService = { namespace: 'ops', name: 'webhook', path: '/convert' };
const both = parse(crdYaml(nifiCluster, '', { kinds: [smallNiFiCluster], conversion })) as Definition;
const alone = parse(crdYaml(nifiCluster, '')) as Definition;

describe('The small schema', () => {
  for (const kind of [smallNiFiCluster, nifiFlow]) {
    test(`of ${kind.kind} passes the lint of the API`, () => {
      assert.deepEqual(lintKind(kind), []);
    });
  }

  test('is served beside v1, which is stored, and converted by the webhook', () => {
    assert.deepEqual(
      both.spec.versions.map(({ name, served, storage }) => [name, served, storage]),
      [
        ['v1', true, true],
        ['v1alpha1', true, false],
      ],
    );
    const service = { ...conversion, port: 443 };
    const webhook = { clientConfig: { service }, conversionReviewVersions: ['v1'] };
    assert.deepEqual(both.spec.conversion, { strategy: 'Webhook', webhook });
  });

  test('leaves v1 as it is where there is no webhook', () => {
    assert.deepEqual(alone.spec.versions, both.spec.versions.slice(0, 1));
    assert.equal(alone.spec.conversion, undefined);
  });

  test('has a scale subresource of the same paths in both versions, and the five columns', () => {
    assert.deepEqual(smallNiFiCluster.scale, nifiCluster.scale);
    assert.deepEqual(
      smallNiFiCluster.columns.map(({ name }) => name),
      ['Replicas', 'Ready', 'Phase', 'Version', 'Age'],
    );
  });

  test('of a flow is read with its defaults or told as a problem', () => {
    const spec = { clusterRef: { name: 'prod' }, registryUrl: 'http://r', bucketId: 'b', flowId: 'f' };
    const flow = { apiVersion: 'datadynamics.io/v1alpha1', kind: 'NiFiFlow', metadata: { name: 'a' }, spec };
    assert.equal(decodeNiFiFlow(flow).ok, true);
    const decoded = decodeNiFiFlow({ ...flow, spec: { ...spec, flowId: 7 } });
    assert.deepEqual(decoded.ok ? [] : decoded.problems, [
      'spec.flowId: Instance type "number" is invalid. Expected "string".',
    ]);
  });
});
