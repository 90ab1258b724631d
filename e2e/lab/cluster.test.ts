// Waiting for a cluster, with answers made up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeClient } from '../../pkg/kube/client.ts';
import { KubeTransportError } from '../../pkg/kube/errors.ts';
import { clusterHandle } from './cluster.ts';

/** A client whose answers these are, one after the other. */
function answering(...answers: readonly unknown[]): KubeClient {
  const left = [...answers];
  return {
    get: async () => {
      const answer = left.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
  } as unknown as KubeClient;
}

test('Whoever waits for a cluster asks again when the API server did not answer', async () => {
  const client = answering(new KubeTransportError('no answer', 'DEADLINE', true), { metadata: { name: 'prod' } });
  const found = await clusterHandle({ client }, 'data', 'prod').until('it is there', () => true);
  assert.equal(found.metadata.name, 'prod');
});

test('Any other failure ends the waiting', async () => {
  const client = answering(new Error('forbidden'));
  await assert.rejects(
    clusterHandle({ client }, 'data', 'prod').until('it is there', () => true),
    /forbidden/u,
  );
});
