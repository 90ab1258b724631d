// Owners and labels to keys.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { byController, byLabel, controllerReference, controllerUid, isControlledBy, labelIndex } from './mapping.ts';
import { resource } from './resources.ts';
import { aConfigMap } from './testing/builders.ts';
import type { KubeObject, OwnerReference } from './types.ts';

const clusters = resource('datadynamics.io/v1', 'NiFiCluster', 'nificlusters');
const cluster: KubeObject = {
  apiVersion: 'datadynamics.io/v1',
  kind: 'NiFiCluster',
  metadata: { name: 'prod', namespace: 'ns', uid: 'u1' },
};

function owned(...ownerReferences: OwnerReference[]): KubeObject {
  const object = aConfigMap('a');
  return { ...object, metadata: { ...object.metadata, ownerReferences, labels: { cluster: 'prod' } } };
}

describe('an owner', () => {
  test('is found by group and kind, also when the reference was made with another version', () => {
    const reference = controllerReference(cluster);
    assert.deepEqual(byController(clusters)(owned(reference)), [{ namespace: 'ns', name: 'prod' }]);
    const older = { ...reference, apiVersion: 'datadynamics.io/v1alpha1' };
    assert.deepEqual(byController(clusters)(owned(older)), [{ namespace: 'ns', name: 'prod' }]);
  });

  test('is not found when it is of another group or kind, or does not control', () => {
    const reference = controllerReference(cluster);
    for (const other of [
      { ...reference, apiVersion: 'example.com/v1' },
      { ...reference, kind: 'Other' },
      { ...reference, controller: false },
    ]) {
      assert.deepEqual(byController(clusters)(owned(other)), []);
    }
  });

  test('counts only by its UID, so that a recreated one owns nothing of the former', () => {
    const object = owned(controllerReference(cluster));
    assert.equal(isControlledBy(object, cluster), true);
    assert.equal(isControlledBy(object, { ...cluster, metadata: { ...cluster.metadata, uid: 'u2' } }), false);
    assert.deepEqual(controllerUid(object), ['u1']);
    assert.deepEqual(controllerUid(aConfigMap('a')), []);
  });

  test('cannot be referred to before it has a UID', () => {
    assert.throws(() => controllerReference(aConfigMap('a')), TypeError);
  });
});

test('a label names a key in the namespace of its object', () => {
  assert.deepEqual(byLabel('cluster')(owned()), [{ namespace: 'ns', name: 'prod' }]);
  assert.deepEqual(byLabel('other')(owned()), []);
  assert.deepEqual(labelIndex('cluster')(owned()), ['ns/prod']);
  assert.deepEqual(labelIndex('other')(owned()), []);
});
