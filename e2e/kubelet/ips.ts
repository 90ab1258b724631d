// Pod addresses out of 127/8: everything runs on this machine's loopback, and each Pod still has an address of its own.
// Two processes (two test files, a demo beside them) must not hand out the same ones, so each claims a second octet of its
// own by a lock file with its process id. A released address is used again last, as a cluster's network does.

import { openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface IpAllocator {
  take(): string;
  release(ip: string): void;
}

/** `prefix` is `127.x`; addresses run from prefix.1.1 to prefix.254.254. Throws once all 64,516 are taken. */
export function createIpAllocator(prefix = ownPrefix()): IpAllocator {
  if (!/^127\.\d{1,3}$/.test(prefix)) throw new Error(`not a loopback prefix: ${prefix}`);
  const perOctet = 254;
  const released: string[] = [];
  let next = 0;
  function fresh(): string | undefined {
    if (next >= perOctet * perOctet) return undefined;
    const ip = `${prefix}.${Math.floor(next / perOctet) + 1}.${(next % perOctet) + 1}`;
    next += 1;
    return ip;
  }
  return {
    take() {
      const ip = fresh() ?? released.shift();
      if (ip === undefined) throw new Error(`all addresses of ${prefix} are taken`);
      return ip;
    },
    release: (ip) => void released.push(ip),
  };
}

/** The first octet from the one of this process id on that no living process has claimed; this process may have several labs. */
function ownPrefix(): string {
  for (let tried = 0; tried < octets; tried += 1) {
    const octet = 16 + ((process.pid + tried) % octets);
    if (claims(octet)) return `127.${octet}`;
  }
  throw new Error('all loopback prefixes are claimed by other processes');
}

const octets = 224;

/** The file of a process that died without taking it away counts for nothing. */
function claims(octet: number): boolean {
  const file = join(tmpdir(), `played-kubelet-127.${octet}.lock`);
  try {
    writeSync(openSync(file, 'wx'), String(process.pid));
    process.once('exit', () => rmSync(file, { force: true }));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = Number(readFileSync(file, 'utf8'));
  if (holder === process.pid || isAlive(holder)) return holder === process.pid;
  rmSync(file, { force: true });
  return claims(octet);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
