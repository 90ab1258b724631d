// The published API as a whole: it passes the API lint, fits into its budget, and every sample fits it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { crdYaml } from '../../pkg/schema/crd.ts';
import { rootSchema } from '../../pkg/schema/kind.ts';
import { lintKind } from '../../pkg/schema/lint.ts';
import { validatorOf } from '../../pkg/schema/validator.ts';
import { nifiCluster } from './nificluster.schema.ts';
import { decodeNiFiCluster, withDefaults } from './nificluster.ts';
import { nifiDataflow } from './nifidataflow.schema.ts';
import { nifiParameterContext } from './nifiparametercontext.schema.ts';
import { nifiRegistryClient } from './nifiregistryclient.schema.ts';
import type { NiFiCluster } from './zz_generated.nificluster.ts';

const samples = join(import.meta.dirname, '../../config/samples');
const largestCrd = 200 * 1024;

function minimal(): NiFiCluster {
  return {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiCluster',
    metadata: { name: 'prod', namespace: 'data' },
    spec: { version: '2.6.0', replicas: 3 },
  };
}

describe('The API', () => {
  test('passes its lint: described, bounded, with list types, columns and valid defaults', () => {
    assert.deepEqual(lintKind(nifiCluster), []);
  });

  test('fits into 200 KB', () => {
    const size = Buffer.byteLength(crdYaml(nifiCluster, ''));
    assert.ok(size <= largestCrd, `${size} bytes`);
  });

  test('fills in every default that architecture promises', () => {
    const { spec } = withDefaults(minimal());
    assert.deepEqual(spec.node.storage, [{ name: 'data', size: '10Gi' }]);
    assert.equal(spec.node.jvm.heap, '1g');
    assert.equal(spec.image, 'apache/nifi');
    assert.equal(spec.clusterManager, 'Kubernetes');
    assert.equal(spec.transport, 'TLS');
    assert.deepEqual(spec.rollout, { maxUnavailable: 1, progressDeadline: '70m', paused: false });
    assert.deepEqual(spec.decommissioning, { offloadTimeout: '30m' });
    assert.deepEqual(spec.volumeRetention, { whenDecommissioned: 'Delete', whenDeleted: 'Retain' });
    assert.deepEqual(spec.autoHeal, { reconnectAfter: '60s' });
    assert.deepEqual(spec.service, { type: 'ClusterIP', port: 8443 });
    assert.equal(spec.networkPolicy.enabled, true);
    assert.equal(spec.adoptVolumes, false);
    assert.equal(spec.paused, false);
  });

  test('gives no default to an override, which would override spec.node by itself', () => {
    const spec = { ...minimal().spec, nodes: [{ id: 2, node: { jvm: {} } }] };
    assert.deepEqual(withDefaults({ ...minimal(), spec }).spec.nodes, [{ id: 2, node: { jvm: {} } }]);
  });
});

describe('The decode boundary', () => {
  test('gives back an object that fits', () => {
    const cluster = withDefaults(minimal());
    assert.deepEqual(decodeNiFiCluster(cluster), { ok: true, cluster });
  });

  test('names the field of everything that does not fit', () => {
    const broken = { ...minimal(), spec: { replicas: 'three', nodes: [{ id: -1 }] } };
    const decoded = decodeNiFiCluster(broken);
    assert.equal(decoded.ok, false);
    assert.deepEqual(decoded.ok ? [] : [...decoded.problems].toSorted(), [
      'spec.nodes[0].id: -1 is less than 0.',
      'spec.replicas: Instance type "string" is invalid. Expected "integer".',
      'spec: Instance does not have required property "version".',
    ]);
  });

  test('survives what is no object at all', () => {
    for (const value of [undefined, null, 'text', 7, [], {}]) assert.equal(decodeNiFiCluster(value).ok, false);
  });
});

describe('Every sample', () => {
  const closed = new Map(
    [nifiCluster, nifiDataflow, nifiParameterContext, nifiRegistryClient].map((kind) => [
      kind.kind,
      validatorOf(rootSchema(kind), { closed: true }),
    ]),
  );

  for (const file of readdirSync(samples).filter((name) => name.endsWith('.yaml'))) {
    test(`${file} fits the schema and has no field that the schema does not know`, () => {
      const documents = parseAllDocuments(readFileSync(join(samples, file), 'utf8'));
      const ours = documents
        .map((document) => document.toJS() as { kind: string; spec: object })
        .filter(({ kind }) => closed.has(kind));
      assert.ok(ours.length > 0, 'no object of ours in the file');
      for (const object of ours) assert.deepEqual(closed.get(object.kind)?.(object), []);
    });
  }
});
