// A version out of a registry, in the name of a node, and NiFi's words when that fails: a registry that cannot be reached is a conflict
// (409), one that has no such version is the caller's mistake (400).

import { HttpError } from '../errors.ts';
import { registryClient } from '../flow/lookup.ts';
import type { VersionControl } from '../flow/state.ts';
import type { Call } from '../http/endpoint.ts';
import { RegistryApi, RegistryRefused, type RegistrySnapshot } from '../registries/registry-api.ts';
import type { FlowSnapshot } from './snapshot.ts';

/** What a client names: `branch` may be missing, all else has to be there. */
export interface Coordinates {
  readonly registryId?: string;
  readonly branch?: string;
  readonly bucketId?: string;
  readonly flowId?: string;
  readonly version?: string;
}

export interface FetchedVersion {
  readonly snapshot: FlowSnapshot;
  readonly control: VersionControl;
}

/** Throws 400 when something is missing (VersionsResource). */
export function checkCoordinates({ registryId, bucketId, flowId, version }: Coordinates): void {
  const parts = { 'Registry ID': registryId, 'Bucket ID': bucketId, 'Flow ID': flowId, Version: version };
  for (const [name, value] of Object.entries(parts)) {
    if (value === undefined || value === '')
      throw new HttpError(400, `Version Control Information must supply ${name}`);
  }
}

/** Throws 404 for an unknown client, else as said above. */
export async function fetchVersion(call: Call, coordinates: Coordinates): Promise<FetchedVersion> {
  const { registryId = '', branch, bucketId = '', flowId = '', version = '' } = coordinates;
  const api = new RegistryApi(call.node.flows, registryClient(call, registryId));
  try {
    if (branch !== undefined && branch !== 'main') {
      throw new RegistryRefused("Invalid branch, NiFi Registry client only supports the default branch 'main'");
    }
    const found = await api.snapshot(bucketId, flowId, version);
    return { snapshot: found as unknown as FlowSnapshot, control: controlOf(coordinates, found) };
  } catch (error) {
    if (error instanceof RegistryRefused) {
      throw new HttpError(
        400,
        `Error retrieving flow [${flowId}] in bucket [${bucketId}] branch [${branch ?? 'null'}] with version [${version}] using Flow Registry Client with ID [${registryId}]: ${error.message}`,
      );
    }
    throw new HttpError(409, 'Failed to communicate with Flow Registry when attempting to retrieve a versioned flow');
  }
}

function controlOf(coordinates: Coordinates, found: RegistrySnapshot): VersionControl {
  const { registryId = '', branch, bucketId = '', flowId = '', version = '' } = coordinates;
  return {
    registryId,
    branch,
    bucketId,
    bucketName: found.bucket?.name ?? found.flow.bucketName,
    flowId,
    flowName: found.flow.name,
    flowDescription: found.flow.description,
    version,
    storageLocation: undefined,
    contents: found.flowContents,
    stale: found.flow.versionCount > Number(version),
    syncFailure: undefined,
  };
}
