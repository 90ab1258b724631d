// A Kubernetes of one node, of which nothing is played: control plane, containerd, scheduler, kubelet, kube-proxy, DNS and volumes. It must be
// started inside namespaces of its own (see main.ts): it takes the system's folders, and everything ends with the last process in them.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { kubeconfigAccess } from '../../pkg/kube/access.ts';
import { KubeClient } from '../../pkg/kube/client.ts';
import { namespaces, resource } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { type ControlPlane, startControlPlane } from '../controlplane/controlplane.ts';
import type { Program } from '../controlplane/processes.ts';
import { PATIENCE_MS, until } from '../lab/until.ts';
import { makeGroup } from './cgroups.ts';
import { importImage, startContainerd } from './containerd.ts';
import { publishDns, startDns } from './dns.ts';
import { startKubelet, startKubeProxy, startScheduler } from './kubelet.ts';
import { furnish } from './namespaces.ts';
import { API_SERVICE, BRIDGE, NODE_NAME, type Places } from './places.ts';
import type { NodePrograms } from './programs.ts';
import { startProvisioner } from './provisioner.ts';

export interface RealNode {
  readonly controlPlane: ControlPlane;
  /** An administrator's client, `e2e` in the audit log. */
  readonly client: KubeClient;
  readonly places: Places;
  readonly programs: readonly Program[];
  stop(): Promise<void>;
}

interface NodeObject extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export interface NodeOptions {
  readonly places: Places;
  readonly programs: NodePrograms;
  /** Archive of the images to bring in; the pause image is among them. */
  readonly images: string;
  /** What all Pods together weigh, of the processor, where one program of the machine weighs 1. */
  readonly podsWeight: number;
  readonly onProgress: (line: string) => void;
  readonly onError: (error: unknown) => void;
}

const nodes = resource<NodeObject>('v1', 'Node', 'nodes', false);
const NODE_READY_MS = 60_000;

/** Those that need a cloud, or would take away what a test looks at. */
const controllers = ['*', '-bootstrap-signer-controller', '-token-cleaner-controller'];

/** Resolves when the node is Ready and Pods can run. */
export async function startNode(options: NodeOptions): Promise<RealNode> {
  const { places, onProgress } = options;
  await mkdir(places.disks, { recursive: true });
  // Where started programs note their ids; here the kernel ends them, with the process namespace.
  await mkdir(join(places.dir, 'pids'), { recursive: true });
  await furnish(places);
  await makeGroup(places.id, options.podsWeight);
  const [controlPlane, containerd] = await Promise.all([startApi(places), withImages(options)]);
  onProgress('the control plane and containerd answer');
  const access = await kubeconfigAccess(controlPlane.kubeconfig);
  const client = new KubeClient({ access, userAgent: 'e2e', deadlineMs: PATIENCE_MS });
  const parts = { places, programs: options.programs, controlPlane };
  const programs = [
    containerd,
    ...(await Promise.all([
      startScheduler(parts),
      startKubelet(parts),
      startKubeProxy(parts),
      startDns(places, options.programs.coredns, controlPlane),
      publishDns(client),
    ])),
  ].filter((program) => program !== undefined);
  const provisioner = await startProvisioner(client, places.disks, options.onError);
  const isReady = async (): Promise<boolean> => {
    const node = await client.get(nodes, { namespace: '', name: NODE_NAME });
    return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  };
  await until('the node is Ready', isReady, {
    timeoutMs: NODE_READY_MS,
    everyMs: 200,
    describe: () => tails(programs),
  });
  onProgress('the node is Ready');
  return {
    controlPlane,
    client,
    places,
    programs,
    async stop() {
      await provisioner.stop();
      await client.close();
      await Promise.all(programs.map(async (program) => program.stop(0)));
      await controlPlane.stop();
    },
  };
}

/** A namespace in which nothing runs that the standard `restricted` forbids. */
export async function restrictedNamespace(client: KubeClient, name: string): Promise<void> {
  const labels = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  };
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

async function startApi({ controlPlane: dir }: Places): Promise<ControlPlane> {
  return startControlPlane({
    dir,
    controllers,
    addresses: [BRIDGE.address, API_SERVICE],
    apiServerFlags: [
      // Of this network namespace: the loopback and the bridge.
      '--bind-address=0.0.0.0',
      `--advertise-address=${BRIDGE.address}`,
      '--endpoint-reconciler-type=lease',
    ],
  });
}

async function withImages({ places, images, onProgress }: NodeOptions): Promise<Program> {
  const containerd = await startContainerd(places);
  await importImage(images);
  onProgress('the images are imported');
  return containerd;
}

async function tails(programs: readonly Program[]): Promise<string> {
  return (await Promise.all(programs.map(async (program) => `${program.name}: ${await program.tail()}`))).join('\n');
}
