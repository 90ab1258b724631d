// Puts a volume's files on disk as the kubelet does: a dated directory, `..data` pointing at it, and a link for every
// top-level name. A reader sees all old files or all new ones, never a mixture, because only `..data` is replaced.
// Synchronous: a volume is a handful of small files, and a promise for each costs more than the call.

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Payload } from './payload.ts';

const dataLink = '..data';

/** Makes `dir` hold exactly the files of `payload`. */
export function writeAtomicVolume(dir: string, payload: Payload): void {
  mkdirSync(dir, { recursive: true });
  const previous = linkTarget(join(dir, dataLink));
  const fresh = mkdtempSync(join(dir, '..version-'));
  chmodSync(fresh, 0o755);
  for (const [path, { data, mode }] of payload) {
    const file = join(fresh, path);
    if (path.includes('/')) mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
    if (mode !== 0o644) chmodSync(file, mode); // not by `mode` of the write: the umask would have its say
  }
  const swap = join(dir, '..data_tmp');
  rmSync(swap, { force: true });
  symlinkSync(fresh.slice(dir.length + 1), swap);
  renameSync(swap, join(dir, dataLink));
  linkNames(dir, new Set([...payload.keys()].map((path) => path.split('/', 1)[0] ?? path)));
  if (previous !== undefined) rmSync(join(dir, previous), { recursive: true, force: true });
}

function linkNames(dir: string, wanted: ReadonlySet<string>): void {
  const present = new Set(readdirSync(dir).filter((name) => !name.startsWith('..')));
  for (const name of wanted) if (!present.has(name)) symlinkSync(join(dataLink, name), join(dir, name));
  for (const name of present) if (!wanted.has(name)) rmSync(join(dir, name));
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined; // the volume's first content
  }
}

/** Whether two contents are the same, so that an unrelated change of an object moves no file. */
export function samePayload(a: Payload, b: Payload): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([path, file]) => {
    const other = b.get(path);
    return other !== undefined && other.mode === file.mode && other.data.equals(file.data);
  });
}
