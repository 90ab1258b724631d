// Emptying a node: its queues go to the connected others by load balancing, connection by connection.
// The receivers refuse a sender whose certificate does not carry its own address as a DNS name, and nobody is told: the offload
// simply never ends (recorded, transcript 04b). Addresses in the certificate do not count. A queue that is being offloaded skips
// the receiver's back-pressure (SocketLoadBalancedFlowFileQueue.isPropagateBackpressureAcrossNodes): only a receiver that can
// store nothing keeps it waiting.

import type { Member } from './cluster/coordination.ts';
import { type Disks, queuedOn } from './disks.ts';
import type { Faults } from './faults.ts';
import type { Loaded } from './startup.ts';

interface Sender {
  readonly faults: Faults;
  readonly disks: Disks;
  readonly loaded: Loaded;
}

/**
 * One node's offload, which holds the node's lock (StandardFlowService.offload): a disconnection and another offload that are
 * asked for meanwhile come to pass at its end.
 */
export class Offload {
  private readonly node: OffloadingNode;
  private readonly waiting: (() => void)[] = [];
  private disconnection = false;

  constructor(node: OffloadingNode) {
    this.node = node;
  }

  get running(): boolean {
    return this.waiting.length > 0;
  }

  /** Begins unless it runs already; `done` is told of the end. */
  ask(done: () => void): void {
    this.disconnection = false;
    this.waiting.push(done);
    if (this.waiting.length > 1) return;
    this.node.becomes('OFFLOADING');
    this.node.soon(() => this.go());
  }

  disconnectAfterwards(): void {
    this.disconnection = true;
  }

  private go(): void {
    const left = this.node.move();
    if (left === undefined) return;
    if (left > 0) {
      this.node.soon(() => this.go());
      return;
    }
    this.node.becomes(this.disconnection ? 'DISCONNECTED' : 'OFFLOADED');
    for (const told of this.waiting.splice(0)) told();
  }
}

interface OffloadingNode {
  /** Returns how many flow files are still there, or undefined when the process has ended. */
  move(): number | undefined;
  soon(then: () => void): void;
  becomes(state: 'OFFLOADING' | 'DISCONNECTED' | 'OFFLOADED'): void;
}

/** Moves as much as may go now. Returns how many flow files are still there. */
export function moveQueues({ faults, disks, loaded }: Sender): number {
  const others = receivers(loaded);
  if (others.length === 0 || faults.blockedOffload || !mayBalance(loaded)) return queuedOn(loaded.flowFiles);
  let budget = faults.offloadStep;
  for (const connection of loaded.flowFiles.queues.keys()) {
    const count = disks.send(loaded.flowFiles, connection, budget);
    budget -= count;
    others.forEach((other, index) => {
      other.receive(connection, Math.floor(count / others.length) + (index < count % others.length ? 1 : 0));
    });
  }
  return queuedOn(loaded.flowFiles);
}

function receivers(loaded: Loaded): readonly Member[] {
  const connected = loaded.cluster?.table.inState('CONNECTED') ?? [];
  return connected.map((entry) => entry.member).filter((member) => member.reach === 'alive' && member.hasRoom);
}

function mayBalance(loaded: Loaded): boolean {
  const names = loaded.material?.dnsNames;
  if (!names) return true;
  const wildcard = loaded.config.host.replace(/^[^.]+/, '*');
  return names.includes(loaded.config.host) || names.includes(wildcard);
}
