// A node's revision: the immutable ConfigMap (and Secret part) with its files and its Pod, named by a digest of them.
// Pods are made from it and from nothing else, so an eviction in the middle of a rollout brings back what ran before.
// Two digests, on purpose: `inputs` is over what the user asked for and alone decides whether a node is outdated;
// the revision's own is over what was rendered, so a newer operator that renders differently restarts nobody.

import { createHmac } from 'node:crypto';
import { nodeLabels, revisionName } from '../../../api/v1/labels.ts';
import type { StorageVolume } from '../../../api/v1/zz_generated.nificluster.ts';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import type { NodeInputs, ResolvedNode } from '../resolved.ts';
import { renderNodeConfig } from './config/render.ts';
import { canonical, digestOf } from './digest.ts';
import { type ClusterIdentity, clusterOwner } from './resources/owner.ts';
import { buildPod, podManifestKey } from './resources/pod.ts';
import { encoded } from './secret-data.ts';

/** What decides: small enough to be kept for every node. */
export interface RevisionIdentity {
  readonly id: number;
  /** Ten characters, the first a letter. */
  readonly digest: string;
  readonly inputs: string;
  readonly volumes: readonly StorageVolume[];
  readonly hasSecretPart: boolean;
  readonly version: string;
  readonly image: string;
}

/** What it names: tens of kilobytes, made again when needed. */
export interface Revision extends RevisionIdentity {
  readonly pod: KubeObject;
  readonly configMap: KubeObject;
  readonly secret: KubeObject | undefined;
}

/**
 * Renders one node. `secretsKey` keys the digests, so that a value from a Secret cannot be guessed from a name that
 * everybody may read; the cluster's sensitive properties key serves, because it never changes.
 */
export function buildRevision(
  cluster: ClusterIdentity & { readonly spec: { readonly clusterManager: string } },
  node: ResolvedNode,
  secretsKey: string,
): Revision {
  const { files, secretFiles } = renderNodeConfig(node.inputs.config);
  const names_ = Object.keys(files).toSorted();
  const hasSecretPart = Object.keys(secretFiles).length > 0;
  const parts = {
    cluster,
    node,
    files: names_,
    hasSecretPart,
    serviceAccountToken: cluster.spec.clusterManager === 'Kubernetes',
  };
  const unnamed = buildPod({ ...parts, revision: '' });
  const digest = digestOf({ files, pod: unnamed, secret: hasSecretPart ? keyed(secretsKey, secretFiles) : null });
  const pod = buildPod({ ...parts, revision: digest });
  const data = { ...files, [podManifestKey]: JSON.stringify(pod) };
  return {
    id: node.id,
    digest,
    inputs: inputsDigest(node.inputs, secretsKey),
    volumes: node.inputs.pod.volumes,
    hasSecretPart,
    version: node.inputs.config.version,
    image: node.inputs.pod.image,
    pod,
    configMap: { ...part(cluster, node.id, digest, 'ConfigMap'), data } as KubeObject,
    secret: hasSecretPart
      ? ({ ...part(cluster, node.id, digest, 'Secret'), type: 'Opaque', data: encoded(secretFiles) } as KubeObject)
      : undefined,
  };
}

/**
 * Over what the user asked of this node. Equal inputs mean: nothing to do, whoever rendered them. Of volumes only which
 * there are: sizes follow the spec without a restart.
 */
export function inputsDigest(inputs: NodeInputs, secretsKey: string): string {
  const { secretOverrides, signIn, ...config } = inputs.config;
  const secret = signIn === undefined ? secretOverrides : { secretOverrides, signIn };
  const volumes = inputs.pod.volumes.map(({ name, repository }) => ({ name, repository }));
  return digestOf({ config, pod: { ...inputs.pod, volumes }, secret: keyed(secretsKey, secret) });
}

function part(cluster: ClusterIdentity, id: number, digest: string, kind: 'ConfigMap' | 'Secret'): KubeObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name: revisionName(cluster.name, id, digest),
      namespace: cluster.namespace,
      labels: nodeLabels(cluster.name, id, 'configuration'),
      ownerReferences: [clusterOwner(cluster)],
    },
    immutable: true,
  } as KubeObject;
}

function keyed(key: string, value: unknown): string {
  return createHmac('sha256', key).update(canonical(value)).digest('hex');
}
