// Which node a Pod may go to, and why none will do. Pure: the scheduler's rules as far as the operator's Pods use them.
// Not here: affinity between Pods, preemption, and node affinity other than the required one.

import type { V1NodeSelectorRequirement, V1NodeSelectorTerm, V1Taint, V1Toleration } from '@kubernetes/client-node';
import type { Pod } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { parseQuantity } from '../../pkg/schema/quantity.ts';

export interface Node extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly V1Taint[] };
  readonly status?: { readonly allocatable?: Readonly<Record<string, string>> };
}

/** What the Pods on a node ask for, or one Pod does. */
export interface Demand {
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
}

export interface Candidate {
  readonly node: Node;
  readonly used: Demand;
  /** Pods of the same cluster there already: the fewer the better. */
  readonly siblings: number;
}

/** The larger of what the containers ask for together and what any init container asks for. */
export function demandOf(pod: Pod): Demand {
  const total = (resource: 'cpu' | 'memory'): number => {
    const asked = (pod.spec?.containers ?? []).map(({ resources }) => quantity(resources?.requests?.[resource]));
    const first = (pod.spec?.initContainers ?? []).map(({ resources }) => quantity(resources?.requests?.[resource]));
    return Math.max(
      asked.reduce((sum, each) => sum + each, 0),
      ...first,
    );
  };
  return { cpu: total('cpu'), memory: total('memory'), pods: 1 };
}

function quantity(text: string | undefined): number {
  return text === undefined ? 0 : parseQuantity(text);
}

/** The node with the fewest siblings, then the fewest Pods; or the scheduler's message. */
export function chooseNode(
  pod: Pod,
  candidates: readonly Candidate[],
): { readonly node: string } | { readonly unschedulable: string } {
  const refusals = new Map<string, number>();
  const fitting: Candidate[] = [];
  for (const candidate of candidates) {
    const refusal = refusalOf(pod, candidate);
    if (refusal === undefined) fitting.push(candidate);
    else refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
  }
  const [best] = fitting.sort(
    (a, b) =>
      a.siblings - b.siblings || a.used.pods - b.used.pods || a.node.metadata.name.localeCompare(b.node.metadata.name),
  );
  if (best !== undefined) return { node: best.node.metadata.name };
  const reasons = [...refusals].map(([reason, count]) => `${count} ${reason}`).sort();
  return { unschedulable: `0/${candidates.length} nodes are available: ${reasons.join(', ')}.` };
}

function refusalOf(pod: Pod, { node, used }: Candidate): string | undefined {
  if (node.spec?.unschedulable === true) return 'node(s) were unschedulable';
  const taint = node.spec?.taints?.find(
    ({ effect, ...rest }) => effect !== 'PreferNoSchedule' && !tolerated({ effect, ...rest }, pod.spec?.tolerations),
  );
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (!selects(pod, node)) return "node(s) didn't match Pod's node affinity/selector";
  const wanted = demandOf(pod);
  const allocatable = node.status?.allocatable ?? {};
  for (const resource of ['cpu', 'memory', 'pods'] as const) {
    const free = quantity(allocatable[resource]) - used[resource];
    if (wanted[resource] > free) return resource === 'pods' ? 'Too many pods' : `Insufficient ${resource}`;
  }
  return undefined;
}

function tolerated(taint: V1Taint, tolerations: readonly V1Toleration[] = []): boolean {
  return tolerations.some(
    ({ key, operator = 'Equal', value = '', effect = '' }) =>
      (effect === '' || effect === taint.effect) &&
      (operator === 'Exists'
        ? key === undefined || key === '' || key === taint.key
        : key === taint.key && value === (taint.value ?? '')),
  );
}

function selects(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const selector = Object.entries(pod.spec?.nodeSelector ?? {});
  if (!selector.every(([key, value]) => labels[key] === value)) return false;
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, labels));
}

function matchesTerm(term: V1NodeSelectorTerm, labels: Readonly<Record<string, string>>): boolean {
  return (term.matchExpressions ?? []).every((requirement) => matches(requirement, labels));
}

function matches(
  { key, operator, values = [] }: V1NodeSelectorRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      throw new Error(`node affinity operator ${operator} is not played`);
  }
}
