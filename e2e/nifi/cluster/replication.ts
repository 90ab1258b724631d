// How a connected node answers for its cluster: the coordinator passes the request on to every connected node, and one that does
// not answer spoils it for all. So a node that died without a word makes every call fail until its heartbeats are missed.

import { HttpError } from '../errors.ts';
import type { Answer, Call, Endpoint } from '../http/endpoint.ts';
import { authorize } from '../tenants/authorize.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './coordination.ts';
import type { Entry } from './table.ts';

export interface ReplicationContext {
  /** Identity under which the nodes know each other, after mapping: it must be allowed to speak for users. */
  readonly nodeIdentity: string;
  /** Waits as long as a call to a silent address does. */
  unreachable(): Promise<void>;
}

/** Carries a call out on all connected nodes. */
export async function replicate(
  cluster: Cluster,
  endpoint: Endpoint,
  call: Call,
  context: ReplicationContext,
): Promise<Answer> {
  checkProxy(call, context);
  await reachCoordinator(cluster, call, context);
  if (call.method !== 'GET') checkChangeable(cluster, endpoint, call);
  for (const entry of cluster.table.inState('CONNECTED')) await reachNode(entry, call, context);
  const { self } = selfOf(cluster, call);
  endpoint.authorize?.(call);
  try {
    endpoint.verify?.(call);
  } catch (error) {
    if (error instanceof HttpError && call.method !== 'GET' && error.status !== 403)
      throw unableTo(self, error.message);
    throw error;
  }
  return endpoint.run(call);
}

/** Lets the coordinator answer. */
export async function askCoordinator(
  cluster: Cluster,
  endpoint: Endpoint,
  call: Call,
  context: ReplicationContext,
): Promise<Answer> {
  endpoint.check?.(call);
  endpoint.authorize?.(call);
  checkProxy(call, context);
  await reachCoordinator(cluster, call, context);
  const target = cluster.table.get(call.params['id'] ?? '');
  // The coordinator tells every node at once, and waits for the one that is silent.
  if (call.method === 'PUT' && target?.state === 'CONNECTED' && target.member.reach === 'silent') {
    await reachMember(target.member, call, context);
  }
  return endpoint.run(call);
}

/** Waits and throws 500 when this member does not answer, as a node's client does. */
async function reachMember(member: Member, call: Call, context: ReplicationContext): Promise<void> {
  if (member.reach === 'alive') return;
  if (member.reach === 'silent') await context.unreachable();
  throw webClientError(member, call);
}

function selfOf(cluster: Cluster, call: Call): { readonly self: string } {
  const entry = cluster.table.get(call.node.nodeId);
  return { self: entry ? `${entry.address}:${entry.apiPort}` : call.node.address };
}

function checkProxy(call: Call, context: ReplicationContext): void {
  const node = { identity: context.nodeIdentity, anonymous: false };
  try {
    authorize(call.node.rules, call.state, node, '/proxy', 'write');
  } catch {
    throw new HttpError(403, 'Authentication Proxy Server not trusted\n');
  }
}

async function reachCoordinator(cluster: Cluster, call: Call, context: ReplicationContext): Promise<void> {
  const coordinator = cluster.leaders.coordinator;
  if (!coordinator) throw new HttpError(409, 'Cannot replicate request because no Cluster Coordinator is elected');
  await reachMember(coordinator, call, context);
  const entry = cluster.table.get(coordinator.nodeId);
  if (entry && entry.state !== 'CONNECTED') {
    const name = `${entry.address}:${entry.apiPort}`;
    throw new HttpError(409, `Cannot replicate request to Node ${name} because the node is not connected`);
  }
}

async function reachNode(entry: Entry, call: Call, context: ReplicationContext): Promise<void> {
  try {
    await reachMember(entry.member, call, context);
  } catch (error) {
    if (call.method === 'GET' || !(error instanceof HttpError)) throw error;
    throw unableTo(`${entry.address}:${entry.apiPort}`, 'Unexpected Response Code 500');
  }
}

function checkChangeable(cluster: Cluster, endpoint: Endpoint, call: Call): void {
  if (cluster.table.inState('CONNECTING').length > 0) {
    const request = `${call.method} /nifi-api${call.path}`;
    throw new HttpError(
      409,
      `Received a mutable request [${request}] while a node is trying to connect to the cluster`,
    );
  }
  if (!endpoint.deletesComponent) return;
  const others = cluster.table.all().filter((entry) => entry.state !== 'CONNECTED');
  if (others.length === 0) return;
  const names = others.map((entry) => `${entry.address}:${entry.apiPort}`).join(', ');
  throw new HttpError(409, `Cannot delete component because the following Nodes are not connected: [${names}]`);
}

function unableTo(node: string, reason: string): HttpError {
  return new HttpError(409, `Node ${node} is unable to fulfill this request due to: ${reason}`);
}

function webClientError(member: Member, call: Call): HttpError {
  const query = call.query.size > 0 ? `?${call.query.toString()}` : '';
  const uri = `https://${member.address}:${member.apiPort}/nifi-api${call.path}${query}`;
  return new HttpError(
    500,
    `org.apache.nifi.web.client.api.WebClientServiceException: Request execution failed HTTP Method [${call.method}] URI [${uri}]`,
    'application/json',
  );
}
