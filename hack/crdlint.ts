// Lints CRD files as the API server would: `node hack/crdlint.ts [--costs] FILE...`. Builds the linter first where it is not yet there. The exit code is the
// linter's: 0 valid, 1 not, 2 called wrongly.

import { spawn } from 'node:child_process';
import { ensureBinaries } from '../e2e/controlplane/binaries.ts';

async function main(args: readonly string[]): Promise<number> {
  const { crdlint } = await ensureBinaries({ onProgress: (line) => process.stderr.write(`${line}\n`) });
  const child = spawn(crdlint.path, [...crdlint.args, ...args], { stdio: 'inherit' });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

process.exitCode = await main(process.argv.slice(2));
