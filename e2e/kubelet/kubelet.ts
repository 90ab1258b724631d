// Plays scheduler, kubelet and volume provisioner of a whole cluster, in one process, against a real API server.
// It decides nothing about NiFi: it gives containers what their Pods say and hands them to a runtime. It must not need a
// process, a timer or a connection for each Pod. Its requests carry their own user agent, so that an audit log can tell
// them from the operator's.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterAccess, kubeconfigAccess } from '../../pkg/kube/access.ts';
import { KubeClient } from '../../pkg/kube/client.ts';
import { EventRecorder } from '../../pkg/kube/events.ts';
import type { ConfigMap, Pod, Secret } from '../../pkg/kube/resources.ts';
import { keyOf, keyText } from '../../pkg/kube/types.ts';
import { type Caches, createCaches } from './caches.ts';
import { Faults } from './faults.ts';
import { createHandles } from './handles.ts';
import type { Host } from './host.ts';
import { createLimiter, createPatientLimiter } from './limiter.ts';
import { type Machine, machinesOf, registerNode } from './nodes.ts';
import { PlayedPod } from './pod.ts';
import { createStorageClasses, Provisioner } from './provisioner.ts';
import { prepareImage } from './root.ts';
import { Scheduler } from './scheduler.ts';
import type { KubeletOptions, NodeCapacity, PlayedKubelet } from './types.ts';
import { Wheel } from './wheel.ts';

export const userAgent = 'played-kubelet';

const defaultCapacity: NodeCapacity = { cpu: '4000', memory: '16Ti', pods: '4000' };
const requestsAtOnce = 16;
const shellsAtOnce = 4;
const retryMs = 250;

/** Registers the nodes and begins to play. Resolves when everything that is there has been seen. */
export async function startKubelet(options: KubeletOptions): Promise<PlayedKubelet> {
  const access = await kubeconfigAccess(options.kubeconfig);
  const client = new KubeClient({ access, userAgent, maxSockets: requestsAtOnce, deadlineMs: 30_000 });
  const stopping = new AbortController();
  const report = (error: unknown): void => {
    if (!stopping.signal.aborted) (options.onError ?? rethrow)(error);
  };
  const caches = createCaches(client, report);
  const recorder = new EventRecorder({ client, reportingController: userAgent, reportingInstance: userAgent });
  const machines = machinesOf(options.nodes ?? 3, options.capacity ?? defaultCapacity, () => options.ips.take());
  const host = await createHost({
    options,
    access,
    client,
    caches,
    recorder,
    machines,
    report,
    stopping: stopping.signal,
  });
  const provisioner =
    options.provisionVolumes === false ? undefined : new Provisioner(host, caches, options.expansionDelayMs ?? 100);
  const scheduler = new Scheduler(host, caches, provisioner);
  const pods = playPods(host, caches);
  async function stop(): Promise<void> {
    stopping.abort();
    scheduler.stop();
    provisioner?.stop();
    await caches.stop();
    await Promise.all([...pods.values()].map((pod) => pod.abandon()));
    await recorder.stop();
    await client.close();
    host.wheel.stop();
    for (const { ip } of machines) options.ips.release(ip);
  }
  try {
    prepareImage(host.image, options.image);
    await Promise.all(machines.map((machine, index) => registerNode(host, machine, index)));
    if (provisioner !== undefined) await createStorageClasses(host);
    await caches.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return createHandles(host, machines, pods, stop);
}

/** Outside of any promise chain: the process must not go on as if nothing were wrong. */
function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error instanceof Error ? error : new Error(String(error));
  });
}

interface HostParts {
  readonly options: KubeletOptions;
  readonly access: ClusterAccess;
  readonly client: KubeClient;
  readonly caches: Caches;
  readonly recorder: EventRecorder;
  readonly machines: readonly Machine[];
  readonly report: (error: unknown) => void;
  readonly stopping: AbortSignal;
}

