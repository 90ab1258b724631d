// Where what images are made of is kept: below the same folder as the programs, by a digest of what it is made from.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder for this kind and digest; it exists. */
export async function imageCache(kind: string, digest: string): Promise<string> {
  const xdg = process.env['XDG_CACHE_HOME'];
  const base = xdg !== undefined && xdg !== '' ? xdg : join(process.env['HOME'] ?? homedir(), '.cache');
  const folder = join(base, 'nifi-operator', 'images', `${kind}-${digest}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

export function digestOfTexts(texts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}\n`).update(text);
  return hash.digest('hex').slice(0, 16);
}

export async function isThere(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
