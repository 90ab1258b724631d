// One NiFi process: it reads its files, takes its time to start, listens, joins its cluster, and ends.
// It owns nothing that outlives it: that is on disks. Everything a test does to it goes through `PlayedNode`.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, sleep } from '../../pkg/kube/clock.ts';
import type { ContainerExit, ContainerStart, RunningNiFi } from '../kubelet/types.ts';
import { Tokens } from './access/tokens.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { ConnectionState, Load, Member, Reach, Vote } from './cluster/coordination.ts';
import { mapIdentity } from './config/identity.ts';
import type { NodeConfig } from './config/node-config.ts';
import { type Disk, flowFileSize, queuedOn } from './disks.ts';
import { StartRefused } from './errors.ts';
import { Faults } from './faults.ts';
import { NodeFlows } from './flow/node-flows.ts';
import { type ClusterState, copyState } from './flow/state.ts';
import type { AskedNode } from './http/endpoint.ts';
import { serve } from './http/serve.ts';
import { answerManagement, type ManagementAnswer } from './management.ts';
import { moveQueues, Offload } from './offload.ts';
import { freshState, type Loaded, leaveFiles, loadNode, reloadKeyMaterial } from './startup.ts';
import type { Surroundings } from './surroundings.ts';
import type { AccessRules } from './tenants/authorize.ts';
import { type KeyMaterial, trusts } from './tls/keystore.ts';
import type { Endpoint } from './tls/listeners.ts';

type Phase = 'starting' | 'up' | 'stopping' | 'gone';

export class NodeProcess implements RunningNiFi, Member, AskedNode, Endpoint {
  readonly container: ContainerStart;
  readonly faults: Faults;
  readonly exited: Promise<ContainerExit>;
  readonly flows: NodeFlows;
  phase: Phase = 'starting';
  connection: ConnectionState | 'NOT_CLUSTERED' = 'CONNECTING';
  startedAt: Date;
  private readonly world: Surroundings;
  private exit: (exit: ContainerExit) => void = () => undefined;
  private loaded: Loaded | undefined;
  private own: ClusterState | undefined;
  private signedBy: Tokens | undefined;
  private everConnected = false;
  private componentsStarted = false;
  private readonly offloading = new Offload({
    move: () => this.moveQueues(),
    soon: (then) => void this.clock.setTimeout(then, this.world.timing.offloadMs),
    becomes: (state) => {
      this.connection = state;
    },
  });

  constructor(container: ContainerStart, world: Surroundings) {
    this.container = container;
    this.world = world;
    this.startedAt = world.clock.now();
    this.faults = new Faults();
    this.flows = new NodeFlows({ ...world, material: () => this.material });
    this.exited = new Promise((resolve) => {
      this.exit = resolve;
    });
  }

  /** Starts; ends the process instead of rejecting. */
  async run(): Promise<void> {
    const { clock, timing } = this.world;
    try {
      const failure = this.world.startFailure(this.container);
      if (failure !== undefined) throw new StartRefused(failure);
      const loaded = await loadNode(this.container, this.world);
      await sleep(clock, timing.startMs);
      if (this.phase !== 'starting') return;
      await this.open(loaded);
    } catch (error) {
      await sleep(clock, timing.refuseMs);
      this.fail(error instanceof StartRefused ? error.message : String(error));
    }
  }

  // RunningNiFi

  async stop(graceSeconds: number): Promise<void> {
    if (this.phase === 'starting') this.end(143, 'Received signal SIGTERM during start');
    if (this.phase === 'up') {
      this.phase = 'stopping';
      const { clock, timing } = this.world;
      const leaving = this.detach();
      this.cluster?.shutdown(this);
      await Promise.all([leaving, sleep(clock, Math.min(timing.stopMs, graceSeconds * 1_000))]);
      this.end(143, 'Application Server stopped');
    }
    await this.exited;
  }

  kill(): void {
    this.killed(false);
  }

  /** SIGKILL. `silent`: the address vanishes with the process, so that nobody is told that it is gone. */
  killed(silent: boolean): void {
    if (this.phase === 'gone') return;
    const wasUp = this.phase === 'up';
    this.faults.vanished = silent;
    this.end(137, 'Killed');
    if (!silent) void this.detach();
    if (wasUp) this.cluster?.died(this);
  }

  async exec(command: string): Promise<{ readonly ok: boolean; readonly output: string }> {
    return { ok: false, output: `exec is not played: ${command}` };
  }

