// Draws clusters and their nodes as lines. Every line says which cluster it is about, because off a terminal only changed lines are written. When the
// terminal is too short, clusters that are Ready shrink to one line, from the last on; those with a node of its own kind come last.

import type { FlowState } from './flows.ts';
import type { BlockLine } from './screen.ts';
import type { ClusterState, NodeRow } from './snapshot.ts';

const header = ['NODE', 'POD', 'IP', 'STATE', 'READY', 'UPDATED', 'RESTARTS', 'HEAP', ''] as const;
const widths = [5, 15, 11, 14, 6, 8, 9, 6, 0] as const;

/** Lines of all clusters, at most `rows` as far as Ready clusters can shrink. */
export function tableLines(clusters: readonly ClusterState[], rows: number): readonly BlockLine[] {
  const collapsed = new Set<string>();
  const draw = (): readonly BlockLine[] => [
    { key: 'header', text: row(header) },
    ...clusters.flatMap((cluster) => clusterLines(cluster, collapsed.has(cluster.name))),
  ];
  const shrinkable = clusters.filter(({ ready }) => ready).toReversed();
  const plain = shrinkable.filter(({ special }) => special === undefined);
  for (const { name } of [...plain, ...shrinkable]) {
    if (draw().length <= rows) break;
    collapsed.add(name);
  }
  return draw();
}

/** One line for all that lives in NiFi, and one for each of it that is not Ready. */
export function flowLines(flows: readonly FlowState[]): readonly BlockLine[] {
  if (flows.length === 0) return [];
  const waiting = flows.filter(({ ready }) => !ready);
  const notes = flows.filter(({ ready, note }) => ready && note !== '').map(({ name, note }) => `${name} (${note})`);
  const text = `Flows: ${flows.length - waiting.length} of ${flows.length} Ready: ${notes.join(', ')}`;
  return [
    { key: 'flows', text: notes.length === 0 ? text.slice(0, -2) : text },
    ...waiting.map(({ kind, name, reason, message }) => ({
      key: `${kind}/${name}`,
      text: `  ${kind} ${name}: ${reason} ${message}`,
    })),
  ];
}

function clusterLines(cluster: ClusterState, collapsed: boolean): readonly BlockLine[] {
  const { name, phase, ready, reason, message, nodes } = cluster;
  const readyNodes = nodes.filter((node) => node.ready).length;
  const why = ready ? '' : ` ${message}`;
  const summary = `${name}: ${phase}, Ready=${ready ? 'True' : 'False'} (${reason}), ${readyNodes}/${nodes.length} nodes${why}`;
  const own = collapsed ? [] : nodes.map((node) => nodeLine(name, node));
  return [{ key: name, text: summary }, ...own];
}

function nodeLine(cluster: string, node: NodeRow): BlockLine {
  const { id, pod, ip, state, ready, updated, restarts, heap, note } = node;
  const cells = [String(id), pod, ip, state, yesNo(ready), yesNo(updated), String(restarts), heap, note];
  return { key: `${cluster}/${id}`, text: row(cells) };
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function row(cells: readonly string[]): string {
  return `  ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' ')}`.trimEnd();
}
