// promtool, Prometheus' own checker of rules: that of the machine when it has one, otherwise built once from the Go module beside this file,
// without the clouds' service discovery, which no check needs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { buildOnce, cacheFolder, isExecutable, programsOnPath } from '../controlplane/buildcache.ts';
import { type GoModule, goBuild } from '../controlplane/gobuild.ts';

const module: GoModule = {
  dir: import.meta.dirname,
  variables: [],
  tags: ['remove_all_sd'],
  mend: 'Install Go 1.25 or newer (https://go.dev/dl/), or a promtool on PATH',
};

/** Its path. Throws BuildError, whose message says what to do. */
export async function ensurePromtool(onProgress: (line: string) => void = () => undefined): Promise<string> {
  const { env } = process;
  const [found] = await programsOnPath('promtool', env);
  if (found !== undefined) return found;
  const folder = await cacheFolder('promtool', module, env);
  const target = join(folder, 'promtool');
  await buildOnce({ folder, what: 'promtool', isDone: () => isExecutable(target), onProgress }, async () => {
    onProgress('building promtool from Go modules: some minutes, once');
    await goBuild({ module, pkg: 'github.com/prometheus/prometheus/cmd/promtool', target, env, onProgress });
  });
  return target;
}

/** What it says; throws with it when it finds fault. */
export async function runPromtool(promtool: string, args: readonly string[]): Promise<string> {
  const child = spawn(promtool, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`promtool ${args.join(' ')} ended with ${code}:\n${said}`);
  return said;
}
