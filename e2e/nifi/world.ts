// The played NiFi world of one process: any number of clusters, their nodes, and the disks that outlive them.
// It is the runtime that the played kubelet starts containers with, and the handle by which tests look in and break things.

import type { Clock } from '../../pkg/kube/clock.ts';
import { systemClock } from '../../pkg/kube/clock.ts';
import type { ContainerStart, NiFiRuntime, RunningNiFi } from '../kubelet/types.ts';
import { accessEndpoints } from './access/endpoints.ts';
import { Cluster } from './cluster/cluster.ts';
import type { Member } from './cluster/coordination.ts';
import { clusterEndpoints } from './cluster/endpoints.ts';
import { LeaseClients, Leases } from './cluster/leases.ts';
import type { NodeConfig } from './config/node-config.ts';
import { Disks, type FlowFileCounts } from './disks.ts';
import { StartRefused } from './errors.ts';
import { connectionEndpoints } from './flow/connection-endpoints.ts';
import { controllerEndpoints } from './flow/controller-endpoints.ts';
import { groupEndpoints } from './flow/endpoints.ts';
import { FlowFaults } from './flow/faults.ts';
import { type FlowHandle, flowHandle } from './flow/handles.ts';
import { type FlowOptions, type PlayedFlow, playFlow } from './flow/played-flow.ts';
import { processorEndpoints } from './flow/processor-endpoints.ts';
import { queueEndpoints } from './flow/queue-endpoints.ts';
import { serviceEndpoints } from './flow/service-endpoints.ts';
import { snippetEndpoints } from './flow/snippet-endpoints.ts';
import { Router } from './http/router.ts';
import { NodeProcess } from './node-process.ts';
import { parameterContextEndpoints } from './parameters/endpoints.ts';
import { type HandleContext, type PlayedNode, playedNode, type Release } from './played-node.ts';
import { registryClientEndpoints } from './registries/endpoints.ts';
import { registryListingEndpoints } from './registries/listing-endpoints.ts';
import { type LoggedRequest, RequestLog } from './request-log.ts';
import type { Surroundings } from './surroundings.ts';
import { tenantEndpoints } from './tenants/endpoints.ts';
import { policyEndpoints } from './tenants/policy-endpoints.ts';
import { fastTiming, realTiming, type Timing } from './timing.ts';
import { Listeners } from './tls/listeners.ts';
import { definitionEndpoints } from './versions/definition-endpoints.ts';
import { versionEndpoints } from './versions/endpoints.ts';
import { syncRegistries } from './versions/sync.ts';

export interface WorldOptions {
  readonly clock?: Clock;
  /** Merged over `fastTiming`; `real` takes as long as a NiFi. */
  readonly timing?: Partial<Timing> | 'real';
  /** NiFi's version as nodes report it whose image has no version for a tag. Default 2.11.0. */
  readonly version?: string;
  /** Whether a password is right. Default: it equals the text in login-identity-providers.xml, hashed or not. */
  readonly checkLogin?: (config: NodeConfig, username: string, password: string) => boolean;
  /** Called when a request has been carried out and before its answer leaves, which waits for it. */
  readonly beforeAnswer?: (request: LoggedRequest) => Promise<void> | void;
  /** Told what went wrong in the background; without it such errors are uncaught exceptions. */
  readonly onError?: (error: unknown) => void;
}

export class NiFiWorld implements NiFiRuntime {
  readonly disks = new Disks();
  readonly log = new RequestLog();
  /** What a test breaks about flows, in all clusters. */
  readonly flowFaults = new FlowFaults();
  private readonly clock: Clock;
  private readonly timing: Timing;
  private readonly clusters = new Map<string, Cluster>();
  private readonly leases = new Map<Cluster, Leases>();
  private readonly leaseClients = new LeaseClients();
  private readonly listeners = new Listeners();
  /** The newest process of every Pod, by `namespace/name`. */
  private readonly processes = new Map<string, NodeProcess>();
  private readonly byIp = new Map<string, NodeProcess>();
  private readonly failures = new Set<StartFailure>();
  private readonly flows = new Set<PlayedFlow>();
  private readonly surroundings: Surroundings;
  private readonly onError: (error: unknown) => void;

  constructor(options: WorldOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.timing = options.timing === 'real' ? realTiming : { ...fastTiming, ...options.timing };
    this.onError = options.onError ?? raise;
    this.surroundings = {
      clock: this.clock,
      timing: this.timing,
      version: options.version ?? '2.11.0',
      disks: this.disks,
      listeners: this.listeners,
      router: new Router([
        ...accessEndpoints,
        ...clusterEndpoints,
        ...controllerEndpoints,
        ...groupEndpoints,
        ...connectionEndpoints,
        ...processorEndpoints,
        ...serviceEndpoints,
        ...queueEndpoints,
        ...snippetEndpoints,
        ...parameterContextEndpoints,
        ...registryClientEndpoints,
        ...registryListingEndpoints,
        ...versionEndpoints,
        ...definitionEndpoints,
        ...tenantEndpoints,
        ...policyEndpoints,
      ]),
      log: this.log,
      flowFaults: this.flowFaults,
      beforeAnswer: options.beforeAnswer ?? (() => undefined),
      clusterOf: (config) => this.clusterOf(config),
      admit: (member, container, config, cluster) => this.admit({ member, container, config, cluster }),
      left: (member) => this.left(member),
      checkLogin: options.checkLogin ?? samePassword,
      startFailure: (container) => [...this.failures].find((failure) => failure.matches(container))?.lastWords,
    };
  }

