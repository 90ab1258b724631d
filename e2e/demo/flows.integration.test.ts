// The flows of the demo, by the very commands that it tells people to try, read off its screen and given to a shell. What NiFi has is asked
// of NiFi itself, at the address that the demo tells.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { until } from '../lab/until.ts';
import { nothingIsLeft, type RunningDemo, startDemo } from './demo.fixture.ts';
import { stock } from './traffic.ts';

const folder = fileURLToPath(new URL('../../config/samples/', import.meta.url));
const single = [
  'nificluster-lab.yaml',
  'nifidataflow-definition.yaml',
  'nifidataflow-registry.yaml',
  'nifiparametercontext-secrets.yaml',
  'nifiregistryclient-nifi-registry.yaml',
];

interface Group {
  readonly id: string;
  readonly component: { readonly name: string; readonly versionControlInformation?: { readonly version: string } };
  readonly status: { readonly aggregateSnapshot: { readonly flowFilesQueued: number } };
}

interface Processor {
  readonly revision: { readonly version: number };
  readonly component: { readonly name: string; readonly state: string };
}

async function samples(): Promise<Readonly<Record<string, string>>> {
  const flowKube = (await readdir(join(folder, 'flowkube'))).filter((file) => file.endsWith('.yaml'));
  const files = [...single, ...flowKube.map((file) => `flowkube/${file}`)];
  const texts = await Promise.all(
    files.map(async (file) => [file, await readFile(join(folder, file), 'utf8')] as const),
  );
  return Object.fromEntries(texts);
}

describe('the flows of the demo', { concurrency: false, timeout: 900_000 }, () => {
  let demo: RunningDemo;
  const releases: (() => unknown)[] = [];

  before(async () => {
    const context = { after: (release: () => unknown) => void releases.push(release) };
    demo = await startDemo(context, await samples(), []);
    await until('the demo tells what to try', () => demo.text().includes('Ctrl-C ends the demo'), {
      timeoutMs: 600_000,
      describe: () => demo.text(),
    });
  });
  after(async () => {
    demo.child.kill('SIGTERM');
    assert.equal(await demo.exit(), 0, demo.text());
    await nothingIsLeft(demo);
    for (const release of releases) await release();
  });

  const told = (): readonly string[] =>
    demo
      .text()
      .split('\n')
      .filter((line) => /^ {2}(?:kubectl|curl|export) /u.test(line))
      .map((line) => line.trim());

  function command(words: RegExp): string {
    const [found] = told().filter((line) => words.test(line));
    if (found === undefined) throw new Error(`nothing that is told matches ${words.source}: ${told().join('\n')}`);
    return found;
  }

  /** Runs it as the demo says, after its exports. */
  async function type(line: string): Promise<string> {
    const exports = told().filter((each) => each.startsWith('export '));
    const env = { PATH: process.env['PATH'], HOME: dirname(demo.folder) };
    const { stdout } = await promisify(execFile)('bash', ['-c', [...exports, line].join('\n')], { env });
    return stdout;
  }

  async function ask<T>(path: string): Promise<T> {
    const [, origin = ''] = /(http:\/\/\S+)\/nifi-api/u.exec(command(/^curl /u)) ?? [];
    return (await (await fetch(`${origin}/nifi-api/${path}`)).json()) as T;
  }

  async function group(name: string): Promise<Group> {
    const { processGroups } = await ask<{ processGroups: readonly Group[] }>('process-groups/root/process-groups');
    const found = processGroups.find(({ component }) => component.name === name);
    if (found === undefined) throw new Error(`there is no group ${name}`);
    return found;
  }

  async function processors(name: string): Promise<Readonly<Record<string, Processor>>> {
    const { id } = await group(name);
    const found = await ask<{ processors: readonly Processor[] }>(`process-groups/${id}/processors`);
    return Object.fromEntries(found.processors.map((each) => [each.component.name, each]));
  }

  const saved = (name = 'before'): string => join(dirname(demo.folder), `${name}.json`);
  const queued = async (): Promise<number> => (await group('invoices')).status.aggregateSnapshot.flowFilesQueued;

  test('everything is Ready, FlowKube too', async () => {
    assert.match(demo.text(), /2 clusters and what lives in them \(7\) are Ready/u);
    const listed = await type(command(/get nifi-all -A/u));
    for (const name of ['registry', 'orders', 'invoices', 'flowkube'])
      assert.match(listed, new RegExp(`/${name} +\\S+ +True +Ready`, 'u'));
  });

  test('another version comes in place, and what is queued stays', async () => {
    await until('the queue has its stock', async () => (await queued()) > 0.9 * stock);
    const before = await group('invoices');
    await type(command(/patch nifidf\/invoices/u));
    await type(command(/wait .*nifidf\/invoices/u));
    // What comes in anew would fill an empty queue in half a minute at the soonest.
    assert.ok((await queued()) > 0.9 * stock, String(await queued()));
    const now = await group('invoices');
    assert.deepEqual([now.id, now.component.versionControlInformation?.version], [before.id, '4']);
  });

  test('another value of a parameter restarts what uses it, and nothing else', async () => {
    const before = await processors('orders');
    await type(command(/patch nifipc\/orders/u));
    await until('the processor that uses it runs again', async () => {
      const { Order } = await processors('orders');
      return Order?.component.state === 'RUNNING' && Order.revision.version > (before['Order']?.revision.version ?? 0);
    });
    assert.deepEqual((await processors('orders'))['Log']?.revision, before['Log']?.revision);
  });

  test('NiFi may make Pods in the namespace of the jobs, and in no other', async () => {
    assert.match(await type(command(/can-i create pods -n flowkube-jobs/u)), /^yes/u);
    await assert.rejects(type(command(/can-i create pods -n default/u)), /Command failed/u);
  });

  async function nothingIsInNiFi(): Promise<void> {
    assert.deepEqual(JSON.parse(await type(command(/^curl /u))), { processGroups: [] });
    const { parameterContexts } = await ask<{ parameterContexts: unknown }>('flow/parameter-contexts');
    const { registries } = await ask<{ registries: unknown }>('controller/registry-clients');
    assert.deepEqual([parameterContexts, registries], [[], []]);
  }

  test('all are deleted at once, and nothing is left in NiFi', async () => {
    await type(`kubectl get nifireg,nifipc,nifidf -o json > ${saved()}`);
    await type(command(/delete nifireg/u));
    await nothingIsInNiFi();
  });

  for (const order of ['nifidf,nifipc,nifireg', 'nifipc,nifireg,nifidf'])
    test(`in the order ${order}, too, when they are there again`, async () => {
      const { items } = JSON.parse(await readFile(saved(), 'utf8')) as {
        readonly items: readonly (KubeObject & { readonly spec: unknown })[];
      };
      const again = items.map(({ apiVersion, kind, metadata: { name }, spec }) => {
        return { apiVersion, kind, metadata: { name }, spec };
      });
      await writeFile(saved('again'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: again }));
      await type(`kubectl create -f ${saved('again')}`);
      await type(`kubectl wait --for=condition=Ready ${order} --all --timeout=2m`);
      await type(`kubectl delete ${order} --all --timeout=2m`);
      await nothingIsInNiFi();
    });
});
