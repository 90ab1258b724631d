// A directory that stands for the root of a node's container, in which the entry script runs under the system's /bin/sh.

import assert from 'node:assert/strict';
// oxlint-disable-next-line no-restricted-imports -- the script is for a real shell
import { execFile } from 'node:child_process';
// oxlint-disable-next-line no-restricted-imports -- and for real files
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
// oxlint-disable-next-line no-restricted-imports -- which live in a temporary directory
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { directoryEnvironment } from './paths.ts';
import { renderNodeConfig } from './render.ts';
import { aNode } from './testing.ts';
import type { NodeConfigInput } from './types.ts';

const roots: string[] = [];

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A container that was never started: what the kubelet mounts is there, and a nifi.sh that says how it was called. */
export class Container {
  readonly root: string;
  constructor(root: string) {
    this.root = root;
  }

  static async create(change: Partial<NodeConfigInput> = {}): Promise<Container> {
    const root = await mkdtemp(join(tmpdir(), 'start-sh-'));
    roots.push(root);
    const container = new Container(root);
    const { files, secretFiles } = renderNodeConfig(aNode(change));
    for (const [name, text] of Object.entries(files)) await container.write(`/etc/nifi/config/${name}`, text);
    for (const [name, text] of Object.entries(secretFiles)) await container.write(`/etc/nifi/secret/${name}`, text);
    for (const name of ['tls.crt', 'tls.key', 'ca.crt']) await container.write(`/etc/nifi/tls/${name}`, name);
    await container.write('/etc/nifi/start/candidates', '3');
    await container.write('/etc/nifi/key/key', 'a-key-that-is-secret');
    await container.write('/opt/nifi/nifi-current/conf/nifi.properties', 'nifi.of.the.image=true\n');
    await container.program('/opt/nifi/nifi-current/bin/nifi.sh', 'echo "nifi.sh $* umask $(umask)"');
    await mkdir(container.path('/var/lib/nifi/data'), { recursive: true });
    return container;
  }

  path(path: string): string {
    return join(this.root, path);
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await writeFile(this.path(path), text);
  }

  /** Puts a program there: lines for sh. */
  async program(path: string, lines: string): Promise<void> {
    await this.write(path, `#!/bin/sh\n${lines}\n`);
    await chmod(this.path(path), 0o755);
  }

  read(path: string): Promise<string> {
    return readFile(this.path(path), 'utf8');
  }

  conf(name: string): Promise<string> {
    return this.read(`/opt/nifi/nifi-current/conf/${name}`);
  }

  async start(env: Record<string, string | undefined> = {}): Promise<Outcome> {
    const merged: Record<string, string | undefined> = { PATH: `${this.path('/shims')}:/usr/bin:/bin` };
    for (const [name, value] of Object.entries(directoryEnvironment)) merged[name] = this.path(value);
    const defined = Object.entries({ ...merged, ...env }).filter(([, value]) => value !== undefined);
    return new Promise((resolve) => {
      const script = this.path('/etc/nifi/config/start.sh');
      const options = { env: Object.fromEntries<string | undefined>(defined), timeout: 20_000 };
      const child = execFile('/bin/sh', [script], options, (_error, stdout, stderr) => {
        resolve({ exitCode: child.exitCode ?? -1, stdout, stderr });
      });
    });
  }

  async assertStarts(env: Record<string, string | undefined> = {}): Promise<Outcome> {
    const outcome = await this.start(env);
    assert.deepEqual({ exitCode: outcome.exitCode, stderr: outcome.stderr }, { exitCode: 0, stderr: '' });
    assert.match(outcome.stdout, /^nifi\.sh run /m);
    return outcome;
  }
}

/** Every container that was created here, for the end of a test. */
export async function removeContainers(): Promise<void> {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true });
}
