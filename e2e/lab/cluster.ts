// A NiFiCluster in a lab, as a test handles it.

import { annotations, clusterSelector, podName, revisionName, selectorText } from '../../api/v1/labels.ts';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster, NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { configMaps, type Pod, pods } from '../../pkg/kube/resources.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../pkg/kube/types.ts';
import type { Lab } from './lab.ts';
import { type UntilOptions, until } from './until.ts';

export interface ClusterHandle {
  readonly namespace: string;
  readonly name: string;
  key(name: string): ObjectKey;
  get(): Promise<DefaultedNiFiCluster>;
  /** JSON merge patch. */
  patch(patch: object): Promise<void>;
  ready(options?: UntilOptions): Promise<DefaultedNiFiCluster>;
  until(
    what: string,
    is: (cluster: DefaultedNiFiCluster) => boolean,
    options?: UntilOptions,
  ): Promise<DefaultedNiFiCluster>;
  pod(id: number): Promise<Pod | undefined>;
  /** The files that the node's Pod runs. */
  revision(id: number): Promise<Readonly<Record<string, string>>>;
  /** What carries the cluster's labels. */
  list<T extends KubeObject>(type: ResourceType<T>): Promise<readonly T[]>;
  /** Creates it anew under the same name. */
  again(spec: NiFiClusterSpec): Promise<ClusterHandle>;
}

/** All that a handle needs of a laboratory, or of a cluster that is no laboratory. */
type HasClient = Pick<Lab, 'client'>;

export interface NamespaceHandle {
  create(name: string, spec: NiFiClusterSpec): Promise<ClusterHandle>;
}

export async function aNamespace(lab: Lab, namespace: string): Promise<NamespaceHandle> {
  await lab.namespace(namespace);
  return { create: (name, spec) => createCluster(lab, namespace, name, spec) };
}

async function createCluster(
  lab: HasClient,
  namespace: string,
  name: string,
  spec: NiFiClusterSpec,
): Promise<ClusterHandle> {
  const object = { apiVersion: 'datadynamics.io/v1', kind: 'NiFiCluster', metadata: { name, namespace }, spec };
  await lab.client.create(nifiClusterType, object as DefaultedNiFiCluster);
  return clusterHandle(lab, namespace, name);
}

export function clusterHandle(lab: HasClient, namespace: string, name: string): ClusterHandle {
  const { client } = lab;
  const key = (object: string): ObjectKey => ({ namespace, name: object });
  const get = async (): Promise<DefaultedNiFiCluster> => {
    const found = await client.get(nifiClusterType, key(name));
    if (found === undefined) throw new Error(`there is no NiFiCluster ${namespace}/${name}`);
    return found;
  };
  const handle: ClusterHandle = {
    namespace,
    name,
    key,
    get,
    async patch(patch) {
      await client.patch(nifiClusterType, key(name), patch);
    },
    ready: (options) => handle.until(`${namespace}/${name} is Ready`, isReady, options),
    async until(what, is, options = {}) {
      const ask = async (): Promise<DefaultedNiFiCluster | false> => {
        const cluster = await get();
        return is(cluster) && cluster;
      };
      return until(what, ask, { describe: async () => (await get()).status, ...options });
    },
    pod: (id) => client.get(pods, key(podName(name, id))),
    async revision(id) {
      const digest = (await handle.pod(id))?.metadata.annotations?.[annotations.revision];
      if (digest === undefined) throw new Error(`node ${id} has no Pod with a revision`);
      return (await client.get(configMaps, key(revisionName(name, id, digest))))?.data ?? {};
    },
    async list(type) {
      const { items } = await client.list(type, { namespace, labelSelector: selectorText(clusterSelector(name)) });
      return items;
    },
    again: (spec) => createCluster(lab, namespace, name, spec),
  };
  return handle;
}

/** Ready for the spec that it has now. */
function isReady({ metadata, status }: DefaultedNiFiCluster): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && status?.observedGeneration === metadata.generation;
}
