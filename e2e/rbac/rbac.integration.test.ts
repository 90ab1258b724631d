// The shipped cluster-wide role is enough and not too much: the operator runs under exactly it, and then the audit log
// tells which requests were refused and which rights nobody used.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grantedRights, readRole, usedRights } from './rights.ts';
import { handedOn, home, runUnder, without } from './under.ts';

test('the cluster-wide role is what the operator needs, and no more', async () => {
  const entries = await runUnder({
    role: 'role.yaml',
    binding: 'role-binding.yaml',
    namespaced: false,
    operatorArguments: [],
    apiServerFlags: [],
  });
  const role = await readRole('role.yaml');
  const used = usedRights(entries.filter(({ objectRef }) => objectRef.namespace !== home));
  // Lists are for API servers that do not stream them; some are listed for another reason, too.
  const listed = ['list configmaps', 'list persistentvolumeclaims'];
  const lists = grantedRights(role).filter((right) => right.startsWith('list ') && !listed.includes(right));
  assert.deepEqual(without(role, used), [...handedOn, ...lists].toSorted());
});
