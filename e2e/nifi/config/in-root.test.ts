// Links of a container, followed from outside.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inRoot } from './in-root.ts';

let machine = '';
let root = '';
before(() => {
  machine = mkdtempSync(join(tmpdir(), 'in-root-'));
  root = join(machine, 'root');
  mkdirSync(join(machine, 'volume'));
  writeFileSync(join(machine, 'volume', 'ca.crt'), '');
  mkdirSync(join(root, 'etc/tls/..now'), { recursive: true });
  mkdirSync(join(root, 'conf'));
  symlinkSync('..now', join(root, 'etc/tls/..data'));
  symlinkSync('..data/ca.crt', join(root, 'etc/tls/ca.crt'));
  symlinkSync('/etc/tls/ca.crt', join(root, 'conf/ca.crt'));
  symlinkSync(join(root, 'etc/tls'), join(root, 'played'));
  symlinkSync(join(machine, 'volume'), join(root, 'mounted'));
  symlinkSync('/again', join(root, 'again'));
});
after(() => rmSync(machine, { recursive: true, force: true }));

test('a link that leads from the root leads from the container’s root, over further links', async () => {
  assert.equal(await inRoot(root, '/conf/ca.crt'), `${root}/etc/tls/..now/ca.crt`);
});

test('a link that names a place below the root already is not put below it again', async () => {
  assert.equal(await inRoot(root, '/played/ca.crt'), `${root}/etc/tls/..now/ca.crt`);
});

test('a link to a volume of this machine, as the played kubelet mounts one, leads there', async () => {
  assert.equal(await inRoot(root, '/mounted/ca.crt'), join(machine, 'volume', 'ca.crt'));
});

test('a path without links is left as it is, also when nothing is there', async () => {
  assert.equal(await inRoot(root, '/conf/../conf/none'), `${root}/conf/none`);
});

test('a link to itself is an error and no endless search', async () => {
  await assert.rejects(inRoot(root, '/again'), /too many links/u);
});
