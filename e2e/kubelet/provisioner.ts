// Plays the volume provisioner and the attach of it: claims get a disk, grow, and lose it when they are gone.
// A disk is a directory by the UID of its claim. A claim of `standard` waits for its first Pod, as most clusters' default
// class makes it: whoever waits for Bound before creating the Pod waits for ever.

import { mkdirSync, rmSync } from 'node:fs';
import { isAlreadyExists, isConflict, isNotFound } from '../../pkg/kube/errors.ts';
import type { PersistentVolumeClaim, StorageClass } from '../../pkg/kube/resources.ts';
import { persistentVolumeClaims, storageClasses } from '../../pkg/kube/resources.ts';
import type { Store } from '../../pkg/kube/store.ts';
import { type KubeObject, keyOf, keyText, type ObjectKey, type ResourceType } from '../../pkg/kube/types.ts';
import { parseQuantity } from '../../pkg/schema/quantity.ts';
import { diskDirectory, type Host } from './host.ts';
import { createObject, patchObject } from './writes.ts';

const provisionerName = 'played.kubelet/disk';
const selectedNode = 'volume.kubernetes.io/selected-node';
const volumes: ResourceType = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  namespaced: false,
};

interface ClassSpec {
  readonly name: string;
  readonly isDefault: boolean;
  readonly volumeBindingMode: 'WaitForFirstConsumer' | 'Immediate';
  readonly allowVolumeExpansion: boolean;
}

const classes: readonly ClassSpec[] = [
  { name: 'standard', isDefault: true, volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true },
  { name: 'immediate', isDefault: false, volumeBindingMode: 'Immediate', allowVolumeExpansion: true },
  { name: 'fixed', isDefault: false, volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: false },
];

/** Makes the StorageClasses that are not there yet. */
export async function createStorageClasses(host: Pick<Host, 'api' | 'writes'>): Promise<void> {
  for (const { name, isDefault, ...rest } of classes) {
    const annotations = { 'storageclass.kubernetes.io/is-default-class': String(isDefault) };
    const object = { ...header('storage.k8s.io/v1', 'StorageClass'), metadata: { name, annotations } };
    await createObject(host, storageClasses, { ...object, ...rest, provisioner: provisionerName } as KubeObject).catch(
      (error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
      },
    );
  }
}

export class Provisioner {
  private readonly host: Host;
  private readonly claims: Store<PersistentVolumeClaim>;
  private readonly classes: Store<StorageClass>;
  private readonly expansionDelayMs: number;
  /** Claims with a Pod that has a node: no longer waiting for their first consumer. */
  private readonly wanted = new Set<string>();
  private readonly busy = new Set<string>();
  /** Size that was last written to a claim of this UID: the watch may bring that write late. */
  private readonly given = new Map<string, string>();
  private stopped = false;

  constructor(
    host: Host,
    stores: { readonly claims: Store<PersistentVolumeClaim>; readonly classes: Store<StorageClass> },
    expansionDelayMs: number,
  ) {
    this.host = host;
    this.claims = stores.claims;
    this.classes = stores.classes;
    this.expansionDelayMs = expansionDelayMs;
    host.faults.onChange(() => this.lookAtAll());
    stores.classes.subscribe(() => this.lookAtAll());
    stores.claims.subscribe(({ kind, object }) => {
      if (kind === 'deleted') this.background(this.remove(object));
      else this.look(object);
    });
  }

  stop(): void {
    this.stopped = true;
  }

  /** A Pod of this claim will run on some node: the scheduler's word to the provisioner. */
  want(key: ObjectKey): void {
    this.wanted.add(keyText(key));
    const claim = this.claims.get(key);
    if (claim !== undefined) this.look(claim);
  }

  /** Whether the claim's class binds it only once a Pod wants it. */
  waitsForConsumer(claim: PersistentVolumeClaim): boolean {
    return this.classOf(claim)?.volumeBindingMode === 'WaitForFirstConsumer';
  }

  private lookAtAll(): void {
    for (const claim of this.claims.list()) this.look(claim);
  }

  private look(claim: PersistentVolumeClaim): void {
    const uid = claim.metadata.uid ?? '';
    if (this.stopped || this.busy.has(uid) || claim.metadata.deletionTimestamp !== undefined) return;
    const work = this.workOn(claim);
    if (work === undefined) return;
    this.busy.add(uid);
    this.background(this.finish(work, claim));
  }

