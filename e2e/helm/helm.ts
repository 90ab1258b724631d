// Runs helm for tests: as a program of its own, with settings, caches and plugins of nobody's. It must never reach a cluster that a kubeconfig of the
// machine names: without one of the caller's, helm has none.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../pkg/kube/types.ts';
import type { Cmd } from '../controlplane/binaries.ts';
import { ensureHelm } from './binary.ts';

export type ChartName = 'nifi-operator' | 'nifi-operator-crds' | 'nifi-cluster';

export interface HelmAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Helm {
  /** `values` go to standard input, for `--values -`. */
  run(args: readonly string[], values?: object): Promise<HelmAnswer>;
  /** As `run`; throws with what helm said when it fails. Gives its standard output. */
  succeed(args: readonly string[], values?: object): Promise<string>;
  close(): Promise<void>;
}

export interface RenderOptions {
  readonly release?: string;
  readonly namespace?: string;
}

export function chartFolder(name: ChartName): string {
  return fileURLToPath(new URL(`../../charts/${name}`, import.meta.url));
}

/** Builds helm where it is missing. With a kubeconfig, that is the cluster it works on. */
export async function openHelm(kubeconfig?: string): Promise<Helm> {
  const program = await ensureHelm({ onProgress: (line) => process.stderr.write(`${line}\n`) });
  const dir = await mkdtemp(join(tmpdir(), 'helm-'));
  const env = {
    PATH: process.env['PATH'],
    HOME: dir,
    KUBECONFIG: kubeconfig ?? join(dir, 'none'),
    HELM_CACHE_HOME: join(dir, 'cache'),
    HELM_CONFIG_HOME: join(dir, 'config'),
    HELM_DATA_HOME: join(dir, 'data'),
  };
  const run = (args: readonly string[], values?: object): Promise<HelmAnswer> => start(program, args, env, values);
  return {
    run,
    async succeed(args, values) {
      const { ok, stdout, stderr } = await run(args, values);
      if (!ok) throw new Error(`helm ${args.join(' ')}: ${stderr.trim()}`);
      return stdout;
    },
    close: () => rm(dir, { recursive: true, force: true }),
  };
}

async function start(program: Cmd, args: readonly string[], env: NodeJS.ProcessEnv, values = {}): Promise<HelmAnswer> {
  const child = spawn(program.path, [...program.args, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  // A command that does not read its values may have ended before they are written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(values));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { ok: code === 0, ...output };
}

/** What a chart makes of the values, by helm's own offline rendering. Throws with helm's words when it refuses. */
export async function render(
  helm: Helm,
  chart: ChartName,
  values: object = {},
  options: RenderOptions = {},
): Promise<readonly KubeObject[]> {
  return parseObjects(await helm.succeed(templateArguments(chart, options), values));
}

/** What helm says against values; throws when it takes them. */
export async function refusal(helm: Helm, chart: ChartName, values: object): Promise<string> {
  const { ok, stderr } = await helm.run(templateArguments(chart, {}), values);
  if (ok) throw new Error(`${chart} takes ${JSON.stringify(values)}`);
  return stderr;
}

function templateArguments(
  chart: ChartName,
  { release = 'nifi-operator', namespace = 'ops' }: RenderOptions,
): string[] {
  const where = ['--namespace', namespace, '--kube-version', '1.34.4'];
  return ['template', release, chartFolder(chart), ...where, '--values', '-'];
}

/** The objects in a stream of YAML documents; empty documents are left out. */
export function parseObjects(text: string): readonly KubeObject[] {
  return parseAllDocuments(text)
    .map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0];
      return document.toJS() as KubeObject | null;
    })
    .filter((object) => object !== null);
}