  async health(path: string): Promise<{ readonly status: number; readonly body: string }> {
    return this.management('GET', path);
  }

  /** The management server. Throws like a refused connection while nothing listens. */
  management(method: string, path: string): ManagementAnswer {
    if (this.phase !== 'up') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { cluster } = this;
    return answerManagement(method, path, this.connection, cluster && (() => cluster.decommission(this)));
  }

  // Member

  get participant(): string {
    const cluster = this.config.cluster;
    return cluster ? `${cluster.address}:${cluster.protocolPort}` : this.address;
  }

  get apiPort(): number {
    return this.config.port;
  }

  get keyDigest(): string | undefined {
    return this.config.keyDigest;
  }

  get reach(): Reach {
    if (this.faults.vanished) return 'silent';
    if (this.phase !== 'up' || this.faults.refusing) return 'refused';
    return this.faults.hung ? 'silent' : 'alive';
  }

  get beating(): boolean {
    return this.phase === 'up' && !this.faults.mutedHeartbeats;
  }

  get heldFlowFiles(): Disk | undefined {
    return this.loaded?.flowFiles;
  }

  load(): Load {
    const flowFilesQueued = this.loaded ? queuedOn(this.loaded.flowFiles) : 0;
    return { flowFilesQueued, bytesQueued: flowFilesQueued * flowFileSize };
  }

  get runsComponents(): boolean {
    return this.phase === 'up' && this.componentsStarted;
  }

  get hasRoom(): boolean {
    return this.phase === 'up' && !this.faults.full;
  }

  generate(connection: string, count: number, limit: number): number {
    if (!this.loaded || !this.runsComponents || !this.hasRoom) return 0;
    const made = Math.max(0, Math.min(count, limit - this.queuedIn(connection)));
    if (made > 0) this.world.disks.produce(this.loaded.flowFiles, connection, made);
    return made;
  }

  work(connection: string, count: number): number {
    if (!this.loaded || !this.runsComponents) return 0;
    return this.world.disks.consume(this.loaded.flowFiles, connection, count);
  }

  queuedIn(connection: string): number {
    return this.loaded?.flowFiles.queues.get(connection) ?? 0;
  }

  drop(connection: string): number {
    return this.loaded ? this.world.disks.drop(this.loaded.flowFiles, connection) : 0;
  }

  receive(connection: string, count: number): void {
    if (this.loaded) this.world.disks.receive(this.loaded.flowFiles, connection, count);
  }

  canTalkTo(other: Member): boolean {
    if (!(other instanceof NodeProcess)) return true;
    const [mine, theirs] = [this.material, other.material];
    if (!mine || !theirs) return mine === theirs;
    return trusts(mine.authorities, theirs.leaf) && trusts(theirs.authorities, mine.leaf);
  }

  connecting(): void {
    this.connection = 'CONNECTING';
  }

  inherit(): void {
    this.componentsStarted = true;
  }

  connected(state: ClusterState): void {
    this.inherit();
    this.connection = 'CONNECTED';
    this.everConnected = true;
    this.own = undefined;
    if (!this.loaded) return;
    this.loaded.data.state = state;
    this.loaded.data.keyDigest = this.keyDigest;
  }

  disconnected(): void {
    if (this.offloading.running) {
      this.offloading.disconnectAfterwards();
      return;
    }
    if (this.connection === 'CONNECTED') this.keepCopy();
    this.connection = 'DISCONNECTED';
  }

  offload(done: () => void): void {
    if (this.connection === 'CONNECTED') this.keepCopy();
    this.componentsStarted = false;
    this.offloading.ask(done);
  }

  fail(lastWords: string): void {
    if (this.phase === 'gone') return;
    const wasUp = this.phase === 'up';
    this.end(1, lastWords);
    void this.detach();
    if (wasUp) this.cluster?.died(this);
  }

  // AskedNode and Endpoint

  get config(): NodeConfig {
    if (!this.loaded) throw new Error(`${this.container.pod} has not read its configuration yet`);
    return this.loaded.config;
  }

  get version(): string {
    return /:(?<version>2\.\d+\.\d+)$/u.exec(this.container.image ?? '')?.groups?.['version'] ?? this.world.version;
  }

  get clock(): Clock {
    return this.world.clock;
  }

  get nodeId(): string {
    return this.loaded?.localState.nodeUuid ?? '';
  }

  get host(): string {
    return this.config.host;
  }

