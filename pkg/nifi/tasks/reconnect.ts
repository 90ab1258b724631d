// Background task: NiFi takes a disconnected node back. Reads first and acts only on what it reads.
// It must never send CONNECTING to a node that is connected, connecting or offloading: NiFi would disturb it, or hang.
// Surprising: it is done when NiFi has accepted the request; whether the node came back is seen in the next view.

import { putNodeStatus } from '../endpoints/cluster.ts';
import { disconnectCause } from '../events.ts';
import type { GatewayTask } from '../types.ts';
import { nodeIn } from '../view.ts';
import { requireSettled } from './waiting.ts';

export interface Reconnect {
  /** Id in the NiFiCluster. */
  readonly id: number;
  /** NiFi's UUID of the entry that was decided about: another one is another node. */
  readonly nodeId: string;
  /** `sinceMs` of the disconnection that was decided about: the next one is a new piece of work. */
  readonly sinceMs: number;
  /** How often it was tried before: each attempt is a piece of work of its own. */
  readonly attempt: number;
  /** A disconnection in another name than this one is a person's, and stays. */
  readonly operatorIdentity: string;
}

/** Asks another connected node to reconnect this one; `asked` is called when it has accepted. */
export function reconnectNode(wish: Reconnect, asked: () => void = () => undefined): GatewayTask {
  return {
    name: `reconnect ${wish.id}`,
    input: `${wish.nodeId} since ${wish.sinceMs} attempt ${wish.attempt}`,
    async run(context) {
      const view = await context.freshView();
      const node = nodeIn(view, wish.id);
      if (node === undefined || node.nodeId !== wish.nodeId) {
        return 'the node has left or rejoined';
      }
      if (node.status !== 'DISCONNECTED' && node.status !== 'OFFLOADED') {
        return `the node is ${node.status}`;
      }
      if (disconnectCause(node.events, wish.operatorIdentity).by === 'person') {
        return 'a person has disconnected the node';
      }
      requireSettled(view);
      await context.call((other) => putNodeStatus(other, wish.nodeId, 'CONNECTING'), { except: wish.id });
      asked();
      return 'asked NiFi to reconnect the node';
    },
  };
}
