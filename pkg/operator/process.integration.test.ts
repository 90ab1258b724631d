// The operator as a process, before it is up. In a container it is the first process, which no signal ends that it does not listen
// for: it would go on to start, take the lease, and be killed with it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../main.ts', import.meta.url));

test('An operator that is told to end while it starts ends at once and in order', { timeout: 60_000 }, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'nifi-operator-process-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const [kubeconfig, asked] = [join(dir, 'kubeconfig'), join(dir, 'asked')];
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: '/bin/sh',
    args: ['-c', `touch '${asked}'; sleep 10`],
    interactiveMode: 'Never',
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user: { exec } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  const child = spawn(process.execPath, [main, '--kubeconfig', kubeconfig], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  while (!existsSync(asked)) await sleep(20);
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});
