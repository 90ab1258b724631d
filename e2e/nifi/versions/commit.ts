// A group put under version control, or its next version: its contents go to the registry, and its components keep the identifiers
// that they have there.

import { HttpError } from '../errors.ts';
import { registryClient } from '../flow/lookup.ts';
import { below, type ClusterState, groupsBelow, type ProcessGroup, type VersionControl } from '../flow/state.ts';
import type { Call } from '../http/endpoint.ts';
import { RegistryApi } from '../registries/registry-api.ts';
import { exportFlow, versionedIdOf } from './export.ts';

export interface CommitBody {
  readonly registryId?: string;
  readonly branch?: string;
  readonly bucketId?: string;
  readonly flowId?: string;
  readonly flowName?: string;
  readonly description?: string;
  readonly comments?: string;
}

/** Sends the group to the registry. Throws 409 when that fails. */
export async function commit(call: Call, group: ProcessGroup, body: CommitBody): Promise<VersionControl> {
  const { registryId = '', bucketId = '' } = body;
  const api = new RegistryApi(call.node.flows, registryClient(call, registryId));
  const { flowContents, parameterContexts } = exportFlow({ state: call.state, version: call.node.version }, group);
  try {
    const flow =
      body.flowId === undefined
        ? await api.createFlow(bucketId, body.flowName ?? '', body.description)
        : await api.flow(bucketId, body.flowId);
    const version = flow.versionCount + 1;
    const made = await api.createVersion(
      {
        bucketIdentifier: bucketId,
        flowIdentifier: flow.identifier,
        version,
        author: call.user.identity,
        ...(body.comments === undefined ? {} : { comments: body.comments }),
      },
      { flowContents, parameterContexts, flowEncodingVersion: '1.0' },
    );
    return {
      registryId,
      branch: body.branch,
      bucketId,
      bucketName: made.bucket?.name ?? flow.bucketName,
      flowId: flow.identifier,
      flowName: flow.name,
      flowDescription: flow.description,
      version: String(version),
      storageLocation: `${api.base}/nifi-registry-api/buckets/${bucketId}/flows/${flow.identifier}/versions/${version}`,
      contents: flowContents,
      stale: false,
      syncFailure: undefined,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HttpError(409, `Failed to register flow with Flow Registry due to ${why}`);
  }
}

/** From now on every component is known by the identifier that it has in the registry. */
export function keepIdentifiers(state: ClusterState, group: ProcessGroup): void {
  const [, ...groups] = groupsBelow(state, group.id);
  for (const child of groups) child.versionedId = versionedIdOf(child);
  for (const items of [state.components, state.connections, state.services]) {
    const map = items as Map<
      string,
      { readonly id: string; readonly groupId: string; versionedId?: string | undefined }
    >;
    for (const item of below(state, map, group.id)) item.versionedId = versionedIdOf(item);
  }
}
