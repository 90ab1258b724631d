// The shape of one endpoint of the REST API and of a call to it.
// A call goes through five steps, because NiFi's errors differ by the step that finds them: `check` on the node that is asked (400),
// `authorize` (403), `prepare` (what a registry answers), `verify` on every node before a change ("Node x is unable to fulfill this request", 409), and `run`.

import type { Clock } from '../../../pkg/kube/clock.ts';
import type { Tokens } from '../access/tokens.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { ConnectionState, Load } from '../cluster/coordination.ts';
import type { NodeConfig } from '../config/node-config.ts';
import type { NodeFlows } from '../flow/node-flows.ts';
import type { ClusterState } from '../flow/state.ts';
import type { AccessRules, User } from '../tenants/authorize.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The node that was asked. */
export interface AskedNode {
  readonly config: NodeConfig;
  readonly version: string;
  readonly clock: Clock;
  readonly nodeId: string;
  readonly address: string;
  readonly apiPort: number;
  readonly startedAt: Date;
  /** Its processors run: not before the cluster's flow came, nor once the node was offloaded. */
  readonly runsComponents: boolean;
  readonly rules: AccessRules;
  /** The node's own copy of flow, users and policies; the cluster's while it is connected. */
  readonly state: ClusterState;
  /** Its own belief; the cluster's view is ahead of it. */
  readonly connection: ConnectionState | 'NOT_CLUSTERED';
  readonly cluster: Cluster | undefined;
  readonly tokens: Tokens;
  /** What this process does with flows in the background, and what a test broke about it. */
  readonly flows: NodeFlows;
  load(): Load;
  queuedIn(connection: string): number;
  /** Empties a queue of this node alone. Returns how many flow files were in it. */
  drop(connection: string): number;
  checkLogin(username: string, password: string): boolean;
}

export interface Call {
  readonly method: Method;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON, the pairs of a form, the fields of a multipart form, or undefined. */
  readonly body: unknown;
  readonly user: User;
  /** The bearer token it came with. */
  readonly token: string | undefined;
  readonly node: AskedNode;
  readonly state: ClusterState;
  /** What `prepare` brought. */
  readonly prepared?: unknown;
  /** Absolute URI of a path below /nifi-api, as the client addressed the node. */
  uri(path: string): string;
}

export interface Answer {
  readonly status?: number;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as plain text instead. */
  readonly text?: string;
  readonly location?: string;
}

export interface Endpoint {
  readonly method: Method;
  /** Below /nifi-api; `{name}` is one segment, `{name*}` the rest. */
  readonly path: string;
  /** Who answers: the asked node alone, all connected nodes, or the coordinator. */
  readonly scope: 'local' | 'replicated' | 'coordinator';
  /** Answered without a name, where NiFi has any login but certificates. */
  readonly anonymous?: boolean;
  /** Deletes a component of the flow: refused while any node of the cluster is not connected. */
  readonly deletesComponent?: boolean;
  check?(call: Call): void;
  authorize?(call: Call): void;
  /** What the asked node fetches from elsewhere before anything is passed on to the others. */
  prepare?(call: Call): Promise<unknown>;
  verify?(call: Call): void;
  run(call: Call): Answer;
}
