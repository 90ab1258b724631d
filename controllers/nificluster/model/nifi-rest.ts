// The REST answers of a model NiFi process to the endpoints that the operator uses, with NiFi's status codes and texts.
// A call takes virtual time; it may find a process that hangs, is gone, or is no longer connected.

import type { Clock } from '../../../pkg/kube/clock.ts';
import { NiFiApiError, NiFiUnreachableError } from '../../../pkg/nifi/errors.ts';
import type { CallRequest } from '../../../pkg/nifi/types.ts';
import type { Disks } from './disks.ts';
import type { NiFiWorld } from './nifi.ts';
import { isUp, type NiFiProcess } from './nifi-process.ts';
import type { Entry } from './nifi-table.ts';
import type { Random } from './random.ts';

export interface Rest {
  readonly nifi: NiFiWorld;
  readonly disks: Disks;
  readonly clock: Clock;
  readonly random: Random;
  /** In whose name the operator asks. */
  readonly identity: string;
}

const nodePath = '/controller/cluster/nodes/{id}';
const hangMs = 10_000;

/** What the process of this Pod answers; it rejects as NiFi, or the network in front of it, does. */
export function answer(rest: Rest, id: number, podUid: string, call: CallRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const process = rest.nifi.processOf(podUid);
    const hangs = process?.hung === true;
    const ms = hangs ? hangMs : rest.random.between(5, 60);
    rest.clock.setTimeout(() => {
      try {
        if (hangs) throw unreachable(id, 'Timeout', call);
        resolve(respond(rest, present(rest, id, podUid, call), call));
      } catch (error) {
        reject(error);
      }
    }, ms);
  });
}

function present(rest: Rest, id: number, podUid: string, call: CallRequest): NiFiProcess {
  const process = rest.nifi.processOf(podUid);
  if (process === undefined || !isUp(process)) throw unreachable(id, 'Refused', call);
  return process;
}

function unreachable(id: number, reason: 'Refused' | 'Timeout', { method }: CallRequest): NiFiUnreachableError {
  return new NiFiUnreachableError(id, reason, `Node ${id} does not answer (${reason})`, { method });
}

function respond(rest: Rest, process: NiFiProcess, call: CallRequest): unknown {
  switch (`${call.method} ${call.path}`) {
    case 'GET /flow/about':
      return { about: { version: process.version } };
    case 'GET /flow/cluster/summary':
      return { clusterSummary: summary(rest, process) };
    case 'GET /flow/status':
      return { controllerStatus: { activeThreadCount: 0, flowFilesQueued: queuedBy(rest, process), bytesQueued: 0 } };
    case 'GET /controller/cluster':
      return { cluster: { nodes: entriesFor(rest, process, call).map((entry) => shown(rest, entry)) } };
    case `PUT ${nodePath}`:
      return { node: shown(rest, put(rest, process, call)) };
    case `DELETE ${nodePath}`:
      return remove(rest, process, call);
    default:
      throw refused(call, 404, `the model has no ${call.method} ${call.path}`);
  }
}

function summary({ nifi }: Rest, process: NiFiProcess): object {
  const connected = nifi.connectedProcesses().length;
  return {
    clustered: true,
    connectedToCluster: process.belief === 'CONNECTED',
    connectedNodeCount: connected,
    totalNodeCount: nifi.table.entries.size,
  };
}

/** A connected node counts the whole cluster, any other only itself. */
function queuedBy({ nifi, disks }: Rest, process: NiFiProcess): number {
  const counted = process.belief === 'CONNECTED' ? nifi.connectedProcesses() : [process];
  return counted.reduce((sum, { disk }) => sum + disks.queued(disk), 0);
}

function entriesFor({ nifi }: Rest, process: NiFiProcess, call: CallRequest): readonly Entry[] {
  if (process.belief !== 'CONNECTED') {
    throw refused(call, 404, 'Only a node connected to a cluster can process the request.');
  }
  if (nifi.coordinator === undefined) {
    throw refused(call, 409, 'Cannot replicate request to Node because the node is not connected');
  }
  return nifi.seenBy(process);
}

function put(rest: Rest, process: NiFiProcess, call: CallRequest): Entry {
  const { nifi, identity } = rest;
  const entry = found(rest, process, call);
  const status = wantedStatus(call);
  if (status === 'DISCONNECTING') {
    if (entry.status === 'CONNECTED' && nifi.table.in('CONNECTED').length === 1) {
      throw refused(call, 409, 'Cannot disconnect the only node currently connected');
    }
    nifi.disconnect(entry, identity);
  } else if (status === 'OFFLOADING') {
    if (!['DISCONNECTED', 'OFFLOADING', 'OFFLOADED'].includes(entry.status)) {
      throw refused(call, 409, 'Cannot offload a node that is not currently disconnected');
    }
    nifi.offload(entry, identity);
  } else if (status === 'CONNECTING') nifi.connect(entry, identity);
  return entry;
}

function remove(rest: Rest, process: NiFiProcess, call: CallRequest): object {
  const entry = found(rest, process, call);
  if (entry.status !== 'DISCONNECTED' && entry.status !== 'OFFLOADED') {
    throw refused(call, 409, 'Cannot remove a node that is not disconnected or offloaded');
  }
  rest.nifi.forget(entry);
  return {};
}

/** Only the coordinator's own entries can be changed, and only through a node that is connected. */
function found(rest: Rest, process: NiFiProcess, call: CallRequest): Entry {
  entriesFor(rest, process, call);
  const entry = rest.nifi.table.entries.get(call.params?.['id'] ?? '');
  if (entry === undefined) throw refused(call, 404, 'The specified node is not in the cluster');
  const connecting = rest.nifi.table.in('CONNECTING')[0];
  if (connecting !== undefined && connecting !== entry && rest.random.chance(0.3)) {
    throw refused(call, 409, `Node ${connecting.address} is currently connecting to the cluster`);
  }
  return entry;
}

function wantedStatus({ body }: CallRequest): string {
  return (body as { readonly node: { readonly status: string } }).node.status;
}

function refused({ method, path }: CallRequest, status: number, text: string): NiFiApiError {
  return new NiFiApiError({ status, method, path, text });
}

function shown({ nifi, disks }: Rest, entry: Entry): object {
  const { nodeId, address, status, events, process } = entry;
  const roles = [
    ...(nifi.coordinator === process ? ['Cluster Coordinator'] : []),
    ...(nifi.primary === process ? ['Primary Node'] : []),
  ];
  return {
    nodeId,
    address,
    apiPort: 8443,
    status,
    roles: status === 'CONNECTED' ? roles : [],
    flowFilesQueued: disks.queued(process.disk),
    events: events.map((message) => ({ timestamp: '', category: 'INFO', message })),
  };
}
