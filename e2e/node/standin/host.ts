// Plays all NiFi nodes of a run in this process, for containers whose image is the stand-in's: an agent in each connects to the bridge, and a
// node is played on the container's own files, which lie in /proc of its first process. What a test sees in `world` is what
// the containers do; a container that ends takes its node with it, and a node that ends takes its container.

import { readdir, readFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../../pkg/kube/client.ts';
import { type Pod, persistentVolumeClaims, pods } from '../../../pkg/kube/resources.ts';
import type { ContainerStart, RunningNiFi } from '../../kubelet/types.ts';
import { until } from '../../lab/until.ts';
import type { NiFiWorld } from '../../nifi/world.ts';
import { BRIDGE } from '../places.ts';
import { diskOf } from '../provisioner.ts';

const port = 7070;
const lookMs = 50;

export interface StandinHost {
  stop(): Promise<void>;
}

export interface StandinOptions {
  readonly client: KubeClient;
  readonly world: NiFiWorld;
  /** Directories of volumes. */
  readonly disks: string;
  readonly apiServer: { readonly url: string; readonly caFile: string };
  readonly onError: (error: unknown) => void;
}

interface Played {
  readonly ip: string;
  readonly port: number;
}

/** Resolves when agents can connect. */
export async function startStandinHost(options: StandinOptions): Promise<StandinHost> {
  const host = new Host(options);
  await host.listen();
  return host;
}

class Host implements StandinHost {
  private readonly options: StandinOptions;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly played = new Map<string, Played>();
  private addresses = 0;

  constructor(options: StandinOptions) {
    this.options = options;
    this.server = createServer((socket) => this.accept(socket));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, BRIDGE.address, resolve);
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    readLine(socket, (line, rest) => {
      const [word, argument] = split(line);
      if (word === 'connect') this.relay(socket, argument, rest);
      else if (word === 'run') this.run(socket, argument, rest).catch((error: unknown) => this.refuse(socket, error));
      else socket.destroy();
    });
  }

  /** A connection to the container's port, which the node's own listener answers. */
  private relay(client: Socket, token: string, first: Buffer): void {
    const target = this.played.get(token);
    if (target === undefined) {
      client.destroy();
      return;
    }
    const node = connect({ host: target.ip, port: target.port, noDelay: true });
    node.write(first);
    for (const [one, other] of [
      [client, node],
      [node, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  }

  private refuse(socket: Socket, error: unknown): void {
    this.options.onError(error);
    say(socket, { say: 'exit', code: 128, lastLines: String(error) });
  }

  private async run(socket: Socket, text: string, first: Buffer): Promise<void> {
    const { token, env } = JSON.parse(text) as { readonly token: string; readonly env: Record<string, string> };
    const container = await this.describe(token, env);
    const { world } = this.options;
    const nifi = await world.start(container);
    socket.once('close', () => nifi.kill());
    if (socket.destroyed) nifi.kill();
    this.follow(socket, nifi, first);
    void nifi.exited.then(({ exitCode, lastLines }) => {
      this.played.delete(token);
      say(socket, { say: 'exit', code: exitCode, lastLines });
    });
    if (await isUp(nifi)) {
      const { port: web } = world.node(container.ip);
      this.played.set(token, { ip: container.ip, port: web });
      say(socket, { say: 'listen', port: web });
    }
  }

  private follow(socket: Socket, nifi: RunningNiFi, first: Buffer): void {
    socket.unshift(first);
    const lines = createInterface({ input: socket });
    // It tells of the socket's error once more; a container that is killed resets the connection.
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      const [word, argument] = split(line);
      if (word === 'stop') void nifi.stop(30);
      if (word === 'health') void health(socket, nifi, argument);
    });
  }

  /** Of the loopback, never the same twice: two containers may start at the same instant. */
  private nextAddress(): string {
    this.addresses += 1;
    return `127.77.${Math.floor(this.addresses / 250)}.${(this.addresses % 250) + 1}`;
  }

  private async describe(token: string, env: Readonly<Record<string, string>>): Promise<ContainerStart> {
    const { client, disks, apiServer } = this.options;
    const { pid, podUid, containerId } = await findContainer(token);
    // What is asked here a real container has been told: an API server that is away for a moment is no reason not to start.
    const { pod, volumes } = await until(
      `the Pod ${podUid} is found, of which a container runs`,
      async () => {
        const { items } = await client.list(pods);
        const found = items.find(({ metadata }) => metadata.uid === podUid);
        return found && { pod: found, volumes: await claimsOf(client, found) };
      },
      { everyMs: 200 },
    );
    const ip = this.nextAddress();
    const root = `/proc/${pid}/root`;
    const account = `${root}/run/secrets/kubernetes.io/serviceaccount/token`;
    const serviceAccountToken = await readFile(account, 'utf8').catch(() => undefined);
    const image = pod.spec?.containers.find(({ name }) => name === 'nifi')?.image;
    return {
      namespace: pod.metadata.namespace ?? '',
      pod: pod.metadata.name,
      podUid,
      containerId: `containerd://${containerId}`,
      ip,
      ...(image === undefined ? {} : { image }),
      env,
      root,
      home: env['NIFI_HOME'] ?? '/opt/nifi/nifi-current',
      volumes,
      directories: Object.fromEntries(Object.values(volumes).map((uid) => [uid, diskOf(disks, uid)])),
      ...(serviceAccountToken === undefined ? {} : { serviceAccountToken }),
      apiServer,
    };
  }
}

/** Mount path → UID of the claim that is mounted there. */
async function claimsOf(client: KubeClient, pod: Pod): Promise<Record<string, string>> {
  const namespace = pod.metadata.namespace ?? '';
  const container = pod.spec?.containers.find(({ name }) => name === 'nifi');
  const mounts = (container?.volumeMounts ?? []).map(async ({ name, mountPath }) => {
    const claimName = pod.spec?.volumes?.find((volume) => volume.name === name)?.persistentVolumeClaim?.claimName;
    if (claimName === undefined) return [];
    const claim = await client.get(persistentVolumeClaims, { namespace, name: claimName });
    return claim?.metadata.uid === undefined ? [] : [[mountPath, claim.metadata.uid] as const];
  });
  return Object.fromEntries((await Promise.all(mounts)).flat());
}

interface Found {
  readonly pid: number;
  readonly podUid: string;
  readonly containerId: string;
}

/** The agent calls itself by its token; its control group, as seen from out here, names Pod and container. */
async function findContainer(token: string): Promise<Found> {
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!title.startsWith(token)) continue;
    const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8');
    const [, podUid = '', containerId = ''] = /\/pod([\w-]+)\/([0-9a-f]{64})/u.exec(groups) ?? [];
    return { pid, podUid: podUid.replaceAll('_', '-'), containerId };
  }
  throw new Error('an agent connected whose process cannot be found');
}

