// One request from bytes to bytes: host check, who asks, which endpoint, who answers, and the answer written down.
// The order matters: Jetty refuses a wrong host before anything else, and without a name even an unknown path is 401.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { authenticate, bearerToken, unauthorized } from '../access/authenticate.ts';
import { askCoordinator, type ReplicationContext, replicate } from '../cluster/replication.ts';
import { HttpError, jettyPage } from '../errors.ts';
import type { User } from '../tenants/authorize.ts';
import { certifies, type KeyMaterial } from '../tls/keystore.ts';
import type { Answer, AskedNode, Call, Endpoint } from './endpoint.ts';
import type { Match, Router } from './router.ts';

export interface ServeContext {
  readonly node: AskedNode;
  readonly router: Router;
  readonly material: KeyMaterial | undefined;
  readonly replication: ReplicationContext;
  /** Told once, when the call is carried out and before its answer leaves; the answer waits for it. */
  logged(entry: {
    readonly method: string;
    readonly path: string;
    readonly identity: string;
    readonly status: number;
  }): Promise<void>;
}

const apiRoot = '/nifi-api';
const votingText = 'Cluster is still in the process of voting on the appropriate Data Flow.';
const acknowledgeText =
  'This node is disconnected from its configured cluster. The requested change will only be allowed if the flag to acknowledge the disconnected node is set.';

/** Answers a request; never rejects. */
export async function serve(request: IncomingMessage, response: ServerResponse, context: ServeContext): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://host');
  let identity = '';
  let answer: Answer | HttpError;
  try {
    const body = await readBody(request);
    checkHost(request, context.material);
    const user = identify(request, context);
    identity = user?.identity ?? '';
    answer = await dispatch({ request, url, body, user, context });
  } catch (error) {
    answer = error instanceof HttpError ? error : unexpected(error);
  }
  const status = answer instanceof HttpError ? answer.status : (answer.status ?? 200);
  await context.logged({ method: request.method ?? '', path: url.pathname + url.search, identity, status });
  write(response, answer);
}

interface Dispatch {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly body: unknown;
  readonly user: User | undefined;
  readonly context: ServeContext;
}

async function dispatch({ request, url, body, user, context }: Dispatch): Promise<Answer> {
  const { node } = context;
  const match = findEndpoint(request, url, user, context.router);
  const { endpoint } = match;
  if (!user && !endpoint.anonymous) throw unauthorized();
  const origin = originOf(request, node);
  const call: Call = {
    method: endpoint.method,
    path: url.pathname.slice(apiRoot.length),
    params: match.params,
    query: url.searchParams,
    body,
    user: user ?? { identity: 'anonymous', anonymous: true },
    token: bearerToken(request),
    node,
    state: node.state,
    uri: (path) => `${origin}${apiRoot}${path}`,
  };
  if (call.method !== 'GET') node.flows.faults.beforeWrite(call.path, call.state);
  const ready = await prepared(endpoint, call);
  if (endpoint.scope === 'local' || node.connection === 'NOT_CLUSTERED') return answerAlone(endpoint, ready);
  return answerInCluster(endpoint, ready, context);
}

/** Rights come first: nobody makes a node call a registry who may not. */
async function prepared(endpoint: Endpoint, call: Call): Promise<Call> {
  if (!endpoint.prepare) return call;
  endpoint.check?.(call);
  endpoint.authorize?.(call);
  return { ...call, prepared: await endpoint.prepare(call) };
}

function findEndpoint(request: IncomingMessage, url: URL, user: User | undefined, router: Router): Match {
  const path = url.pathname;
  if (path !== apiRoot && !path.startsWith(`${apiRoot}/`)) throw jettyPage(404, 'Not Found', path);
  try {
    return router.match(request.method ?? 'GET', path.slice(apiRoot.length));
  } catch (error) {
    throw user ? error : unauthorized();
  }
}

async function answerInCluster(endpoint: Endpoint, call: Call, context: ServeContext): Promise<Answer> {
  const { cluster, connection } = call.node;
  if (!cluster?.state && connection === 'CONNECTING') throw new HttpError(409, votingText);
  if (endpoint.scope === 'coordinator') {
    if (cluster && connection === 'CONNECTED') return askCoordinator(cluster, endpoint, call, context.replication);
    endpoint.authorize?.(call);
    throw new HttpError(404, 'Only a node connected to a cluster can process the request.', 'application/json');
  }
  endpoint.check?.(call);
  if (cluster && connection === 'CONNECTED') return replicate(cluster, endpoint, call, context.replication);
  checkAcknowledged(call);
  return answerAlone(endpoint, call);
}

function answerAlone(endpoint: Endpoint, call: Call): Answer {
  endpoint.check?.(call);
  endpoint.authorize?.(call);
  endpoint.verify?.(call);
  return endpoint.run(call);
}

/** A node that is out of its cluster changes its own copy only when told so. */
function checkAcknowledged(call: Call): void {
  if (call.method === 'GET') return;
  const inBody = (call.body as { disconnectedNodeAcknowledged?: unknown } | undefined)?.disconnectedNodeAcknowledged;
  const inQuery = call.query.get('disconnectedNodeAcknowledged');
  if (inBody !== true && inQuery !== 'true') throw new HttpError(400, acknowledgeText);
}

function identify(request: IncomingMessage, { node }: ServeContext): User | undefined {
  return authenticate(request, {
    secure: node.config.secure,
    mappings: node.config.mappings,
    rules: node.rules,
    state: node.state,
    tokens: node.tokens,
    origin: originOf(request, node),
  });
}

function checkHost(request: IncomingMessage, material: KeyMaterial | undefined): void {
  if (!material) return;
  const host = request.headers.host ?? '';
  if (certifies(material.leaf, host.replace(/:\d+$/, ''))) return;
  throw jettyPage(400, 'Invalid SNI', `https://${host}${request.url ?? ''}`);
}

function originOf(request: IncomingMessage, node: AskedNode): string {
  return `${node.config.secure ? 'https' : 'http'}://${request.headers.host ?? ''}`;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString('utf8');
  if (text === '') return undefined;
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) return parseMultipart(bytes, type);
  if (type.startsWith('application/x-www-form-urlencoded')) return new URLSearchParams(text);
  if (!type.startsWith('application/json')) throw new HttpError(415, 'HTTP 415 Unsupported Media Type');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new HttpError(400, 'Message body is malformed. Unable to map into expected format.');
  }
}

/** The fields of the form; a file is its text. */
async function parseMultipart(bytes: Buffer, type: string): Promise<Readonly<Record<string, string>>> {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
  const fields: Record<string, string> = {};
  for (const [name, value] of form.entries()) fields[name] = typeof value === 'string' ? value : await value.text();
  return fields;
}

function write(response: ServerResponse, answer: Answer | HttpError): void {
  if (answer instanceof HttpError) {
    response.writeHead(answer.status, { 'content-type': answer.contentType }).end(answer.message);
    return;
  }
  const json = answer.json !== undefined;
  response
    .writeHead(answer.status ?? 200, {
      ...(json ? { 'content-type': 'application/json' } : {}),
      ...(!json && answer.text ? { 'content-type': 'text/plain;charset=iso-8859-1' } : {}),
      ...(answer.location === undefined ? {} : { location: answer.location }),
    })
    .end(json ? JSON.stringify(answer.json) : (answer.text ?? ''));
}

/** A defect of the stand-in: it must be seen, so the text says what it was. */
function unexpected(error: unknown): HttpError {
  return new HttpError(
    500,
    `The stand-in failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}
