// The volumes of one Pod on this machine's disk: made before its first container starts, kept up to date while it runs.
// A claim's directory belongs to the PVC's UID, not to its name: a claim deleted and made again is an empty disk.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Container, V1Volume } from '@kubernetes/client-node';
import type { Pod } from '../../pkg/kube/resources.ts';
import { samePayload, writeAtomicVolume } from './atomic-volume.ts';
import { ConfigError } from './env.ts';
import { diskDirectory, type Host } from './host.ts';
import { type Payload, type PayloadContext, payloadOf } from './payload.ts';
import type { Mount } from './root.ts';

interface PlacedVolume {
  readonly volume: V1Volume;
  readonly source: string;
  /** Present when the kubelet writes the files. */
  payload?: Payload;
  readonly claimUid?: string;
}

/** What could not be mounted: a FailedMount event and another try. */
export class MountError extends Error {
  override readonly name = 'MountError';
}

export class PodVolumes {
  private readonly host: Host;
  private readonly dir: string;
  private readonly placed = new Map<string, PlacedVolume>();

  constructor(host: Host, dir: string) {
    this.host = host;
    this.dir = dir;
  }

  /** Makes every volume that is not there yet. Throws MountError for the first that cannot be made. */
  mount(context: PayloadContext): void {
    for (const volume of context.pod.spec?.volumes ?? []) {
      if (this.placed.has(volume.name)) continue;
      try {
        this.placed.set(volume.name, this.place(volume, context));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        throw new MountError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`);
      }
    }
  }

  /** Rewrites what has changed. An object deleted meanwhile leaves the files as they are. */
  refresh(context: PayloadContext): void {
    for (const placed of this.placed.values()) {
      if (placed.payload === undefined) continue;
      const now = latestPayload(placed.volume, context);
      if (now === undefined || samePayload(now, placed.payload)) continue;
      writeAtomicVolume(placed.source, now);
      placed.payload = now;
    }
  }

  mountsOf(container: V1Container): readonly Mount[] {
    return (container.volumeMounts ?? []).map(({ name, mountPath, subPath }) => {
      const placed = this.placed.get(name);
      if (placed === undefined) throw new Error(`container ${container.name} mounts ${name}, which is no volume`);
      return { mountPath, subPath, source: placed.source, refreshed: placed.payload !== undefined };
    });
  }

  /** Mount path → UID of the PVC there. */
  disksOf(container: V1Container): Readonly<Record<string, string>> {
    const disks: Record<string, string> = {};
    for (const { name, mountPath } of container.volumeMounts ?? []) {
      const uid = this.placed.get(name)?.claimUid;
      if (uid !== undefined) disks[mountPath] = uid;
    }
    return disks;
  }

  private place(volume: V1Volume, context: PayloadContext): PlacedVolume {
    const { persistentVolumeClaim: claim } = volume;
    if (claim !== undefined) {
      const uid = this.boundClaim(context.pod, claim.claimName);
      const source = diskDirectory(this.host.dir, uid);
      mkdirSync(source, { recursive: true });
      return { volume, source, claimUid: uid };
    }
    const source = join(this.dir, volume.name);
    const payload = payloadOf(volume, context);
    if (payload === undefined) mkdirSync(source, { recursive: true });
    else writeAtomicVolume(source, payload);
    return payload === undefined ? { volume, source } : { volume, source, payload };
  }

  private boundClaim(pod: Pod, name: string): string {
    const claim = this.host.claim({ namespace: pod.metadata.namespace ?? '', name });
    if (claim === undefined) throw new ConfigError(`persistentvolumeclaim "${name}" not found`);
    if (claim.status?.phase !== 'Bound') throw new ConfigError(`persistentvolumeclaim "${name}" is not bound`);
    return claim.metadata.uid ?? '';
  }
}

function latestPayload(volume: V1Volume, context: PayloadContext): Payload | undefined {
  try {
    return payloadOf(volume, context);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
