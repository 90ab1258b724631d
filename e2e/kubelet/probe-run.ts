// Carries one probe of the NiFi container out.
// Commands that only ask the management server are answered in-process; any other runs under /bin/sh, with a `curl` on
// its PATH that asks this process, because the management server is on the Pod's loopback and not on the machine's.

import { connect } from 'node:net';
import type { V1Container, V1Probe } from '@kubernetes/client-node';
import { startHealthBridge } from './health-bridge.ts';
import type { Host } from './host.ts';
import { runInContainer } from './launch.ts';
import { judgeProbe, recogniseProbe } from './probe.ts';
import type { ContainerStart, RunningNiFi } from './types.ts';

interface ProbedContainer {
  readonly spec: V1Container;
  readonly start: ContainerStart;
  readonly nifi: RunningNiFi;
}

/** Whether the probe succeeds within its timeout. Never rejects: what throws is a failed probe. */
export async function checkProbe(host: Host, container: ProbedContainer, probe: V1Probe): Promise<boolean> {
  const over = new AbortController();
  // The timeout is the machine's time, not the played time: it is there for a NiFi that hangs.
  const timeout = host.wheel.sleep((probe.timeoutSeconds ?? 1) * 1000, over.signal).then(() => false);
  try {
    return await Promise.race([attempt(host, container, probe, over.signal), timeout]);
  } catch {
    return false; // a refused connection: what a probe is there to find out
  } finally {
    over.abort();
  }
}

async function attempt(host: Host, container: ProbedContainer, probe: V1Probe, signal: AbortSignal): Promise<boolean> {
  const { spec, start, nifi } = container;
  const { exec, tcpSocket } = probe;
  if (tcpSocket !== undefined) return await connects(start.ip, Number(tcpSocket.port), signal);
  if (exec?.command === undefined) throw new Error('a probe that is neither exec nor tcpSocket');
  const recognised = recogniseProbe(exec.command);
  if (recognised !== undefined) return judgeProbe(recognised, await nifi.health(recognised.path));
  const bridge = await startHealthBridge(host.dir, (path) => nifi.health(path));
  try {
    const env = { ...start.env, PATH: `${bridge.binDir}:/usr/local/bin:/usr/bin:/bin` };
    const probing = { command: exec.command, workingDir: spec.workingDir, volumeMounts: spec.volumeMounts };
    const { exitCode } = await runInContainer(host, probing, { ...start, env }, { signal });
    return exitCode === 0;
  } finally {
    await bridge.stop();
  }
}

async function connects(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const finish = (ok: boolean): void => {
      socket.destroy();
      resolve(ok);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
