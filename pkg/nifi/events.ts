// Reads out of NiFi's event list of a node why it is not connected: a person, the operator, or NiFi itself. Pure.
// The texts are those of NodeClusterCoordinator, AbstractHeartbeatMonitor, StandardNiFiServiceFacade and ClusterDecommissionTask
// of Apache NiFi 2.x; the reference transcripts hold real ones. NiFi has no machine-readable form of them.
// Surprising: the newest event is often not the reason (heartbeats that are ignored are events too), so the list is read until one is.

import type { NodeEvent } from './types.ts';

export interface DisconnectCause {
  readonly by: 'person' | 'operator' | 'nifi' | 'unknown';
  /** NiFi's own words, for status and logs. */
  readonly message?: string;
  /** The identity that asked, when NiFi names one. */
  readonly identity?: string;
}

/** "User <identity> requested that node be …", in the events of both the coordinator and the other nodes. */
const REQUESTED = /\bUser (?<identity>.+?) requested that node be (?:disconnected from|offloaded|removed from)\b/u;
/** `nifi.sh decommission` or DELETE /health/cluster on the node itself: somebody with a shell in the Pod. */
const DECOMMISSIONED = /\bNode is being decommissioned\b/u;
/** A disconnection or a failed attempt to connect that NiFi decided on its own. */
const BY_NIFI = [
  /^Node disconnected from cluster due to /u,
  /^Disconnection requested due to /u,
  /^Node disconnected due to /u,
  /^Node Status changed from .* to DISCONNECTED\b/u,
  /^Firewall blocked /u,
  /^Requesting that node connect to cluster\b/u,
  /^Connection requested from /u,
  /^Received heartbeat from (?:unknown node|node previously disconnected|node that thinks)/u,
  /^Received first heartbeat from connecting node/u,
  /^Node Status changed from .* to (?:CONNECTING|CONNECTED)\b/u,
];

/** The reason for a node's disconnection according to its events (newest first, as NiFi gives them). */
export function disconnectCause(events: readonly NodeEvent[], operatorIdentity: string): DisconnectCause {
  for (const { message } of events) {
    const identity = REQUESTED.exec(message)?.groups?.['identity'];
    if (identity !== undefined) {
      return { by: identity === operatorIdentity ? 'operator' : 'person', identity, message };
    }
    if (DECOMMISSIONED.test(message)) {
      return { by: 'person', message };
    }
    if (BY_NIFI.some((pattern) => pattern.test(message))) {
      return { by: 'nifi', message };
    }
  }
  return { by: 'unknown' };
}
