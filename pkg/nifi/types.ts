// The words shared by everything that talks to NiFi: where a node is reached, what NiFi says about its cluster, and the
// states of the work that a gateway does in the background.
// Times in these types are milliseconds of the monotonic clock: they can be compared with each other, never shown to people.
// Surprising: a view is what *one* coordinator answered through *one* node; it says who that was, so that callers can ask for a second opinion.

import type { ApiErrorKind } from './errors.ts';
import type { Refusal } from './refusals.ts';

/** One NiFi node as the operator reaches it: by Pod IP, under its DNS name. */
export interface NodeAddress {
  /** The node's id in the NiFiCluster. */
  readonly id: number;
  /** DNS name: SNI, Host header, certificate check, and NiFi's own `address` of the node. */
  readonly host: string;
  /** Pod IP: where the TCP connection goes. */
  readonly ip: string;
  readonly port: number;
  /** A new UID is a new process: its connections, its failures and what it said are forgotten. */
  readonly podUid: string;
  /** The same for a container that was started again inside its Pod. */
  readonly containerId?: string;
  /** Whether the kubelet calls the Pod ready. Ready nodes are asked first. */
  readonly ready?: boolean;
}

export interface TlsTarget {
  readonly nodes: readonly NodeAddress[];
  readonly transport?: 'TLS';
  /** The only authorities that are trusted, PEM. */
  readonly caPem: string;
  /** The operator's client certificate, PEM, leaf first. */
  readonly certPem: string;
  readonly keyPem: string;
}

export interface HttpTarget {
  readonly nodes: readonly NodeAddress[];
  readonly transport: 'InsecureHTTP';
}

/** What a reconcile observed and a gateway should talk to. */
export type GatewayTarget = TlsTarget | HttpTarget;

/** NiFi's NodeConnectionState (org.apache.nifi.cluster.coordination.node). */
export type NodeConnection =
  | 'CONNECTING'
  | 'CONNECTED'
  | 'DISCONNECTING'
  | 'DISCONNECTED'
  | 'OFFLOADING'
  | 'OFFLOADED'
  | 'REMOVED';

export type NodeRole = 'Cluster Coordinator' | 'Primary Node';

/** An entry of the event list that NiFi keeps for a node; the newest comes first, at most 32 are kept. */
export interface NodeEvent {
  /** NiFi's text, local to the node that answered, e.g. `11/21/2026 10:16:24 UTC`. */
  readonly timestamp: string;
  readonly category: string;
  readonly message: string;
}

/** One entry of NiFi's `/controller/cluster`. */
export interface ViewNode {
  /** NiFi's own UUID of the node. */
  readonly nodeId: string;
  /** The id in the NiFiCluster, when the address is that of a node of the gateway's target. */
  readonly id?: number;
  readonly address: string;
  readonly apiPort: number;
  readonly status: NodeConnection;
  /** When this gateway first saw the present status, monotonic. */
  readonly sinceMs: number;
  readonly roles: readonly NodeRole[];
  /** From the last heartbeat: never a proof that a node is empty. */
  readonly flowFilesQueued?: number;
  readonly bytesQueued?: number;
  readonly activeThreadCount?: number;
  readonly nodeStartTime?: string;
  readonly heartbeat?: string;
  readonly events: readonly NodeEvent[];
}

/** NiFi's view of its cluster. */
export interface ClusterView {
  readonly takenAtMs: number;
  /** The id of the node that was asked; it was CONNECTED in its own answer. */
  readonly takenFrom: number;
  readonly nodes: readonly ViewNode[];
}

/** What a node says about itself, asked of that node alone. */
export interface NodeReport {
  readonly takenAtMs: number;
  readonly id: number;
  readonly podUid: string;
  readonly version: string;
  /** Whether the node itself believes to be in the cluster (its coordinator may think otherwise). */
  readonly connectedToCluster: boolean;
  /** Flow files in the node's own queues when it is not connected; those of the whole cluster when it is. */
  readonly flowFilesQueued: number;
  readonly bytesQueued: number;
}

/** Why the gateway has no fresh view. */
export interface GatewayProblem {
  /** When the first failure of the present series happened. */
  readonly sinceMs: number;
  readonly reason: 'NoNodes' | 'Unreachable' | 'CertificateRejected' | 'NotConnected' | 'Forbidden' | 'Failed';
  /** One sentence without secrets, stable as long as the cause stays the same. */
  readonly message: string;
}

/** How far a background task is. */
export type TaskState =
  | {
      readonly state: 'running';
      readonly atMs: number;
      /** Set while the task waits for NiFi (a node is CONNECTING, an election runs): this is no failure. */
      readonly waitingFor?: string;
      /** This very work was done before: it is only looked at again. */
      readonly wasDone?: true;
    }
  | { readonly state: 'done'; readonly atMs: number; readonly result?: string }
  | {
      readonly state: 'failed';
      readonly atMs: number;
      readonly error: string;
      readonly attempts: number;
      /** `run` called from then on tries again; `onChange` is called at that time. */
      readonly retryAtMs: number;
      /** NiFi looked at the wish and said no, so it is tried again rarely: what its words mean. */
      readonly refused?: Refusal | ApiErrorKind;
      /** This very work was done before: it is only looked at again. */
      readonly wasDone?: true;
    };

