// /system-diagnostics: the same numbers for every node, since nobody decides anything by them; the shape is NiFi's.

import { dataSize, timeOfDay } from '../format.ts';
import type { Call } from '../http/endpoint.ts';

type Json = Readonly<Record<string, unknown>>;

const mebibyte = 1_048_576;

export function systemDiagnostics(call: Call): Json {
  const nodewise = call.query.get('nodewise') === 'true';
  const entries = call.node.cluster?.table.inState('CONNECTED') ?? [];
  const nodeSnapshots = entries.map(({ nodeId, address, apiPort }) => ({
    nodeId,
    address,
    apiPort,
    snapshot: snapshot(call),
  }));
  return { systemDiagnostics: { aggregateSnapshot: snapshot(call), ...(nodewise ? { nodeSnapshots } : {}) } };
}

function snapshot(call: Call): Json {
  const { clock, startedAt, version } = call.node;
  const uptimeMs = clock.now().getTime() - startedAt.getTime();
  return {
    ...sizes('NonHeap', 128, 120),
    maxNonHeap: '-1 bytes',
    maxNonHeapBytes: -1,
    ...sizes('Heap', 512, 256),
    ...size('maxHeap', 512),
    heapUtilization: '50.0%',
    availableProcessors: 2,
    processorLoadAverage: 0.5,
    totalThreads: 100,
    daemonThreads: 60,
    uptime: new Date(uptimeMs).toISOString().slice(11, 23),
    flowFileRepositoryStorageUsage: storage(),
    contentRepositoryStorageUsage: [{ identifier: 'default', ...storage() }],
    provenanceRepositoryStorageUsage: [{ identifier: 'default', ...storage() }],
    garbageCollection: [
      { name: 'G1 Young Generation', collectionCount: 1, collectionTime: '00:00:00.010', collectionMillis: 10 },
    ],
    statsLastRefreshed: timeOfDay(clock.now()),
    versionInfo: {
      niFiVersion: version,
      javaVendor: 'Eclipse Adoptium',
      javaVersion: '25.0.3',
      osName: 'Linux',
      osVersion: '6.18',
      osArchitecture: 'amd64',
      buildTag: 'HEAD',
    },
  };
}

function sizes(name: string, total: number, used: number): Json {
  return { ...size(`total${name}`, total), ...size(`used${name}`, used), ...size(`free${name}`, total - used) };
}

function size(name: string, mebibytes: number): Json {
  return { [name]: dataSize(mebibytes * mebibyte), [`${name}Bytes`]: mebibytes * mebibyte };
}

function storage(): Json {
  return {
    ...size('freeSpace', 6_144),
    ...size('totalSpace', 10_240),
    ...size('usedSpace', 4_096),
    utilization: '40.0%',
  };
}
