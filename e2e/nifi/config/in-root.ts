// Finds a file of a container by a path as the container sees it: a link that leads from the root leads from the container's root. The
// kernel, asked from outside, would take this machine's. Surprising: a mount of the played kubelet is a link out of the container, to a
// directory of this machine; what is not below the root is looked for there.

import { existsSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { posix } from 'node:path';

const mostLinks = 40;

/** The path on this machine. Links that lead to a place below `root` already are taken as they are. Throws Error for a loop of links. */
export async function inRoot(root: string, path: string): Promise<string> {
  let inside = posix.normalize(`/${path}`);
  for (let links = 0; links < mostLinks; links += 1) {
    const next = await followed(root, inside);
    if (next === undefined) return `${root}${inside}`;
    if (!existsSync(`${root}${next}`) && existsSync(next)) return next;
    inside = next;
  }
  throw new Error(`${path} has too many links`);
}

/** The path with its first link followed; undefined when there is none. */
async function followed(root: string, inside: string): Promise<string | undefined> {
  const parts = inside.split('/').slice(1);
  for (let i = 1; i <= parts.length; i += 1) {
    const here = `/${parts.slice(0, i).join('/')}`;
    const target = await readlink(`${root}${here}`).catch(() => undefined);
    if (target === undefined) continue;
    const seen = target.startsWith(`${root}/`) ? target.slice(root.length) : target;
    return posix.join(posix.resolve(posix.dirname(here), seen), ...parts.slice(i));
  }
  return undefined;
}
