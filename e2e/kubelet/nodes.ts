// The Node objects of the played machines. A machine that is lost is shown as the node lifecycle controller shows it:
// Ready Unknown, tainted, its Pods not Ready. Deleting those Pods is left to the test, as it is to an administrator
// for the first five minutes.

import { isAlreadyExists } from '../../pkg/kube/errors.ts';
import type { ResourceType } from '../../pkg/kube/types.ts';
import type { Node } from './fit.ts';
import { type Host, timestamp } from './host.ts';
import type { NodeCapacity } from './types.ts';
import { createObject, patchObject } from './writes.ts';

export const nodeType: ResourceType<Node> = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };

const unreachable = ['NoSchedule', 'NoExecute'].map((effect) => ({ key: 'node.kubernetes.io/unreachable', effect }));

export interface Machine {
  readonly name: string;
  readonly ip: string;
  readonly allocatable: Readonly<Record<string, string>>;
}

type Writer = Pick<Host, 'api' | 'writes'>;

/** Creates the Node, or takes over one of an earlier kubelet. */
export async function registerNode(host: Writer, machine: Machine, index: number): Promise<void> {
  const { name, allocatable } = machine;
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'topology.kubernetes.io/region': 'played',
    'topology.kubernetes.io/zone': `zone-${'abc'[index % 3]}`,
  };
  try {
    await createObject(host, nodeType, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const addresses = [
    { type: 'InternalIP', address: machine.ip },
    { type: 'Hostname', address: name },
  ];
  await patchStatus(host, name, { capacity: allocatable, allocatable, addresses, conditions: [ready('True')] });
  await taint(host, name, []); // admission put `not-ready` on it
}

export function machinesOf(count: number, capacity: NodeCapacity, takeIp: () => string): readonly Machine[] {
  const allocatable = { ...capacity };
  return Array.from({ length: count }, (_, index) => ({ name: `node-${index + 1}`, ip: takeIp(), allocatable }));
}

export async function showLost(host: Writer, name: string): Promise<void> {
  await patchStatus(host, name, { conditions: [ready('Unknown')] });
  await taint(host, name, unreachable);
}

export async function showBack(host: Writer, name: string): Promise<void> {
  await patchStatus(host, name, { conditions: [ready('True')] });
  await taint(host, name, []);
}

function ready(status: 'True' | 'Unknown'): object {
  const reason = status === 'True' ? 'KubeletReady' : 'NodeStatusUnknown';
  return {
    type: 'Ready',
    status,
    reason,
    message: '',
    lastHeartbeatTime: timestamp(),
    lastTransitionTime: timestamp(),
  };
}

async function patchStatus(host: Writer, name: string, status: object): Promise<void> {
  await patchObject(host, { type: nodeType, key: { namespace: '', name }, subresource: 'status' }, { status });
}

/** Replaces the taints whole: those of a test's own would go too, so a test cordons by `unschedulable`. */
async function taint(host: Writer, name: string, taints: readonly object[]): Promise<void> {
  const timed = taints.map((each) => ({ ...each, timeAdded: timestamp() }));
  await patchObject(host, { type: nodeType, key: { namespace: '', name } }, { spec: { taints: timed } });
}
