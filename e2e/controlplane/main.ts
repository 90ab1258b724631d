// Starts a control plane for a person: `node e2e/controlplane/main.ts [folder]`. Prints where it is, waits for Ctrl-C, and takes everything away again (a folder
// that was named stays).

import { parseArgs } from 'node:util';
import { startControlPlane } from './controlplane.ts';

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [dir] = positionals;
  const onProgress = (line: string): boolean => process.stderr.write(`${line}\n`);
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const controlPlane = await startControlPlane({ onProgress, ...(dir === undefined ? {} : { dir }) });
  const { kubectl, kubeconfig, auditLog } = controlPlane;
  process.stdout.write(`API server   ${controlPlane.url}
audit log    ${auditLog}
export KUBECONFIG=${kubeconfig}
alias kubectl=${kubectl.path}
Ctrl-C ends it.
`);
  // The control plane's processes do not keep this one alive.
  const keepAlive = setInterval(() => {}, 60_000);
  await interrupted;
  clearInterval(keepAlive);
  await controlPlane.stop();
}

await main();
