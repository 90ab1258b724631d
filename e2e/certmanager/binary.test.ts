import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ensureCertManager } from './binary.ts';

/** A `go` that knows where cert-manager's source is only once it has built it, as one with an empty module cache. */
const playedGo = `#!/bin/sh
case "$1 $3" in
"env "*) echo go1.26.0 ;;
"list -m") [ ! -f "$BUILT" ] || echo "$SOURCE" ;;
"list "*) echo one ;;
"build "*) while [ "$1" != -o ]; do shift; done; echo "$2" >> "$BUILT"; : > "$2"; chmod 755 "$2" ;;
esac
`;

describe('cert-manager for a lab', () => {
  let dir: string;
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'certmanager-'));
    const [bin, crds] = [join(dir, 'bin'), join(dir, 'source', 'deploy', 'crds')];
    await Promise.all([mkdir(bin), mkdir(crds, { recursive: true })]);
    await writeFile(join(bin, 'go'), playedGo);
    await chmod(join(bin, 'go'), 0o755);
    for (const file of ['cert-manager.io_issuers.yaml', 'acme.cert-manager.io_orders.yaml', 'README.md'])
      await writeFile(join(crds, file), file);
    const [source, built] = [join(dir, 'source'), join(dir, 'built')];
    env = { PATH: `${bin}:/bin:/usr/bin`, XDG_CACHE_HOME: join(dir, 'cache'), SOURCE: source, BUILT: built };
  });
  afterEach(async () => {
    await rm(dir, { recursive: true });
  });

  const builds = async (): Promise<number> => (await readFile(join(dir, 'built'), 'utf8')).trim().split('\n').length;

  test('is built once when two ask at the same time, and found afterwards without Go or the source', async () => {
    const [first, second] = await Promise.all([ensureCertManager({ env }), ensureCertManager({ env })]);
    assert.deepEqual(first, second);
    assert.equal(await builds(), 1);
    await Promise.all([join(dir, 'bin'), join(dir, 'source')].map((folder) => rm(folder, { recursive: true })));
    assert.deepEqual(await ensureCertManager({ env }), first);
  });

  test('brings the CRDs of its own source, but for those of controllers that it does not run', async () => {
    const { crds } = await ensureCertManager({ env });
    assert.deepEqual(await Promise.all(crds.map((file) => readFile(file, 'utf8'))), ['cert-manager.io_issuers.yaml']);
  });

  test('is built again when a build ended before its CRDs were there', async () => {
    const { program, crds } = await ensureCertManager({ env });
    const folder = join(program.path, '..');
    await rm(join(folder, 'crds'), { recursive: true });
    assert.deepEqual((await ensureCertManager({ env })).crds, crds);
    assert.equal(await builds(), 2);
    assert.deepEqual((await readdir(folder)).toSorted(), ['certmanager', 'crds']);
  });

  test('cannot be had without Go: the error says what to install', async () => {
    await rm(join(dir, 'bin'), { recursive: true });
    await assert.rejects(ensureCertManager({ env: { ...env, PATH: dir } }), /Install Go 1\.25 or newer/);
  });
});
