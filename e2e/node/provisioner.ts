// The provisioner of a run's volumes: a directory of the run for every claim whose Pod has a node, as a local volume of that node. It looks at
// all claims and volumes again and again: there are few, and a look that comes to nothing costs two requests.
// A volume that is given back with its policy at Delete goes with its directory; one to be retained stays.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../pkg/kube/client.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../pkg/kube/errors.ts';
import {
  type PersistentVolumeClaim,
  persistentVolumeClaims,
  resource,
  storageClasses,
} from '../../pkg/kube/resources.ts';
import { type KubeObject, keyOf } from '../../pkg/kube/types.ts';
import { parseQuantity } from '../../pkg/schema/quantity.ts';
import { NODE_NAME } from './places.ts';

const EVERY_MS = 1000;
const provisioner = 'nifi-operator/e2e';
const selectedNode = 'volume.kubernetes.io/selected-node';

interface Volume extends KubeObject {
  readonly spec: {
    readonly capacity: { readonly storage: string };
    readonly claimRef?: { readonly uid?: string };
    readonly persistentVolumeReclaimPolicy?: string;
    readonly storageClassName?: string;
  };
  readonly status?: { readonly phase?: string };
}

const volumes = resource<Volume>('v1', 'PersistentVolume', 'persistentvolumes', false);

export interface Provisioner {
  stop(): Promise<void>;
}

/** Makes the class `standard`, the default one, and serves it below `dir`. */
export async function startProvisioner(
  client: KubeClient,
  dir: string,
  onError: (error: unknown) => void,
): Promise<Provisioner> {
  await client.create(storageClasses, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner,
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
    reclaimPolicy: 'Delete',
  });
  const ended = new AbortController();
  const work = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await look(client, dir).catch(onError);
      await sleep(EVERY_MS);
    }
  };
  const working = work();
  return {
    async stop() {
      ended.abort();
      await working;
    },
  };
}

/** Where the volume of the claim with this UID is. */
export function diskOf(dir: string, claimUid: string): string {
  return join(dir, claimUid);
}

async function look(client: KubeClient, dir: string): Promise<void> {
  const [claims, all] = await Promise.all([client.list(persistentVolumeClaims), client.list(volumes)]);
  const ours = new Map(
    all.items
      .filter(({ spec }) => spec.storageClassName === 'standard')
      .map((volume) => [volume.spec.claimRef?.uid ?? '', volume] as const),
  );
  for (const claim of claims.items) {
    const volume = ours.get(claim.metadata.uid ?? '');
    if (claim.spec?.storageClassName !== 'standard') continue;
    if (volume === undefined && claim.metadata.annotations?.[selectedNode] !== undefined)
      await provision(client, dir, claim);
    if (volume !== undefined && grew(claim)) await expand(client, claim, volume);
  }
  for (const [uid, volume] of ours) if (isGivenBack(volume)) await remove(client, dir, uid, volume);
}

/** After a crash between the two steps the directory is there, and both are done again. */
async function provision(client: KubeClient, dir: string, claim: PersistentVolumeClaim): Promise<void> {
  const uid = claim.metadata.uid ?? '';
  const path = diskOf(dir, uid);
  await mkdir(path, { recursive: true });
  const node = { key: 'kubernetes.io/hostname', operator: 'In', values: [NODE_NAME] };
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${uid}`, annotations: { 'pv.kubernetes.io/provisioned-by': provisioner } },
    spec: {
      capacity: { storage: claim.spec?.resources?.requests?.['storage'] ?? '1Gi' },
      accessModes: claim.spec?.accessModes ?? ['ReadWriteOnce'],
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [node] }] } },
      storageClassName: 'standard',
      persistentVolumeReclaimPolicy: 'Delete',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...keyOf(claim), uid },
    },
  };
  await client.create(volumes, volume as unknown as Volume).catch(unless(isAlreadyExists));
}

function grew(claim: PersistentVolumeClaim): boolean {
  const asked = claim.spec?.resources?.requests?.['storage'];
  const has = claim.status?.capacity?.['storage'];
  return asked !== undefined && has !== undefined && parseQuantity(asked) > parseQuantity(has);
}

/** A directory has no size of its own: what grows is what is written about it. */
async function expand(client: KubeClient, claim: PersistentVolumeClaim, volume: Volume): Promise<void> {
  const capacity = { storage: claim.spec?.resources?.requests?.['storage'] ?? '' };
  await client.patch(volumes, keyOf(volume), { spec: { capacity } }).catch(unless(isNotFound, isConflict));
  await client
    .patch(persistentVolumeClaims, keyOf(claim), { status: { capacity } }, { subresource: 'status' })
    .catch(unless(isNotFound, isConflict));
}

function isGivenBack({ spec, status }: Volume): boolean {
  return status?.phase === 'Released' && spec.persistentVolumeReclaimPolicy === 'Delete';
}

async function remove(client: KubeClient, dir: string, uid: string, volume: Volume): Promise<void> {
  await rm(diskOf(dir, uid), { recursive: true, force: true });
  await client.delete(volumes, keyOf(volume)).catch(unless(isNotFound));
}

function unless(...expected: readonly ((error: unknown) => boolean)[]): (error: unknown) => void {
  return (error) => {
    if (!expected.some((is) => is(error))) throw error;
  };
}
