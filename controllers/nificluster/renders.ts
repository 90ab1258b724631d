// The revisions that the spec asks for, rendered once for each generation of the spec and each state of its references.
// Only their digests are kept: the files of a thousand clusters would not fit in memory, and are rarely needed twice.

import type { StorageVolume } from '../../api/v1/zz_generated.nificluster.ts';
import { buildRevision, type Revision, type RevisionIdentity } from './build/revision.ts';
import type { ResolvedCluster, ResolvedNode } from './resolved.ts';

interface Entry {
  readonly version: string;
  readonly secretsKey: string;
  readonly desired: ReadonlyMap<number, RevisionIdentity>;
}

export interface Rendered {
  readonly desired: ReadonlyMap<number, RevisionIdentity>;
  readonly render: (id: number) => Revision | undefined;
  /** The same, on other volumes than the spec gives: those that the node has. */
  readonly renderOn: (id: number, volumes: readonly StorageVolume[]) => Revision | undefined;
}

export class RevisionCache {
  private readonly entries = new Map<string, Entry>();

  /** `version` must change whenever anything that `cluster` was resolved from does. */
  get(cluster: ResolvedCluster, version: string, secretsKey: string): Rendered {
    const key = `${cluster.namespace}/${cluster.name}`;
    const render = (id: number): Revision | undefined => {
      const node = cluster.nodes.get(id);
      return node && buildRevision(cluster, node, secretsKey);
    };
    const renderOn = renderingOn(cluster, secretsKey);
    const known = this.entries.get(key);
    if (known?.version === version && known.secretsKey === secretsKey)
      return { desired: known.desired, render, renderOn };
    const fresh = new Map<number, Revision>();
    for (const node of cluster.nodes.values()) fresh.set(node.id, buildRevision(cluster, node, secretsKey));
    const desired = new Map([...fresh].map(([id, revision]) => [id, identityOf(revision)]));
    this.entries.set(key, { version, secretsKey, desired });
    return { desired, render: (id) => fresh.get(id), renderOn };
  }

  forget(key: { readonly namespace: string; readonly name: string }): void {
    this.entries.delete(`${key.namespace}/${key.name}`);
  }
}

/** Nothing of it is kept: few nodes need it, and not for long. */
export function renderingOn(cluster: ResolvedCluster, secretsKey: string): Rendered['renderOn'] {
  return (id, volumes) => {
    const node = cluster.nodes.get(id) ?? cluster.departing?.get(id);
    return node && buildRevision(cluster, onVolumes(node, volumes), secretsKey);
  };
}

function onVolumes({ id, inputs: { config, pod } }: ResolvedNode, volumes: readonly StorageVolume[]): ResolvedNode {
  const storage = volumes.map(({ name, repository }) => ({ name, ...(repository && { repository }) }));
  return { id, inputs: { config: { ...config, storage }, pod: { ...pod, volumes } } };
}

export function identityOf({ id, digest, inputs, volumes, hasSecretPart, version, image }: Revision): RevisionIdentity {
  return { id, digest, inputs, volumes, hasSecretPart, version, image };
}