async function createHost(parts: HostParts): Promise<Host> {
  const { options, access, client, caches, recorder, report, stopping } = parts;
  const { dir, speed = 1 } = options;
  const clusterCa = (await access.credentials()).tls.ca ?? '';
  const caFile = join(dir, 'ca.crt');
  mkdirSync(dir, { recursive: true });
  writeFileSync(caFile, clusterCa);
  const wheel = new Wheel();
  const machines = new Map(parts.machines.map((machine) => [machine.name, machine]));
  return {
    api: client,
    apiServer: { url: access.server, caFile },
    clusterCa,
    runtime: options.runtime,
    ips: options.ips,
    faults: new Faults(),
    wheel,
    writes: createPatientLimiter(requestsAtOnce, () => wheel.sleep(retryMs, stopping), stopping),
    shells: createLimiter(shellsAtOnce),
    dir,
    image: join(dir, 'image'),
    runEntryScript: options.runEntryScript ?? true,
    serviceAccountTokens: options.serviceAccountTokens ?? false,
    refreshDelayMs: options.refreshDelayMs ?? 0,
    seconds: (count) => (count * 1000) / speed,
    sources: (namespace) => ({
      configMap: (name) => caches.configMaps.get(name, namespace),
      secret: (name) => caches.secrets.get(name, namespace),
    }),
    claim: (key) => caches.claims.get(key),
    plays: (node) => machines.has(node),
    node(name) {
      const machine = machines.get(name);
      if (machine === undefined) throw new Error(`${name} is no played node`);
      return machine;
    },
    warn: (regarding, reason, note) => recorder.event({ regarding, type: 'Warning', reason, note, action: reason }),
    report,
  };
}

/** Follows the Pods that are bound to played nodes; the map is of those whose object is there. */
function playPods(host: Host, caches: Caches): ReadonlyMap<string, PlayedPod> {
  const played = new Map<string, PlayedPod>();
  const users = { configMaps: new Map<string, Set<PlayedPod>>(), secrets: new Map<string, Set<PlayedPod>>() };
  caches.pods.subscribe(({ kind, object }) => {
    const key = keyText(keyOf(object));
    const known = played.get(key);
    if (kind === 'deleted') {
      if (known === undefined) return;
      played.delete(key);
      forEachReference(known, users, (set) => set.delete(known));
      known.remove();
      return;
    }
    if (known === undefined && !isToRun(object, host)) return;
    const pod = known ?? new PlayedPod(host, object);
    if (known === undefined) {
      played.set(key, pod);
      forEachReference(pod, users, (set) => set.add(pod));
      pod.start();
    }
    pod.update(object);
  });
  const tell = (index: ReadonlyMap<string, ReadonlySet<PlayedPod>>, object: ConfigMap | Secret): void => {
    for (const pod of index.get(keyText(keyOf(object))) ?? []) pod.referenceChanged();
  };
  caches.configMaps.subscribe(({ object }) => tell(users.configMaps, object));
  caches.secrets.subscribe(({ object }) => tell(users.secrets, object));
  return played;
}

function isToRun(pod: Pod, host: Host): boolean {
  const { spec, status } = pod;
  const over = status?.phase === 'Failed' || status?.phase === 'Succeeded';
  return spec?.nodeName !== undefined && host.plays(spec.nodeName) && !over;
}

function forEachReference(
  pod: PlayedPod,
  users: Readonly<Record<'configMaps' | 'secrets', Map<string, Set<PlayedPod>>>>,
  visit: (set: Set<PlayedPod>) => void,
): void {
  for (const kind of ['configMaps', 'secrets'] as const) {
    for (const name of pod.references[kind]) {
      const key = keyText({ namespace: pod.namespace, name });
      const set = users[kind].get(key) ?? new Set<PlayedPod>();
      users[kind].set(key, set);
      visit(set);
      if (set.size === 0) users[kind].delete(key);
    }
  }
}
