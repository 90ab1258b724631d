// Whatever happens to nodes and operator while an authority is replaced, and after whichever write the operator is cut off:
// any two that run trust what the other shows, nobody trusts the former authority at the end, and its key is gone.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { nodeCertificateSecretName } from '../../../api/v1/labels.ts';
import { aCluster } from '../testing.ts';
import { anAuthority } from './testing.effects.ts';
import { acts, ids, LaggingCluster, operatorSecret } from './testing.lagging.ts';
import { daysFromNow } from './testing.objects.ts';
import { aWorld } from './testing.ts';
import type { ObservedSecret, World } from './world.ts';

function aCase(): LaggingCluster {
  const old = anAuthority('authority', { notBefore: daysFromNow(-2434), notAfter: daysFromNow(1216) });
  const world = aWorld(aCluster().withNodes(3)).provisioned().withSecret('prod-ca', { certificate: old });
  return new LaggingCluster(world, trustsNext);
}

function trustsNext({ trusts }: ObservedSecret, { secrets }: World): boolean {
  const next = secrets.get('prod-ca')?.next?.fingerprint256;
  return next !== undefined && trusts.includes(next);
}

describe('While an authority is replaced', () => {
  test('any two that run trust each other, whatever fails, and in the end only the new one is trusted', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(...acts), { minLength: 10, maxLength: 120, size: 'max' }), (happened) => {
        const model = aCase();
        for (const one of happened) one(model);
        model.rest();
        const { secrets } = model.world.world;
        assert.equal(secrets.get('prod-ca')?.certificate?.subjectKeyId, 'key of next authority');
        assert.equal(secrets.get('prod-ca')?.next, undefined);
        for (const name of [operatorSecret, ...ids.map((one) => nodeCertificateSecretName('prod', one))]) {
          assert.deepEqual(secrets.get(name)?.trusts, ['fingerprint of next authority'], name);
          assert.equal(secrets.get(name)?.certificate?.issuerKeyId, 'key of next authority', name);
        }
      }),
      { numRuns: 400 },
    );
  });
});
