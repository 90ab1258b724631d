// What a registry offers, asked through NiFi's registry client: branches, buckets, flows, versions.
// Source: OpenAPI of NiFi 2.11, transcripts 07 and 13 of the reference; NiFi's FlowResource.
// Surprising: each of these makes NiFi call the registry, on the asked node and while the caller waits. A registry that is down is a 409
// with its error in the text (`RegistryUnavailable`), so none of this is asked once a period but only when something must be resolved.

import { field, type JsonObject, listIn, numberIn, objectAt, objectIn, optional, textIn } from '../decode.ts';
import type { CallRequest, NodeCalls } from '../types.ts';

/** NiFi waits 30 s to connect to a registry and 30 s for its answer (NifiRegistryFlowRegistryClient). */
const PATIENCE_MS = 65_000;

export interface RegistryBucket {
  readonly id: string;
  readonly name: string;
}

export interface RegistryFlow {
  readonly id: string;
  readonly name: string;
}

export interface RegistryFlowVersion {
  readonly version: string;
  /** Milliseconds since 1970, by the registry's clock; 0 when it tells none. */
  readonly timestamp: number;
  readonly author?: string;
  readonly comments?: string;
}

/** GET /flow/registries/{id}/branches; a registry without branches answers `main`. */
export async function listBranches(node: NodeCalls, clientId: string): Promise<readonly string[]> {
  const path = '/flow/registries/{id}/branches';
  const answer = objectAt(
    await node.request({ method: 'GET', path, params: { id: clientId }, ...waitingFor(clientId) }),
    'answer',
  );
  return listIn(answer, 'branches').map((each) => textIn(objectIn(objectAt(each, 'branch'), 'branch'), 'name'));
}

/** GET /flow/registries/{id}/buckets: those that may be read. */
export async function listBuckets(
  node: NodeCalls,
  clientId: string,
  branch?: string,
): Promise<readonly RegistryBucket[]> {
  const path = '/flow/registries/{id}/buckets';
  const request = {
    method: 'GET',
    path,
    params: { id: clientId },
    ...queryOf(branch),
    ...waitingFor(clientId),
  } as const;
  const answer = objectAt(await node.request(request), 'answer');
  return listIn(answer, 'buckets')
    .map((each) => objectAt(each, 'bucket'))
    .filter((entity) => field(entity, 'bucket') !== undefined)
    .map((entity) => objectIn(entity, 'bucket'))
    .map((bucket) => ({ id: textIn(bucket, 'id'), name: textIn(bucket, 'name') }));
}

/** GET /flow/registries/{id}/buckets/{bucket}/flows. */
export async function listFlows(
  node: NodeCalls,
  clientId: string,
  bucketId: string,
  branch?: string,
): Promise<readonly RegistryFlow[]> {
  const path = '/flow/registries/{id}/buckets/{bucketId}/flows';
  const request = {
    method: 'GET',
    path,
    params: { id: clientId, bucketId },
    ...queryOf(branch),
    ...waitingFor(clientId),
  } as const;
  return listIn(objectAt(await node.request(request), 'answer'), 'versionedFlows')
    .map((each) => objectIn(objectAt(each, 'flow'), 'versionedFlow'))
    .map((flow) => ({ id: textIn(flow, 'flowId'), name: textIn(flow, 'flowName') }));
}

/** GET …/flows/{flow}/versions, the newest first. */
export async function listVersions(
  node: NodeCalls,
  flow: { readonly registryId: string; readonly branch?: string; readonly bucketId: string; readonly flowId: string },
): Promise<readonly RegistryFlowVersion[]> {
  const { registryId, branch, bucketId, flowId } = flow;
  const path = '/flow/registries/{id}/buckets/{bucketId}/flows/{flowId}/versions';
  const request = {
    method: 'GET',
    path,
    params: { id: registryId, bucketId, flowId },
    ...queryOf(branch),
    ...waitingFor(registryId),
  } as const;
  return listIn(objectAt(await node.request(request), 'answer'), 'versionedFlowSnapshotMetadataSet')
    .map((each) => decodeVersion(objectIn(objectAt(each, 'version'), 'versionedFlowSnapshotMetadata')))
    .toSorted(newestFirst);
}

function waitingFor(registry: string): Pick<CallRequest, 'patienceMs' | 'waitsFor'> {
  return { patienceMs: PATIENCE_MS, waitsFor: registry };
}

function queryOf(branch: string | undefined): { readonly query?: Readonly<Record<string, string>> } {
  return branch === undefined ? {} : { query: { branch } };
}

function decodeVersion(metadata: JsonObject): RegistryFlowVersion {
  return {
    version: textIn(metadata, 'version'),
    timestamp: optional(metadata, 'timestamp', numberIn).timestamp ?? 0,
    ...optional(metadata, 'author', textIn),
    ...optional(metadata, 'comments', textIn),
  };
}

/** By time; NiFi Registry's versions are numbers, which tell the order when times do not. */
function newestFirst(a: RegistryFlowVersion, b: RegistryFlowVersion): number {
  return b.timestamp - a.timestamp || b.version.localeCompare(a.version, 'en', { numeric: true });
}
