// One start of a container's command, up to the point where NiFi itself would run.
// The command runs under this machine's shell, with every path that belongs to the container moved below its root; the
// image's nifi.sh notes that it was reached, and then the runtime plays NiFi. A command that ends without reaching it
// is a container that exited.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Container } from '@kubernetes/client-node';
import { handOver } from './handover.ts';
import type { Host } from './host.ts';
import { nifiHome, pathRewriter, shimsDirectory } from './root.ts';
import { runCommand, type ShellResult } from './shell.ts';
import type { ContainerExit, ContainerStart, RunningNiFi } from './types.ts';

/** What a container with no command of its own runs: the image's entry point. */
const imageCommand: readonly string[] = [`${nifiHome}/bin/nifi.sh`, 'run'];

/** Set by /bin/sh, or ours: none of the container's own environment. */
const shellVariables = /^(?:PATH|PWD|OLDPWD|SHLVL|_|PLAYED_.*)$/;

const searchPath = '/usr/local/bin:/usr/bin:/bin';

type Launched =
  | { readonly kind: 'running'; readonly nifi: RunningNiFi }
  | { readonly kind: 'exited'; readonly exit: ContainerExit };

/** What a container's command needs of its spec. */
interface ContainerCommand {
  readonly command?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
  readonly workingDir?: string | undefined;
  readonly volumeMounts?: readonly { readonly mountPath: string }[] | undefined;
}

/** Starts NiFi. Rejects only when the runtime could not start it. */
export async function launchNiFi(
  host: Host,
  container: V1Container,
  start: ContainerStart,
  signal: AbortSignal,
): Promise<Launched> {
  if (!host.runEntryScript && handOver(start.root, start.env)) {
    return { kind: 'running', nifi: await host.runtime.start(start) };
  }
  const note = `${start.root}.handover`;
  rmSync(note, { force: true });
  const result = await runInContainer(host, container, start, { signal, handover: note });
  const handedOver = readHandover(note, start.root);
  if (handedOver === undefined || result.exitCode !== 0) {
    return { kind: 'exited', exit: { exitCode: result.exitCode, lastLines: result.output } };
  }
  return { kind: 'running', nifi: await host.runtime.start({ ...start, env: handedOver }) };
}

/** Runs a container's command to its end, its paths below `root`. */
export async function runInContainer(
  host: Pick<Host, 'shells' | 'image'>,
  container: ContainerCommand,
  { root, env, ip }: Pick<ContainerStart, 'root' | 'env' | 'ip'>,
  { signal, handover = '' }: { readonly signal: AbortSignal; readonly handover?: string },
): Promise<ShellResult> {
  const mounts = (container.volumeMounts ?? []).map(({ mountPath }) => mountPath);
  const rewrite = pathRewriter(root, [...mounts, nifiHome]);
  const own = [...(container.command ?? []), ...(container.args ?? [])];
  return await host.shells(() =>
    runCommand({
      command: (container.command === undefined && own.length === 0 ? imageCommand : own).map(rewrite),
      env: {
        PATH: `${join(host.image, shimsDirectory)}:${searchPath}`,
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, rewrite(value)])),
        PLAYED_HANDOVER: handover,
        PLAYED_HOST: env['HOSTNAME'] ?? '',
        PLAYED_IP: ip,
      },
      cwd: join(root, container.workingDir ?? nifiHome),
      signal,
    }),
  );
}

/** The environment NiFi would have been started with, in the container's own paths; undefined when it was not. */
function readHandover(note: string, root: string): Readonly<Record<string, string>> | undefined {
  let text: string;
  try {
    text = readFileSync(note, 'utf8');
  } catch {
    return undefined; // nifi.sh was never reached
  }
  const [args, ...variables] = text.split('\0');
  if (args !== 'run') return undefined;
  const env: Record<string, string> = {};
  for (const variable of variables) {
    const equals = variable.indexOf('=');
    const name = variable.slice(0, equals);
    if (equals > 0 && !shellVariables.test(name)) env[name] = variable.slice(equals + 1).replaceAll(root, '');
  }
  return env;
}