  async start(container: ContainerStart): Promise<RunningNiFi> {
    const before = this.byIp.get(container.ip);
    if (before?.faults.vanished) await this.listeners.detach(container.ip, before.config.port, before);
    const node = new NodeProcess(container, this.surroundings);
    this.processes.set(`${container.namespace}/${container.pod}`, node);
    this.byIp.set(container.ip, node);
    void node.run();
    return node;
  }

  /** By `namespace/lease prefix`, or by ZooKeeper's connect string followed by the root node. */
  cluster(key: string): Cluster {
    const cluster = this.clusters.get(key);
    if (!cluster)
      throw new Error(
        `No node of a cluster ${key} has started; known are ${[...this.clusters.keys()].join(', ') || 'none'}`,
      );
    return cluster;
  }

  /** Whether a node of it has started already. */
  knows(key: string): boolean {
    return this.clusters.has(key);
  }

  /** The process that was started last at this address. */
  node(ip: string): PlayedNode {
    const node = this.byIp.get(ip);
    if (!node) throw new Error(`No NiFi was ever started at ${ip}`);
    return playedNode(node, this.handles());
  }

  nodeOfPod(namespace: string, pod: string): PlayedNode {
    const node = this.processes.get(`${namespace}/${pod}`);
    if (node && node.phase !== 'gone') return playedNode(node, this.handles());
    throw new Error(`No NiFi runs in Pod ${namespace}/${pod}`);
  }

  nodes(): readonly PlayedNode[] {
    return [...this.processes.values()]
      .filter((node) => node.phase !== 'gone')
      .map((node) => playedNode(node, this.handles()));
  }

  /** Adds a flow to the cluster of this key and lets it work until `stop`; see `cluster` for keys. */
  play(key: string, options: FlowOptions = {}): PlayedFlow {
    const flow = playFlow({ cluster: this.cluster(key), disks: this.disks, clock: this.clock }, options);
    this.flows.add(flow);
    return flow;
  }

  /** The flow of the cluster of this key, for a test to look into and to change as a person does. */
  flow(key: string): FlowHandle {
    return flowHandle(this.cluster(key), (address, connection, count) => {
      // One that has just started has no address yet.
      const up = this.nodes().filter(({ running }) => running);
      for (const node of up) if (node.address === address) node.produce(count, connection);
    });
  }

  /** Registries are looked at for newer versions only now and then; now is one of these times. */
  async lookAtRegistries(key: string): Promise<void> {
    const { state } = this.cluster(key);
    const [node] = [...this.processes.values()].filter(
      (process) => process.cluster?.key === key && process.phase === 'up',
    );
    if (state && node) await syncRegistries(state, node.flows);
  }

  /** Flow files of all clusters, on all disks. */
  counts(): FlowFileCounts {
    return this.disks.counts();
  }

  /** The volume of this PVC is gone; whoever provisions volumes says so. */
  destroyDisk(uid: string): void {
    this.disks.destroy(uid);
  }

  /** Containers that match end with code 1 and these last words instead of starting. */
  setStartFailure(matches: (container: ContainerStart) => boolean, lastWords: string): Release {
    const failure = { matches, lastWords };
    this.failures.add(failure);
    return () => {
      this.failures.delete(failure);
    };
  }

  /** Kills whatever runs and lets go of all sockets. */
  async stop(): Promise<void> {
    for (const flow of this.flows) flow.stop();
    for (const node of new Set([...this.processes.values(), ...this.byIp.values()])) {
      const port = node.faults.vanished ? node.config.port : undefined;
      node.kill();
      if (port !== undefined) await this.listeners.detach(node.container.ip, port, node);
    }
    for (const cluster of this.clusters.values()) cluster.stop();
    for (const leases of this.leases.values()) await leases.stop();
    await this.leaseClients.close();
  }

  private clusterOf(config: NodeConfig): Cluster | undefined {
    const key = config.cluster?.key;
    if (key === undefined) return undefined;
    const known = this.clusters.get(key);
    if (known) return known;
    const { clock, timing, onError } = this;
    const leases = new Leases({ clients: this.leaseClients, clock, timing, onError });
    const cluster = new Cluster({ key, clock, timing, observer: leases });
    this.clusters.set(key, cluster);
    this.leases.set(cluster, leases);
    return cluster;
  }

  private async admit({ member, container, config, cluster }: Admission): Promise<void> {
    const { serviceAccountToken: token, apiServer } = container;
    const prefix = config.cluster?.leasePrefix;
    const leases = this.leases.get(cluster);
    if (token === undefined || !apiServer || prefix === undefined || !leases) return;
    try {
      await leases.admit(member, {
        ...apiServer,
        token,
        namespace: config.cluster?.namespace ?? container.namespace,
        prefix,
      });
    } catch (error) {
      await new Promise<void>((resolve) => {
        this.clock.setTimeout(resolve, this.timing.leaseRefusedMs);
      });
      throw new StartRefused(
        `Failed to determine Cluster Coordinator: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  private left(member: Member): void {
    for (const leases of this.leases.values()) leases.forget(member);
  }

  private handles(): HandleContext {
    return {
      disks: this.disks,
      log: this.log,
      attach: (node) => this.listeners.attach(node.container.ip, node.config.port, node),
      detach: (node) => this.listeners.detach(node.container.ip, node.config.port, node),
    };
  }
}

interface StartFailure {
  readonly matches: (container: ContainerStart) => boolean;
  readonly lastWords: string;
}

interface Admission {
  readonly member: Member;
  readonly container: ContainerStart;
  readonly config: NodeConfig;
  readonly cluster: Cluster;
}

function samePassword({ login }: NodeConfig, username: string, password: string): boolean {
  return login.kind === 'single-user' && login.username === username && login.passwordHash === password;
}

function raise(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
