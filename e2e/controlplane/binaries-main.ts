// Finds or builds the programs of a control plane before somebody needs them. It says nothing when they are there already; while it builds,
// lines go to standard error.

import { ensureBinaries } from './binaries.ts';
import { BuildError } from './gobuild.ts';

try {
  await ensureBinaries({ onProgress: (line) => process.stderr.write(`${line}\n`) });
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
