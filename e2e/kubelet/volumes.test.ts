import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { V1Volume } from '@kubernetes/client-node';
import type { ConfigMap, Secret } from '../../pkg/kube/resources.ts';
import { samePayload, writeAtomicVolume } from './atomic-volume.ts';
import { type Payload, payloadOf } from './payload.ts';
import { buildRoot, nifiHome, pathRewriter, prepareImage } from './root.ts';
import { anObject, aPod } from './testing.ts';

const context = {
  pod: aPod('volumes'),
  place: { node: 'node-1', hostIp: '127.0.0.9', podIp: '127.9.1.1', allocatable: {} },
  sources: {
    configMap: (name: string) =>
      name === 'files' ? (anObject('ConfigMap', name, { a: '1', b: '2' }) as ConfigMap) : undefined,
    secret: (name: string) => (name === 'keys' ? (anObject('Secret', name, { key: 'hush' }) as Secret) : undefined),
  },
  token: 'the token',
  clusterCa: 'the authority',
};

function content(volume: Omit<V1Volume, 'name'>): Record<string, string> {
  const payload: Payload = payloadOf({ name: 'v', ...volume }, context) ?? new Map();
  return Object.fromEntries(
    [...payload].map(([path, { data, mode }]) => [path, `${data.toString()} ${mode.toString(8)}`]),
  );
}

describe('what a volume holds', () => {
  test('is every key of a ConfigMap, or the asked ones under their paths and modes', () => {
    assert.deepEqual(content({ configMap: { name: 'files' } }), { a: '1 644', b: '2 644' });
    const items = [{ key: 'a', path: 'deep/a', mode: 0o600 }];
    assert.deepEqual(content({ configMap: { name: 'files', items, defaultMode: 0o400 } }), { 'deep/a': '1 600' });
    assert.deepEqual(content({ secret: { secretName: 'keys', defaultMode: 0o400 } }), { key: 'hush 400' });
  });

  test('is nothing for an optional object that is missing, and an error for any other', () => {
    assert.deepEqual(content({ configMap: { name: 'gone', optional: true } }), {});
    assert.throws(() => content({ configMap: { name: 'gone' } }), /configmap "gone" not found/);
    const items = [{ key: 'c', path: 'c' }];
    assert.throws(() => content({ configMap: { name: 'files', items } }), /non-existent config key: c/);
    assert.deepEqual(content({ configMap: { name: 'files', items, optional: true } }), {});
  });

  test('joins the sources of a projected volume, the token among them', () => {
    const sources = [
      { serviceAccountToken: { path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ];
    assert.deepEqual(content({ projected: { sources, defaultMode: 0o640 } }), {
      token: 'the token 600',
      'ca.crt': 'the authority 640',
      namespace: 'default 640',
    });
  });

  test("is not the kubelet's to say for an emptyDir", () => {
    assert.equal(payloadOf({ name: 'v', emptyDir: {} }, context), undefined);
  });
});

describe('a volume on disk', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'volume-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const files = (entries: Record<string, string>): Payload =>
    new Map(Object.entries(entries).map(([path, text]) => [path, { data: Buffer.from(text), mode: 0o640 }]));

  test('has its files behind ..data, and the mode that was asked for whatever the umask', () => {
    const before = process.umask(0o077);
    try {
      writeAtomicVolume(dir, files({ a: '1', 'deep/b': '2' }));
    } finally {
      process.umask(before);
    }
    assert.equal(readlinkSync(join(dir, 'a')), '..data/a');
    assert.equal(readlinkSync(join(dir, 'deep')), '..data/deep');
    assert.ok(lstatSync(join(dir, '..data')).isSymbolicLink());
    assert.equal(readFileSync(join(dir, 'deep/b'), 'utf8'), '2');
    assert.equal(statSync(join(dir, 'a')).mode & 0o777, 0o640);
  });

  test('changes as a whole: new files come, old ones go, and nothing is left of the former version', () => {
    writeAtomicVolume(dir, files({ a: '1', gone: 'x' }));
    const former = realpathSync(join(dir, '..data'));
    writeAtomicVolume(dir, files({ a: '2', fresh: 'y' }));
    const names = readdirSync(dir).sort();
    assert.deepEqual(
      names.filter((name) => !name.startsWith('..version')),
      ['..data', 'a', 'fresh'],
    );
    assert.equal(names.length, 4);
    assert.equal(readFileSync(join(dir, 'a'), 'utf8'), '2');
    assert.notEqual(realpathSync(join(dir, '..data')), former);
  });

  test('is compared by names, modes and bytes', () => {
    assert.ok(samePayload(files({ a: '1' }), files({ a: '1' })));
    assert.ok(!samePayload(files({ a: '1' }), files({ a: '2' })));
    assert.ok(!samePayload(files({ a: '1' }), files({ b: '1' })));
    assert.ok(!samePayload(files({ a: '1' }), new Map([['a', { data: Buffer.from('1'), mode: 0o644 }]])));
  });

  test('shows in the root of a container at its mount path, above what the image has there', () => {
    const image = join(dir, 'image');
    prepareImage(image, undefined);
    const source = join(dir, 'conf');
    writeAtomicVolume(source, files({ 'nifi.properties': 'mounted' }));
    const root = join(dir, 'root');
    const mounts = [
      { mountPath: `${nifiHome}/conf`, source, subPath: undefined, refreshed: false },
      { mountPath: '/etc/one', source, subPath: 'nifi.properties', refreshed: true },
    ];
    buildRoot(root, image, mounts);
    writeAtomicVolume(source, files({ 'nifi.properties': 'changed' }));
    assert.deepEqual(readdirSync(join(root, nifiHome)).sort(), ['bin', 'conf']);
    assert.equal(readFileSync(join(root, nifiHome, 'conf/nifi.properties'), 'utf8'), 'changed');
    assert.equal(readFileSync(join(root, '/etc/one'), 'utf8'), 'mounted', 'a subPath is not refreshed');
  });
});

describe('moving paths below a root', () => {
  const rewrite = pathRewriter('/r', ['/conf', '/etc/nifi/config', '/etc/nifi', nifiHome]);

  test('takes the longest mount and whole names only', () => {
    assert.equal(rewrite('/etc/nifi/config/start.sh'), '/r/etc/nifi/config/start.sh');
    assert.equal(
      rewrite('cp -R /opt/nifi/nifi-current/conf/. "/conf/"'),
      'cp -R /r/opt/nifi/nifi-current/conf/. "/r/conf/"',
    );
    assert.equal(rewrite('a=/conf:/etc/nifi'), 'a=/r/conf:/r/etc/nifi');
    assert.equal(rewrite('/configuration /etc/nifi-other /bin/sh'), '/configuration /etc/nifi-other /bin/sh');
  });

  test('leaves the rest of a path behind a variable alone', () => {
    assert.equal(rewrite('"$NIFI_HOME/conf" ${NIFI_HOME}/conf'), '"$NIFI_HOME/conf" ${NIFI_HOME}/conf');
  });
});
