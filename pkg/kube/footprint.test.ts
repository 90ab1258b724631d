// What the runtime costs in memory: what it loads, and what a cache keeps of large objects.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ListerWatcher } from './api.ts';
import { FakeClock, settle } from './clock.ts';
import { Reflector } from './reflector.ts';
import { type ConfigMap, configMaps } from './resources.ts';
import { aConfigMap } from './testing/builders.ts';
import { parseEvent } from './watch-stream.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapAfterCollection(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('the footprint', () => {
  test('of the runtime as it runs in a Pod does not include client-node, fetch or HTTP/2', () => {
    const script = `
      const before = process.memoryUsage().rss;
      await import(${JSON.stringify(new URL('./manager.ts', import.meta.url).href)});
      await import(${JSON.stringify(new URL('./client.ts', import.meta.url).href)});
      await import(${JSON.stringify(new URL('./events.ts', import.meta.url).href)});
      const { createRequire } = await import('node:module');
      const loaded = Object.keys(createRequire(import.meta.url).cache).join();
      console.log(JSON.stringify({ grown: process.memoryUsage().rss - before, loaded }));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const { grown, loaded } = JSON.parse(output) as { grown: number; loaded: string };
    assert.ok(!loaded.includes('client-node'), 'client-node is loaded');
    assert.ok(!loaded.includes('web/fetch'), 'fetch is loaded');
    assert.ok(grown < 60 * 1024 * 1024, `${Math.round(grown / 1024 / 1024)} MiB`);
  });

  test('of a projected cache does not depend on the size of the objects that it was made of', async () => {
    const count = 500;
    const line = (index: number) => {
      const { metadata, ...rest } = aConfigMap(`c${index}`, `${index}-${'x'.repeat(40_000)}`);
      return Buffer.from(
        JSON.stringify({
          type: 'ADDED',
          object: { ...rest, metadata: { ...metadata, uid: `u${index}`, resourceVersion: `${index + 1}` } },
        }),
      );
    };
    const end = { 'k8s.io/initial-events-end': 'true' };
    async function* watch() {
      for (let index = 0; index < count; index += 1) yield parseEvent<ConfigMap>(line(index));
      yield { type: 'BOOKMARK', object: { metadata: { resourceVersion: '9999', annotations: end } } };
      await new Promise(() => undefined);
    }
    const client = { watch } as unknown as ListerWatcher;
    const before = heapAfterCollection();
    const reflector = new Reflector({
      client,
      type: configMaps,
      clock: new FakeClock(),
      project: ({ apiVersion, kind, metadata, data }) => ({
        apiVersion,
        kind,
        metadata,
        data: { length: `${data?.['value']?.length}` },
      }),
    });
    reflector.start();
    for (let turn = 0; turn < 50 && !reflector.synced; turn += 1) await settle();
    assert.equal(reflector.store.size, count);
    const perObject = (heapAfterCollection() - before) / count;
    assert.ok(perObject < 4096, `${Math.round(perObject)} bytes for each object of 40 000`);
  });
});
