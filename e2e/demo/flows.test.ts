// The parts of the demo that are about flows: its registry holds what the samples ask for, its lines say what waits, and what it tells
// to try is about objects that are there.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import { flowSteps } from './flow-steps.ts';
import { type FlowState, flowStateOf } from './flows.ts';
import { needsRegistry, pointedAt, startRegistry } from './registry.ts';
import { failureReport } from './report.ts';
import { readSample, readSamples } from './samples.ts';
import { flowLines } from './table.ts';

const samples = await readSamples(fileURLToPath(new URL('../../config/samples/', import.meta.url)));

function state(name: string, more: Partial<FlowState> = {}): FlowState {
  const ready = { ready: true, reason: 'Ready', message: '', conditions: [], note: '' };
  return { kind: 'NiFiDataflow', name, ...ready, ...more };
}

describe('the registry', () => {
  test('has the flow that a sample asks for, and one version more', async () => {
    const registry = await startRegistry(samples);
    try {
      const ask = async (
        path: string,
      ): Promise<readonly { identifier: string; name: string; versionCount: number }[]> =>
        (await (await fetch(`${registry.url}/nifi-registry-api/${path}`)).json()) as never;
      const [bucket] = await ask('buckets');
      const [flow] = await ask(`buckets/${bucket?.identifier}/flows`);
      assert.deepEqual([bucket?.name, flow?.name, flow?.versionCount], ['team', 'invoices', 4]);
      assert.equal(registry.host, '127.0.0.1');
    } finally {
      await registry.stop();
    }
  });

  test('is where clients of a NiFi Registry are pointed to, and no others', () => {
    const client = (type: string): string =>
      `apiVersion: datadynamics.io/v1\nkind: NiFiRegistryClient\nmetadata: { name: a }\nspec: { type: ${type}, properties: { url: x } }\n`;
    const urls = ['NiFiRegistry', 'GitHub'].map((type) => {
      const sample = readSample('a.yaml', client(type));
      const { spec } = pointedAt('http://127.0.0.1:1', sample).objects[0] as unknown as {
        spec: { properties: { url: string } };
      };
      return [needsRegistry(sample), spec.properties.url];
    });
    assert.deepEqual(urls, [
      [true, 'http://127.0.0.1:1'],
      [false, 'x'],
    ]);
  });
});

describe('the lines of flows', () => {
  test('are one while all is Ready, and one more for each that is not', () => {
    assert.deepEqual(flowLines([]), []);
    const told = flowLines([
      state('a', { note: 'version 3, 200 queued' }),
      state('b'),
      state('c', { ready: false, reason: 'Draining', message: 'it empties' }),
    ]);
    assert.deepEqual(
      told.map(({ text }) => text),
      ['Flows: 2 of 3 Ready: a (version 3, 200 queued)', '  NiFiDataflow c: Draining it empties'],
    );
  });

  test('are of the spec that is there now', () => {
    const at = (observedGeneration: number): FlowState =>
      flowStateOf('NiFiDataflow', {
        metadata: { name: 'a', generation: 2 },
        status: { observedGeneration, conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: '' }] },
      } as unknown as DefaultedNiFiDataflow);
    assert.deepEqual([at(1).ready, at(2).ready], [false, true]);
  });

  test('a failure tells their conditions', () => {
    const broken = state('c', { ready: false, conditions: ['Ready=False (X): y'] });
    const report = failureReport('too late', { clusters: [], flows: [state('fine'), broken] }, []);
    assert.match(report, /NiFiDataflow c is not Ready:\n {2}Ready=False \(X\): y/u);
    assert.ok(!report.includes('fine'));
  });
});

describe('what is told of flows', () => {
  const steps = flowSteps(samples, (cluster) => `${cluster}:8443`).map(([command]) => command);

  test('is about the objects of the samples', () => {
    const told = steps.join('\n');
    assert.match(told, /patch nifidf\/invoices .*"updateStrategy":"InPlace".*"version":"4"/u);
    assert.match(told, /wait --for=jsonpath='\{\.status\.observedVersion\}'=4 nifidf\/invoices/u);
    assert.match(told, /patch nifipc\/orders .*"api\.url":\{"value":"https:\/\/orders\.example\.com\/next"\}/u);
    assert.match(told, /can-i create pods -n flowkube-jobs --as system:serviceaccount:flowkube-admin:flowkube-nodes/u);
    assert.match(told, /curl -s http:\/\/lab:8443\/nifi-api/u);
  });

  test('ends with what takes them away', () => {
    assert.match(steps.at(-2) ?? '', /^kubectl delete nifireg,nifipc,nifidf --all$/u);
  });

  test('is nothing where there are none', () => {
    assert.deepEqual(
      flowSteps([], () => undefined),
      [],
    );
  });
});
