// What a demo that failed tells: what is not Ready and every condition of it, and the operator's last words.

import type { FlowState } from './flows.ts';
import type { ClusterState } from './snapshot.ts';

/** The message is meant for people and says all there is. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

/** What a demo shows. */
export interface Shown {
  readonly clusters: readonly ClusterState[];
  readonly flows: readonly FlowState[];
}

export function failureReport(why: string, { clusters, flows }: Shown, operatorLines: readonly string[]): string {
  const notReady = clusters.filter(({ ready }) => !ready);
  return [
    `The demo failed: ${why}`,
    ...notReady.flatMap((cluster) => [
      `${cluster.name} is not Ready:`,
      ...cluster.conditions.map((line) => `  ${line}`),
      ...cluster.nodes
        .filter((node) => !node.ready)
        .map(({ id, state, note }) => `  node ${id}: ${state}${note === '' ? '' : ` (${note})`}`),
    ]),
    ...flows
      .filter(({ ready }) => !ready)
      .flatMap(({ kind, name, conditions }) => [
        `${kind} ${name} is not Ready:`,
        ...conditions.map((line) => `  ${line}`),
      ]),
    'The last lines of the operator:',
    ...operatorLines.map((line) => `  ${line}`),
  ].join('\n');
}
