// A NiFi cluster in a scenario: created, changed and waited for as a person would, with a flow at work in it.

import assert from 'node:assert/strict';
import type { DefaultedNiFiCluster, NiFiClusterSpec } from '../../../api/v1/zz_generated.nificluster.ts';
import { pods } from '../../../pkg/kube/resources.ts';
import { type ClusterHandle, clusterHandle } from '../../lab/cluster.ts';
import type { UntilOptions } from '../../lab/until.ts';
import { until } from '../../lab/until.ts';
import type { PlayedFlow } from '../../nifi/flow/played-flow.ts';
import type { Stage } from './stage.ts';

/** A NiFi that is played starts at once; three real ones that restart one by one on a machine of two cores take minutes. */
const patience = {
  played: { timeoutMs: 240_000, everyMs: 250 },
  real: { timeoutMs: 1_200_000, everyMs: 1000 },
} as const;

/** Small enough for a dozen on a machine of two cores. */
const small = {
  node: {
    resources: { requests: { cpu: '10m', memory: '128Mi' }, limits: { memory: '1Gi' } },
    jvm: { heap: '512m' },
    storage: [{ name: 'data', size: '1Gi' }],
  },
} as const satisfies Partial<NiFiClusterSpec>;

/** How many nodes, or which. */
type Members = Required<Pick<NiFiClusterSpec, 'replicas'>> | Required<Pick<NiFiClusterSpec, 'nodeIds'>>;

export interface TestCluster {
  readonly handle: ClusterHandle;
  readonly name: string;
  /** How long anything may take that it does. */
  readonly patience: UntilOptions;
  /** Starts a flow: so many flow files a second on every node, and as many are taken off the queue. Nothing with a real NiFi, see `fullQueue`. */
  work(rates?: { readonly producePerSecond: number; readonly consumePerSecond: number }): PlayedFlow | undefined;
  /** Merges a patch into the object, as `kubectl patch` does. */
  change(patch: object): Promise<void>;
  /** Ready for the spec that it has now, every node as asked. */
  settled(): Promise<DefaultedNiFiCluster>;
  until(what: string, is: (cluster: DefaultedNiFiCluster) => boolean): Promise<DefaultedNiFiCluster>;
  /** Ids of nodes that have a Pod. */
  nodes(): Promise<readonly number[]>;
  podUid(id: number): Promise<string>;
  /** The UIDs of all Pods, by name. */
  podUids(): Promise<Readonly<Record<string, string>>>;
  /** From here on `mostDown` counts. */
  watchDowntime(): void;
  mostDown(): number;
}

/** Creates it and waits until it is Ready; its starts are expected. */
export async function aCluster(
  stage: Stage,
  name: string,
  spec: Partial<NiFiClusterSpec> & Members,
): Promise<TestCluster> {
  stage.expectStarts(spec.nodeIds?.length ?? spec.replicas ?? 0);
  const cluster = await newCluster(stage, name, spec);
  await cluster.settled();
  return cluster;
}

/** Only creates it. */
export async function newCluster(stage: Stage, name: string, spec: Partial<NiFiClusterSpec>): Promise<TestCluster> {
  const { version, image } = stage.nifi;
  const object = {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiCluster',
    metadata: { name },
    spec: {
      ...small,
      version,
      ...(image === undefined ? {} : { image }),
      ...spec,
      node: { ...small.node, ...spec.node },
    },
  };
  await stage.shell(`kubectl apply --namespace ${stage.namespace} --filename -`, { input: JSON.stringify(object) });
  return testCluster(stage, stage.namespace, name);
}

/** One that is there. */
export function testCluster(stage: Stage, namespace: string, name: string): TestCluster {
  const handle = clusterHandle(stage, namespace, name);
  const patient = stage.world === undefined ? patience.real : patience.played;
  const podUids = async (): Promise<Readonly<Record<string, string>>> => {
    const running = await handle.list(pods);
    return Object.fromEntries(running.map(({ metadata }) => [metadata.name, metadata.uid ?? ''] as const));
  };
  return {
    handle,
    name,
    patience: patient,
    work(rates = { producePerSecond: 40, consumePerSecond: 40 }) {
      const flow = stage.world?.play(`${namespace}/${name}`, { name: `${name}-work`, ...rates });
      if (flow !== undefined) stage.watchFlow(flow);
      return flow;
    },
    change: async (patch) => handle.patch(patch),
    settled: () => handle.until(`${name} is as asked`, isSettled, patient),
    until: (what, is) => handle.until(what, is, patient),
    nodes: async () => {
      const { status } = await handle.get();
      return (status?.nodes ?? []).map(({ id }) => id).toSorted((a, b) => a - b);
    },
    async podUid(id) {
      const uid = (await handle.pod(id))?.metadata.uid;
      assert.ok(uid !== undefined, `node ${id} of ${name} has no Pod`);
      return uid;
    },
    podUids,
    watchDowntime: () => stage.history.mark(namespace, name),
    mostDown: () => stage.history.mostDown(namespace, name),
  };
}

/** Waits until none of the Pods is the one that it was. */
export async function replaced(cluster: TestCluster, before: Readonly<Record<string, string>>): Promise<void> {
  const all = async (): Promise<boolean> => {
    const now = await cluster.podUids();
    return Object.entries(before).every(([name, uid]) => now[name] !== undefined && now[name] !== uid);
  };
  await until(`every Pod of ${cluster.name} is another one`, all, {
    ...cluster.patience,
    describe: () => cluster.podUids(),
  });
}

function isSettled({ metadata, status, spec }: DefaultedNiFiCluster): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const nodes = status?.nodes ?? [];
  const wanted = spec.nodeIds?.length ?? spec.replicas ?? nodes.length;
  return (
    ready?.status === 'True' &&
    status?.observedGeneration === metadata.generation &&
    nodes.length === wanted &&
    nodes.every((node) => node.ready === true && node.updated === true)
  );
}
