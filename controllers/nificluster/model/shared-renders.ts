// Rendered revisions, kept over all runs of a process: rendering is most of the work of a reconcile, and a model has few specs.
// Surprising: it trusts that a spec and a cluster's name and UID decide what is rendered; references are not part of the model.

import { type Rendered, RevisionCache, renderingOn } from '../renders.ts';
import type { ResolvedCluster } from '../resolved.ts';

const rendered = new Map<string, Rendered>();

export class SharedRenders {
  private readonly known = new Map<string, Rendered>();

  get(cluster: ResolvedCluster, version: string, secretsKey: string): Rendered {
    const renderOn = renderingOn(cluster, secretsKey);
    const known = this.known.get(version);
    if (known !== undefined) return { ...known, renderOn };
    const { name, namespace, uid, spec } = cluster;
    const key = JSON.stringify([name, namespace, uid, secretsKey, spec]);
    const found = rendered.get(key) ?? new RevisionCache().get(cluster, version, secretsKey);
    rendered.set(key, found);
    this.known.set(version, found);
    return { ...found, renderOn };
  }

  forget(): void {
    this.known.clear();
  }
}