/** An object of Kubernetes on whose behalf NiFi is asked, and which is told when there is news. */
export interface Reader {
  /** The controller's kind, e.g. `NiFiDataflow`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Named, idempotent work in the background; see `tasks/`. */
export interface GatewayTask {
  /** Two tasks of one name never run at the same time; the newest input wins. */
  readonly name: string;
  /** What the work depends on. The same name and input is the same work: it is not done twice. */
  readonly input: string;
  /** After this long a done task is done again (in the background, its state stays `done`); never when absent. */
  readonly recheckAfterMs?: number;
  /** Who is told of a change of its state; the NiFiCluster when absent. */
  readonly reader?: Reader;
  /** Returns what to say about it. Throws TaskWaiting to wait, anything else to fail and be tried again later. */
  run(context: TaskContext): Promise<string | undefined>;
}

/** What a task may use. Everything it awaits ends by itself: calls have deadlines, and `signal` ends them all. */
export interface TaskContext {
  readonly transport: 'TLS' | 'InsecureHTTP';
  readonly signal: AbortSignal;
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Waits, also when the signal is aborted; throws once the gateway is closed. */
  pause(ms: number): Promise<void>;
  /** A view not older than this task's start; throws when none can be had. */
  freshView(): Promise<ClusterView>;
  /** A view that was asked for no longer than `maxAgeMs` ago; throws when none can be had. */
  recentView(maxAgeMs: number): Promise<ClusterView>;
  /** NiFi has changed something: the next view is asked for now, and the cluster looked at when it is there. */
  lookAgain(): void;
  /** Runs a call on a node that the view calls CONNECTED, or on the next one when the first cannot serve it. */
  call<T>(use: (node: NodeCalls) => Promise<T>, options?: { readonly except?: number }): Promise<T>;
  /** Runs a call on exactly this node. */
  callOn<T>(id: number, use: (node: NodeCalls) => Promise<T>): Promise<T>;
  /** The same also when the signal is aborted: to end properly what NiFi does in the background. */
  finishOn<T>(id: number, use: (node: NodeCalls) => Promise<T>): Promise<T>;
}

/** One HTTP exchange with one node. `path` is a template: `{x}` is replaced by the encoded `params.x`. */
export interface CallRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** How long NiFi may take to answer, milliseconds: for calls during which it waits for a registry or changes much. */
  readonly patienceMs?: number;
  /** What NiFi waits for meanwhile, such as the id of a registry client: calls that wait for the same go one after another. */
  readonly waitsFor?: string;
}

/** A node to call; the functions of `endpoints/` take one. */
export interface NodeCalls {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  /** The parsed JSON; throws NiFiApiError or NiFiUnreachableError. */
  request(call: CallRequest): Promise<unknown>;
}

/** The gateway of one cluster, as controllers see it. Nothing here waits for NiFi. */
export interface ClusterGateway {
  /** Takes over what a reconcile observed. A changed certificate or Pod replaces only the connections that it concerns. */
  update(target: GatewayTarget): void;
  /**
   * The cached view if it was asked for no longer than `maxAgeMs` ago; otherwise undefined, and `onChange` is called when a newer one
   * is there. The age must allow for the call itself and the way back through the queue: seconds, not 0.
   */
  view(maxAgeMs: number): ClusterView | undefined;
  /** The last view, however old; asks for nothing. */
  lastView(): ClusterView | undefined;
  /** What this very node answers when asked for the cluster's view; like `view`. A second opinion. */
  viewOf(id: number, maxAgeMs: number): ClusterView | undefined;
  /** What this very node answered last, however old; asks for nothing. */
  lastViewOf(id: number): ClusterView | undefined;
  /** What a node says about itself; like `view`. */
  report(id: number, maxAgeMs: number): NodeReport | undefined;
  /** What the process that runs now last said about itself, however long ago; asks for nothing. */
  lastReport(id: number): NodeReport | undefined;
  /**
   * The flow files in the node's own queues, by its own word; like `view`. Undefined also while the node is connected, since its
   * answer then counts the whole cluster.
   */
  queuedOn(id: number, maxAgeMs: number): number | undefined;
  /** The NiFi version of a node, asked once for each of its Pods; undefined until it has answered. */
  version(id: number): string | undefined;
  /** Why there is no fresh view; undefined while all is well or nothing was tried yet. */
  problem(): GatewayProblem | undefined;
  /** Starts or continues background work and says how far it is. Work goes on only while it is asked for. */
  run(task: GatewayTask): TaskState;
  close(): Promise<void>;
}
