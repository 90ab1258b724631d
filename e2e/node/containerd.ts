// containerd of a run: its configuration, its start, and images brought in from files.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Program, startProgram } from '../controlplane/processes.ts';
import { CommandError, run } from './command.ts';
import { CONTAINERD_SOCKET, PAUSE_IMAGE, type Places } from './places.ts';

const START_MS = 30_000;
const unused = ['btrfs', 'zfs', 'devmapper', 'aufs'].map((name) => `io.containerd.snapshotter.v1.${name}`);

export async function startContainerd(places: Places): Promise<Program> {
  const file = join(places.dir, 'containerd.toml');
  await writeFile(file, configuration(places));
  const program = startProgram('containerd', { path: 'containerd', args: [] }, ['--config', file], places.dir);
  const deadline = performance.now() + START_MS;
  for (;;) {
    try {
      await ctr(['version']);
      return program;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (program.hasExited() || performance.now() > deadline) {
        throw new Error(`containerd does not answer; it logged:\n${await program.tail()}`, { cause: error });
      }
      await sleep(100);
    }
  }
}

/** Brings every image of the archive in, under the names that are in it. */
export async function importImage(file: string): Promise<void> {
  await ctr(['images', 'import', file]);
}

async function ctr(args: readonly string[]): Promise<string> {
  return run('ctr', ['--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io', ...args]);
}

function configuration({ cniConf }: Places): string {
  // Where the process may not lower oom_score_adj (no CAP_SYS_RESOURCE), no container would start without restrict_oom_score_adj.
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [${unused.map((name) => `"${name}"`).join(', ')}]
[grpc]
  address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${cniConf}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}
