// Digests of sensitive values: an unchanged value costs nothing, a changed one is never missed, and neither is one whose write was cut.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestSecretName } from '../../api/v1/labels.ts';
import { secrets } from '../../pkg/kube/resources.ts';
import { ModelApi } from '../../pkg/kube/testing/model-api.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { DigestKeeper } from './digests.ts';

const owner: KubeObject = {
  apiVersion: 'datadynamics.io/v1',
  kind: 'NiFiRegistryClient',
  metadata: { name: 'flows', namespace: 'data', uid: 'u1' },
};
const values = new Map([
  ['Token', 'canary'],
  ['Key', 'canary'],
]);
const key = { namespace: 'data', name: digestSecretName('u1') };

async function written(api: ModelApi): Promise<DigestKeeper> {
  const keeper = new DigestKeeper(api);
  await keeper.writing(owner, values.keys());
  await keeper.wrote(owner, values);
  return keeper;
}

describe('Digests', () => {
  test('call every value stale that was never written', async () => {
    assert.deepEqual([...(await new DigestKeeper(new ModelApi()).stale(owner, values))], ['Token', 'Key']);
  });

  test('know what was written, also in another process', async () => {
    const api = new ModelApi();
    assert.deepEqual([...(await (await written(api)).stale(owner, values))], []);
    assert.deepEqual([...(await new DigestKeeper(api).stale(owner, values))], []);
  });

  test('that two read at once are the same, and what one wrote meanwhile stays', async () => {
    const api = new ModelApi();
    const first = Promise.withResolvers<undefined>();
    const late = Promise.withResolvers<undefined>();
    const answers = [first.promise, late.promise];
    const keeper = new DigestKeeper({
      get: () => answers.shift() ?? assert.fail(),
      apply: (...all) => api.apply(...all),
    });
    const other = keeper.place(owner);
    const own = keeper.wrote(owner, values);
    late.resolve(undefined);
    await own;
    first.resolve(undefined);
    await other;
    assert.deepEqual([...(await keeper.stale(owner, values))], []);
  });

  test('call exactly the changed value stale', async () => {
    const keeper = await written(new ModelApi());
    assert.deepEqual([...(await keeper.stale(owner, new Map([...values, ['Key', 'other']])))], ['Key']);
  });

  test('call a value stale again whose write may have been cut, back to the former value as well', async () => {
    const api = new ModelApi();
    await (await written(api)).writing(owner, ['Key']);
    assert.deepEqual([...(await new DigestKeeper(api).stale(owner, values))], ['Key']);
  });

  test('are written once for a first value and never for an unchanged one', async () => {
    const api = new ModelApi();
    const keeper = await written(api);
    await keeper.wrote(owner, values);
    await keeper.writing(owner, []);
    assert.equal(api.calls.filter(({ verb }) => verb === 'apply').length, 1);
  });

  test('hold no value, go with their owner, and do not show that two values are the same', async () => {
    const api = new ModelApi();
    await written(api);
    const secret = await api.get(secrets, key);
    const texts = Object.values(secret?.data ?? {}).map((text) => Buffer.from(text, 'base64').toString());
    assert.ok(!texts.join('\n').includes('canary'));
    assert.equal(secret?.metadata.ownerReferences?.[0]?.uid, 'u1');
    const digests = JSON.parse(texts[1] ?? '') as Readonly<Record<string, string>>;
    assert.notEqual(digests['Token'], digests['Key']);
  });

  test('take a Secret that somebody has broken for none', async () => {
    const api = new ModelApi();
    await written(api);
    await api.patch(secrets, key, { data: { 'digests.json': Buffer.from('[1').toString('base64') } });
    assert.equal((await new DigestKeeper(api).stale(owner, values)).size, 2);
    await api.patch(secrets, key, { data: { key: '' } });
    assert.equal((await new DigestKeeper(api).stale(owner, values)).size, 2);
  });

  test('keep the place in NiFi beside them, through other writes and another process, and write it only when it changes', async () => {
    const api = new ModelApi();
    const keeper = await written(api);
    assert.equal(await keeper.place(owner), undefined);
    await keeper.keepPlace(owner, { id: 'a-1', sets: ['y', 'x'] });
    await keeper.keepPlace(owner, { id: 'a-1', sets: ['x', 'y'] });
    assert.equal(api.calls.filter(({ verb }) => verb === 'apply').length, 2);
    await keeper.writing(owner, ['Key']);
    const next = new DigestKeeper(api);
    assert.deepEqual(await next.place(owner), { id: 'a-1', sets: ['x', 'y'] });
    assert.deepEqual([...(await next.stale(owner, values))], ['Key']);
  });

  test('know no place where somebody has broken it', async () => {
    const api = new ModelApi();
    await (await written(api)).keepPlace(owner, { id: 'a-1', sets: [] });
    await api.patch(secrets, key, { data: { 'place.json': Buffer.from('{"id":1}').toString('base64') } });
    assert.equal(await new DigestKeeper(api).place(owner), undefined);
  });
});
