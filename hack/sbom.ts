// Writes the software bill of materials of the operator's bundle, as SPDX and as CycloneDX, out of what npm has installed. A test holds it against
// what the bundler took. Not out of the lockfile: npm then leaves packages out that development needs, too.

import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../', import.meta.url));
const formats = { spdx: 'operator.spdx.json', cyclonedx: 'operator.cdx.json' } as const;

await mkdir(`${repository}dist`, { recursive: true });
for (const [format, file] of Object.entries(formats)) {
  const args = ['sbom', '--omit=dev', '--sbom-type=application', `--sbom-format=${format}`];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: repository, maxBuffer: 2 ** 26 });
  await writeFile(`${repository}dist/${file}`, stdout);
  process.stdout.write(`dist/${file}\n`);
}
