// The REST API of a NiFi Registry, as far as NiFi and the operator call it (BucketResource, BucketFlowResource). Everybody may do
// everything: without TLS a registry knows only "anonymous" (recorded).

import type { Bucket, Flow, FlowVersion, RegistryStore } from './store.ts';
import { RegistryError } from './store.ts';

export interface ApiRequest {
  readonly method: string;
  /** Below /nifi-registry-api. */
  readonly path: string;
  /** Parsed JSON or undefined. */
  readonly body: unknown;
}

type Json = Readonly<Record<string, unknown>>;
type Params = Readonly<Record<string, string>>;

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  run(store: RegistryStore, params: Params, body: Json): unknown;
}

interface VersionBody {
  readonly snapshotMetadata?: { readonly version?: number; readonly author?: string; readonly comments?: string };
  readonly flowContents?: object;
  readonly parameterContexts?: object;
}

const bucketPath = '/buckets/(?<bucket>[^/]+)';
const flowPath = `${bucketPath}/flows/(?<flow>[^/]+)`;

const routes: readonly Route[] = [
  route('GET', '/about', () => ({ registryAboutVersion: '2.11.0' })),
  route('GET', '/buckets', (store) => [...store.buckets.values()].map(bucketJson)),
  route('POST', '/buckets', (store, _, body) => bucketJson(store.createBucket(String(body['name'])))),
  route('GET', bucketPath, (store, { bucket = '' }) => bucketJson(store.bucket(bucket))),
  route('GET', `${bucketPath}/flows`, (store, { bucket = '' }) => {
    store.bucket(bucket);
    return store.flowsOf(bucket).map((flow) => flowJson(store, flow));
  }),
  route('POST', `${bucketPath}/flows`, (store, { bucket = '' }, body) => {
    const description = typeof body['description'] === 'string' ? body['description'] : undefined;
    return flowJson(store, store.createFlow(bucket, String(body['name']), description));
  }),
  route('GET', flowPath, (store, { bucket = '', flow = '' }) => flowJson(store, store.flow(bucket, flow))),
  route('DELETE', flowPath, (store, { bucket = '', flow = '' }) => flowJson(store, store.deleteFlow(bucket, flow))),
  route('GET', `${flowPath}/versions`, (store, { bucket = '', flow = '' }) => {
    const found = store.flow(bucket, flow);
    return found.versions.map((version) => metadataJson(found, version));
  }),
  route('GET', `${flowPath}/versions/latest`, (store, { bucket = '', flow = '' }) => {
    const found = store.flow(bucket, flow);
    return snapshotJson(store, found, store.version(bucket, flow, found.versions.length));
  }),
  route('GET', `${flowPath}/versions/(?<version>\\d+)`, (store, { bucket = '', flow = '', version = '' }) =>
    snapshotJson(store, store.flow(bucket, flow), store.version(bucket, flow, Number(version))),
  ),
  route('POST', `${flowPath}/versions`, (store, { bucket = '', flow = '' }, body) => {
    const { snapshotMetadata, flowContents, parameterContexts } = body as VersionBody;
    if (!flowContents) throw new RegistryError(400, 'Flow contents must be specified');
    const made = store.createVersion(bucket, flow, {
      ...snapshotMetadata,
      flowContents,
      ...(parameterContexts ? { parameterContexts } : {}),
      author: 'anonymous',
    });
    return snapshotJson(store, store.flow(bucket, flow), made);
  }),
];

/** What a request is answered with, as JSON. Throws RegistryError. */
export function answer(store: RegistryStore, { method, path, body }: ApiRequest): unknown {
  let known = false;
  for (const candidate of routes) {
    const match = candidate.pattern.exec(path);
    if (!match) continue;
    if (candidate.method === method) return candidate.run(store, match.groups ?? {}, (body ?? {}) as Json);
    known = true;
  }
  throw new RegistryError(known ? 405 : 404, known ? 'HTTP 405 Method Not Allowed' : 'HTTP 404 Not Found');
}

function route(method: string, path: string, run: Route['run']): Route {
  return { method, pattern: new RegExp(`^${path}$`), run };
}

function bucketJson({ identifier, name, createdTimestamp }: Bucket): Json {
  return {
    allowBundleRedeploy: false,
    allowPublicRead: false,
    createdTimestamp,
    identifier,
    link: { href: `buckets/${identifier}`, params: { rel: 'self' } },
    name,
    permissions: { canDelete: true, canRead: true, canWrite: true },
    revision: { version: 0 },
  };
}

function flowJson(store: RegistryStore, flow: Flow): Json {
  const { identifier, name, description, bucketIdentifier, createdTimestamp, versions } = flow;
  return {
    bucketIdentifier,
    bucketName: store.bucket(bucketIdentifier).name,
    createdTimestamp,
    ...(description === undefined ? {} : { description }),
    identifier,
    link: { href: `buckets/${bucketIdentifier}/flows/${identifier}`, params: { rel: 'self' } },
    modifiedTimestamp: versions.at(-1)?.timestamp ?? createdTimestamp,
    name,
    permissions: { canDelete: true, canRead: true, canWrite: true },
    revision: { version: 0 },
    type: 'Flow',
    versionCount: versions.length,
  };
}

function metadataJson(flow: Flow, { version, timestamp, author, comments }: FlowVersion): Json {
  return {
    author,
    bucketIdentifier: flow.bucketIdentifier,
    comments,
    flowIdentifier: flow.identifier,
    link: {
      href: `buckets/${flow.bucketIdentifier}/flows/${flow.identifier}/versions/${version}`,
      params: { rel: 'content' },
    },
    timestamp,
    version,
  };
}

function snapshotJson(store: RegistryStore, flow: Flow, version: FlowVersion): Json {
  return {
    bucket: bucketJson(store.bucket(flow.bucketIdentifier)),
    externalControllerServices: {},
    flow: flowJson(store, flow),
    flowContents: version.flowContents,
    flowEncodingVersion: '1.0',
    latest: version.version === flow.versions.length,
    parameterContexts: version.parameterContexts,
    parameterProviders: {},
    snapshotMetadata: metadataJson(flow, version),
  };
}
