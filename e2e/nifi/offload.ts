// Emptying a node: its queues go to the connected others by load balancing.
// The receivers refuse a sender whose certificate does not carry its own address as a DNS name, and nobody is told: the offload
// simply never ends (recorded, transcript 04b). Addresses in the certificate do not count.

import type { Member } from './cluster/coordination.ts';
import { queuedOn } from './disks.ts';
import type { Faults } from './faults.ts';
import type { Loaded } from './startup.ts';

/** False when something is in the way; nothing has moved then. */
export function moveQueues(node: { readonly faults: Faults }, loaded: Loaded): boolean {
  const queues = loaded.flowFiles.queues;
  const others = receivers(loaded);
  const stuck = others.length === 0 && queuedOn(loaded.flowFiles) > 0;
  if (stuck || node.faults.blockedOffload || !mayBalance(loaded)) return false;
  for (const [connection, count] of queues) {
    others.forEach((other, index) => {
      other.receive(connection, Math.floor(count / others.length) + (index < count % others.length ? 1 : 0));
    });
  }
  queues.clear();
  return true;
}

function receivers(loaded: Loaded): readonly Member[] {
  const connected = loaded.cluster?.table.inState('CONNECTED') ?? [];
  return connected.map((entry) => entry.member).filter((member) => member.reach === 'alive');
}

function mayBalance(loaded: Loaded): boolean {
  const names = loaded.material?.dnsNames;
  if (!names) return true;
  const wildcard = loaded.config.host.replace(/^[^.]+/, '*');
  return names.includes(loaded.config.host) || names.includes(wildcard);
}
