import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PlayedRegistry } from './server.ts';

const root = '/nifi-registry-api';

async function withRegistry(run: (registry: PlayedRegistry) => Promise<void>): Promise<void> {
  const registry = await PlayedRegistry.start();
  try {
    await run(registry);
  } finally {
    await registry.stop();
  }
}

async function ask(
  registry: PlayedRegistry,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: unknown; text: string }> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${registry.url}${root}${path}`, { redirect: 'manual', ...init });
  const text = await response.text();
  const json = response.headers.get('content-type') === 'application/json' ? (JSON.parse(text) as unknown) : undefined;
  return { status: response.status, json, text };
}

describe('The played registry', () => {
  test('counts the versions of a flow from 1 and says which is the newest', () =>
    withRegistry(async (registry) => {
      const bucket = (await ask(registry, '/buckets', { name: 'b' })).json as { readonly identifier: string };
      const flows = `/buckets/${bucket.identifier}/flows`;
      const flow = (await ask(registry, flows, { name: 'f', description: 'd' })).json as {
        readonly identifier: string;
      };
      const versions = `${flows}/${flow.identifier}/versions`;
      for (const name of ['one', 'two']) await ask(registry, versions, { flowContents: { name } });
      const metadata = (await ask(registry, versions)).json as readonly { readonly version: number }[];
      assert.deepEqual(
        metadata.map(({ version }) => version),
        [1, 2],
      );
      const first = (await ask(registry, `${versions}/1`)).json as {
        readonly latest: boolean;
        readonly flowContents: object;
      };
      assert.deepEqual([first.latest, first.flowContents], [false, { name: 'one' }]);
      const latest = (await ask(registry, `${versions}/latest`)).json as { readonly latest: boolean };
      assert.equal(latest.latest, true);
      const shown = (await ask(registry, `${flows}/${flow.identifier}`)).json as { readonly versionCount: number };
      assert.equal(shown.versionCount, 2);
    }));

  test('keeps names apart and versions in order', () =>
    withRegistry(async (registry) => {
      const { store } = registry;
      const bucket = store.createBucket('b').identifier;
      const flow = store.createFlow(bucket, 'f').identifier;
      assert.equal((await ask(registry, '/buckets', { name: 'b' })).status, 409);
      assert.equal((await ask(registry, `/buckets/${bucket}/flows`, { name: 'f' })).status, 409);
      const body = { snapshotMetadata: { version: 7 }, flowContents: {} };
      assert.equal((await ask(registry, `/buckets/${bucket}/flows/${flow}/versions`, body)).status, 409);
    }));

  test('says what there is not', () =>
    withRegistry(async (registry) => {
      const bucket = registry.store.createBucket('b').identifier;
      const flow = registry.store.createFlow(bucket, 'f').identifier;
      assert.equal((await ask(registry, '/buckets/none')).status, 404);
      assert.equal((await ask(registry, `/buckets/${bucket}/flows/none`)).status, 404);
      const missing = await ask(registry, `/buckets/${bucket}/flows/${flow}/versions/1`);
      assert.deepEqual(
        [missing.status, missing.text],
        [404, 'The specified versioned flow snapshot does not exist for this flow.'],
      );
    }));

  test('goes down and comes back at its address, with what it held', () =>
    withRegistry(async (registry) => {
      registry.store.createBucket('b');
      const { url } = registry;
      const back = await registry.goDown();
      await assert.rejects(fetch(`${url}${root}/buckets`));
      await back();
      assert.equal(registry.url, url);
      assert.equal(((await ask(registry, '/buckets')).json as readonly unknown[]).length, 1);
    }));

  test('answers with a page or sends its callers elsewhere, until it is mended', () =>
    withRegistry(async (registry) => {
      const page = registry.answerHtml(503);
      assert.match((await ask(registry, '/buckets')).text, /^<!doctype html>/);
      page();
      const redirect = registry.redirectTo('http://127.0.0.2:1');
      const response = await fetch(`${registry.url}${root}/buckets`, { redirect: 'manual' });
      assert.deepEqual([response.status, response.headers.get('location')], [301, `http://127.0.0.2:1${root}/buckets`]);
      redirect();
      assert.equal((await ask(registry, '/buckets')).status, 200);
    }));
});
