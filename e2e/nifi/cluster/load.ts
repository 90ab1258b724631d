// What is queued as a node answers it: for all connected nodes while it is one of them, else for itself alone.

import { flowFileSize } from '../disks.ts';
import type { AskedNode } from '../http/endpoint.ts';
import type { Load } from './coordination.ts';

/** What a node holds. */
interface Holder {
  readonly nodeId: string;
  readonly address: string;
  readonly apiPort: number;
  load(): Load;
  queuedIn(connection: string): number;
}

export interface NodeQueue {
  readonly nodeId: string;
  readonly address: string;
  readonly apiPort: number;
  readonly load: Load;
}

export function clusterLoad(node: AskedNode): Load {
  return sum(holders(node).map((holder) => holder.load()));
}

/** Of these connections together. */
export function connectionLoad(node: AskedNode, connections: readonly string[]): Load {
  return sum(connections.flatMap((connection) => nodeQueues(node, connection)).map(({ load }) => load));
}

/** Of one connection, node by node. */
export function nodeQueues(node: AskedNode, connection: string): readonly NodeQueue[] {
  return holders(node).map((holder) => {
    const flowFilesQueued = holder.queuedIn(connection);
    const { nodeId, address, apiPort } = holder;
    return { nodeId, address, apiPort, load: { flowFilesQueued, bytesQueued: flowFilesQueued * flowFileSize } };
  });
}

function holders(node: AskedNode): readonly Holder[] {
  const connected = node.connection === 'CONNECTED' && node.cluster;
  return connected ? connected.table.inState('CONNECTED').map((entry) => entry.member) : [node];
}

function sum(loads: readonly Load[]): Load {
  return {
    flowFilesQueued: loads.reduce((total, load) => total + load.flowFilesQueued, 0),
    bytesQueued: loads.reduce((total, load) => total + load.bytesQueued, 0),
  };
}
