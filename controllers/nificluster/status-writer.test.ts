// How often a status is written: news at once, the rest at most once a second, and nothing that is there already.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NiFiClusterStatus } from '../../api/v1/zz_generated.nificluster.ts';
import { KubeTransportError } from '../../pkg/kube/errors.ts';
import { ModelApi, refusal } from '../../pkg/kube/testing/model-api.ts';
import { StatusWriter } from './status-writer.ts';
import { aCluster } from './testing.ts';

const key = { namespace: 'data', name: 'prod' };

function ready(
  status: 'True' | 'False',
  reason: string,
  message = '',
): NonNullable<NiFiClusterStatus['conditions']>[number] {
  return { type: 'Ready', status, reason, message, lastTransitionTime: '2026-11-21T12:00:00Z' };
}

const stalled = { ...ready('True', 'PodRefused'), type: 'Stalled' };
const status: NiFiClusterStatus = {
  observedGeneration: 1,
  phase: 'Creating',
  readyNodes: 0,
  conditions: [ready('False', 'WaitingForNodes')],
};

function aWriter(present: NiFiClusterStatus | undefined) {
  const api = new ModelApi();
  const tracked: string[] = [];
  const events: string[] = [];
  const told: (readonly string[])[] = [];
  const writer = new StatusWriter(
    api,
    { wrote: (_, type) => tracked.push(type.plural) },
    { objectTold: (_kind, _key, conditions) => told.push((conditions ?? []).map(({ reason }) => reason)) },
  );
  const cluster = aCluster().build();
  const object = present === undefined ? cluster : { ...cluster, status: present };
  api.before = ({ verb }) => {
    if (verb === 'patch' && answer !== undefined) throw answer;
  };
  let answer: Error | undefined = refusal(404, 'NotFound', 'gone');
  return {
    tracked,
    told,
    events,
    answerWith: (error: Error) => {
      answer = error;
    },
    patches: () => api.calls.filter(({ verb }) => verb === 'patch').map((call) => call.object),
    options: () => api.calls.at(-1)?.options,
    write: (next: NiFiClusterStatus, monotonicMs: number, before = object) =>
      writer.write(before, next, { monotonicMs, event: (type, reason) => events.push(`${type} ${reason}`) }),
    forget: () => writer.forget(key),
  };
}

describe('A status', () => {
  test('that is there already is not written, in whatever order its keys come back', async () => {
    const { write, patches } = aWriter({
      conditions: status.conditions ?? [],
      readyNodes: 0,
      phase: 'Creating',
      observedGeneration: 1,
    });
    assert.equal(await write(status, 0), undefined);
    assert.deepEqual(patches(), []);
  });

  test('is measured whether it is written or not, and not any more when its cluster is gone', async () => {
    const { write, told, forget } = aWriter(status);
    await write(status, 0);
    await write({ ...status, conditions: [ready('False', 'PodRefused')] }, 0);
    forget();
    assert.deepEqual(told, [['WaitingForNodes'], ['PodRefused'], []]);
  });

  test('is written as the fields that differ, null for one that is gone, to this very object', async () => {
    const { write, patches, options } = aWriter({ ...status, coordinator: 'prod-0', phase: 'Running' });
    await write(status, 0);
    assert.deepEqual(patches(), [{ status: { phase: 'Creating', coordinator: null } }]);
    assert.deepEqual(options(), { subresource: 'status', uid: 'cluster-uid' });
  });

  test('that is no news waits until a second has passed, and says how long', async () => {
    const { write, patches } = aWriter(status);
    await write({ ...status, readyNodes: 1 }, 5_000);
    assert.deepEqual(await write({ ...status, readyNodes: 2 }, 5_300.5), { requeueAfterMs: 700 });
    assert.equal(patches().length, 1);
    assert.equal(await write({ ...status, readyNodes: 2 }, 6_000), undefined);
    assert.equal(patches().length, 2);
  });

  const news: Readonly<Record<string, NiFiClusterStatus>> = {
    'another Ready': { ...status, conditions: [ready('True', 'Ready')] },
    'another generation': { ...status, observedGeneration: 2 },
  };
  for (const [what, next] of Object.entries(news)) {
    test(`that is news, ${what}, does not wait`, async () => {
      const { write, patches } = aWriter(status);
      await write({ ...status, readyNodes: 1 }, 0);
      assert.equal(await write(next, 1), undefined);
      assert.equal(patches().length, 2);
    });
  }

  test('of a cluster that is made again does not wait for that of the former', async () => {
    const { write, patches, forget } = aWriter(status);
    await write({ ...status, readyNodes: 1 }, 0);
    forget();
    await write({ ...status, readyNodes: 2 }, 1);
    assert.equal(patches().length, 2);
  });

  for (const [what, error] of Object.entries({
    'is gone': refusal(404, 'NotFound', ''),
    'is another one': refusal(409, 'Conflict', ''),
  })) {
    test(`of an object that ${what} is nobody's`, async () => {
      const { write, answerWith, tracked } = aWriter(status);
      answerWith(error);
      assert.equal(await write({ ...status, readyNodes: 1 }, 0), undefined);
      assert.deepEqual(tracked, []);
    });
  }

  test('that could not be written is a failure', async () => {
    const { write, answerWith } = aWriter(status);
    answerWith(new KubeTransportError('cut', 'ECONNRESET', true));
    await assert.rejects(write({ ...status, readyNodes: 1 }, 0), KubeTransportError);
  });
});

describe('An event', () => {
  async function eventsOf(before: NiFiClusterStatus, next: NiFiClusterStatus): Promise<readonly string[]> {
    const api = new ModelApi();
    const cluster = aCluster().build();
    await api.create(
      { apiVersion: cluster.apiVersion, kind: cluster.kind, plural: 'nificlusters', namespaced: true },
      cluster,
    );
    const live = await api.get(
      { apiVersion: cluster.apiVersion, kind: cluster.kind, plural: 'nificlusters', namespaced: true },
      key,
    );
    const events: string[] = [];
    const tracked: string[] = [];
    const writer = new StatusWriter(api, { wrote: (_, type) => tracked.push(type.plural) });
    const metadata = live?.metadata ?? cluster.metadata;
    const event = (type: string, reason: string): number => events.push(`${type} ${reason}`);
    await writer.write({ ...cluster, metadata, status: before }, next, { monotonicMs: 0, event });
    assert.deepEqual(tracked, ['nificlusters']);
    return events;
  }

  const became = (...conditions: NonNullable<NiFiClusterStatus['conditions']>): NiFiClusterStatus => ({
    ...status,
    conditions,
  });

  test('tells when a cluster becomes Ready, and when it is stalled', async () => {
    assert.deepEqual(await eventsOf(status, became(ready('True', 'Ready'))), ['Normal ClusterReady']);
    assert.deepEqual(await eventsOf(status, became(ready('False', 'PodRefused'), stalled)), ['Warning PodRefused']);
    // Somebody wants it so.
    const paused = became(ready('False', 'Paused'), { ...stalled, reason: 'Paused' });
    assert.deepEqual(await eventsOf(status, paused), ['Normal Paused']);
  });

  test('does not tell what goes on as it did, or what a cluster waits for', async () => {
    const refused = became(ready('False', 'PodRefused'), stalled);
    assert.deepEqual(await eventsOf(refused, { ...refused, readyNodes: 1 }), []);
    assert.deepEqual(await eventsOf(status, became(ready('False', 'NodeDisconnected'))), []);
  });
});
