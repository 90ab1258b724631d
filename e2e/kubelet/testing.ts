// What tests of the played kubelet share: a runtime that is no NiFi but becomes healthy, Pods and claims of the
// operator's shape, and waiting.

import assert from 'node:assert/strict';
import type { V1PodSpec } from '@kubernetes/client-node';
import type { KubeApi } from '../../pkg/kube/api.ts';
import { type ContainerStatus, type Pod, pods } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import type { ContainerExit, ContainerStart, NiFiRuntime, RunningNiFi } from './types.ts';

interface FakeRuntime extends NiFiRuntime {
  /** Every start, in order. */
  readonly starts: readonly ContainerStart[];
  /** Graces of stop calls, in seconds, by Pod. */
  readonly stops: ReadonlyMap<string, number>;
  /** Ends the process of this Pod by itself. */
  exit(pod: string, exit: ContainerExit): void;
}

/** Healthy after `healthyAfterMs`; obeys SIGTERM unless `stubborn`. */
export function createFakeRuntime({ healthyAfterMs = 30, stubborn = false } = {}): FakeRuntime {
  const starts: ContainerStart[] = [];
  const stops = new Map<string, number>();
  const running = new Map<string, (exit: ContainerExit) => void>();
  return {
    starts,
    stops,
    exit: (pod, exit) => running.get(pod)?.(exit),
    async start(container): Promise<RunningNiFi> {
      starts.push(container);
      const began = performance.now();
      const { promise: exited, resolve } = Promise.withResolvers<ContainerExit>();
      running.set(container.pod, resolve);
      return {
        exited,
        async stop(graceSeconds) {
          stops.set(container.pod, graceSeconds);
          if (!stubborn) resolve({ exitCode: 143, lastLines: 'stopped' });
        },
        kill: () => resolve({ exitCode: 137, lastLines: 'killed' }),
        exec: async () => ({ ok: false, output: '' }),
        async health(path) {
          const state = performance.now() - began < healthyAfterMs ? 'CONNECTING' : 'CONNECTED';
          return path === '/health' ? { status: 200, body: 'UP' } : { status: 200, body: `Status: ${state}\n` };
        },
      };
    },
  };
}

/** A Pod with a `nifi` container that hands over at once, in the namespace `default`. */
export function aPod(name: string, spec: Partial<V1PodSpec> = {}, container: object = {}): Pod {
  const health = 'curl -fsS --max-time 4 http://127.0.0.1:52020/health';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { 'app.kubernetes.io/instance': 'demo' } },
    spec: {
      terminationGracePeriodSeconds: 60,
      ...spec,
      containers: [
        {
          name: 'nifi',
          image: 'apache/nifi:2.6.0',
          command: ['/bin/sh', '-c', '"$NIFI_HOME/bin/nifi.sh" run'],
          terminationMessagePolicy: 'FallbackToLogsOnError',
          startupProbe: { exec: { command: ['/bin/sh', '-c', health] }, periodSeconds: 1 },
          readinessProbe: {
            exec: { command: ['/bin/sh', '-c', `${health}/cluster | grep -q "Status: CONNECTED"`] },
            periodSeconds: 1,
          },
          ...container,
        },
        ...(spec.containers ?? []),
      ],
    },
  };
}

export function aClaim(name: string, size = '1Gi', storageClassName?: string): KubeObject {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: storageClassName === undefined ? spec : { ...spec, storageClassName },
  } as KubeObject;
}

export function anObject(
  kind: 'ConfigMap' | 'Secret',
  name: string,
  data: Readonly<Record<string, string>>,
): KubeObject {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')] as const);
  const content = kind === 'ConfigMap' ? data : Object.fromEntries(encoded);
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'default' }, data: content } as KubeObject;
}

/** Polls until `check` gives a value. */
export async function eventually<T>(what: string, check: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const value = await check();
    if (value !== undefined) return value;
    assert.ok(performance.now() < deadline, `${what}: not within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** The Pod once `check` holds for it. */
export async function podWhere(client: KubeApi, name: string, check: (pod: Pod) => boolean): Promise<Pod> {
  return await eventually(`Pod ${name}`, async () => {
    const pod = await client.get(pods, { namespace: 'default', name });
    return pod !== undefined && check(pod) ? pod : undefined;
  });
}

/** Status of the Pod's first container. */
export function containerOf(pod: Pod): ContainerStatus | undefined {
  return pod.status?.containerStatuses?.[0];
}

export function isWaitingFor(reason: string): (pod: Pod) => boolean {
  return (pod) => containerOf(pod)?.state?.waiting?.reason === reason;
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}
