// A real Kubernetes control plane for tests and the demo: etcd, kube-apiserver and the few controllers an operator leans on, on the loopback, in one
// folder that goes with it. It must never read a kubeconfig of the machine nor leave a process behind, also when this process is killed.
// There is no scheduler, kubelet or volume binder: whoever needs Pods to run plays those.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, startApiServer } from './apiserver.ts';
import { type Binaries, type Cmd, ensureBinaries } from './binaries.ts';
import { issueClientCertificate } from './certificates.ts';
import { startControllerManager, startEtcd, waitServiceAccount } from './components.ts';
import { type EtcdRelay, startEtcdRelay } from './etcdrelay.ts';
import { type AuditLevel, writeFiles } from './files.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { type Program, startReaper } from './processes.ts';

/** What runs in the controller manager when nothing else is asked for. */
export const DEFAULT_CONTROLLERS: readonly string[] = [
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'persistentvolumeclaim-protection-controller',
  'endpointslice-controller',
  'disruption-controller',
  'resourcequota-controller',
  // Fills the roles `view`, `edit` and `admin`.
  'clusterrole-aggregation-controller',
];

const GRACE_MS = 10_000;

export interface User {
  /** Any name, also `system:serviceaccount:<namespace>:<name>` (the groups of a service account are not added by themselves). */
  readonly name: string;
  readonly groups?: readonly string[];
}

export interface SecondApiServer {
  readonly url: string;
  /** Path of the admin's kubeconfig for this server. */
  readonly kubeconfig: string;
  /** Between it and etcd, to let its caches lag. */
  readonly etcd: EtcdRelay;
  stop(): Promise<void>;
}

export interface ControlPlane {
  readonly url: string;
  /** Path of the admin's kubeconfig (a token in system:masters). */
  readonly kubeconfig: string;
  readonly dir: string;
  /** Path of the audit log, one JSON event a line. */
  readonly auditLog: string;
  readonly caFile: string;
  readonly adminToken: string;
  /** kubectl, bound to the admin's kubeconfig. */
  readonly kubectl: Cmd;
  readonly binaries: Binaries;
  /** Writes a kubeconfig with a client certificate for the user and gives its path. It grants nothing: RBAC does. */
  userKubeconfig(user: User): Promise<string>;
  /** Ends the API server and starts it again under the same URL. `graceMs` 0 kills it. */
  restartApiServer(options?: { readonly graceMs?: number }): Promise<void>;
  /** Starts another API server on the same etcd, with more flags of its own. */
  startSecondApiServer(flags?: readonly string[]): Promise<SecondApiServer>;
  /** Resident memory in bytes by program. */
  residentBytes(): Promise<Readonly<Record<string, number>>>;
  /** Ends everything and removes the folder (unless `dir` was given). */
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** The folder for everything; kept afterwards. A temporary one is made and removed when absent. */
  readonly dir?: string;
  readonly onProgress?: (line: string) => void;
  /** Names for the controller manager's --controllers; none at all when empty. */
  readonly controllers?: readonly string[];
  readonly auditLevel?: AuditLevel;
  /** More flags for every API server, such as `--min-request-timeout=5`. */
  readonly apiServerFlags?: readonly string[];
  /** Addresses under which the API server is reached besides the loopback; to listen there takes flags. */
  readonly addresses?: readonly string[];
}

/** Resolves when the API server is ready and, with the service account controller, Pods can be created in `default`. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const onProgress = options.onProgress ?? (() => {});
  const binaries = await ensureBinaries({ onProgress });
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'controlplane-')));
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const endReaper = startReaper(dir, options.dir === undefined);
  const running = new Set<Program>();
  const stop = async (): Promise<void> => {
    // Nothing in etcd is worth a graceful end: the folder goes.
    await Promise.all([...running].map(async (program) => await program.stop(0)));
    running.clear();
    if (options.dir === undefined) {
      await rm(dir, { recursive: true, force: true });
    }
    endReaper();
  };
  try {
    return await assemble({ binaries, dir, running, stop, options });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Parts {
  readonly binaries: Binaries;
  readonly dir: string;
  readonly running: Set<Program>;
  readonly stop: () => Promise<void>;
  readonly options: ControlPlaneOptions;
}

async function assemble({ binaries, dir, running, stop, options }: Parts): Promise<ControlPlane> {
  const etcd = startEtcd(binaries.etcd, dir);
  running.add(etcd.program);
  const files = await writeFiles(dir, options.auditLevel ?? 'Metadata', options.addresses);
  const startServer = async (
    name: string,
    more: { readonly port?: number; readonly etcdUrl?: string; readonly flags?: readonly string[] } = {},
  ): Promise<ApiServer> => {
    const flags = [...(options.apiServerFlags ?? []), ...(more.flags ?? [])];
    const server = await startApiServer({
      name,
      cmd: binaries.apiserver,
      files,
      etcdUrl: etcd.url,
      ...more,
      flags,
    });
    running.add(server.program);
    return server;
  };
  const stopServer = async (program: Program, graceMs: number): Promise<void> => {
    await program.stop(graceMs);
    running.delete(program);
  };
  const writeAdmin = async (url: string, name: string): Promise<string> => {
    const path = join(dir, `${name}.kubeconfig`);
    await writeKubeconfig(path, { url, caPem: files.authority.certPem, user: 'admin', token: files.adminToken });
    return path;
  };

  let server = await startServer('kube-apiserver');
  const { url } = server;
  const kubeconfig = await writeAdmin(url, 'admin');
  const controllers = options.controllers ?? DEFAULT_CONTROLLERS;
  if (controllers.length > 0) {
    const manager = await startControllerManager({ cmd: binaries.controllerManager, files, url, controllers });
    running.add(manager);
    if (controllers.includes('serviceaccount-controller')) {
      await waitServiceAccount(files, url, manager);
    }
  }

  let users = 0;
  let servers = 1;
  return {
    url,
    kubeconfig,
    dir,
    auditLog: files.auditLog,
    caFile: files.caFile,
    adminToken: files.adminToken,
    kubectl: { path: binaries.kubectl.path, args: [...binaries.kubectl.args, `--kubeconfig=${kubeconfig}`] },
    binaries,
    stop,
    userKubeconfig: async ({ name, groups }) => {
      const path = join(dir, `user-${++users}.kubeconfig`);
      const pair = await issueClientCertificate(files.authority, name, groups ?? []);
      await writeKubeconfig(path, { url, caPem: files.authority.certPem, user: name, ...pair });
      return path;
    },
    restartApiServer: async ({ graceMs = GRACE_MS } = {}) => {
      await stopServer(server.program, graceMs);
      server = await startServer('kube-apiserver', { port: server.port });
    },
    startSecondApiServer: async (flags = []) => {
      const name = `kube-apiserver-${++servers}`;
      const relay = await startEtcdRelay(join(dir, `etcd-${servers}.sock`), etcd.socket);
      const second = await startServer(name, { etcdUrl: relay.url, flags });
      return {
        url: second.url,
        kubeconfig: await writeAdmin(second.url, name),
        etcd: relay,
        stop: async () => {
          await stopServer(second.program, GRACE_MS);
          await relay.stop();
        },
      };
    },
    residentBytes: async () => {
      const sizes = [...running].map(async (program) => [program.name, await program.residentBytes()] as const);
      return Object.fromEntries(await Promise.all(sizes));
    },
  };
}
