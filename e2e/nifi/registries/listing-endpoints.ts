// What a registry holds, read through a client: branches, buckets, flows and versions. The node that is asked fetches it.

import { HttpError } from '../errors.ts';
import { mayView, registryClient } from '../flow/lookup.ts';
import type { Json } from '../format.ts';
import type { Call, Endpoint } from '../http/endpoint.ts';
import { RegistryApi } from './registry-api.ts';

const root = '/flow/registries/{id}';

export const registryListingEndpoints: readonly Endpoint[] = [
  listing(`${root}/branches`, async () => ({ branches: [{ branch: { name: 'main' } }] }), 'branches'),
  listing(
    `${root}/buckets`,
    async (api) => ({
      buckets: (await api.buckets()).map(({ identifier, name, createdTimestamp, permissions }) => ({
        id: identifier,
        bucket: { id: identifier, name, created: createdTimestamp },
        permissions: { canRead: permissions?.canRead ?? true, canWrite: permissions?.canWrite ?? true },
      })),
    }),
    'listing of buckets',
  ),
  listing(
    `${root}/buckets/{bucket}/flows`,
    async (api, { params }) => ({
      versionedFlows: (await api.flowsOf(params['bucket'] ?? '')).map((flow) => ({
        versionedFlow: {
          registryId: params['id'],
          bucketId: flow.bucketIdentifier,
          flowId: flow.identifier,
          flowName: flow.name,
          ...(flow.description === undefined ? {} : { description: flow.description }),
        },
      })),
    }),
    'listing of flows for bucket with ID {bucket}',
  ),
  listing(
    `${root}/buckets/{bucket}/flows/{flow}/details`,
    async (api, { params }) => {
      const flow = await api.flow(params['bucket'] ?? '', params['flow'] ?? '');
      return {
        registryId: params['id'],
        bucketId: flow.bucketIdentifier,
        flowId: flow.identifier,
        flowName: flow.name,
        ...(flow.description === undefined ? {} : { description: flow.description }),
      };
    },
    'flow for bucket with ID {bucket} and flow with ID {flow}',
  ),
  listing(
    `${root}/buckets/{bucket}/flows/{flow}/versions`,
    async (api, { params }) => ({
      versionedFlowSnapshotMetadataSet: (await api.versions(params['bucket'] ?? '', params['flow'] ?? '')).map(
        ({ bucketIdentifier, flowIdentifier, version, timestamp, author, comments }) => ({
          versionedFlowSnapshotMetadata: {
            bucketIdentifier,
            flowIdentifier,
            version: String(version),
            timestamp,
            ...(author === undefined ? {} : { author }),
            ...(comments === undefined ? {} : { comments }),
          },
          registryId: params['id'],
        }),
      ),
    }),
    'listing of versions for bucket with ID {bucket} and flow with ID {flow}',
  ),
];

function listing(path: string, read: (api: RegistryApi, call: Call) => Promise<Json>, what: string): Endpoint {
  return {
    method: 'GET',
    path,
    scope: 'local',
    authorize: mayView,
    prepare: async (call) => {
      const api = new RegistryApi(call.node.flows, registryClient(call, call.params['id'] ?? ''));
      const { branch } = Object.fromEntries(call.query);
      checkBranch(branch);
      try {
        return await read(api, call);
      } catch (error) {
        const wanted = what.replace(/\{(\w+)\}/g, (_, name: string) => call.params[name] ?? '');
        throw new HttpError(
          409,
          `Unable to obtain ${wanted}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    },
    run: (call) => ({ json: call.prepared }),
  };
}

function checkBranch(branch: string | undefined): void {
  if (branch === undefined || branch === 'main') return;
  throw new HttpError(409, "Invalid branch, NiFi Registry client only supports the default branch 'main'");
}
