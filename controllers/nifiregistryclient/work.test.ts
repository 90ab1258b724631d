// A client that NiFi goes on validating, by answers of NiFi that the test gives: how often NiFi is asked for it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DefaultedNiFiRegistryClient } from '../../api/v1/zz_generated.nifiregistryclient.ts';
import type { RegistryClient } from '../../pkg/nifi/endpoints/registry-clients.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import { DigestKeeper } from '../nifi/digests.ts';
import { classOf } from './plan/classes.ts';
import { descriptionOf } from './plan/plan.ts';
import { RegistryClientWork } from './work.ts';

const key = { namespace: 'data', name: 'flows' };
const reader = { kind: 'NiFiRegistryClient', ...key };
const url = 'http://registry:18080';
const driftPeriodMs = 60_000;
const object: DefaultedNiFiRegistryClient = {
  apiVersion: 'datadynamics.io/v1',
  kind: 'NiFiRegistryClient',
  metadata: { ...key, uid: 'u-1', generation: 1 },
  spec: { clusterRef: { name: 'prod' }, type: 'NiFiRegistry', properties: { url } },
};
const wish = {
  owner: reader,
  name: 'flows',
  className: classOf('NiFiRegistry'),
  description: '',
  properties: new Map([['url', url]]),
  secret: new Set<string>(),
};
const validating: RegistryClient = {
  id: 'c-1',
  revision: { version: 1 },
  name: 'flows',
  description: descriptionOf(wish),
  type: wish.className,
  properties: { url },
  sensitive: [],
  validationStatus: 'VALIDATING',
  validationErrors: [],
};

/** Ages that were demanded of NiFi's list, at these times; it never says anything else. */
function aScene() {
  const demanded: number[] = [];
  let clients: readonly RegistryClient[] = [];
  let takenAtMs = 0;
  const gateway = {
    flows: {
      clients: (maxAgeMs: number) => {
        if (Number.isFinite(maxAgeMs)) demanded.push(maxAgeMs);
        return { takenAtMs, clients };
      },
    },
    run: () => ({ state: 'done', atMs: takenAtMs }),
  } as unknown as Gateway;
  const api = { get: async () => undefined, apply: async () => assert.fail('there is nothing to keep') };
  const work = new RegistryClientWork({
    digests: new DigestKeeper(api),
    hosts: { allowed: [], apiServer: [] },
    lookups: { addresses: () => [], forget: () => undefined },
    driftPeriodMs,
    usersOf: () => [],
  });
  return {
    demanded,
    bring: (monotonicMs: number) =>
      work.bring({
        object,
        key,
        gateway,
        reader,
        references: () => ({ state: 'missing' }),
        now: new Date(0),
        monotonicMs,
      }),
    shows: (now: readonly RegistryClient[], atMs: number) => {
      clients = now;
      takenAtMs = atMs;
    },
  };
}

test('A client that was just written is asked for each second while NiFi validates it, for a minute', async () => {
  const { demanded, bring, shows } = aScene();
  await bring(1);
  demanded.length = 0;
  shows([validating], 2);
  const { verdict, againMs } = await bring(1_000);
  assert.deepEqual([verdict.is, verdict.reason, againMs, demanded.length], ['Working', 'Applying', 1_000, 1]);
  const later = await bring(61_000);
  assert.deepEqual([later.verdict, later.againMs, demanded.length], [verdict, driftPeriodMs, 1]);
});

test('A client that NiFi was validating when the operator began costs nothing beside what is read for everybody', async () => {
  const { demanded, bring, shows } = aScene();
  shows([validating], 0);
  const { verdict, againMs } = await bring(1);
  assert.deepEqual([verdict.reason, againMs, demanded], ['Applying', driftPeriodMs, []]);
});
