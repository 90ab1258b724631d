// What is queued as a node answers it: for all connected nodes while it is one of them, else for itself alone.

import type { AskedNode } from '../http/endpoint.ts';
import type { Load } from './coordination.ts';

export function clusterLoad(node: AskedNode): Load {
  const connected =
    node.connection === 'CONNECTED' && node.cluster ? node.cluster.table.inState('CONNECTED') : undefined;
  const loads = connected ? connected.map((entry) => entry.member.load()) : [node.load()];
  return {
    flowFilesQueued: loads.reduce((sum, load) => sum + load.flowFilesQueued, 0),
    bytesQueued: loads.reduce((sum, load) => sum + load.bytesQueued, 0),
  };
}
