import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ensureHelm, isRecentHelm } from './binary.ts';

/** A `go` that notes each program that it makes. */
const playedGo = `#!/bin/sh
case "$1" in
env) echo go1.26.0 ;;
list) echo one ;;
build) while [ "$1" != -o ]; do shift; done; echo "$2" >> "$BUILT"; : > "$2"; chmod 755 "$2" ;;
esac
`;

describe('helm', () => {
  let dir: string;
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'helm-'));
    await mkdir(join(dir, 'bin'));
    await addProgram('go', playedGo);
    const PATH = `${join(dir, 'bin')}:/bin:/usr/bin`;
    env = { PATH, XDG_CACHE_HOME: join(dir, 'cache'), BUILT: join(dir, 'built') };
  });
  afterEach(async () => {
    await rm(dir, { recursive: true });
  });

  const addProgram = async (name: string, script: string): Promise<void> => {
    await writeFile(join(dir, 'bin', name), script);
    await chmod(join(dir, 'bin', name), 0o755);
  };
  const builds = async (): Promise<number> => (await readFile(join(dir, 'built'), 'utf8')).trim().split('\n').length;

  test('comes from PATH when it is new enough', async () => {
    await addProgram('helm', '#!/bin/sh\necho v3.14.0+g12345\n');
    assert.equal((await ensureHelm({ env })).path, join(dir, 'bin', 'helm'));
  });

  test('is built once when that of PATH is too old or does not run, and found afterwards without Go', async () => {
    await addProgram('helm', '#!/bin/sh\necho v3.9.4\n');
    const [first, second] = await Promise.all([ensureHelm({ env }), ensureHelm({ env })]);
    assert.deepEqual(first, second);
    assert.match(first.path, /cache\/nifi-operator\/helm\/[0-9a-f]+\/helm$/u);
    await addProgram('helm', '#!/bin/sh\nexit 1\n');
    await rm(join(dir, 'bin', 'go'));
    assert.deepEqual(await ensureHelm({ env }), first);
    assert.equal(await builds(), 1);
  });

  test('cannot be had without Go: the error says what to install', async () => {
    await rm(join(dir, 'bin'), { recursive: true });
    await assert.rejects(ensureHelm({ env: { ...env, PATH: dir } }), /Install Go 1\.24 or newer.*or helm 3\.14/u);
  });

  test('is another one when its version is asked for, also beside one on PATH', async () => {
    await addProgram('helm', '#!/bin/sh\necho v3.19.5\n');
    const asked = async (version: string): Promise<string> =>
      (await ensureHelm({ env: { ...env, HELM_VERSION: version } })).path;
    const paths = [await asked('4'), await asked('3.14'), await asked('')];
    assert.equal(new Set(paths).size, 3);
    assert.equal(paths[2], join(dir, 'bin', 'helm'));
    assert.match(await readFile(join(dir, 'built'), 'utf8'), /helm.*\n.*helm/u);
    await assert.rejects(asked('5'), /HELM_VERSION is 5: it may be 4 or 3\.14/u);
  });

  test('is new enough from 3.14 on, and in every 4', () => {
    const versions = ['v3.14.4', 'v3.22.0', 'v4.0.0', 'v3.13.3', 'v2.17.0', ''];
    assert.deepEqual(versions.map(isRecentHelm), [true, true, true, false, false, false]);
  });
});
