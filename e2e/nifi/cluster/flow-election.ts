// Which flow a cluster starts with: it waits for as many nodes as `max.candidates` says, or for `max.wait.time`.
// A flow that anybody wrote wins over fresh ones, and the first of several wins: all nodes of one cluster hold the same.

import type { Cancel, Clock } from '../../../pkg/kube/clock.ts';
import type { ClusterState } from '../flow/state.ts';
import type { Member, Vote } from './coordination.ts';

export class FlowElection {
  private readonly clock: Clock;
  private readonly elected: (state: ClusterState, voters: readonly Member[]) => void;
  private readonly votes = new Map<Member, Vote>();
  private timer: Cancel | undefined;

  constructor(clock: Clock, elected: (state: ClusterState, voters: readonly Member[]) => void) {
    this.clock = clock;
    this.elected = elected;
  }

  get open(): boolean {
    return this.votes.size > 0;
  }

  vote(member: Member, vote: Vote): void {
    this.votes.set(member, vote);
    this.timer ??= this.clock.setTimeout(() => this.finish(), vote.waitMs);
    if (vote.maxCandidates !== undefined && this.votes.size >= vote.maxCandidates) this.finish();
  }

  /** A voter died before the end. */
  withdraw(member: Member): void {
    this.votes.delete(member);
    if (this.votes.size === 0) this.stop();
  }

  stop(): void {
    this.timer?.();
    this.timer = undefined;
  }

  private finish(): void {
    this.stop();
    const voters = [...this.votes.keys()];
    const votes = [...this.votes.values()];
    this.votes.clear();
    const state = votes.find((vote) => vote.state !== undefined)?.state ?? votes[0]?.fresh();
    if (state) this.elected(state, voters);
  }
}
