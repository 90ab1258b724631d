// Compares what is rendered with the files that NiFi itself ships, where these are at hand: the recorded default
// configuration of NiFi 2.11.0 and the list of keys of every release. Without them there is nothing to compare.

import assert from 'node:assert/strict';
// oxlint-disable-next-line no-restricted-imports -- the reference is files
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { knownProperties } from './known-properties.ts';
import { nodeProperties } from './node-properties.ts';
import { isOperatorOwnedProperty } from './owned.ts';
import { renderNodeConfig } from './render.ts';
import { aNode, properties, providers } from './testing.ts';
import type { NodeConfigInput } from './types.ts';

const reference = new URL('../../../../../shared/reference/nifi-2.11/', import.meta.url);
const skip = existsSync(reference) ? false : 'the reference files are not here';
const versions = ['2.1.0', '2.2.0', '2.3.0', '2.4.0', '2.5.0', '2.6.0', '2.7.0', '2.8.0', '2.9.0', '2.10.0', '2.11.0'];
const zooKeeper = { kind: 'ZooKeeper', connectString: 'zk:2181', rootNode: '/nifi' } as const;

/** One node for each thing that changes which keys are rendered. */
const variants: readonly Partial<NodeConfigInput>[] = [
  {},
  { clusterManager: zooKeeper },
  { transport: 'InsecureHTTP' },
  { storage: [{ name: 'data' }, { name: 'content' }, { name: 'c2', repository: 'content' }, { name: 'provenance' }] },
  { extensions: ['acme'] },
];

function read(path: string): string {
  return readFileSync(new URL(path, reference), 'utf8');
}

/** Keys by release, from the recorded list: `key, first, last, default`. */
function keysOf(version: string): Map<string, string> {
  const rows = read('properties-by-version.tsv')
    .split('\n')
    .slice(2)
    .filter((line) => line !== '');
  const cells = rows.map((row) => row.split('\t'));
  const living = cells.filter(
    ([, first = '', last = '']) => order(first) <= order(version) && order(version) <= order(last),
  );
  return new Map(living.map(([key = '', , , value = '']) => [key, value]));
}

function order(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return major * 1e6 + minor * 1e3 + patch;
}

/** NiFi's default file also shows, in comments, families of keys that are named as needed. */
const families =
  /^nifi\.(?:security\.identity\.mapping|content\.repository\.directory|provenance\.repository\.directory|nar\.library\.directory|python\.extensions\.source\.directory)\./;

describe('against the default files of NiFi', { skip }, () => {
  for (const version of versions) {
    test(`the table knows exactly the keys of ${version}, with their defaults`, () => {
      const ours = new Map(knownProperties(version).map(({ key, defaultValue }) => [key, defaultValue]));
      assert.deepEqual(Object.fromEntries(ours), Object.fromEntries(keysOf(version)));
    });

    test(`every key rendered for ${version} exists there`, () => {
      const known = keysOf(version);
      for (const variant of variants) {
        const values = properties(renderNodeConfig(aNode({ ...variant, version })).files['nifi.properties']);
        assert.deepEqual(
          Object.keys(values).filter((key) => !known.has(key) && !families.test(key)),
          [],
        );
      }
    });

    test(`every value that the operator decides and ${version} knows is rendered`, () => {
      const known = keysOf(version);
      for (const variant of variants) {
        const input = aNode({ ...variant, version });
        const values = properties(renderNodeConfig(input).files['nifi.properties']);
        for (const [key, value] of Object.entries(nodeProperties(input))) {
          if (known.has(key) || families.test(key)) assert.equal(values[key], value, key);
        }
      }
    });
  }

  test('a release newer than all recorded ones gets the keys of the newest', () => {
    assert.deepEqual(knownProperties('2.99.0'), knownProperties('2.11.0'));
  });

  test('the recorded default file of 2.11.0 agrees with the list', () => {
    assert.deepEqual(
      Object.keys(properties(read('conf/nifi.properties'))).toSorted(),
      [...keysOf('2.11.0').keys()].toSorted(),
    );
  });

  test('bootstrap.conf has every setting that NiFi ships, but who runs it, and the same fixed JVM arguments', () => {
    const shipped = properties(read('conf/bootstrap.conf'));
    const ours = properties(renderNodeConfig(aNode()).files['bootstrap.conf']);
    const missing = Object.keys(shipped).filter((key) => !Object.hasOwn(ours, key));
    assert.deepEqual(missing.toSorted(), ['preserve.environment', 'run.as']);
    for (const key of Object.keys(shipped).filter((key) => /^java\.arg\.(?![23]$)/.test(key))) {
      assert.equal(ours[key], shipped[key], key);
    }
  });

  for (const [file, variant] of [
    ['authorizers.xml', {}],
    ['state-management.xml', {}],
    ['state-management.xml', { clusterManager: zooKeeper }],
  ] as const) {
    test(`${file} ${JSON.stringify(variant)} names NiFi's classes and their properties`, () => {
      const shipped = new Map(providers(read(`conf/${file}`)).map((one) => [one.class, one]));
      const ours = providers(renderNodeConfig(aNode(variant)).files[file]);
      assert.ok(ours.length >= 2);
      for (const provider of ours) {
        const known = shipped.get(provider.class);
        assert.ok(known !== undefined, provider.class);
        assert.equal(provider.id, known.id);
        const names = Object.keys(provider.properties).map((name) => name.replace(/ \d+$/, ' 1'));
        assert.deepEqual(
          names.filter((name) => !Object.hasOwn(known.properties, name)),
          [],
        );
      }
    });
  }

  test('logback.xml uses only classes that NiFi itself uses', () => {
    const classes = (text: string): string[] => [...text.matchAll(/class="([^"]+)"/g)].map((match) => match[1] ?? '');
    const shipped = new Set(classes(read('conf/logback.xml')));
    const ours = classes(renderNodeConfig(aNode()).files['logback.xml'] ?? '');
    assert.deepEqual(
      ours.filter((name) => !shipped.has(name)),
      [],
    );
    assert.ok(ours.length > 5);
  });
});

test('whatever the operator decides cannot be overridden, but for what only protects the volume data', () => {
  const free = new Set(['nifi.provenance.repository.max.storage.size', 'nifi.remote.input.http.enabled']);
  const decided = variants.flatMap((variant) => Object.keys(nodeProperties(aNode(variant))));
  const open = decided.filter((key) => !isOperatorOwnedProperty(key));
  assert.deepEqual(
    open.filter((key) => !free.has(key)),
    [],
  );
});
