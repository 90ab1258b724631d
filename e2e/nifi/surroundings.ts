// What all processes of one world share and what a process asks of its world.

import type { Clock } from '../../pkg/kube/clock.ts';
import type { ContainerStart } from '../kubelet/types.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { Member } from './cluster/coordination.ts';
import type { NodeConfig } from './config/node-config.ts';
import type { Disks } from './disks.ts';
import type { FlowFaults } from './flow/faults.ts';
import type { Router } from './http/router.ts';
import type { LoggedRequest, RequestLog } from './request-log.ts';
import type { Timing } from './timing.ts';
import type { Listeners } from './tls/listeners.ts';

export interface Surroundings {
  readonly clock: Clock;
  readonly timing: Timing;
  readonly version: string;
  readonly disks: Disks;
  readonly listeners: Listeners;
  readonly router: Router;
  readonly log: RequestLog;
  readonly flowFaults: FlowFaults;
  beforeAnswer(request: LoggedRequest): Promise<void> | void;
  clusterOf(config: NodeConfig): Cluster | undefined;
  /** Rejects when the node may not take part in the election of leaders. */
  admit(member: Member, container: ContainerStart, config: NodeConfig, cluster: Cluster): Promise<void>;
  left(member: Member): void;
  checkLogin(config: NodeConfig, username: string, password: string): boolean;
  startFailure(container: ContainerStart): string | undefined;
}
