// What the tests of this folder share: clusters as a user would write them, defaults filled in, and what they refer to.
// Builders never change in place: each `with…` gives a new one. Not for production code: the values are made up.

import { withDefaults } from '../../api/v1/nificluster.ts';
import type {
  DefaultedNiFiCluster,
  NiFiClusterSpec,
  NodeEntry,
  NodeGroup,
  NodeSettings,
} from '../../api/v1/zz_generated.nificluster.ts';
import { type ReferencedObject, type References, referencesOf } from './references.ts';
import type { ResolvedCluster, ResolvedNode } from './resolved.ts';
import { type Validated, validate } from './validate.ts';

export interface ClusterBuilder {
  withNodes(replicas: number): ClusterBuilder;
  withNodeIds(...ids: readonly number[]): ClusterBuilder;
  withSpec(change: Partial<NiFiClusterSpec>): ClusterBuilder;
  /** Settings of every node; what is not named stays. */
  withNode(change: NodeSettings): ClusterBuilder;
  withEntry(entry: NodeEntry): ClusterBuilder;
  withGroup(group: NodeGroup): ClusterBuilder;
  withUid(uid: string): ClusterBuilder;
  /** Annotations of the cluster, besides those it has. */
  annotated(annotations: Readonly<Record<string, string>>): ClusterBuilder;
  named(name: string, namespace?: string): ClusterBuilder;
  /** As the API server returns it. */
  build(): DefaultedNiFiCluster;
  validated(references?: References): Validated;
  /** Throws when the cluster does not validate: a test that wants findings takes `validated`. */
  resolved(references?: References): ResolvedCluster;
}

interface Parts {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec: NiFiClusterSpec;
}

/** Three nodes of NiFi 2.6.0, one volume each, TLS with the cluster's own authority. */
export function aCluster(): ClusterBuilder {
  return builder({ name: 'prod', namespace: 'data', uid: 'cluster-uid', spec: { version: '2.6.0', replicas: 3 } });
}

function builder(parts: Parts): ClusterBuilder {
  const changed = (change: Partial<NiFiClusterSpec>): ClusterBuilder =>
    builder({ ...parts, spec: { ...parts.spec, ...change } });
  const build = (): DefaultedNiFiCluster => {
    const { name, namespace, uid, annotations, spec } = parts;
    const metadata = { name, namespace, uid, generation: 1, resourceVersion: '1', ...(annotations && { annotations }) };
    return withDefaults({ apiVersion: 'datadynamics.io/v1', kind: 'NiFiCluster', metadata, spec });
  };
  let plain: Validated | undefined;
  const validated = (references?: References): Validated => {
    if (references !== undefined) return validate(build(), references);
    plain ??= validate(build(), noReferences);
    return plain;
  };
  return {
    withNodes: (replicas) => changed({ replicas }),
    withNodeIds: (...nodeIds) => {
      const { replicas: _, ...spec } = parts.spec;
      return builder({ ...parts, spec: { ...spec, nodeIds } });
    },
    withSpec: changed,
    withNode: (change) => changed({ node: { ...parts.spec.node, ...change } }),
    withEntry: (entry) => changed({ nodes: [...(parts.spec.nodes ?? []), entry] }),
    withGroup: (group) => changed({ nodeGroups: [...(parts.spec.nodeGroups ?? []), group] }),
    withUid: (uid) => builder({ ...parts, uid }),
    annotated: (annotations) => builder({ ...parts, annotations: { ...parts.annotations, ...annotations } }),
    named: (name, namespace = parts.namespace) => builder({ ...parts, name, namespace }),
    build,
    validated,
    resolved: (references) => {
      const { cluster, findings } = validated(references);
      if (findings.length > 0) throw new Error(findings.map(({ message }) => message).join('; '));
      return cluster;
    },
  };
}

/** The node, which the test knows to be valid. */
export function nodeOf(cluster: ResolvedCluster, id: number): ResolvedNode {
  const node = cluster.nodes.get(id);
  if (node === undefined) throw new Error(`the cluster has no node ${id}`);
  return node;
}

export const noReferences: References = () => ({ state: 'missing' });

/** Every Secret and ConfigMap that exists, by `Kind/name`, with plain texts; Secrets are encoded here. */
export function references(objects: Readonly<Record<string, Readonly<Record<string, string>>>>): References {
  return ({ kind, name }) => {
    const data = objects[`${kind}/${name}`];
    if (data === undefined) return { state: 'missing' };
    const object: ReferencedObject = kind === 'Secret' ? { data: base64(data) } : { data };
    return { state: 'present', object };
  };
}

/** The names of everything that a cluster refers to, sorted. */
export function referenceNames(cluster: ClusterBuilder): readonly string[] {
  return referencesOf(cluster.build().spec)
    .map(({ kind, name }) => `${kind}/${name}`)
    .toSorted();
}

export function base64(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}
