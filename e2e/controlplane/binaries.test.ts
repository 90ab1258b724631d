import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ensureBinaries } from './binaries.ts';
import { BuildError, isRecentGo } from './gobuild.ts';
import { withLock } from './lock.ts';

async function inFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'binaries-'));
  try {
    await use(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function addProgram(dir: string, name: string, script = 'exit 0'): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, name), 0o755);
}

/** A `go` that writes its arguments into the file it is told to build. */
const PLAYED_GO = `case "$1" in
env) echo go1.26.0 ;;
list) echo one; echo two ;;
build) while [ "$1" != -o ]; do shift; done; sleep 0.2; echo "$2" >> "$LOG"; : > "$2"; chmod 755 "$2" ;;
esac`;

describe('the programs of a control plane', () => {
  test('come from KUBEBUILDER_ASSETS, with the controller manager from PATH', async () => {
    await inFolder(async (dir) => {
      const assets = join(dir, 'assets');
      for (const name of ['etcd', 'kube-apiserver', 'kubectl']) {
        await addProgram(assets, name);
      }
      await addProgram(join(dir, 'bin'), 'kube-controller-manager');
      await addProgram(join(dir, 'bin'), 'go', PLAYED_GO);
      const log = join(dir, 'built');
      const env = {
        KUBEBUILDER_ASSETS: assets,
        PATH: `${join(dir, 'bin')}:/bin:/usr/bin`,
        XDG_CACHE_HOME: dir,
        LOG: log,
      };
      const binaries = await ensureBinaries({ env });
      assert.equal(binaries.apiserver.path, join(assets, 'kube-apiserver'));
      assert.equal(binaries.controllerManager.path, join(dir, 'bin', 'kube-controller-manager'));
      assert.match(binaries.crdlint.path, /controlplane\/[0-9a-f]+\/crdlint$/);
    });
  });

  test('are refused when KUBEBUILDER_ASSETS lacks one, naming it and the mend', async () => {
    await inFolder(async (dir) => {
      await addProgram(dir, 'etcd');
      await assert.rejects(
        ensureBinaries({ env: { KUBEBUILDER_ASSETS: dir } }),
        (error) =>
          error instanceof BuildError && /lacks kube-apiserver, kubectl\. Add them, or unset it/.test(error.message),
      );
    });
  });

  test('are built once when two ask at the same time, and found afterwards', async () => {
    await inFolder(async (dir) => {
      await addProgram(join(dir, 'bin'), 'go', PLAYED_GO);
      const env = { PATH: `${join(dir, 'bin')}:/bin:/usr/bin`, XDG_CACHE_HOME: dir, LOG: join(dir, 'built') };
      const [first, second] = await Promise.all([ensureBinaries({ env }), ensureBinaries({ env })]);
      assert.deepEqual(first, second);
      assert.equal((await readFile(env.LOG, 'utf8')).split('\n').filter(Boolean).length, 1, 'one build');
      await rm(join(dir, 'bin'), { recursive: true });
      assert.deepEqual(await ensureBinaries({ env }), first, 'a filled cache needs no Go');
    });
  });

  test('cannot be had without Go: the error says what to install', async () => {
    await inFolder(async (dir) => {
      await assert.rejects(ensureBinaries({ env: { PATH: dir, XDG_CACHE_HOME: dir } }), /Install Go 1\.24 or newer/);
    });
  });

  test('are not built by an old Go: the error names it', async () => {
    await inFolder(async (dir) => {
      await addProgram(join(dir, 'bin'), 'go', 'echo go1.19.8');
      const env = { PATH: `${join(dir, 'bin')}:/bin:/usr/bin`, XDG_CACHE_HOME: dir };
      await assert.rejects(ensureBinaries({ env }), /Go go1\.19\.8 is too old .* Install Go 1\.24 or newer/);
    });
  });

  test('are built by any Go from 1.24 on, a development one too', () => {
    assert.deepEqual(['go1.24', 'go1.26.8', 'go2.0', 'devel go1.27-abc', 'go1.23.9', 'nonsense'].map(isRecentGo), [
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('the lock of a build', () => {
  test('lets one work at a time and tells the other who works', async () => {
    await inFolder(async (dir) => {
      const file = join(dir, 'lock');
      const order: string[] = [];
      const waits: number[] = [];
      const [begun, waited] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const first = withLock(
        file,
        async () => {
          begun.resolve();
          await waited.promise;
          order.push('first');
        },
        () => {},
      );
      await begun.promise;
      await withLock(
        file,
        async () => order.push('second'),
        (holder) => {
          waits.push(holder);
          waited.resolve();
        },
      );
      await first;
      assert.deepEqual(order, ['first', 'second']);
      assert.deepEqual(waits, [process.pid]);
    });
  });

  test('is taken over from a process that is dead', async () => {
    await inFolder(async (dir) => {
      // The second is the id of a process that lives, but has not had it all the time.
      for (const holder of ['999999999', `${process.pid} 1`]) {
        await writeFile(join(dir, 'lock'), holder);
        assert.equal(await atOnce(join(dir, 'lock')), 'done');
      }
    });
  });

  test('is given back when the work fails', async () => {
    await inFolder(async (dir) => {
      const failing = withLock(
        join(dir, 'lock'),
        async () => await Promise.reject(new Error('broken')),
        () => {},
      );
      await assert.rejects(failing, /broken/);
      assert.equal(await atOnce(join(dir, 'lock')), 'done');
    });
  });
});

/** Fails where the lock is held. */
async function atOnce(lock: string): Promise<string> {
  return withLock(
    lock,
    async () => 'done',
    () => assert.fail('waited'),
  );
}
