// Webhooks that are turned on under a leader that has none, as `helm upgrade` does it: the Deployment ends nobody before the next one is
// ready, and only the leader makes the certificate. So one that stands by may not wait for it.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { secrets } from '../../pkg/kube/resources.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';
import { webhookArguments } from './scene.ts';

const secret = { namespace: 'default', name: 'nifi-operator-webhook-tls' };
const election = ['--leader-election', 'true', '--leader-election-namespace', 'default'];
let lab: Lab;
let running: Operator[] = [];

before(async () => {
  lab = await startLab();
});
afterEach(async () => {
  for (const operator of running) await operator.stop();
  running = [];
});
after(async () => {
  await lab.stop();
});

async function process(identity: string, ...more: readonly string[]): Promise<Operator> {
  const operator = await runOperator(lab.controlPlane.kubeconfig, [...election, ...more], [], { identity });
  running.push(operator);
  return operator;
}

async function readyz({ ports }: Operator): Promise<string> {
  return (await fetch(`http://127.0.0.1:${ports.health}/readyz`)).text();
}

test('one that stands by is ready before there is a certificate, and one that leads only with it', async () => {
  const former = await process('former');
  await until('the former one leads', () => former.manager.isLeader);
  const next = await process('next', ...webhookArguments);
  await until('the next one is ready', async () => (await readyz(next)) === 'ok\n');
  assert.equal(await lab.client.get(secrets, secret), undefined);
  await former.stop();
  await until('the next one leads', () => next.manager.isLeader);
  await until('there is a certificate', async () => (await lab.client.get(secrets, secret)) !== undefined);
  await until('it serves', async () => (await readyz(next)) === 'ok\n');
});

test('one that leads is not ready when somebody else’s Secret keeps it from having a certificate', async () => {
  await lab.client.delete(secrets, secret);
  await lab.client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: secret, data: {} });
  const leader = await process('leader', ...webhookArguments);
  await until('it leads', () => leader.manager.isLeader);
  assert.match(await readyz(leader), /no certificate/u);
});
