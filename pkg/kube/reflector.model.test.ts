// The reflector against the model API server under any sequence of changes and faults.
//
// The oracle is stronger than "the same in the end": at every handler call the cache must be exactly the API server's state at the
// version that the cache claims, that version never decreases, and the events alone rebuild the cache.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FakeClock, settle } from './clock.ts';
import { KubeTransportError } from './errors.ts';
import { Reflector } from './reflector.ts';
import { compareResourceVersions } from './resource-version.ts';
import { type ConfigMap, configMaps } from './resources.ts';
import type { StoreEvent } from './store.ts';
import { aConfigMap } from './testing/builders.ts';
import { ModelApi, refusal, tooLarge } from './testing/model-api.ts';
import { type KubeObject, keyOf, keyText } from './types.ts';

type Step =
  | { readonly kind: 'write' | 'delete'; readonly name: string }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'refuse'; readonly error: keyof typeof errors; readonly calls: number }
  | { readonly kind: 'inject'; readonly code: number }
  | { readonly kind: 'fault'; readonly fault: keyof typeof faults };

const errors = {
  refused: () => new KubeTransportError('refused', 'ECONNREFUSED', false),
  deadline: () => new KubeTransportError('late', 'DEADLINE', false),
  garbage: () => new KubeTransportError('garbage', 'GARBAGE', false),
  expired: () => refusal(410, 'Expired', 'too old'),
  throttled: () => refusal(429, 'TooManyRequests', 'later', 1000),
  internal: () => refusal(500, 'InternalError', 'etcd'),
  forbidden: () => refusal(403, 'Forbidden', 'no'),
  tooLarge,
};

const faults = {
  compact: (api: ModelApi) => api.compact(),
  bump: (api: ModelApi) => api.bump(),
  bookmark: (api: ModelApi) => api.bookmark(),
  close: (api: ModelApi) => api.cutWatches(),
  cut: (api: ModelApi) => api.cutWatches(errors.refused()),
  lag: (api: ModelApi) => {
    api.lagBehindTo = Number(api.resourceVersion) - 1;
  },
  replay: (api: ModelApi) => {
    for (const object of api.snapshot(configMaps, Number(api.resourceVersion) - 2).values()) {
      api.inject({ type: 'MODIFIED', object });
    }
  },
  noWatchList: (api: ModelApi) => {
    api.watchList = false;
  },
};

const name = fc.constantFrom('a', 'b', 'c');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('write' as const, 'delete' as const), name }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(1, 900, 40_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      error: fc.constantFrom(...(Object.keys(errors) as (keyof typeof errors)[])),
      calls: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('inject' as const), code: fc.constantFrom(410, 429, 500, 504) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      fault: fc.constantFrom(...(Object.keys(faults) as (keyof typeof faults)[])),
    }),
  },
);

/** Checks every event as it comes and rebuilds the cache from events alone. */
function anAuditor(api: ModelApi, reflector: Reflector<ConfigMap>) {
  const rebuilt = new Map<string, ConfigMap>();
  let version = '0';
  let failed: Error | undefined;
  reflector.store.subscribe((event) => {
    try {
      audit(event);
    } catch (error) {
      failed ??= error as Error;
    }
  });
  function audit(event: StoreEvent<ConfigMap>): void {
    const key = keyText(keyOf(event.object));
    const claimed = reflector.store.resourceVersion ?? '';
    assert.ok(compareResourceVersions(claimed, version) >= 0, `went back from ${version} to ${claimed}`);
    version = claimed;
    assert.deepEqual(content(reflector.store.list()), content(api.snapshot(configMaps, Number(claimed)).values()));
    const known = rebuilt.get(key);
    assert.equal(known !== undefined, event.kind !== 'added', `${event.kind} ${key}`);
    if (event.kind === 'updated') {
      assert.equal(event.old?.metadata.resourceVersion, known?.metadata.resourceVersion);
      const [now, before] = [event.object.metadata.resourceVersion ?? '', known?.metadata.resourceVersion ?? ''];
      assert.ok(compareResourceVersions(now, before) > 0, 'an update is newer');
    }
    if (event.kind === 'deleted') rebuilt.delete(key);
    else rebuilt.set(key, event.object);
  }
  return {
    rebuilt,
    check() {
      if (failed) throw failed;
    },
  };
}

function content(objects: Iterable<KubeObject>): readonly string[] {
  return [...objects].map((object) => `${keyText(keyOf(object))}@${object.metadata.resourceVersion}`).sort();
}

async function carryOut(step: Step, api: ModelApi, clock: FakeClock): Promise<void> {
  switch (step.kind) {
    case 'write':
      await api.apply(configMaps, aConfigMap(step.name, api.resourceVersion));
      break;
    case 'delete':
      await api.delete(configMaps, { namespace: 'ns', name: step.name });
      break;
    case 'advance':
      await clock.advance(step.ms);
      break;
    case 'refuse':
      refuse(api, errors[step.error], step.calls);
      break;
    case 'inject':
      api.inject({ type: 'ERROR', object: { code: step.code, reason: step.code === 410 ? 'Expired' : 'Timeout' } });
      break;
    case 'fault':
      faults[step.fault](api);
      break;
    default:
      step satisfies never;
  }
}

function refuse(api: ModelApi, error: () => Error, calls: number): void {
  let left = calls;
  api.before = ({ verb }) => {
    if ((verb === 'list' || verb === 'watch') && left-- > 0) throw error();
  };
}

test('the cache is a true state of the past at every moment and the true state of now when faults end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, watchList) => {
      const api = new ModelApi();
      const clock = new FakeClock();
      await api.create(configMaps, aConfigMap('a'));
      const reflector = new Reflector({ client: api, type: configMaps, clock, watchList, random: () => 0.5 });
      const auditor = anAuditor(api, reflector);
      reflector.start();
      try {
        for (const each of steps) {
          await carryOut(each, api, clock);
          await settle();
          auditor.check();
        }
        api.before = () => undefined;
        api.lagBehindTo = undefined;
        await clock.advance(120_000);
        auditor.check();
        assert.deepEqual(content(reflector.store.list()), content(api.snapshot(configMaps).values()));
        assert.deepEqual(content(auditor.rebuilt.values()), content(reflector.store.list()));
      } finally {
        await reflector.stop();
      }
      assert.equal(clock.pendingTimers, 0);
    }),
    { numRuns: 200 },
  );
});
