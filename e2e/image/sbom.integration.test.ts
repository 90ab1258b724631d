// The bill of materials names every package whose code is in the bundle: the source maps say which files the bundler took.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

interface Spdx {
  readonly packages: readonly {
    readonly name: string;
    readonly versionInfo: string;
    readonly licenseDeclared?: string;
  }[];
}
interface CycloneDx {
  readonly components: readonly { readonly name: string; readonly group?: string; readonly version: string }[];
}

/** "name@version" of each package that a file of the bundle came from. */
function bundled(map: string): readonly string[] {
  const { sources } = read(map) as { readonly sources: readonly string[] };
  const folders = sources.flatMap(
    (source) => /^(?:\.\.\/)*((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//u.exec(source)?.[1] ?? [],
  );
  return [...new Set(folders)].map((folder) => {
    const { name, version } = read(`${folder}/package.json`) as { readonly name: string; readonly version: string };
    return `${name}@${version}`;
  });
}

describe('The bill of materials', () => {
  before(async () => {
    for (const script of ['hack/bundle.ts', 'hack/sbom.ts'])
      await promisify(execFile)(process.execPath, [script], { cwd: root });
  });

  test('names every package whose code is in the bundle, in both formats', () => {
    const inside = ['operator.cjs.map', 'client-node.cjs.map'].flatMap((map) => bundled(`dist/${map}`));
    assert.ok(inside.some((one) => one.startsWith('@kubernetes/client-node@')) && inside.length > 20);
    const spdx = (read('dist/operator.spdx.json') as Spdx).packages.map(
      ({ name, versionInfo }) => `${name}@${versionInfo}`,
    );
    const cyclone = (read('dist/operator.cdx.json') as CycloneDx).components.map(
      ({ name, version }) => `${name}@${version}`,
    );
    for (const listed of [spdx, cyclone])
      assert.deepEqual(
        inside.filter((one) => !listed.includes(one)),
        [],
      );
  });

  test('declares a permissive license of each', () => {
    const permissive = /^(MIT|Apache-2\.0|ISC|0BSD|BSD-[23]-Clause|PSF-2\.0|Unlicense|CC0-1\.0)$/u;
    const others = (read('dist/operator.spdx.json') as Spdx).packages.filter(
      ({ licenseDeclared = '' }) =>
        !licenseDeclared
          .replaceAll(/[()]/gu, '')
          .split(' OR ')
          .some((one) => permissive.test(one)),
    );
    assert.deepEqual(others, []);
  });

  test('names nothing that is for development alone', () => {
    const { devDependencies } = read('package.json') as { readonly devDependencies: Readonly<Record<string, string>> };
    const development = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/'));
    const { packages } = read('dist/operator.spdx.json') as Spdx;
    assert.deepEqual(
      packages.map(({ name }) => name).filter((name) => development.includes(name)),
      [],
    );
  });
});
