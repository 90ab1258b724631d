// Background tasks: NiFi disconnects a node, offloads it, connects it again, or forgets it. Each is asked of another node.
// It reads a fresh view first and does nothing when the entry is not in a state that the request is meant for: CONNECTING
// would disturb a connected node, OFFLOADING one that is dead. Not now, because some other node is connecting, is no failure.
// Surprising: it is done when NiFi has accepted the request; whether the node got there is seen in the next views.

import { deleteNode, putNodeStatus } from '../endpoints/cluster.ts';
import { NiFiApiError } from '../errors.ts';
import type { ClusterView, GatewayTask, NodeCalls, NodeConnection } from '../types.ts';
import { requireSettled, TaskWaiting } from './waiting.ts';

export interface Transition {
  readonly kind: 'Disconnect' | 'Offload' | 'Connect' | 'Remove';
  /** Id in the NiFiCluster: this node is not asked itself. */
  readonly id: number;
  /** NiFi's UUID of the entry that was decided about: another one is another process. */
  readonly nodeId: string;
  /** Since when the entry is as it was decided about: a later state is a new piece of work. */
  readonly sinceMs: number;
  /** Counts up when what NiFi accepted did not come about. */
  readonly attempt: number;
}

/** Result of a task that asked NiFi for something; any other says why there was nothing to ask. */
export const askedNiFi = 'asked NiFi';

interface Request {
  /** States of the entry in which NiFi may be asked. */
  readonly from: readonly NodeConnection[];
  send(node: NodeCalls, nodeId: string): Promise<unknown>;
}

const requests: Readonly<Record<Transition['kind'], Request>> = {
  /** Out of OFFLOADING as well: it stops the offload. */
  Disconnect: {
    from: ['CONNECTED', 'CONNECTING', 'OFFLOADING'],
    send: (node, nodeId) => putNodeStatus(node, nodeId, 'DISCONNECTING'),
  },
  Offload: { from: ['DISCONNECTED'], send: (node, nodeId) => putNodeStatus(node, nodeId, 'OFFLOADING') },
  Connect: { from: ['DISCONNECTED', 'OFFLOADED'], send: (node, nodeId) => putNodeStatus(node, nodeId, 'CONNECTING') },
  Remove: { from: ['DISCONNECTED', 'OFFLOADED'], send: deleteNode },
};

/**
 * One piece of work at a time for a node: the newest decision ends what is still under way for it.
 * `asked` is called when NiFi has accepted: a caller who looks at the task later may find that it wants it no more.
 */
export function moveNode(wish: Transition, asked: () => void = () => undefined): GatewayTask {
  const { kind, id, nodeId, sinceMs, attempt } = wish;
  return {
    name: `node ${id}`,
    input: `${kind} ${nodeId} since ${sinceMs} attempt ${attempt}`,
    async run(context) {
      const view = await context.freshView();
      const entry = view.nodes.find((node) => node.nodeId === nodeId);
      if (entry === undefined) return 'the node has left or rejoined';
      if (!requests[kind].from.includes(entry.status)) return `the node is ${entry.status}`;
      requireOthersSettled(view, nodeId);
      try {
        await context.call((other) => requests[kind].send(other, nodeId), { except: id });
      } catch (error) {
        if (!(error instanceof NiFiApiError)) throw error;
        if (error.kind === 'NotFound') return 'the node has left';
        // The state changed between our reading and our asking, or NiFi is busy: the next attempt reads again.
        throw error.status === 409 ? new TaskWaiting(error.message) : error;
      }
      asked();
      context.lookAgain();
      return askedNiFi;
    },
  };
}

/** The node itself may be CONNECTING: to disconnect it then is what ends that. */
function requireOthersSettled(view: ClusterView, nodeId: string): void {
  requireSettled({ ...view, nodes: view.nodes.filter((node) => node.nodeId !== nodeId) });
}
