// Who is Cluster Coordinator and who is Primary Node. A leader that steps down is replaced at once; one that died keeps its
// office until its lease runs out, and until then nobody answers for the cluster.

import type { Cancel, Clock } from '../../../pkg/kube/clock.ts';
import type { Timing } from '../timing.ts';
import type { Member } from './coordination.ts';

export const roles = ['cluster-coordinator', 'primary-node'] as const;
export type Role = (typeof roles)[number];

/** Told who leads; the Kubernetes variant writes it into Leases. */
export interface LeaderObserver {
  elected(role: Role, leader: Member | undefined): void;
}

export class Leaders {
  private readonly clock: Clock;
  private readonly timing: Timing;
  private readonly observer: LeaderObserver;
  private readonly candidates = new Set<Member>();
  private readonly leaders = new Map<Role, Member>();
  private readonly pending = new Map<Role, Cancel>();

  constructor(options: { readonly clock: Clock; readonly timing: Timing; readonly observer: LeaderObserver }) {
    this.clock = options.clock;
    this.timing = options.timing;
    this.observer = options.observer;
  }

  get coordinator(): Member | undefined {
    return this.leaders.get('cluster-coordinator');
  }

  get primary(): Member | undefined {
    return this.leaders.get('primary-node');
  }

  /** Stands for both offices. */
  enter(member: Member): void {
    this.candidates.add(member);
    for (const role of roles) if (!this.leaders.has(role) && !this.pending.has(role)) this.elect(role);
  }

  /** Steps down, as a node does that is disconnected or stops in good order. */
  resign(member: Member): void {
    this.leave(member, this.timing.handoverMs);
  }

  /** Is dead, which shows when its leases run out. */
  lost(member: Member): void {
    this.leave(member, this.timing.leaseMs);
  }

  /** Gives the coordinator's office to this candidate: for tests that need to know who has it. */
  appoint(role: Role, member: Member): void {
    if (!this.candidates.has(member)) return;
    this.leaders.set(role, member);
    this.observer.elected(role, member);
  }

  private leave(member: Member, afterMs: number): void {
    if (!this.candidates.delete(member)) return;
    for (const role of roles) {
      if (this.leaders.get(role) !== member) continue;
      this.pending.get(role)?.();
      const cancel = this.clock.setTimeout(() => {
        this.pending.delete(role);
        this.elect(role);
      }, afterMs);
      this.pending.set(role, cancel);
    }
  }

  private elect(role: Role): void {
    const [first] = this.candidates;
    if (first) this.leaders.set(role, first);
    else this.leaders.delete(role);
    this.observer.elected(role, first);
  }

  stop(): void {
    for (const cancel of this.pending.values()) cancel();
    this.pending.clear();
  }
}
