import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Candidate, chooseNode, demandOf, type Node } from './fit.ts';
import { aPod } from './testing.ts';

function candidate(
  name: string,
  change: Partial<Omit<Candidate, 'node'>> & { readonly node?: Partial<Node> } = {},
): Candidate {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { zone: name } },
    status: { allocatable: { cpu: '4', memory: '8Gi', pods: '10' } },
    ...change.node,
  };
  return { used: { cpu: 0, memory: 0, pods: 0 }, siblings: 0, ...change, node };
}

const asking = (cpu: string, memory = '1Gi') => aPod('p', {}, { resources: { requests: { cpu, memory } } });

describe('choosing a node', () => {
  test('counts the containers together, or the largest init container', () => {
    const requests = (cpu: string) => ({ resources: { requests: { cpu } } });
    const side = { name: 'side', image: 'i', ...requests('500m') };
    const pod = aPod(
      'p',
      { containers: [side], initContainers: [{ name: 'init', image: 'i', ...requests('2') }] },
      requests('1'),
    );
    assert.deepEqual(demandOf(pod), { cpu: 2, memory: 0, pods: 1 });
  });

  test('keeps Pods of one cluster apart before it evens out the nodes', () => {
    const crowded = candidate('a', { used: { cpu: 1, memory: 0, pods: 5 } });
    const sibling = candidate('b', { siblings: 1 });
    assert.deepEqual(chooseNode(asking('1'), [sibling, crowded]), { node: 'a' });
    assert.deepEqual(chooseNode(asking('1'), [candidate('d'), candidate('c')]), { node: 'c' });
  });

  test('says for every node why not', () => {
    const full = candidate('a', { used: { cpu: 3.5, memory: 0, pods: 1 } });
    const cordoned = candidate('b', { node: { spec: { unschedulable: true } } });
    const taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' };
    const lost = candidate('c', { node: { spec: { taints: [taint] } } });
    assert.deepEqual(chooseNode(asking('1'), [full, cordoned, lost]), {
      unschedulable:
        '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint ' +
        '{node.kubernetes.io/unreachable: }, 1 node(s) were unschedulable.',
    });
  });

  test('honours tolerations and required node affinity', () => {
    const taint = { key: 'dedicated', value: 'nifi', effect: 'NoSchedule' };
    const tainted = candidate('a', { node: { spec: { taints: [taint] } } });
    const tolerations = [{ key: 'dedicated', value: 'nifi', effect: 'NoSchedule' }];
    assert.deepEqual(chooseNode(aPod('p', { tolerations }), [tainted]), { node: 'a' });
    const nodeSelectorTerms = [{ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }];
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
    assert.deepEqual(chooseNode(aPod('p', { affinity }), [candidate('a'), candidate('b')]), { node: 'b' });
  });
});
