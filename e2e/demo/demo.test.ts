// The parts of the demo that decide something: what a screen gets, which samples are applied, which lines a short terminal keeps.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DefaultedNiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import { typeOf } from '../lab/objects.ts';
import { featured, isRecentKubectl, nextSteps } from './next-steps.ts';
import { failureReport } from './report.ts';
import { readSamples } from './samples.ts';
import { createScreen, type Output } from './screen.ts';
import { type ClusterState, type NodeRow, stateOf } from './snapshot.ts';
import { tableLines } from './table.ts';

function node(id: number, more: Partial<NodeRow> = {}): NodeRow {
  const pod = { pod: `prod-${id}`, ip: '127.0.1.1', restarts: 0, heap: '1g', configMap: `prod-${id}-abc` };
  return { id, ...pod, state: 'CONNECTED', ready: true, updated: true, note: '', ...more };
}

function cluster(name: string, more: Partial<ClusterState> = {}): ClusterState {
  const ready = {
    phase: 'Running',
    ready: true,
    reason: 'Ready',
    message: '',
    conditions: [],
    special: undefined,
    entries: [],
  };
  return { name, namespace: 'default', ...ready, nodes: [node(0), node(1), node(2)], ...more };
}

function written(isTTY: boolean): { readonly out: Output; readonly text: () => string } {
  const parts: string[] = [];
  const out = { isTTY, columns: 20, rows: 24, write: (text: string) => parts.push(text) > 0 } as Output;
  return { out, text: () => parts.splice(0).join('') };
}

describe('the screen', () => {
  test('a log gets a line again only when it has changed', () => {
    const { out, text } = written(false);
    const screen = createScreen(out);
    screen.draw([
      { key: 'a', text: 'a 1' },
      { key: 'b', text: 'b 1' },
    ]);
    assert.equal(text(), 'a 1\nb 1\n');
    screen.draw([
      { key: 'a', text: 'a 1' },
      { key: 'b', text: 'b 2' },
    ]);
    assert.equal(text(), 'b 2\n');
  });

  test('a terminal gets the block in the place of the one before, cut to its width', () => {
    const { out, text } = written(true);
    const screen = createScreen(out);
    screen.draw([
      { key: 'a', text: 'one' },
      { key: 'b', text: 'x'.repeat(30) },
    ]);
    assert.equal(text(), `one\n${'x'.repeat(19)}\n`);
    screen.draw([{ key: 'a', text: 'two' }]);
    assert.equal(text(), '\u001b[2A\r\u001b[Jtwo\n');
  });

  test('a line that stays goes above the block', () => {
    const { out, text } = written(true);
    const screen = createScreen(out);
    screen.draw([{ key: 'a', text: 'block' }]);
    text();
    screen.say('stays');
    assert.equal(text(), '\u001b[1A\r\u001b[Jstays\nblock\n');
  });

  test('a block that is the same is not drawn again', () => {
    const { out, text } = written(true);
    const screen = createScreen(out);
    screen.draw([{ key: 'a', text: 'block' }]);
    text();
    screen.draw([{ key: 'a', text: 'block' }]);
    assert.equal(text(), '');
  });
});

describe('the table', () => {
  const special = { id: 2, property: 'p' };
  const clusters = [
    cluster('first'),
    cluster('own', { special }),
    cluster('broken', { ready: false }),
    cluster('last'),
  ];

  test('every node has a line where there is room', () => {
    assert.equal(tableLines(clusters, 100).length, 1 + 4 * 4);
  });

  test('Ready clusters shrink from the last on, the one with a special node after the others', () => {
    const shown = (rows: number): readonly string[] =>
      tableLines(clusters, rows)
        .map(({ key }) => key)
        .filter((key) => key.endsWith('/0'));
    assert.deepEqual(shown(14), ['first/0', 'own/0', 'broken/0']);
    assert.deepEqual(shown(11), ['own/0', 'broken/0']);
  });

  test('a cluster that is not Ready never shrinks', () => {
    const keys = tableLines(clusters, 1).map(({ key }) => key);
    assert.deepEqual(keys, ['header', 'first', 'own', 'broken', 'broken/0', 'broken/1', 'broken/2', 'last']);
  });
});