async function isUp(nifi: RunningNiFi): Promise<boolean> {
  const exited = nifi.exited.then(() => 'exited' as const);
  for (;;) {
    const answer = await nifi.health('/health').catch(() => undefined);
    if (answer?.status === 200) return true;
    if ((await Promise.race([exited, sleep(lookMs)])) === 'exited') return false;
  }
}

async function health(socket: Socket, nifi: RunningNiFi, argument: string): Promise<void> {
  const [id = '', , path = '/'] = argument.split(' ');
  const refused = { status: 0, body: '' };
  const { status, body } = await nifi.health(path).catch(() => refused);
  say(socket, { say: 'health', id: Number(id), status, body });
}

function say(socket: Socket, message: object): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
}

function split(line: string): readonly [string, string] {
  const space = line.indexOf(' ');
  return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
}

/** The first line of a connection, and what came behind it already. */
function readLine(socket: Socket, done: (line: string, rest: Buffer) => void): void {
  let text = Buffer.alloc(0);
  const take = (chunk: Buffer): void => {
    text = Buffer.concat([text, chunk]);
    const end = text.indexOf(10);
    if (end < 0) return;
    socket.off('data', take);
    socket.pause();
    done(text.subarray(0, end).toString(), text.subarray(end + 1));
  };
  socket.on('data', take);
}