  private async finish(work: Promise<void>, claim: PersistentVolumeClaim): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.host.report(error);
      await this.host.wheel.sleep(this.host.seconds(5));
    }
    this.busy.delete(claim.metadata.uid ?? '');
    const now = this.claims.get(keyOf(claim));
    if (now !== undefined) this.look(now);
  }

  private workOn(claim: PersistentVolumeClaim): Promise<void> | undefined {
    const asked = claim.spec?.resources?.requests?.['storage'];
    if (asked !== undefined && this.given.get(claim.metadata.uid ?? '') === asked) return undefined;
    if (claim.status?.phase === 'Bound') return grew(claim) ? this.expand(claim) : undefined;
    const storageClass = this.classOf(claim);
    if (storageClass?.provisioner !== provisionerName) return undefined;
    const key = keyOf(claim);
    if (this.host.faults.provisioningBlocked(key)) return undefined;
    if (storageClass.volumeBindingMode === 'WaitForFirstConsumer' && !this.wanted.has(keyText(key))) return undefined;
    return this.provision(claim, storageClass);
  }

  private classOf(claim: PersistentVolumeClaim): StorageClass | undefined {
    const name = claim.spec?.storageClassName;
    if (name !== undefined) return this.classes.get(name, '');
    return this.classes
      .list()
      .find(({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true');
  }

  /** After a crash between any two writes the claim is still Pending, and all of it is done again. */
  private async provision(
    claim: PersistentVolumeClaim,
    { metadata: { name: storageClassName } }: StorageClass,
  ): Promise<void> {
    const uid = claim.metadata.uid ?? '';
    const volumeName = `pvc-${uid}`;
    const path = diskDirectory(this.host.dir, uid);
    const storage = claim.spec?.resources?.requests?.['storage'] ?? '1Gi';
    const accessModes = claim.spec?.accessModes ?? ['ReadWriteOnce'];
    mkdirSync(path, { recursive: true });
    const volume = {
      ...header('v1', 'PersistentVolume'),
      metadata: { name: volumeName, annotations: { 'pv.kubernetes.io/provisioned-by': provisionerName } },
      spec: {
        capacity: { storage },
        accessModes,
        hostPath: { path },
        storageClassName,
        persistentVolumeReclaimPolicy: 'Delete',
        claimRef: { ...header('v1', 'PersistentVolumeClaim'), ...keyOf(claim), uid },
      },
    };
    await createObject(this.host, volumes, volume).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
    const annotations = {
      'pv.kubernetes.io/bind-completed': 'yes',
      'volume.kubernetes.io/storage-provisioner': provisionerName,
      ...(this.wanted.has(keyText(keyOf(claim))) ? { [selectedNode]: 'any' } : {}),
    };
    const target = { type: persistentVolumeClaims, key: keyOf(claim), uid };
    const className = claim.spec?.storageClassName === undefined ? { storageClassName } : {};
    await this.patch(target, { metadata: { annotations }, spec: { volumeName, ...className } });
    await this.patch(
      { ...target, subresource: 'status' },
      { status: { phase: 'Bound', accessModes, capacity: { storage } } },
    );
    this.given.set(uid, storage);
    await this.patch(
      { type: volumes, key: { namespace: '', name: volumeName }, subresource: 'status' },
      { status: { phase: 'Bound' } },
    );
  }

  private async expand(claim: PersistentVolumeClaim): Promise<void> {
    await this.host.wheel.sleep(this.expansionDelayMs);
    const capacity = { storage: claim.spec?.resources?.requests?.['storage'] ?? '' };
    const key = { namespace: '', name: claim.spec?.volumeName ?? '' };
    await this.patch({ type: volumes, key }, { spec: { capacity } });
    const target = { type: persistentVolumeClaims, key: keyOf(claim), uid: claim.metadata.uid, subresource: 'status' };
    await this.patch(target, { status: { capacity } });
    this.given.set(claim.metadata.uid ?? '', capacity.storage);
  }

  private async remove(claim: PersistentVolumeClaim): Promise<void> {
    this.wanted.delete(keyText(keyOf(claim)));
    this.given.delete(claim.metadata.uid ?? '');
    rmSync(diskDirectory(this.host.dir, claim.metadata.uid ?? ''), { recursive: true, force: true });
    const name = claim.spec?.volumeName;
    if (name === undefined || this.stopped) return;
    const key = { namespace: '', name };
    await this.host.writes(() => this.host.api.delete(volumes, key));
    await this.patch({ type: volumes, key }, { metadata: { finalizers: null } });
  }

  private async patch(target: Parameters<typeof patchObject>[1], patch: object): Promise<void> {
    await patchObject(this.host, target, patch).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error; // else it went away meanwhile
    });
  }

  private background(work: Promise<void>): void {
    work.catch((error: unknown) => this.host.report(error));
  }
}

function grew(claim: PersistentVolumeClaim): boolean {
  const asked = claim.spec?.resources?.requests?.['storage'];
  const has = claim.status?.capacity?.['storage'];
  return asked !== undefined && has !== undefined && parseQuantity(asked) > parseQuantity(has);
}

function header(apiVersion: string, kind: string): { readonly apiVersion: string; readonly kind: string } {
  return { apiVersion, kind };
}