describe('the samples', () => {
  test('are all of kinds that a demo can apply', async () => {
    const samples = await readSamples(fileURLToPath(new URL('../../config/samples/', import.meta.url)));
    for (const { objects, leftOut } of samples)
      if (leftOut === undefined) for (const object of objects) assert.equal(typeOf(object).kind, object.kind);
  });

  test('all are read, a folder as one, and only those that need what no demo has are left out', async () => {
    const folder = fileURLToPath(new URL('../../config/samples/', import.meta.url));
    const samples = await readSamples(folder);
    assert.equal(samples.length, (await readdir(folder)).length);
    const leftOut = samples.filter((sample) => sample.leftOut !== undefined).map(({ file }) => file);
    assert.deepEqual(leftOut, ['monitoring/', 'nificluster-cert-manager.yaml', 'v1alpha1/']);
    const flowKube = samples.find(({ file }) => file === 'flowkube/');
    assert.deepEqual([flowKube?.objects[0]?.kind, flowKube?.objects.at(-1)?.kind], ['Namespace', 'NiFiDataflow']);
  });
});

describe('what is told', () => {
  test('kubectl is recent enough from 1.30 on, whatever a vendor adds to its version', () => {
    const answer = (minor: string): string => JSON.stringify({ clientVersion: { major: '1', minor } });
    assert.deepEqual(
      ['29', '30', '32+'].map((minor) => isRecentKubectl(answer(minor))),
      [false, true, true],
    );
    assert.equal(isRecentKubectl('{}'), false);
  });

  const place = { kubeconfig: '/tmp/kubeconfig', kubectlFolder: '/tmp/bin' };

  test("the steps name the special node's ConfigMap and two nodes more than there are", () => {
    const steps = nextSteps(place, cluster('prod', { special: { id: 2, property: 'nifi.x' } }), []).join('\n');
    assert.match(steps, /get configmap prod-2-abc .*nifi\.x=/u);
    assert.match(steps, /scale nifi\/prod --replicas=5/u);
    assert.match(steps, /patch nifi\/prod --type merge -p '\{"spec":\{"decommission":\[1\]\}\}'/u);
    assert.match(steps, /export PATH=\/tmp\/bin:\$PATH/u);
  });

  test('the steps are about a cluster that needs no namespace, at best one with a node of its own kind', () => {
    const far = cluster('a', { namespace: 'far', special: { id: 0, property: 'x' } });
    const special = cluster('c', { special: { id: 0, property: 'x' } });
    assert.equal(featured([far, cluster('b'), special])?.name, 'c');
    assert.equal(featured([far, cluster('b')])?.name, 'b');
    assert.equal(featured([far]), undefined);
  });

  test('a setting of one node leaves the entries of the others, and is left out where all have one', () => {
    const steps = (entries: readonly number[]): string => nextSteps(place, cluster('prod', { entries }), []).join('\n');
    assert.match(steps([2]), /--type json -p '\[\{"op":"add","path":"\/spec\/nodes\/-","value":\{"id":1,/u);
    assert.match(steps([1]), /"path":"\/spec\/nodes\/-","value":\{"id":0,/u);
    assert.match(steps([]), /--type merge -p '\{"spec":\{"nodes":\[\{"id":1,/u);
    assert.doesNotMatch(steps([0, 1, 2]), /alone restarts/u);
  });

  test('a node that waits shows why', () => {
    const status = {
      nodes: [{ id: 0, reason: 'RestartPending', message: 'Waiting to restart node 0: node 1 goes first' }],
    };
    const object = { metadata: { name: 'prod' }, spec: {}, status } as unknown as DefaultedNiFiCluster;
    const { nodes } = stateOf(object, { pods: [], configurations: [] });
    assert.equal(nodes[0]?.note, 'RestartPending: Waiting to restart node 0: node 1 goes first');
  });

  test('a failure tells the conditions of what is not Ready, its nodes and the log', () => {
    const broken = cluster('broken', {
      ready: false,
      conditions: ['Ready=False (X): y'],
      nodes: [node(0, { ready: false, state: 'DISCONNECTED', note: 'Why' }), node(1)],
    });
    const report = failureReport('too late', { clusters: [cluster('fine'), broken], flows: [] }, ['last words']);
    for (const part of ['too late', 'broken is not Ready', 'Ready=False (X): y', 'DISCONNECTED (Why)', 'last words'])
      assert.ok(report.includes(part), part);
    assert.ok(!report.includes('fine'));
  });
});
