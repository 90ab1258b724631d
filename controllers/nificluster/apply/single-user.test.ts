// The write of the single user's Secret: what it holds, that NiFi's form of the hash is made of the password, and that nothing
// of it is told. A hash takes a second or two, so there are few of them here.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compare } from 'bcryptjs';
import { secrets } from '../../../pkg/kube/resources.ts';
import { apply } from '../apply.ts';
import type { Step } from '../plan/steps.ts';
import { aWorld } from '../plan/testing.ts';
import { decode } from '../projections.ts';
import { aCluster, base64 } from '../testing.ts';
import { aStage, type Stage } from './testing.ts';

const up = aWorld(aCluster().withNodes(1)).provisioned();
const key = { namespace: 'data', name: 'prod-single-user' };
const password = 'a-password-of-a-test';
const step = { kind: 'WriteSingleUser', name: key.name, username: 'ann', password, own: true, mark: 'mark' } as const;

async function through(stage: Stage, given: Step): Promise<Readonly<Record<string, string>>> {
  const { failures } = await apply(stage.context, { steps: [given], findings: [] });
  assert.deepEqual(failures, []);
  const { data = {} } = (await stage.api.get(secrets, key)) ?? {};
  return Object.fromEntries(Object.entries(data).map(([file, text]) => [file, decode(text)]));
}

const owned = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    ...key,
    ownerReferences: [{ apiVersion: 'v1', kind: 'NiFiCluster', name: 'prod', uid: 'cluster-uid', controller: true }],
  },
} as const;

describe('The Secret of the single user', () => {
  test('is created whole in one write, with the hash in the only form that NiFi verifies', async () => {
    const stage = aStage(up);
    const { passwordHash = '', ...texts } = await through(stage, step);
    assert.deepEqual(texts, { username: 'ann', password, passwordHashOf: 'mark' });
    assert.match(passwordHash, /^\$2b\$12\$/);
    assert.equal(await compare(password, passwordHash), true);
    assert.equal(stage.calls().filter((line) => /create/iu.test(line)).length, 1);
    assert.deepEqual(stage.events, ['Normal SingleUserCreated']);
    assert.doesNotMatch(stage.notes.join('\n'), new RegExp(password));
  });

  test('loses a password that a person keeps elsewhere from now on, under the lock of what was seen', async () => {
    const stage = aStage(up);
    const { metadata } = await stage.put(secrets, {
      ...owned,
      data: base64({ username: 'admin', password: 'old one' }),
    });
    const texts = await through(stage, { ...step, own: false, resourceVersion: metadata.resourceVersion ?? '' });
    assert.deepEqual(Object.keys(texts).toSorted(), ['passwordHash', 'passwordHashOf', 'username']);
    assert.deepEqual(stage.events, []);
  });

  test('that changed since is left alone: the watch brings the cluster back', async () => {
    const stage = aStage(up);
    await stage.put(secrets, { ...owned, data: base64({ username: 'admin' }) });
    assert.deepEqual(await through(stage, { ...step, resourceVersion: '0' }), { username: 'admin' });
  });

  test('of somebody else is a conflict of names', async () => {
    const stage = aStage(up);
    await stage.put(secrets, { ...owned, metadata: key, data: base64({ username: 'theirs' }) });
    const { findings } = await apply(stage.context, { steps: [step], findings: [] });
    assert.deepEqual(
      findings.map(({ reason }) => reason),
      ['NameConflict'],
    );
  });
});
