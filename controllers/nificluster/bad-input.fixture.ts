// What the tests of bad input share: one lab with an operator for a whole file, clusters that run before anything bad
// happens to them, and the proof that nothing was done to what ran: the same Pods, the same containers, no restart.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { podName } from '../../api/v1/labels.ts';
import type { DefaultedNiFiCluster, NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { aNamespace, type ClusterHandle } from '../../e2e/lab/cluster.ts';
import { type Lab, type LabOptions, startLab } from '../../e2e/lab/lab.ts';
import { runOperator } from '../../e2e/lab/operator.ts';
import { KubeApiError } from '../../pkg/kube/errors.ts';
import { configMaps, secrets } from '../../pkg/kube/resources.ts';
import type { Operator } from '../../pkg/operator/operator.ts';

/** The operator asks again every 30 seconds for what no event tells of, and a busy machine takes its time. */
export const patient = { timeoutMs: 120_000 };

export interface Stage {
  readonly lab: Lab;
  /** What the operator logged. */
  readonly log: unknown[];
  /** A cluster `prod` in a namespace of its own, of one node unless the spec says otherwise. */
  cluster(namespace: string, spec?: Partial<NiFiClusterSpec>): Promise<ClusterHandle>;
  restartOperator(meanwhile: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export async function startStage(options: LabOptions = {}): Promise<Stage> {
  const lab = await startLab(options);
  const log: unknown[] = [];
  let operator: Operator = await runOperator(lab.controlPlane.kubeconfig, [], log);
  return {
    lab,
    log,
    cluster: async (namespace, spec = {}) => (await aNamespace(lab, namespace)).create('prod', specOf(spec)),
    async restartOperator(meanwhile) {
      await operator.stop();
      await meanwhile();
      operator = await runOperator(lab.controlPlane.kubeconfig, [], log);
    },
    async stop() {
      await operator.stop();
      await lab.stop();
    },
  };
}

export function specOf(spec: Partial<NiFiClusterSpec>): NiFiClusterSpec {
  const members = spec.nodeIds === undefined ? { replicas: 1 } : {};
  return { version: '2.6.0', ...members, ...spec };
}

/** Waits until `Ready` is False for the reason, or until the node says it, and gives its words. */
export async function told(cluster: ClusterHandle, reason: string, node?: number): Promise<string> {
  const words = (object: DefaultedNiFiCluster): string | undefined => wordsOf(object, reason, node);
  return words(await cluster.until(`it is told: ${reason}`, (object) => words(object) !== undefined, patient)) ?? '';
}

function wordsOf({ metadata, status }: DefaultedNiFiCluster, reason: string, node?: number): string | undefined {
  if (status?.observedGeneration !== metadata.generation) return undefined;
  const said: readonly { readonly reason?: string; readonly message?: string }[] =
    node === undefined
      ? (status?.conditions ?? []).filter(({ type, status: is }) => type === 'Ready' && is === 'False')
      : (status?.nodes ?? []).filter(({ id }) => id === node);
  return said.find((one) => one.reason === reason)?.message;
}

/** What would change if a node were taken down or its process died. */
async function footprint(lab: Lab, cluster: ClusterHandle, ids: readonly number[]): Promise<unknown> {
  const of = async (id: number): Promise<unknown> => {
    const pod = await cluster.pod(id);
    const facts = lab.kubelet.pods.get(`${cluster.namespace}/${podName(cluster.name, id)}`);
    const { uid, annotations, deletionTimestamp } = pod?.metadata ?? { name: '' };
    return { id, uid, annotations, deletionTimestamp, container: facts?.containerId, restarts: facts?.restarts };
  };
  return Promise.all(ids.map(of));
}

/** Runs what must not disturb these nodes, and shows that it did not. */
export async function undisturbed(
  lab: Lab,
  cluster: ClusterHandle,
  ids: readonly number[],
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const before = await footprint(lab, cluster, ids);
  await meanwhile();
  assert.deepEqual(await footprint(lab, cluster, ids), before);
}

/** The words of a refusal by the API server; fails when it accepts. */
export async function refused(request: Promise<unknown>): Promise<string> {
  try {
    await request;
  } catch (error) {
    if (error instanceof KubeApiError && [400, 403, 409, 422].includes(error.status)) return error.message;
    throw error;
  }
  throw new assert.AssertionError({ message: 'the API server accepted it' });
}

export async function putSecret(
  { client }: Lab,
  { namespace }: Pick<ClusterHandle, 'namespace'>,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const entries = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')] as const);
  const encoded: Record<string, string> = Object.fromEntries(entries);
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data: encoded };
  await client.apply(secrets, secret, { fieldManager: 'lab', force: true });
}

export async function putConfigMap(
  { client }: Lab,
  { namespace }: Pick<ClusterHandle, 'namespace'>,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
  await client.apply(configMaps, object, { fieldManager: 'lab', force: true });
}

/** Long enough for a reconcile that should not happen. */
export async function aWhile(ms = 1_500): Promise<void> {
  await sleep(ms);
}
