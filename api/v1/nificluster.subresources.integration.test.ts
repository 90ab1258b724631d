// What a person types: kubectl get with its columns, kubectl explain, kubectl scale. On a real API server, with its own kubectl.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type Admission, startAdmission } from './admission.fixture.ts';

const run = promisify(execFile);
let admission: Admission;

before(async () => {
  admission = await startAdmission();
  await admission.create('counted', { version: '2.6.0', replicas: 3 }, { keep: true });
  await admission.create('named', { version: '2.6.0', nodeIds: [0, 2] }, { keep: true });
});
after(async () => {
  await admission.stop();
});

async function kubectl(...args: readonly string[]): Promise<string> {
  const { path, args: first } = admission.plane.kubectl;
  const { stdout } = await run(path, [...first, ...args]);
  return stdout;
}

test('kubectl get nifi shows the five columns', async () => {
  const [header = '', ...rows] = (await kubectl('get', 'nifi')).trim().split('\n');
  assert.deepEqual(header.split(/\s{2,}/), ['NAME', 'REPLICAS', 'READY', 'PHASE', 'VERSION', 'AGE']);
  assert.equal(rows.length, 2);
  assert.match(rows[0] ?? '', /^counted .* 2\.6\.0 /);
});

test('kubectl explain describes the overrides of nodes', async () => {
  const text = await kubectl('explain', 'nificluster.spec.nodes');
  assert.match(text, /Overrides of single nodes by id/);
  assert.match(text, /Group whose overrides the node takes first/);
});

test('kubectl scale changes the number of members', async () => {
  await kubectl('scale', 'nifi/counted', '--replicas=5');
  assert.equal((await admission.get('counted')).spec['replicas'], 5);
});

test('kubectl scale is refused for members by name, and nothing changes', async () => {
  await assert.rejects(kubectl('scale', 'nifi/named', '--replicas=5'));
  const { spec } = await admission.get('named');
  assert.deepEqual(spec['nodeIds'], [0, 2]);
  assert.equal(spec['replicas'], undefined);
});

test('A status is written beside the spec and never with it', async () => {
  const path = '/apis/datadynamics.io/v1/namespaces/default/nificlusters/counted';
  const headers = { 'content-type': 'application/merge-patch+json' };
  const status = { phase: 'Running', readyNodes: 3 };
  await admission.client.raw('PATCH', path, { body: { status }, headers });
  assert.equal(JSON.stringify(await admission.get('counted')).includes('Running'), false);
  await admission.client.raw('PATCH', `${path}/status`, { body: { status, spec: { version: '2.7.0' } }, headers });
  const stored = (await admission.client.raw('GET', path)) as { status: object; spec: { version: string } };
  assert.deepEqual(stored.status, status);
  assert.equal(stored.spec.version, '2.6.0');
});
