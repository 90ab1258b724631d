// What a world in memory is made of: Pods in every state, claims, Secrets, certificates and views. Not for production code:
// the values are made up.

import { claimName } from '../../../api/v1/labels.ts';
import type { NodeConnection, ViewNode } from '../../../pkg/nifi/types.ts';
import type { CertificateFacts } from '../../../pkg/pki/types.ts';
import type { PlanInput } from './input.ts';
import type { ObservedClaim, ObservedPod, ObservedSecret, World } from './world.ts';

type Time = PlanInput['now'];

/** The moment at which every plan of these tests is made. */
export const monotonicMs = 1_000_000;
export const now: Time = new globalThis.Date('2026-11-21T12:00:00Z');

export function daysFromNow(days: number): Time {
  return new globalThis.Date(now.getTime() + days * 86_400_000);
}

export function facts(
  commonName: string,
  dnsNames: readonly string[],
  change: Partial<CertificateFacts> = {},
): CertificateFacts {
  return {
    subject: `CN=${commonName}`,
    commonName,
    dnsNames,
    notBefore: daysFromNow(-1),
    notAfter: daysFromNow(89),
    issuerKeyId: undefined,
    subjectKeyId: undefined,
    usages: ['server', 'client'],
    fingerprint256: `fingerprint of ${commonName}`,
    ...change,
  };
}

/** A Pod that waits for a place. */
export function aPod(id: number): ObservedPod {
  return {
    id,
    name: `prod-${id}`,
    uid: `uid-Pod-prod-${id}`,
    resourceVersion: '1',
    ownerUid: 'cluster-uid',
    deleting: false,
    phase: 'Pending',
    createdAtMs: now.getTime() - 60_000,
    revision: undefined,
    ip: undefined,
    hostNode: undefined,
    ready: false,
    readySinceMs: undefined,
    container: undefined,
    unschedulable: undefined,
    disconnectedBy: undefined,
    restartRequestedAt: undefined,
  };
}

const waitingContainer = {
  state: 'waiting',
  started: false,
  ready: false,
  containerId: undefined,
  startedAtMs: undefined,
  restartCount: 0,
  waitingReason: undefined,
  waitingMessage: undefined,
  lastExit: undefined,
} as const;

/** Its process runs and has not answered yet. */
export function starting(id: number): Partial<ObservedPod> {
  const container = { ...waitingContainer, state: 'running', containerId: `container-${id}` } as const;
  return { phase: 'Running', ip: `10.0.0.${id}`, hostNode: 'worker', container };
}

export function ready(id: number): Partial<ObservedPod> {
  const container = {
    ...waitingContainer,
    state: 'running',
    started: true,
    ready: true,
    containerId: `container-${id}`,
  } as const;
  return { ...starting(id), ready: true, container };
}

/** It waits for the end of a crash loop's back-off. */
export function crashed(message: string): Partial<ObservedPod> {
  const lastExit = { exitCode: 1, reason: 'Error', message };
  return {
    phase: 'Running',
    ready: false,
    container: { ...waitingContainer, waitingReason: 'CrashLoopBackOff', restartCount: 3, lastExit },
  };
}

/** Its container waits, for this reason. */
export function waiting(waitingReason: string, waitingMessage?: string): Partial<ObservedPod> {
  return { phase: 'Pending', ready: false, container: { ...waitingContainer, waitingReason, waitingMessage } };
}

export function aClaim(name: string): ObservedClaim {
  const [, volume = 'data', id = '0'] = /^(.+)-prod-(\d+)$/u.exec(name) ?? [];
  return {
    name,
    id: Number(id),
    volume,
    uid: `uid-claim-${name}`,
    resourceVersion: '1',
    clusterUid: 'cluster-uid',
    owners: [],
    deleting: false,
    phase: 'Bound',
    size: '10Gi',
    released: undefined,
    adopted: undefined,
  };
}

export function claim(id: number, volume = 'data'): string {
  return claimName('prod', id, volume);
}

export function aSecret(name: string): ObservedSecret {
  return {
    name,
    uid: `uid-Secret-${name}`,
    resourceVersion: '1',
    clusterUid: undefined,
    ownerUid: undefined,
    keys: [],
    certificate: undefined,
    trusts: [],
    anchors: [],
    next: undefined,
    renewRequestedAtMs: undefined,
    data: undefined,
  };
}

/** The same view, told by two connected nodes. */
export function views(
  states: Readonly<Record<number, NodeConnection>>,
  event?: string,
): Pick<World, 'view' | 'opinions'> {
  const view = aView(states, event);
  const [, second] = Object.entries(states).flatMap(([id, state]) => (state === 'CONNECTED' ? [Number(id)] : []));
  return { view, opinions: new Map(view && second !== undefined ? [[second, { ...view, takenFrom: second }]] : []) };
}

/** NiFi's view with these states; every node carries the event as its newest, the first has both roles. */
export function aView(states: Readonly<Record<number, NodeConnection>>, event?: string): World['view'] {
  const nodes = Object.entries(states).map(
    ([id, status], index): ViewNode => ({
      nodeId: `node-${id}`,
      id: Number(id),
      address: `prod-${id}.prod-nodes.data.svc`,
      apiPort: 8443,
      status,
      sinceMs: 0,
      roles: index === 0 ? ['Cluster Coordinator', 'Primary Node'] : [],
      events: event === undefined ? [] : [{ timestamp: '', category: 'INFO', message: event }],
    }),
  );
  return { takenAtMs: monotonicMs, takenFrom: 0, nodes };
}
