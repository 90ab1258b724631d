// A kind whose CRD may be absent: asked for rarely, told once, and taken up when it is installed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock, settle } from './clock.ts';
import { noLogger } from './metrics.ts';
import { Reflector } from './reflector.ts';
import { configMaps } from './resources.ts';
import { aConfigMap } from './testing/builders.ts';
import { ModelApi, refusal } from './testing/model-api.ts';

async function aReflectorWithoutItsKind(optional: boolean) {
  const api = new ModelApi();
  const clock = new FakeClock();
  const warnings: string[] = [];
  const told: string[] = [];
  await api.create(configMaps, aConfigMap('a'));
  api.calls.length = 0;
  api.before = () => {
    throw refusal(404, 'NotFound', 'the server could not find the requested resource');
  };
  const logger = { ...noLogger, warn: (text: string) => warnings.push(text), info: (text: string) => told.push(text) };
  const reflector = new Reflector({ client: api, type: configMaps, clock, logger, optional, random: () => 0 });
  return { api, clock, reflector, warnings, told };
}

describe('a reflector of an optional kind', () => {
  test('says once that the kind is absent, asks again every two minutes, and fills when it is there', async (t) => {
    const { api, clock, reflector, warnings, told } = await aReflectorWithoutItsKind(true);
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    assert.equal(reflector.absent, true);
    await clock.advance(600_000);
    assert.deepEqual([warnings.length, told.length, api.calls.length], [0, 1, 6]);
    api.before = () => undefined;
    await clock.advance(120_000);
    assert.deepEqual([reflector.absent, reflector.synced, reflector.store.size], [false, true, 1]);
  });

  test('is not absent when the kind is required: then it is a failure', async (t) => {
    const { clock, reflector, warnings } = await aReflectorWithoutItsKind(false);
    t.after(() => reflector.stop());
    reflector.start();
    await clock.advance(60_000);
    assert.equal(reflector.absent, false);
    assert.ok(warnings.length > 1);
  });
});
