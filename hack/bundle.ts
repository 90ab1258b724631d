// Bundles the operator into dist/operator.cjs, one minified file that needs Node and nothing else; its source map lies beside it. What only a
// kubeconfig needs becomes dist/client-node.cjs, loaded when it is asked for: code that is merely carried along still costs memory, and
// inside a Pod nobody asks for it.

import { rm, stat } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const repository = new URL('../', import.meta.url);
const lazyPackage = '@kubernetes/client-node';
const lazyFile = 'client-node.cjs';

/** Leaves the package out, and asks for the file beside the bundle in its place. */
const apart: Plugin = {
  name: 'client-node-apart',
  setup(build) {
    build.onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({ path: `./${lazyFile}`, external: true }));
  },
};

const common = {
  absWorkingDir: fileURLToPath(repository),
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  minify: true,
  // Names of classes are in the log.
  keepNames: true,
  sourcemap: true,
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

async function bundle(file: string, options: BuildOptions): Promise<void> {
  const outfile = fileURLToPath(new URL(`dist/${file}`, repository));
  await rm(outfile, { force: true });
  await build({ ...common, ...options, outfile });
  const { size } = await stat(outfile);
  process.stdout.write(`dist/${file}  ${Math.ceil(size / 1024)} KiB\n`);
}

await bundle('operator.cjs', { entryPoints: ['main.ts'], plugins: [apart] });
await bundle(lazyFile, {
  // Nothing else of the package is used when the operator runs; the rest is types.
  stdin: { contents: `export { KubeConfig } from '${lazyPackage}';`, resolveDir: fileURLToPath(repository) },
});
