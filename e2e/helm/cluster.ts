// An API server with the real helm and kubectl at hand, for tests that install charts. One namespace is the operator's, where the restricted standard of
// Pod security is enforced; another is for clusters. Nothing runs the Pods.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { type ControlPlane, startControlPlane } from '../controlplane/controlplane.ts';
import { type ChartName, chartFolder, type Helm, openHelm } from './helm.ts';

/** The operator's namespace. */
export const home = 'nifi-operator';
/** The clusters' namespace. */
export const space = 'data';

export interface HelmCluster {
  readonly controlPlane: ControlPlane;
  readonly helm: Helm;
  /** What kubectl says on standard output; throws with everything that it said when it fails. */
  kubectl(...args: string[]): Promise<string>;
  /** With standard input; gives standard error, too, where the API server's warnings are. */
  kubectlWith(input: string, ...args: string[]): Promise<string>;
  /** An object as JSON. */
  get(...args: string[]): Promise<Readonly<Record<string, unknown>>>;
  install(release: string, chart: ChartName, values?: object, options?: InstallOptions): Promise<string>;
  upgrade(release: string, chart: ChartName, values: object, flags?: readonly string[]): Promise<string>;
  /** "resource/name" of what carries the labels of a release, of every kind that can be listed. */
  remains(release: string): Promise<readonly string[]>;
  /** A certificate that a webhook may be trusted by, as it is written into an object. */
  authority(): Promise<string>;
  close(): Promise<void>;
}

export interface InstallOptions {
  /** The operator's when absent. */
  readonly namespace?: string;
  readonly flags?: readonly string[];
}

export async function openHelmCluster(): Promise<HelmCluster> {
  const controlPlane = await startControlPlane({ onProgress: (line) => process.stderr.write(`${line}\n`) });
  const helm = await openHelm(controlPlane.kubeconfig);
  const say = (args: readonly string[], input = ''): Promise<Said> => run(controlPlane, args, input);
  const kubectl = async (...args: string[]): Promise<string> => (await say(args)).stdout;
  await kubectl('create', 'namespace', home);
  await kubectl('label', 'namespace', home, 'pod-security.kubernetes.io/enforce=restricted');
  await kubectl('create', 'namespace', space);
  return {
    controlPlane,
    helm,
    kubectl,
    async kubectlWith(input, ...args) {
      const { stdout, stderr } = await say(args, input);
      return stdout + stderr;
    },
    get: async (...args) => JSON.parse(await kubectl('get', '-o', 'json', ...args)) as Record<string, unknown>,
    install: (release, chart, values = {}, { namespace = home, flags = [] } = {}) =>
      helm.succeed(['install', release, chartFolder(chart), '-n', namespace, '--values', '-', ...flags], values),
    upgrade: (release, chart, values, flags = []) =>
      helm.succeed(['upgrade', release, chartFolder(chart), '-n', home, '--values', '-', ...flags], values),
    async remains(release) {
      const kinds = (await kubectl('api-resources', '--verbs=list,delete', '-o', 'name')).trim().split('\n').join(',');
      const labels = `app.kubernetes.io/instance=${release},app.kubernetes.io/managed-by=Helm`;
      return (await kubectl('get', kinds, '--all-namespaces', '-l', labels, '-o', 'name')).split('\n').filter(Boolean);
    },
    authority: async () => (await readFile(controlPlane.caFile)).toString('base64'),
    async close() {
      await helm.close();
      await controlPlane.stop();
    },
  };
}

interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

async function run({ kubectl }: ControlPlane, args: readonly string[], input: string): Promise<Said> {
  const child = spawn(kubectl.path, [...kubectl.args, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  // A command that does not read may have ended before all is written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${said.stdout}${said.stderr}`);
  return said;
}
