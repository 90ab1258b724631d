// What a process reads before it listens, and which disks it finds itself on. All refusals of a start happen here.

import { randomUUID } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ContainerStart } from '../kubelet/types.ts';
import { discover } from './access/discovery.ts';
import type { Cluster } from './cluster/cluster.ts';
import { type NodeConfig, readNodeConfig } from './config/node-config.ts';
import { type Disk, volumeOf } from './disks.ts';
import { StartRefused } from './errors.ts';
import { type ClusterState, emptyState } from './flow/state.ts';
import type { Surroundings } from './surroundings.ts';
import { checkSeed, seedAccess } from './tenants/seed.ts';
import { type KeyMaterial, readKeyMaterial } from './tls/keystore.ts';

export interface Loaded {
  readonly config: NodeConfig;
  readonly material: KeyMaterial | undefined;
  /** Where flow, users and policies are. */
  readonly data: Disk;
  readonly flowFiles: Disk;
  readonly localState: Disk;
  readonly cluster: Cluster | undefined;
}

/** Throws StartRefused with what NiFi would say last. */
export async function loadNode(container: ContainerStart, world: Surroundings): Promise<Loaded> {
  const config = await readNodeConfig(container);
  const material = config.secure ? await readKeyMaterial(container.root, config.paths, config.properties) : undefined;
  if (config.authorizer.kind === 'managed') checkSeed(config.authorizer.seed, config.mappings);
  if (config.login.kind === 'oidc') await discover(config.login.discoveryUrl);
  const disk = (path: string) => openDisk(container, world, path);
  const data = disk(config.paths.flow);
  forgetSetAside(container, config, data);
  const flowFiles = disk(config.paths.flowFiles);
  const localState = disk(config.paths.localState);
  if (data.keyDigest !== undefined && data.keyDigest !== config.keyDigest) {
    throw new StartRefused(
      'There was an issue decrypting protected properties: Decryption Failed with Algorithm [AES/GCM/NoPadding]',
    );
  }
  world.disks.mount(flowFiles, new Set(config.paths.contents.map((path) => disk(path).id)));
  localState.nodeUuid ??= randomUUID();
  return { config, material, data, flowFiles, localState, cluster: world.clusterOf(config) };
}

function openDisk(container: ContainerStart, world: Surroundings, path: string): Disk {
  const volume = volumeOf(path, container.volumes);
  const disk = world.disks.open(volume?.id ?? `pod:${container.podUid}`);
  const directory = (volume && container.directories?.[volume.id]) ?? `${container.root}${volume?.mount ?? ''}`;
  // A mount is a link; the disk is what it leads to.
  if (existsSync(directory)) disk.directory = realpathSync(directory);
  return disk;
}

/**
 * Leaves the files that NiFi would have on its volume, so that whoever looks for them, or sets them aside, finds some.
 * They hold nothing: what they stand for is in the disk.
 */
export async function leaveFiles(container: ContainerStart, config: NodeConfig): Promise<void> {
  for (const path of stateFiles(config)) {
    const file = `${container.root}${path}`;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '', { flag: 'a' });
  }
}

/** Files that were moved away since the last start: NiFi would not find its flow, or its users, and begin anew. */
function forgetSetAside(container: ContainerStart, config: NodeConfig, data: Disk): void {
  if (!data.state) return;
  const gone = stateFiles(config).filter((path) => !existsSync(`${container.root}${path}`));
  if (gone.length === 0) return;
  data.state = undefined;
  data.keyDigest = undefined;
}

function stateFiles(config: NodeConfig): readonly string[] {
  const { authorizer, paths } = config;
  return [paths.flow, ...(authorizer.kind === 'managed' ? [authorizer.usersFile, authorizer.policiesFile] : [])];
}

/** The flow, users and policies of a node whose disk is fresh. */
export function freshState(config: NodeConfig): ClusterState {
  const state = emptyState();
  if (config.authorizer.kind === 'managed') seedAccess(state, config.authorizer.seed, config.mappings);
  return state;
}

/** The files as they are now; the old material, the same object, when nothing changed or they are no good. */
export async function reloadKeyMaterial(root: string, config: NodeConfig, old: KeyMaterial): Promise<KeyMaterial> {
  try {
    const now = await readKeyMaterial(root, config.paths, config.properties);
    const same = now.certPem === old.certPem && now.keyPem === old.keyPem && now.caPem === old.caPem;
    return same ? old : now;
  } catch (error) {
    if (error instanceof StartRefused) return old;
    throw error;
  }
}
