// The Debian packages that a node is made of. It says what it is about to install, installs only what is missing, and starts no service of
// the machine: every program runs below the run itself. Where there is no apt-get, it says which programs to install.

import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';

/** A package, and a program by which its presence shows. */
const programs: ReadonlyMap<string, string> = new Map([
  ['containerd', 'containerd'],
  ['runc', 'runc'],
  ['containernetworking-plugins', '/usr/lib/cni/bridge'],
  ['iptables', 'iptables'],
  ['nftables', 'nft'],
  ['conntrack', 'conntrack'],
  ['buildah', 'buildah'],
  ['debootstrap', 'debootstrap'],
  ['iproute2', 'ip'],
  ['util-linux', 'unshare'],
]);

/** Debian keeps some of them where a user's PATH does not look. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Installs what is missing. Throws with the names of what cannot be had. */
export async function ensurePackages(onProgress: (line: string) => void): Promise<void> {
  const why = await whyNoPackages();
  if (why !== undefined) throw new Error(why);
  const missing = await missingPackages();
  if (missing.length === 0) return;
  onProgress(`installing Debian packages: ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env });
  const still = await missingPackages();
  if (still.length > 0) throw new Error(`apt-get installed ${still.join(', ')}, and yet their programs are not there`);
}

/** Why what is missing cannot be installed; undefined when it can, or nothing is missing. */
export async function whyNoPackages(): Promise<string | undefined> {
  const missing = await missingPackages();
  if (missing.length === 0 || (await isInstalled('apt-get'))) return undefined;
  return `a node needs ${missing.join(', ')} (names of Debian packages), and there is no apt-get to install them with`;
}

async function missingPackages(): Promise<string[]> {
  const checks = [...programs].map(async ([name, program]) => ((await isInstalled(program)) ? [] : [name]));
  return (await Promise.all(checks)).flat();
}

/** `program`: a name, or a path. */
export async function isInstalled(program: string): Promise<boolean> {
  const places = program.startsWith('/') ? [program] : SYSTEM_PATH.split(':').map((folder) => join(folder, program));
  const hits = await Promise.all(
    places.map(async (place) =>
      access(place, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return hits.includes(true);
}
