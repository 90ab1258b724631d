// Starts one kube-apiserver on a free loopback port and waits until it is ready. Several may share one etcd; they share the certificates too.
// A port found free can be taken before the API server binds it: then the start is tried again on another.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Cmd } from './binaries.ts';
import type { ControlPlaneFiles } from './files.ts';
import { freePort } from './freeport.ts';
import { getStatus } from './probe.ts';
import { type Program, startProgram } from './processes.ts';

const START_MS = 60_000;
const POLL_MS = 50;
const PORT_TRIES = 3;

export interface ApiServer {
  readonly url: string;
  readonly port: number;
  readonly program: Program;
}

export interface ApiServerOptions {
  readonly name: string;
  readonly cmd: Cmd;
  readonly files: ControlPlaneFiles;
  readonly etcdUrl: string;
  /** A fixed port, for a restart under the same URL; a free one is chosen when absent. */
  readonly port?: number;
  /** Flags after ours; of a flag given twice the API server takes the last. */
  readonly flags: readonly string[];
}

/** Resolves when /readyz answers 200: storage, RBAC bootstrap and the API's own informers included. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const program = startProgram(
      options.name,
      options.cmd,
      [...flags(options, port), ...options.flags],
      options.files.dir,
    );
    try {
      await waitReady(program, port, options.files.authority.certPem);
      return { url: `https://127.0.0.1:${port}`, port, program };
    } catch (error) {
      const log = await program.tail();
      await program.stop(0);
      if (options.port !== undefined || attempt === PORT_TRIES || !log.includes('address already in use')) {
        throw new Error(`${options.name} did not become ready; it logged:\n${log}`, { cause: error });
      }
    }
  }
}

function flags(options: ApiServerOptions, port: number): string[] {
  const { files } = options;
  return [
    `--etcd-servers=${options.etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    // An Endpoints object cannot hold a loopback address, so nothing can lead to this server by the `kubernetes` Service.
    '--endpoint-reconciler-type=none',
    `--cert-dir=${files.dir}/pki`,
    `--tls-cert-file=${files.servingCert}`,
    `--tls-private-key-file=${files.servingKey}`,
    `--client-ca-file=${files.caFile}`,
    `--token-auth-file=${files.tokenFile}`,
    '--authorization-mode=Node,RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.signingPublicKey}`,
    `--service-account-signing-key-file=${files.signingKey}`,
    // Wide enough for a thousand clusters of several Services.
    '--service-cluster-ip-range=10.96.0.0/12',
    '--allow-privileged=true',
    `--kubelet-client-certificate=${files.kubeletClientCert}`,
    `--kubelet-client-key=${files.kubeletClientKey}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--audit-policy-file=${files.auditPolicy}`,
    `--audit-log-path=${files.auditLog}`,
    // Ends open watches at a graceful stop instead of waiting for them.
    '--shutdown-send-retry-after=true',
    '--profiling=false',
  ];
}

async function waitReady(program: Program, port: number, caPem: string): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    if (program.hasExited()) {
      throw new Error(`${program.name} ended`);
    }
    if ((await getStatus(`https://127.0.0.1:${port}/readyz`, caPem)) === 200) {
      return;
    }
    await sleep(POLL_MS);
  }
  throw new Error(`${program.name} was not ready after ${START_MS / 1000} s`);
}
