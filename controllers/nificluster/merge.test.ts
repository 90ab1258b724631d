// One node's settings out of three levels: what each level may say, and what the levels below keep.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { NodeOverride } from '../../api/v1/zz_generated.nificluster.ts';
import { nodeSettings } from './merge.ts';
import { aCluster } from './testing.ts';

const base = aCluster().withNode({
  resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '2Gi' } },
  jvm: { heap: '1g', args: ['-Da=1'] },
  storage: [
    { name: 'data', size: '1Gi' },
    { name: 'content', size: '2Gi', storageClassName: 'fast' },
  ],
  config: { nifiProperties: { a: 'node', b: 'node' }, files: { 'logback.xml': '<node/>' } },
  configFrom: [{ file: 'nifi.properties', configMapRef: { name: 'node' } }],
  env: [
    { name: 'A', value: 'node' },
    { name: 'B', value: 'node' },
  ],
  podTemplate: {
    metadata: { labels: { team: 'node', tier: 'node' } },
    spec: { tolerations: [{ key: 'node' }], containers: [{ name: 'sidecar', image: 'node', args: ['x'] }] },
  },
});

function merged(group: NodeOverride, entry: NodeOverride = {}) {
  const cluster = base.withGroup({ name: 'heavy', node: group }).withEntry({ id: 2, group: 'heavy', node: entry });
  return nodeSettings(cluster.build().spec, 2).settings;
}

describe('The settings of a node', () => {
  const plain = base.build().spec.node;

  test('are those of spec.node when nobody says otherwise', () => {
    assert.deepEqual(nodeSettings(base.build().spec, 0), { settings: plain, unknownGroup: undefined });
  });

  test('do not reach another node than the one they are for', () => {
    const spec = base.withEntry({ id: 2, node: { jvm: { heap: '9g' } } }).build().spec;
    assert.equal(nodeSettings(spec, 2).settings.jvm.heap, '9g');
    assert.deepEqual(nodeSettings(spec, 1).settings, plain);
  });

  test('take the group over spec.node, and the own entry over the group', () => {
    assert.equal(merged({ jvm: { heap: '2g' } }).jvm.heap, '2g');
    assert.equal(merged({ jvm: { heap: '2g' } }, { jvm: { heap: '3g' } }).jvm.heap, '3g');
  });

  test('name a group that does not exist, and are those of spec.node', () => {
    const spec = base.withEntry({ id: 1, group: 'nobody' }).build().spec;
    assert.deepEqual(nodeSettings(spec, 1), { settings: plain, unknownGroup: 'nobody' });
  });

  test('merge maps by key', () => {
    const { config, resources } = merged(
      { config: { nifiProperties: { b: 'group', c: 'group' } }, resources: { limits: { cpu: '4' } } },
      {
        config: { nifiProperties: { c: 'entry' }, bootstrapConf: { d: 'entry' } },
        resources: { limits: { memory: '8Gi' } },
      },
    );
    assert.deepEqual(config?.nifiProperties, { a: 'node', b: 'group', c: 'entry' });
    assert.deepEqual(config?.bootstrapConf, { d: 'entry' });
    assert.deepEqual(config?.files, { 'logback.xml': '<node/>' });
    assert.deepEqual(resources, { requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '8Gi', cpu: '4' } });
  });

  test('merge keyed lists by key, in the order of the lowest level, new elements last', () => {
    const { storage, env } = merged(
      {
        storage: [
          { name: 'provenance', size: '3Gi' },
          { name: 'content', size: '20Gi' },
        ],
        env: [{ name: 'A', value: 'group' }],
      },
      { env: [{ name: 'C', value: 'entry' }] },
    );
    assert.deepEqual(storage, [
      { name: 'data', size: '1Gi' },
      { name: 'content', size: '20Gi', storageClassName: 'fast' },
      { name: 'provenance', size: '3Gi' },
    ]);
    assert.deepEqual(env, [
      { name: 'A', value: 'group' },
      { name: 'B', value: 'node' },
      { name: 'C', value: 'entry' },
    ]);
  });

  test('leave one source to a variable that another level gives another source', () => {
    const valueFrom = { secretKeyRef: { name: 's', key: 'k' } };
    assert.deepEqual(merged({ env: [{ name: 'A', valueFrom }] }).env?.[0], { name: 'A', valueFrom });
    assert.deepEqual(merged({ env: [{ name: 'A', valueFrom }] }, { env: [{ name: 'A', value: 'x' }] }).env?.[0], {
      name: 'A',
      value: 'x',
    });
  });

  test('replace lists that have no key', () => {
    const configFrom = [{ file: 'bootstrap.conf', secretRef: { name: 'entry' } }] as const;
    const settings = merged({ jvm: { args: ['-Db=2'] } }, { configFrom });
    assert.deepEqual(settings.jvm, { heap: '1g', args: ['-Db=2'] });
    assert.deepEqual(settings.configFrom, configFrom);
  });

  test('merge podTemplate as Kubernetes would: maps and containers by key, tolerations replaced', () => {
    const { podTemplate } = merged(
      { podTemplate: { metadata: { labels: { tier: 'group' } }, spec: { tolerations: [{ key: 'group' }] } } },
      { podTemplate: { spec: { containers: [{ name: 'sidecar', image: 'entry' }], nodeSelector: { disk: 'ssd' } } } },
    );
    assert.deepEqual(podTemplate, {
      metadata: { labels: { team: 'node', tier: 'group' } },
      spec: {
        tolerations: [{ key: 'group' }],
        containers: [{ name: 'sidecar', image: 'entry', args: ['x'] }],
        nodeSelector: { disk: 'ssd' },
      },
    });
  });
});

describe('An override', () => {
  const empties = fc.constantFrom<NodeOverride>(
    {},
    { jvm: {} },
    { resources: {} },
    { config: {} },
    { config: { nifiProperties: {} } },
    { storage: [] },
    { env: [] },
    { podTemplate: {} },
    { podTemplate: { spec: {} } },
  );
  const settings = base.build().spec.node;

  test('that says nothing changes nothing, on whichever level', () => {
    fc.assert(fc.property(empties, empties, (group, entry) => assert.deepEqual(merged(group, entry), settings)));
  });

  test('that repeats what holds changes nothing', () => {
    assert.deepEqual(merged(settings, settings), settings);
  });

  test('wins for the keys it names and for no other', () => {
    const map = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2', '3'));
    fc.assert(
      fc.property(map, map, (group, entry) => {
        const { config } = merged({ config: { nifiProperties: group } }, { config: { nifiProperties: entry } });
        assert.deepEqual(config?.nifiProperties, { a: 'node', b: 'node', ...group, ...entry });
      }),
    );
  });
});
