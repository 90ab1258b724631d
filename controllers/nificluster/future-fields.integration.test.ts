// A field that this operator does not know, of a CRD that is newer than it: whatever the operator writes leaves it as it is, and it
// keeps nothing from being done. Of the status this is not asked: that is the operator's, and written anew.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { until } from '../../e2e/lab/until.ts';
import { resource } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { type Stage, startStage } from './bad-input.fixture.ts';

const crds = resource('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', false);
const long = { timeoutMs: 120_000 };
const ofTomorrow = { mode: 'of tomorrow', list: [1, { deep: true }] };

type Properties = Record<string, { properties?: Properties; [key: string]: unknown }>;
interface Crd extends KubeObject {
  readonly spec: {
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: { properties: Properties } } }[];
  };
}

describe('A field of a newer CRD', () => {
  let stage: Stage;

  before(async () => {
    stage = await startStage();
    const { client } = stage.lab;
    const crd = (await client.get(crds, { namespace: '', name: 'nificlusters.datadynamics.io' })) as Crd;
    const versions = structuredClone(crd.spec.versions);
    for (const { schema } of versions) {
      const { properties = {} } = schema.openAPIV3Schema.properties['spec'] ?? {};
      properties['ofTomorrow'] = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    }
    await client.patch(crds, { namespace: '', name: crd.metadata.name }, { spec: { versions } });
  });
  after(() => stage.stop());

  test('is kept by an operator that does not know it, which goes on as ever', async () => {
    const cluster = await stage.cluster('tomorrow');
    await cluster.ready(long);
    const kept = async (): Promise<unknown> => (await cluster.get()).spec['ofTomorrow' as keyof NiFiClusterSpec];
    // The API server serves a changed CRD a moment later.
    const taken = async (): Promise<boolean> => {
      await cluster.patch({ spec: { ofTomorrow } });
      return (await kept()) !== undefined;
    };
    await until('the API server knows the field', taken, long);
    await cluster.patch({ spec: { replicas: 2 } });
    await cluster.ready(long);
    assert.deepEqual(await kept(), ofTomorrow);
    assert.equal((await cluster.get()).status?.readyNodes, 2);
  });
});
