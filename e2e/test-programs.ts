// Finds or builds, one after the other, the programs that only tests need: a Go build in the middle of a test would take both cores from
// whatever runs beside it. It says nothing when they are there already; while it builds, lines go to standard error.

import { ensureCertManager } from './certmanager/binary.ts';
import { BuildError } from './controlplane/gobuild.ts';
import { ensureHelm } from './helm/binary.ts';
import { ensurePromtool } from './promtool/promtool.ts';

const onProgress = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  await ensureCertManager({ onProgress });
  await ensureHelm({ onProgress });
  await ensurePromtool(onProgress);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
