// Writes the software bill of materials of the operator's bundle, as SPDX and as CycloneDX, out of what npm has installed. A test holds it against
// what the bundler took.
// Surprise: npm's own --omit=dev leaves out what development needs, too; so npm lists all, and what the lockfile has for development alone goes.

import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

interface Spdx {
  readonly packages: readonly { readonly name: string; readonly versionInfo: string; readonly SPDXID: string }[];
  readonly relationships: readonly { readonly spdxElementId: string; readonly relatedSpdxElement: string }[];
}

interface CycloneDx {
  readonly components: readonly { readonly name: string; readonly version: string; readonly 'bom-ref': string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

const repository = fileURLToPath(new URL('../', import.meta.url));
const shipped = await shippedPackages();

await mkdir(`${repository}dist`, { recursive: true });
await write('operator.spdx.json', withoutDevelopmentSpdx((await bill('spdx')) as Spdx));
await write('operator.cdx.json', withoutDevelopmentCyclone((await bill('cyclonedx')) as CycloneDx));

/** name@version of what is needed by other than development. */
async function shippedPackages(): Promise<ReadonlySet<string>> {
  const lock = JSON.parse(await readFile(`${repository}package-lock.json`, 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly packages: Readonly<Record<string, { readonly version?: string; readonly dev?: boolean }>>;
  };
  const needed = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  const names = needed.map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`);
  return new Set([`${lock.name}@${lock.version}`, ...names]);
}

async function bill(format: 'spdx' | 'cyclonedx'): Promise<unknown> {
  const args = ['sbom', '--sbom-type=application', `--sbom-format=${format}`];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: repository, maxBuffer: 2 ** 26 });
  return JSON.parse(stdout);
}

function withoutDevelopmentSpdx(all: Spdx): Spdx {
  const packages = all.packages.filter(({ name, versionInfo }) => shipped.has(`${name}@${versionInfo}`));
  const ids = new Set(['SPDXRef-DOCUMENT', ...packages.map(({ SPDXID }) => SPDXID)]);
  const relationships = all.relationships.filter(
    ({ spdxElementId, relatedSpdxElement }) => ids.has(spdxElementId) && ids.has(relatedSpdxElement),
  );
  return { ...all, packages, relationships };
}

function withoutDevelopmentCyclone(all: CycloneDx): CycloneDx {
  const gone = new Set(
    all.components.filter(({ name, version }) => !shipped.has(`${name}@${version}`)).map((one) => one['bom-ref']),
  );
  const components = all.components.filter((one) => !gone.has(one['bom-ref']));
  const dependencies = all.dependencies
    .filter(({ ref }) => !gone.has(ref))
    .map((one) => ({ ...one, dependsOn: (one.dependsOn ?? []).filter((ref) => !gone.has(ref)) }));
  return { ...all, components, dependencies };
}

async function write(file: string, bom: object): Promise<void> {
  await writeFile(`${repository}dist/${file}`, `${JSON.stringify(bom, null, 2)}\n`);
  process.stdout.write(`dist/${file}\n`);
}
