// All connections to the nodes of one cluster: made when first used, kept while nothing that they depend on changes.
// It bounds what is on the wire, per cluster and over all clusters, and lets nothing be written once the leader's fence is down.
// Surprising: a new certificate does not cut running requests, but a new Pod does: the process that owed the answer is gone.

import { createHash } from 'node:crypto';
import pLimit, { type LimitFunction } from 'p-limit';
import { type CallLimits, type ClusterHttp, clusterHttp, NodeConnection, type Observe } from './connection.ts';
import { NiFiUnreachableError } from './errors.ts';
import type { CallRequest, GatewayTarget, NodeAddress, NodeCalls } from './types.ts';

export interface NiFiClientOptions {
  readonly limits: CallLimits;
  /** Requests of this cluster that may be on the wire at once. */
  readonly maxInFlight: number;
  /** Shared by all clusters. */
  readonly shared: LimitFunction;
  /** The same for calls during which NiFi itself waits, which may last minutes; without a limit when absent. */
  readonly sharedPatient?: LimitFunction;
  /** Throws when this process may not write (any more); called right before each write leaves. */
  readonly fence?: { check(): void };
  /** Told after every exchange. */
  readonly observe: (node: number, call: Parameters<Observe>[0]) => void;
}

/** What changed for a node by an update. */
export interface NodeChange {
  readonly id: number;
  /** Its process or its address is another one (or is gone); otherwise only readiness or credentials changed. */
  readonly moved: boolean;
  readonly becameReady: boolean;
}

const PATIENT_IN_FLIGHT = 3;

/** The REST client of one cluster. */
export class NiFiClient {
  private readonly options: NiFiClientOptions;
  private readonly limit: LimitFunction;
  /** Calls during which NiFi itself waits for somebody else, such as a registry, hold up only each other. */
  private readonly patient = pLimit(PATIENT_IN_FLIGHT);
  /** By what they wait for: one registry that hangs holds up those of no other. */
  private readonly turns = new Map<string, LimitFunction>();
  private readonly connections = new Map<number, NodeConnection>();
  private target: GatewayTarget = { nodes: [], transport: 'InsecureHTTP' };
  private credentials = '';
  private http: ClusterHttp | undefined;
  private closed = false;

  constructor(options: NiFiClientOptions) {
    this.options = options;
    this.limit = pLimit(options.maxInFlight);
  }

  get nodes(): readonly NodeAddress[] {
    return this.target.nodes;
  }

  get transport(): 'TLS' | 'InsecureHTTP' {
    return this.target.transport ?? 'TLS';
  }

  /** Takes a new target over; says which nodes changed. Connections of unchanged nodes are kept. */
  update(target: GatewayTarget): readonly NodeChange[] {
    const before = new Map(this.target.nodes.map((node) => [node.id, node]));
    const after = new Map(target.nodes.map((node) => [node.id, node]));
    const credentials = credentialsOf(target);
    const renewed = credentials !== this.credentials;
    const changes: NodeChange[] = [];
    for (const id of new Set([...before.keys(), ...after.keys()])) {
      const [old, node] = [before.get(id), after.get(id)];
      const moved = old === undefined || node === undefined || !samePlace(old, node);
      const becameReady = node?.ready === true && old?.ready !== true;
      if (moved) {
        this.drop(id)?.destroy();
      } else if (renewed) {
        this.drop(id)?.retire();
      }
      if (moved || becameReady || renewed) {
        changes.push({ id, moved, becameReady });
      }
    }
    if (renewed) {
      this.http = undefined;
      this.credentials = credentials;
    }
    this.target = target;
    return changes;
  }

  /** Calls that go to exactly this node; throws NiFiUnreachableError when the target has no such node. */
  on(id: number): NodeCalls {
    const node = this.target.nodes.find((each) => each.id === id);
    if (node === undefined) {
      throw new NiFiUnreachableError(id, 'Network', `Node ${id} has no running Pod`);
    }
    return { id, host: node.host, port: node.port, request: (call) => this.send(id, call) };
  }

  /** Ends everything that is under way. */
  close(): void {
    this.closed = true;
    for (const connection of this.connections.values()) {
      connection.destroy();
    }
    this.connections.clear();
  }

  private async send(id: number, call: CallRequest): Promise<unknown> {
    const { shared, sharedPatient } = this.options;
    const go = async (): Promise<unknown> => {
      if (call.method !== 'GET') {
        this.options.fence?.check();
      }
      // Looked up now, not when the call was queued: the Pod may have been replaced meanwhile.
      return await this.connection(id).request(call);
    };
    if (call.patienceMs === undefined) {
      return await this.limit(() => shared(go));
    }
    return await this.inTurn(call.waitsFor, () =>
      this.patient(() => (sharedPatient === undefined ? go() : sharedPatient(go))),
    );
  }

  private async inTurn<T>(waitsFor: string | undefined, go: () => Promise<T>): Promise<T> {
    if (waitsFor === undefined) {
      return await go();
    }
    const turn = this.turns.get(waitsFor) ?? pLimit(1);
    this.turns.set(waitsFor, turn);
    try {
      return await turn(go);
    } finally {
      if (turn.activeCount + turn.pendingCount === 0) {
        this.turns.delete(waitsFor);
      }
    }
  }

  private connection(id: number): NodeConnection {
    const node = this.target.nodes.find((each) => each.id === id);
    if (node === undefined || this.closed) {
      throw new NiFiUnreachableError(id, 'Aborted', `Node ${id} has no running Pod`);
    }
    let connection = this.connections.get(id);
    if (connection === undefined) {
      const { limits } = this.options;
      this.http ??= clusterHttp(this.target, limits);
      connection = new NodeConnection(node, this.http, limits, (seen) => this.options.observe(id, seen));
      this.connections.set(id, connection);
    }
    return connection;
  }

  private drop(id: number): NodeConnection | undefined {
    const connection = this.connections.get(id);
    this.connections.delete(id);
    return connection;
  }
}

function samePlace(a: NodeAddress, b: NodeAddress): boolean {
  const sameProcess = a.podUid === b.podUid && a.containerId === b.containerId;
  return sameProcess && a.host === b.host && a.ip === b.ip && a.port === b.port;
}

/** Recognises a change without keeping a second copy of the key. */
function credentialsOf(target: GatewayTarget): string {
  const parts = target.transport === 'InsecureHTTP' ? ['http'] : [target.caPem, target.certPem, target.keyPem];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
