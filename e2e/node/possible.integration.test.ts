// What is said of machines that forbid something, played by mounts over what they lack. It needs a machine on which a node can be made.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from './command.ts';
import { whyImpossible } from './possible.ts';

const possible = join(import.meta.dirname, 'possible.ts');
const ask = `import(process.argv[1]).then(async ({ whyImpossible }) => console.log(await whyImpossible()))`;

/** Why a run is impossible after these commands. */
async function whyAfter(commands: string): Promise<string> {
  const script = `${commands}\nexec "$0" --eval '${ask}' "$1"`;
  const own = ['--mount', '--propagation', 'private'];
  return run('unshare', [...own, '/bin/sh', '-ec', script, process.execPath, possible]);
}

const skip = await whyImpossible();

for (const [what, mount] of [
  ['has no control groups', 'mount -t tmpfs tmpfs /sys'],
  ['has none but the folder for them', 'mount -t tmpfs tmpfs /sys/fs/cgroup'],
  [
    'lets nobody make any',
    'for each in /sys/fs/cgroup /sys/fs/cgroup/*/; do mount -o remount,bind,ro $each 2> /dev/null || true; done',
  ],
] as const) {
  test(`a machine that ${what} is one on which a node cannot be made`, { skip }, async () => {
    assert.match(await whyAfter(mount), /^no control groups can be made here: /u);
  });
}
