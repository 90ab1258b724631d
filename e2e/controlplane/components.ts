// Starts etcd and the controller manager of a control plane. etcd listens on a socket file inside the folder, so nobody else on the machine can
// reach it and no port can clash; the controller manager serves nothing. etcd does not sync to disk: a crash of the machine loses what nobody keeps.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cmd } from './binaries.ts';
import { issueClientCertificate } from './certificates.ts';
import type { ControlPlaneFiles } from './files.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { getStatus } from './probe.ts';
import { type Program, startProgram } from './processes.ts';

// A socket's path has at most 107 bytes; the folder's own name takes most of them.
const SOCKET_PATH_MAX = 107;
const SERVICE_ACCOUNT_MS = 30_000;
const POLL_MS = 25;

export interface Etcd {
  readonly url: string;
  /** Path of the socket that it listens on. */
  readonly socket: string;
  readonly program: Program;
}

export function startEtcd(cmd: Cmd, dir: string): Etcd {
  const socket = join(dir, 'etcd.sock');
  if (Buffer.byteLength(socket) > SOCKET_PATH_MAX) {
    throw new Error(`the folder's path is too long for a socket: ${dir}. Choose a shorter one (TMPDIR)`);
  }
  const program = startProgram(
    'etcd',
    cmd,
    [
      `--data-dir=${join(dir, 'etcd')}`,
      `--listen-client-urls=unix://${socket}`,
      // What is advertised must look like host:port, and as a socket's name it is a file in the working directory. Nobody reads it: there are no peers.
      '--advertise-client-urls=unix://clients:1',
      '--listen-peer-urls=unix://peers:1',
      '--initial-advertise-peer-urls=unix://peers:1',
      '--initial-cluster=default=unix://peers:1',
      '--unsafe-no-fsync',
      // A single member needs no long silence before it elects itself.
      '--heartbeat-interval=50',
      '--election-timeout=500',
      '--quota-backend-bytes=8589934592',
      '--log-level=warn',
    ],
    dir,
  );
  return { url: `unix://${socket}`, socket, program };
}

export interface ControllerManagerOptions {
  readonly cmd: Cmd;
  readonly files: ControlPlaneFiles;
  readonly url: string;
  readonly controllers: readonly string[];
}

export async function startControllerManager(options: ControllerManagerOptions): Promise<Program> {
  const { files } = options;
  // One identity for all its controllers; each one's own service account would need the tokens of a controller that is not wanted here.
  const user = 'system:kube-controller-manager';
  const kubeconfig = join(files.dir, 'controller-manager.kubeconfig');
  const pair = await issueClientCertificate(files.authority, user, ['system:masters']);
  await writeKubeconfig(kubeconfig, { url: options.url, caPem: files.authority.certPem, user, ...pair });
  return startProgram(
    'kube-controller-manager',
    options.cmd,
    [
      `--kubeconfig=${kubeconfig}`,
      `--controllers=${options.controllers.join(',')}`,
      `--root-ca-file=${files.caFile}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--bind-address=127.0.0.1',
      // Tests at scale must measure the operator, not the throttle of a client beside it.
      '--kube-api-qps=500',
      '--kube-api-burst=1000',
      '--profiling=false',
    ],
    files.dir,
  );
}

/** Waits until the service account controller has made `default` in the namespace `default`: without it no Pod is admitted. */
export async function waitServiceAccount(files: ControlPlaneFiles, url: string, manager: Program): Promise<void> {
  const deadline = performance.now() + SERVICE_ACCOUNT_MS;
  const target = `${url}/api/v1/namespaces/default/serviceaccounts/default`;
  while ((await getStatus(target, files.authority.certPem, files.adminToken)) !== 200) {
    if (manager.hasExited() || performance.now() > deadline) {
      throw new Error(`kube-controller-manager makes no service accounts; it logged:\n${await manager.tail()}`);
    }
    await sleep(POLL_MS);
  }
}
