// Writes everything that is generated from api/: CRDs, TypeScript types, the reference pages, and what charts take over; and the dashboards.
// `node hack/generate.ts` writes; `node hack/generate.ts --check` writes nothing and fails when a file on disk differs.
// Files carry the note that they are generated; nobody edits them by hand.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { chartFiles } from './chart-files.ts';
import { dashboardFiles } from './dashboards/files.ts';
import { generatedFiles } from './generated-files.ts';

const root = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');
const generated = { ...generatedFiles(), ...dashboardFiles() };
let stale = 0;

for (const [path, text] of Object.entries({ ...generated, ...chartFiles(generated) })) {
  const file = join(root, path);
  if ((await readOr(file, '')) === text) continue;
  stale += 1;
  if (check) {
    console.error(`${path} differs from its source: run node hack/generate.ts`);
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    console.log(`wrote ${path}`);
  }
}
process.exitCode = check && stale > 0 ? 1 : 0;

async function readOr(file: string, absent: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return absent;
    throw error;
  }
}
