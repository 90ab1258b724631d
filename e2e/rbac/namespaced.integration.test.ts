// The same for the role of single namespaces, with an API server that streams no lists, as older ones do not: so the
// rights of that way are used, too, and no right is left but those that are handed on to NiFi's Pods.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRole, usedRights } from './rights.ts';
import { handedOn, home, namespace, runUnder, without } from './under.ts';

test('the role for single namespaces is what the operator needs there, and no more', async () => {
  const entries = await runUnder({
    role: 'namespaced/role.yaml',
    binding: 'namespaced/role-binding.yaml',
    namespaced: true,
    operatorArguments: ['--watch-namespaces', namespace],
    apiServerFlags: ['--feature-gates=WatchList=false'],
  });
  const abroad = entries.filter(({ objectRef }) => objectRef.namespace !== home);
  assert.deepEqual(without(await readRole('namespaced/role.yaml'), usedRights(abroad)), handedOn);
  assert.deepEqual(usedRights(abroad.filter(({ objectRef }) => objectRef.namespace !== namespace)), []);
  const atHome = entries.filter(({ objectRef }) => objectRef.namespace === home);
  assert.deepEqual(without(await readRole('leader-election-role.yaml'), usedRights(atHome)), []);
});
