// Configuration out of Secrets and ConfigMaps: which value wins, in which part it ends, and what is said of bad ones.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConfigFrom, NodeConfig } from '../../api/v1/zz_generated.nificluster.ts';
import { nodeSettings } from './merge.ts';
import { nodeOverrides } from './overrides.ts';
import type { References } from './references.ts';
import { aCluster, referenceNames, references } from './testing.ts';

const secretValue = 'hunter2-hunter2';

function overridesOf(configFrom: readonly ConfigFrom[], found: References, config: NodeConfig = {}) {
  const { spec } = aCluster().withNode({ configFrom, config }).build();
  return nodeOverrides(1, nodeSettings(spec, 1).settings, found);
}

const fromSecret: ConfigFrom = { file: 'nifi.properties', secretRef: { name: 's' } };
const fromMap: ConfigFrom = { file: 'nifi.properties', configMapRef: { name: 'm' } };
const found = references({
  'Secret/s': { 'nifi.properties': `shared=${secretValue}\nonly.secret=${secretValue}`, other: 'x=y' },
  'ConfigMap/m': { 'nifi.properties': 'shared=map\nonly.map=map', 'logback.xml': '<map/>' },
});

describe('A value', () => {
  test('from a Secret is in the Secret part only, also when a ConfigMap gave it before', () => {
    const { overrides, secretOverrides } = overridesOf([fromMap, fromSecret], found);
    assert.deepEqual(overrides.nifiProperties, { 'only.map': 'map' });
    assert.deepEqual(secretOverrides.nifiProperties, { shared: secretValue, 'only.secret': secretValue });
  });

  test('from a Secret stays when a later ConfigMap gives another: the node adds it last', () => {
    const { overrides, secretOverrides } = overridesOf([fromSecret, fromMap], found);
    assert.deepEqual(overrides.nifiProperties, { 'only.map': 'map' });
    assert.deepEqual(secretOverrides.nifiProperties, { shared: secretValue, 'only.secret': secretValue });
  });

  test('by reference is laid over the one written in place, the later reference over the earlier', () => {
    const later = references({ 'ConfigMap/m': { first: 'shared=1\na=1', second: 'shared=2' } });
    const sources = ['first', 'second'].map(
      (key) => ({ file: 'nifi.properties', configMapRef: { name: 'm', key } }) as const,
    );
    const { overrides } = overridesOf(sources, later, { nifiProperties: { shared: 'in place', b: 'in place' } });
    assert.deepEqual(overrides.nifiProperties, { shared: '2', a: '1', b: 'in place' });
  });

  test('from a Secret takes the place of the one written in place, which is not rendered at all', () => {
    const { overrides } = overridesOf([fromSecret], found, { nifiProperties: { shared: 'in place' } });
    assert.deepEqual(overrides.nifiProperties, {});
  });

  test('is read from the key that is named, else from that of the file', () => {
    const { secretOverrides } = overridesOf(
      [{ file: 'bootstrap.conf', secretRef: { name: 's', key: 'other' } }],
      found,
    );
    assert.deepEqual(secretOverrides.bootstrapConf, { x: 'y' });
  });

  test('of a file that is no properties file is its whole text', () => {
    const { overrides, findings } = overridesOf([{ file: 'logback.xml', configMapRef: { name: 'm' } }], found);
    assert.deepEqual([overrides.files, findings], [{ 'logback.xml': '<map/>' }, []]);
  });
});

describe('A reference', () => {
  test('that is not known yet is waited for and is no finding', () => {
    const result = overridesOf([fromSecret], () => ({ state: 'unknown' }));
    assert.deepEqual([result.waiting, result.findings], [true, []]);
  });

  const bad: readonly { what: string; objects: Parameters<typeof references>[0]; reason: string; mend: RegExp }[] = [
    {
      what: 'that does not exist',
      objects: {},
      reason: 'ReferenceMissing',
      mend: /Secret s \(configFrom\[0\] of node 1\).*create it or correct the name/,
    },
    {
      what: 'that lacks the key',
      objects: { 'Secret/s': { other: secretValue } },
      reason: 'ReferenceKeyMissing',
      mend: /Secret s, key nifi\.properties \(configFrom\[0\] of node 1\).*add the key/,
    },
    {
      what: 'that is no properties file',
      objects: { 'Secret/s': { 'nifi.properties': `${secretValue}! is no key` } },
      reason: 'ReferenceInvalid',
      mend: /not a properties file: write one key=value a line/,
    },
  ];
  for (const { what, objects, reason, mend } of bad) {
    test(`${what} blocks the node, says where and how to mend it, and tells no value`, () => {
      const { findings, waiting } = overridesOf([fromSecret], references(objects));
      assert.equal(waiting, false);
      assert.deepEqual(
        findings.map((one) => [one.reason, one.node, one.effect]),
        [[reason, 1, 'blocks']],
      );
      assert.match(findings[0]?.message ?? '', mend);
      assert.doesNotMatch(JSON.stringify(findings), /hunter2/);
    });
  }

  test('is watched once, however many nodes name it, together with the key', () => {
    const cluster = aCluster()
      .withSpec({ sensitivePropsKey: { secretKeyRef: { name: 'key' } } })
      .withNode({ configFrom: [fromSecret, fromMap] })
      .withEntry({ id: 1, node: { configFrom: [{ file: 'logback.xml', configMapRef: { name: 'own' } }] } })
      .withEntry({ id: 9, node: { configFrom: [{ file: 'logback.xml', configMapRef: { name: 'of no member' } }] } });
    assert.deepEqual(referenceNames(cluster), ['ConfigMap/m', 'ConfigMap/own', 'Secret/key', 'Secret/s']);
  });
});
