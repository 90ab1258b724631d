// What a person can try in a running demo: only commands that work by now, ready to be copied. The machine's kubectl is used when it is recent enough,
// else the one that was built with the control plane.

import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import type { Cmd } from '../controlplane/binaries.ts';
import type { Step } from './flow-steps.ts';
import { demoNamespace } from './samples.ts';
import type { ClusterState } from './snapshot.ts';

const leastMinor = 30;

/** The folder to put first on PATH, or undefined when the machine has a kubectl that will do. */
export async function kubectlFolder(own: Cmd, folder: string): Promise<string | undefined> {
  if (await machineHasKubectl()) return undefined;
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await symlink(own.path, join(bin, 'kubectl'));
  return bin;
}

async function machineHasKubectl(): Promise<boolean> {
  try {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], KUBECONFIG: '/dev/null' };
    const { stdout } = await promisify(execFile)('kubectl', ['version', '--client', '-o', 'json'], { env });
    return isRecentKubectl(stdout);
  } catch {
    // None on PATH, or one that does not run: ours does.
    return false;
  }
}

/** Whether the answer of `kubectl version --client -o json` tells of 1.30 or newer. */
export function isRecentKubectl(answer: string): boolean {
  const { clientVersion } = JSON.parse(answer) as { readonly clientVersion?: { readonly minor?: string } };
  return Number.parseInt(clientVersion?.minor ?? '', 10) >= leastMinor;
}

interface Place {
  readonly kubeconfig: string;
  readonly kubectlFolder: string | undefined;
}

/** The cluster that the commands are about: one that they need no namespace for, with a node of its own kind where there is one. */
export function featured(clusters: readonly ClusterState[]): ClusterState | undefined {
  const near = clusters.filter(({ namespace }) => namespace === demoNamespace);
  return near.find(({ special }) => special !== undefined) ?? near[0];
}

/** `more` comes after what is about the cluster. */
export function nextSteps(place: Place, cluster: ClusterState, more: readonly Step[]): readonly string[] {
  const { name, nodes } = cluster;
  const [, second = nodes[0]] = nodes;
  const path = place.kubectlFolder === undefined ? [] : [`export PATH=${place.kubectlFolder}:$PATH`];
  return [
    'To try in another terminal:',
    '',
    `  export KUBECONFIG=${place.kubeconfig}`,
    ...path.map((line) => `  ${line}`),
    '',
    ...commented([
      ['kubectl get nifi', 'every cluster; -o wide says why'],
      ['kubectl explain nificluster.spec.nodes', 'how a node gets what only it has'],
      ...ownConfiguration(cluster),
      [`kubectl delete pod ${second?.pod ?? `${name}-0`}`, 'and see it come back with its volumes'],
      ...operations(cluster),
      [`kubectl get nifi/${name} -o jsonpath='${nodeLines}'`, 'what is being done to each node, or waited for'],
      [`kubectl events --for nifi/${name}`, 'what the operator says it did'],
      ...more,
    ]),
    '',
    'Ctrl-C ends the demo and removes everything.',
  ];
}

const nodeLines = '{range .status.nodes[*]}{.id} {.state} {.reason} {.message}{"\\n"}{end}';

/** In an order in which each leaves the cluster as the next one's comment supposes. */
function operations(cluster: ClusterState): readonly Step[] {
  const { name, nodes } = cluster;
  const [first, second = first] = nodes;
  const leaving = second?.id ?? 0;
  const scaled = (replicas: number): string => `kubectl scale nifi/${name} --replicas=${replicas}`;
  const threshold = { 'nifi.queue.swap.threshold': '30000' };
  return [
    [scaled(nodes.length + 2), 'two more nodes, at once'],
    [`kubectl wait --for=condition=Ready nifi/${name} --timeout=2m`, ''],
    [scaled(nodes.length), 'the two highest leave, one after the other: the data first, the volumes last'],
    ...ownProperty(cluster),
    [
      patched(name, { node: { config: { nifiProperties: threshold } } }),
      'a setting of all: node by node, each disconnected first, the coordinator last',
    ],
    [
      patched(name, { decommission: [leaving] }),
      `node ${leaving} leaves for good, and the next number comes in its place`,
    ],
    [scaled(0), 'the cluster sleeps: every Pod goes, every volume stays'],
    [scaled(nodes.length), 'and wakes with all it had'],
  ];
}

/** The entry of a node that has none yet: a merge would replace those of the others. */
function ownProperty({ name, nodes, entries }: ClusterState): readonly Step[] {
  const ids = nodes.map(({ id }) => id).filter((id) => !entries.includes(id));
  const id = ids.find((one) => one === nodes[1]?.id) ?? ids[0];
  if (id === undefined) return [];
  const value = { id, node: { config: { nifiProperties: { 'nifi.bored.yield.duration': '20 millis' } } } };
  const added = JSON.stringify([{ op: 'add', path: '/spec/nodes/-', value }]);
  const command =
    entries.length === 0 ? patched(name, { nodes: [value] }) : `kubectl patch nifi/${name} --type json -p '${added}'`;
  return [[command, `a setting of node ${id}: it alone restarts`]];
}

function patched(name: string, spec: object): string {
  return `kubectl patch nifi/${name} --type merge -p '${JSON.stringify({ spec })}'`;
}

function ownConfiguration({ name, nodes, special }: ClusterState): readonly Step[] {
  const configMap = nodes.find(({ id }) => id === special?.id)?.configMap;
  if (special === undefined || configMap === undefined) return [];
  const { id, property } = special;
  return [
    [
      `kubectl get configmap ${configMap} -o yaml | grep -E -- '-Xmx|${property}='`,
      `heap and property of node ${id} alone`,
    ],
    [
      `kubectl get configmap -l nifi.datadynamics.io/cluster=${name} -o yaml | grep -E -- '-Xmx|${property}='`,
      'and of all nodes',
    ],
  ];
}

/** The comment above its command, so that both stay readable however long the command is. */
function commented(steps: readonly Step[]): readonly string[] {
  return steps.flatMap(([command, comment]) => (comment === '' ? [] : [`  # ${comment}`]).concat(`  ${command}`));
}
