// What is done when a cluster is gone. The garbage collector removes what it owned; here is the rest, which has no owner:
// NiFi's Leases and cert-manager's Secrets at once, and, once the last volume is gone, the sensitive key and NiFi's
// state ConfigMaps.
// There is no finalizer: a cluster can always be deleted, also while no operator runs. Everything here may be repeated.
// A cache that lags may show the time before the cluster was made: what would be missed is taken only after consistent reads.

import { labels, leasePrefix, selectorText, sensitiveKeySecretName } from '../../api/v1/labels.ts';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import { configMaps, leases, persistentVolumeClaims, secrets } from '../../pkg/kube/resources.ts';
import type { ObjectKey } from '../../pkg/kube/types.ts';

export interface Leftovers {
  /** Pods of the cluster that still exist. */
  readonly pods: number;
  /** Claims of the cluster that still exist. */
  readonly claims: number;
  /** UID of the generated key's Secret, when it exists. */
  readonly sensitiveKeyUid: string | undefined;
  /** Secrets that cert-manager wrote and will not write again: it leaves them when their Certificate goes. */
  readonly certificates: readonly { readonly name: string; readonly uid: string }[];
}

/** Remembers what it did for a key, so that the events of a vanishing cluster do not repeat it. */
export class Cleaner {
  private readonly client: KubeApi;
  private readonly leasesGone = new Set<string>();
  private readonly stateGone = new Set<string>();

  constructor(client: KubeApi) {
    this.client = client;
  }

  /** A cluster of this name exists (again). */
  appeared(key: ObjectKey): void {
    this.leasesGone.delete(text(key));
    this.stateGone.delete(text(key));
  }

  async clean(key: ObjectKey, leftovers: Leftovers): Promise<void> {
    if (this.isClean(key, leftovers) || (await this.client.get(nifiClusterType, key)) !== undefined) return;
    if (leftovers.pods === 0 && !this.leasesGone.has(text(key))) {
      await this.deleteLeases(key);
      this.leasesGone.add(text(key));
    }
    for (const { name, uid } of leftovers.certificates) await this.client.delete(secrets, { ...key, name }, { uid });
    if (leftovers.claims > 0 || this.isStateClean(key, leftovers) || (await this.hasClaims(key))) return;
    if (!this.stateGone.has(text(key))) {
      await this.deleteState(key);
      this.stateGone.add(text(key));
    }
    const uid = leftovers.sensitiveKeyUid;
    if (uid !== undefined)
      await this.client.delete(secrets, { ...key, name: sensitiveKeySecretName(key.name) }, { uid });
  }

  /** Nothing is left that could be taken now, so nothing need be read. */
  private isClean(key: ObjectKey, leftovers: Leftovers): boolean {
    const { pods, claims, certificates } = leftovers;
    const leasesClean = pods > 0 || this.leasesGone.has(text(key));
    return leasesClean && certificates.length === 0 && (claims > 0 || this.isStateClean(key, leftovers));
  }

  private isStateClean(key: ObjectKey, { sensitiveKeyUid }: Leftovers): boolean {
    return sensitiveKeyUid === undefined && this.stateGone.has(text(key));
  }

  /** Without the key nobody could read what is on them. */
  private async hasClaims({ namespace, name }: ObjectKey): Promise<boolean> {
    const selection = { namespace, labelSelector: selectorText({ [labels.cluster]: name }), metadataOnly: true };
    return (await this.client.list(persistentVolumeClaims, selection)).items.length > 0;
  }

  /** A process that has just started finds every cluster whose volumes were kept gone: it looks before it writes. */
  private async deleteLeases(key: ObjectKey): Promise<void> {
    const names = ['cluster-coordinator', 'primary-node'].map((role) => `${leasePrefix(key.name)}-${role}`);
    await Promise.all(names.map((name) => this.deleteLease({ ...key, name })));
  }

  private async deleteLease(key: ObjectKey): Promise<void> {
    if ((await this.client.get(leases, key)) !== undefined) await this.client.delete(leases, key);
  }

  /** `<prefix>-nifi-component-<uuid>` (NiFi KubernetesConfigMapStateProvider): written by NiFi, without label or owner. */
  private async deleteState({ namespace, name }: ObjectKey): Promise<void> {
    const { items } = await this.client.list(configMaps, { namespace, metadataOnly: true });
    const prefix = `${leasePrefix(name)}-nifi-component-`;
    const state = items.filter(
      ({ metadata }) => metadata.name.startsWith(prefix) && /^[-0-9a-f]{36}$/u.test(metadata.name.slice(prefix.length)),
    );
    for (const { metadata } of state) {
      await this.client.delete(
        configMaps,
        { namespace, name: metadata.name },
        metadata.uid === undefined ? {} : { uid: metadata.uid },
      );
    }
  }
}

function text({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}
