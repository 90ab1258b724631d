// Whether a node can be made here, asked before anything is installed or built. Only what the machine forbids counts as impossible: a run
// that could be made and fails is a failure, and is never taken for one that could not.

import process from 'node:process';
import { makeGroup, removeGroup } from './cgroups.ts';
import { run } from './command.ts';
import { isInstalled, SYSTEM_PATH, whyNoPackages } from './packages.ts';
import { PREFIX } from './places.ts';
import { olderOperator } from './source.ts';

type Check = () => Promise<string | undefined> | string | undefined;

const checks: readonly Check[] = [
  whyNotThisSystem,
  whyNoPackages,
  whyNoNamespaces,
  whyNoNetwork,
  whyNoGroups,
  whyNoHistory,
];
const ofItsOwn = ['--mount', '--net', '--pid', '--fork', '--mount-proc'];

/** The first reason why it cannot be, with the mend where there is one. */
export async function whyImpossible(): Promise<string | undefined> {
  for (const check of checks) {
    const why = await check();
    if (why !== undefined) return why;
  }
  return undefined;
}

function whyNotThisSystem(): string | undefined {
  if (process.platform !== 'linux') return `it needs Linux, and this is ${process.platform}`;
  return process.getuid?.() === 0 ? undefined : 'it needs root: it makes namespaces, mounts and control groups';
}

/** A container, and a system that forbids it, may be root and still get none. */
async function whyNoNamespaces(): Promise<string | undefined> {
  return run('unshare', [...ofItsOwn, 'true']).then(
    () => undefined,
    (error: unknown) => `no namespaces can be made here: ${String(error)}`,
  );
}

/** Asked of the kernel only where the program for it is there already; elsewhere it is installed first. */
async function whyNoNetwork(): Promise<string | undefined> {
  return (await isInstalled('ip')) ? whyNoBridge() : undefined;
}

/** Nothing loads the second of the two modules by itself. */
export async function whyNoBridge(): Promise<string | undefined> {
  const script = 'ip link add probe type bridge && test -w /proc/sys/net/bridge/bridge-nf-call-iptables';
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${SYSTEM_PATH}` };
  return run('unshare', [...ofItsOwn, '/bin/sh', '-ec', script], { env }).then(
    () => undefined,
    (error: unknown) =>
      `no bridge whose packets are filtered can be made here: ${String(error)}; the kernel needs the modules bridge and br_netfilter: modprobe br_netfilter`,
  );
}

async function whyNoGroups(): Promise<string | undefined> {
  const name = `${PREFIX}${process.pid}`;
  try {
    await makeGroup(name, 1);
    await removeGroup(name);
    return undefined;
  } catch (error) {
    // In some of the hierarchies it may have been made. Where there is none at all, there is nothing to remove either.
    await removeGroup(name).catch(() => undefined);
    return `no control groups can be made here: ${String(error)}`;
  }
}

async function whyNoHistory(): Promise<string | undefined> {
  return olderOperator().then(
    () => undefined,
    (error: unknown) => `${String(error)}; the history of the repository is needed: git fetch --unshallow`,
  );
}
