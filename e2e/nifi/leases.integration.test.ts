import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type ControlPlane, startControlPlane } from '../controlplane/controlplane.ts';
import { eventually, Fixture, hostOf, type NodeOptions } from './contract/fixture.ts';

const run = promisify(execFile);
let plane: ControlPlane;
let fixture: Fixture;

before(async () => {
  plane = await startControlPlane({ controllers: [] });
  fixture = await Fixture.open({ timing: { leaseRenewMs: 200 } });
  await kubectl('create', 'namespace', 'test');
  for (const account of ['nodes', 'nobody']) await kubectl('create', 'serviceaccount', account);
  const verbs = '--verb=get,create,update,patch';
  await kubectl('create', 'role', 'leases', verbs, '--resource=leases.coordination.k8s.io');
  await kubectl('create', 'rolebinding', 'leases', '--role=leases', '--serviceaccount=test:nodes');
});
after(async () => {
  await fixture.close();
  await plane.stop();
});

test('the leaders of a cluster hold real Leases, renew them, and a dead one is followed by another', async () => {
  const nodes = await fixture.cluster(2, await accessOf('nodes'));
  await eventually(async () => (await lease('contract-cluster-coordinator')).holder !== '', 'somebody holds the Lease');
  const first = await lease('contract-cluster-coordinator');
  const leader = nodes.find((node) => first.holder === `${hostOf(node.index)}:11443`);
  assert.ok(leader, first.holder);
  assert.equal((await lease('contract-primary-node')).holder, first.holder);
  await eventually(
    async () => (await lease('contract-cluster-coordinator')).renewed !== first.renewed,
    'it is renewed',
  );
  leader.running.kill();
  const follows = async () => {
    const { holder } = await lease('contract-cluster-coordinator');
    return holder !== first.holder && holder !== '';
  };
  await eventually(follows, 'the other node holds it');
});

test('a node that may not use Leases dies with the words of the API', async () => {
  const node = await fixture.start(2, await accessOf('nobody'));
  const { exitCode, lastLines } = await node.running.exited;
  assert.equal(exitCode, 1);
  assert.match(lastLines, /Failed to determine Cluster Coordinator: .*status 403: .*forbidden/);
});

async function accessOf(account: string): Promise<NodeOptions> {
  const token = (await kubectl('create', 'token', account)).trim();
  return { serviceAccountToken: token, apiServer: { url: plane.url, caFile: plane.caFile } };
}

async function lease(name: string): Promise<{ readonly holder: string; readonly renewed: string }> {
  const text = await kubectl('get', 'lease', name, '-o', 'json');
  const { spec } = JSON.parse(text) as { spec: { holderIdentity?: string; renewTime: string } };
  return { holder: spec.holderIdentity ?? '', renewed: spec.renewTime };
}

async function kubectl(...args: readonly string[]): Promise<string> {
  const { path, args: first } = plane.kubectl;
  const { stdout } = await run(path, [...first, '--namespace=test', ...args]);
  return stdout;
}