  get address(): string {
    return this.config.host;
  }

  get material(): KeyMaterial | undefined {
    return this.loaded?.material;
  }

  get clientCertificates(): 'need' | 'want' {
    return this.config.login.kind === 'certificates' ? 'need' : 'want';
  }

  get mute(): boolean {
    return this.faults.vanished;
  }

  get rules(): AccessRules {
    return { managed: this.config.authorizer.kind === 'managed' };
  }

  get cluster(): Cluster | undefined {
    return this.loaded?.cluster;
  }

  get state(): ClusterState {
    const shared = this.connection === 'CONNECTED' ? this.cluster?.state : undefined;
    if (shared) return shared;
    this.own ??= this.loaded?.data.state ?? freshState(this.config);
    return this.own;
  }

  get tokens(): Tokens {
    this.signedBy ??= new Tokens(this.clock);
    return this.signedBy;
  }

  checkLogin(username: string, password: string): boolean {
    return this.world.checkLogin(this.config, username, password);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    if (this.faults.hung || this.faults.vanished) return;
    const { log } = this.world;
    log.began();
    void this.answer(request, response).finally(() => log.ended());
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.faults.delayMs > 0) await sleep(this.clock, this.faults.delayMs);
    await serve(request, response, {
      node: this,
      router: this.world.router,
      material: this.material,
      replication: {
        nodeIdentity: mapIdentity(this.config.mappings, this.material?.subject ?? ''),
        unreachable: () => sleep(this.clock, this.world.timing.unreachableMs),
      },
      logged: async (entry) => {
        const { ip, pod, namespace } = this.container;
        const request = { ...entry, ip, pod, namespace, at: this.clock.now() };
        this.world.log.add(request);
        await this.world.beforeAnswer(request);
      },
    });
  }

  /** Jetty is up: from here on things listen. */
  private async open(loaded: Loaded): Promise<void> {
    this.loaded = loaded;
    const { config, cluster } = loaded;
    await leaveFiles(this.container, config);
    await this.world.listeners.attach(this.container.ip, config.port, this);
    this.phase = 'up';
    this.watchCertificates();
    if (!cluster || !config.cluster) {
      this.connection = 'NOT_CLUSTERED';
      this.componentsStarted = true;
      loaded.data.state = this.state;
      loaded.data.keyDigest = config.keyDigest;
      return;
    }
    await this.world.admit(this, this.container, config, cluster);
    if (this.phase !== 'up') return;
    const { speed } = this.world.timing;
    const vote: Vote = {
      state: loaded.data.state,
      fresh: () => freshState(config),
      maxCandidates: config.cluster.maxCandidates,
      waitMs: config.cluster.electionWaitMs / speed,
    };
    cluster.join(this, vote, {
      intervalMs: config.cluster.heartbeatMs / speed,
      missable: config.cluster.missableHeartbeats,
    });
  }

  /** Reads the certificate files again and again, as NiFi does when told to; a bad file leaves the old ones in use. */
  private watchCertificates(): void {
    const everyMs = this.config.autoreloadMs;
    if (everyMs === undefined || !this.material) return;
    this.clock.setTimeout(() => {
      if (this.phase !== 'up') return;
      void this.reloadCertificates().finally(() => this.watchCertificates());
    }, everyMs / this.world.timing.speed);
  }

  private async reloadCertificates(): Promise<void> {
    if (!this.loaded?.material) return;
    const material = await reloadKeyMaterial(this.container.root, this.config, this.loaded.material);
    this.loaded = { ...this.loaded, material };
  }

  private moveQueues(): number | undefined {
    const { faults, loaded, phase } = this;
    return phase === 'up' && loaded ? moveQueues({ faults, loaded, disks: this.world.disks }) : undefined;
  }

  private keepCopy(): void {
    const shared = this.cluster?.state;
    if (!shared || !this.loaded) return;
    this.own = copyState(shared);
    this.loaded.data.state = this.own;
  }

  private async detach(): Promise<void> {
    if (this.loaded) await this.world.listeners.detach(this.container.ip, this.loaded.config.port, this);
  }

  private end(exitCode: number, lastLines: string): void {
    if (this.phase === 'gone') return;
    if (this.connection === 'CONNECTED' && this.everConnected) this.keepCopy();
    this.phase = 'gone';
    this.flows.stop();
    this.exit({ exitCode, lastLines });
    this.world.left(this);
  }
}
