// The directory that stands for a container's "/": the image's NiFi home and the mounts, as links.
// Links, not copies, so that a mount seen by two containers is one place, and building a root costs next to nothing.
// A mount with a subPath of a ConfigMap or Secret is a copy: Kubernetes does not refresh those either.

import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const nifiHome = '/opt/nifi/nifi-current';

/** What the image's own environment says, before the Pod's. */
export const imageEnv: Readonly<Record<string, string>> = {
  NIFI_HOME: nifiHome,
  NIFI_LOG_DIR: `${nifiHome}/logs`,
  NIFI_PID_DIR: `${nifiHome}/run`,
};

/** Below the image: programs that come before the machine's own on a container's PATH. */
export const shimsDirectory = 'shims';

export interface Mount {
  readonly mountPath: string;
  /** Directory of this machine. */
  readonly source: string;
  readonly subPath: string | undefined;
  /** Whether the source's files are replaced when an object changes. */
  readonly refreshed: boolean;
}

/** Makes `root` anew. What an earlier start of the container left outside its mounts is gone, as in a real one. */
export function buildRoot(root: string, image: string, mounts: readonly Mount[]): void {
  rmSync(root, { recursive: true, force: true });
  const mounted = new Set(mounts.map(({ mountPath }) => mountPath));
  const home = join(root, nifiHome);
  mkdirSync(home, { recursive: true });
  for (const entry of readdirSync(join(image, nifiHome))) {
    if (!mounted.has(`${nifiHome}/${entry}`)) symlinkSync(join(image, nifiHome, entry), join(home, entry));
  }
  for (const mount of [...mounts].sort((a, b) => a.mountPath.length - b.mountPath.length)) place(root, mount);
}

function place(root: string, { mountPath, source, subPath, refreshed }: Mount): void {
  const target = join(root, mountPath);
  mkdirSync(dirname(target), { recursive: true });
  rmSync(target, { recursive: true, force: true });
  if (subPath === undefined || subPath === '') {
    symlinkSync(source, target);
    return;
  }
  const part = join(source, subPath);
  if (refreshed) {
    cpSync(part, target, { recursive: true, dereference: true });
    return;
  }
  if (!existsSync(part)) mkdirSync(part, { recursive: true });
  symlinkSync(part, target);
}

/**
 * Prepares `image`: conf as given or a placeholder, and in the place of NiFi's own script one that notes its environment
 * in the file $PLAYED_HANDOVER and ends, upon which the kubelet lets the runtime play NiFi.
 */
export function prepareImage(image: string, given: string | undefined): void {
  const home = join(image, nifiHome);
  mkdirSync(join(home, 'bin'), { recursive: true });
  mkdirSync(join(home, 'conf'), { recursive: true });
  if (given === undefined)
    writeFileSync(join(home, 'conf', 'README'), 'The image would bring its default files here\n');
  else cpSync(join(given, nifiHome, 'conf'), join(home, 'conf'), { recursive: true });
  mkdirSync(join(image, shimsDirectory), { recursive: true });
  writeScript(join(home, 'bin', 'nifi.sh'), [
    '{ printf \'%s\\0\' "$*"; env -0; } > "$PLAYED_HANDOVER.part" && mv "$PLAYED_HANDOVER.part" "$PLAYED_HANDOVER"',
  ]);
  // The Pod's own name leads to it, as the cluster's DNS would have it; nothing else is known.
  writeScript(join(image, shimsDirectory, 'getent'), [
    '[ "$1" = ahosts ] && [ -n "$2" ] || exit 1',
    'case "$2" in "$PLAYED_HOST" | "$PLAYED_HOST".*) printf \'%s STREAM %s\\n\' "$PLAYED_IP" "$2" ;; *) exit 2 ;; esac',
  ]);
}

function writeScript(path: string, lines: readonly string[]): void {
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
}

/**
 * A function that puts `root` before every path in a text that begins with one of `paths`. A path begins where no
 * word, variable or other path ends: in `"$NIFI_HOME/conf"`, `/conf` is none.
 */
export function pathRewriter(root: string, paths: readonly string[]): (text: string) => string {
  const longestFirst = [...new Set(paths)].sort((a, b) => b.length - a.length);
  const alternatives = longestFirst.map((path) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  if (alternatives === '') return (text) => text;
  const pattern = new RegExp(`(?<![\\w./})*~-])(?:${alternatives})(?![\\w.-])`, 'g');
  return (text) => text.replaceAll(pattern, (path) => `${root}${path}`);
}
