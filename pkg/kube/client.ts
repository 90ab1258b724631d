// The client: every call of the operator to the API server, over one keep-alive pool.
//
// Objects go in and out as raw JSON. It decides nothing: no cache, no defaults, no retry but those that cannot do harm (429 and 503
// with Retry-After, one fresh token after a 401, one more try of a read whose connection broke). Writes pass the fence first.

import type { ClusterAccess } from './access.ts';
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KubeApi,
  ListOptions,
  ListResult,
  PatchOptions,
  RawOptions,
  WatchOptions,
  WriteOptions,
} from './api.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import { isStatus, KubeTransportError } from './errors.ts';
import { WriteFence } from './fence.ts';
import type { RequestInfo } from './metrics.ts';
import { collectionPath, creationPath, objectPath, withQuery } from './paths.ts';
import { type HttpResponse, Transport } from './transport.ts';
import { type KubeObject, keyOf, type ObjectKey, type ResourceType, type WatchEvent } from './types.ts';
import { WatchStream } from './watch-stream.ts';
import {
  acceptOf,
  answerOf,
  asUidConflict,
  type RawList,
  resourceText,
  retryDelay,
  selectors,
  shape,
  withPreconditions,
} from './wire.ts';

export interface KubeClientOptions {
  readonly access: ClusterAccess;
  readonly clock?: Clock;
  /** Checked right before each write leaves; one that is always open when absent. */
  readonly fence?: WriteFence;
  /** Called for every HTTP answer, and for every exchange that got none. */
  readonly onRequest?: (info: RequestInfo) => void;
  readonly userAgent?: string;
  /** Most sockets for calls; watches have their own. 10 when absent. */
  readonly maxSockets?: number;
  /** Deadline of calls that name none; 10 s when absent. */
  readonly deadlineMs?: number;
}

interface Call extends CallOptions {
  readonly verb: string;
  readonly method: string;
  readonly path: string;
  readonly resource: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly unfenced?: boolean;
}

export const fieldManager = 'nifi-operator';
const defaultIdleMs = 110_000;

/** The API server, for one identity. */
export class KubeClient implements KubeApi {
  readonly access: ClusterAccess;
  readonly fence: WriteFence;
  private readonly clock: Clock;
  private readonly onRequest: (info: RequestInfo) => void;
  private readonly userAgent: string;
  private readonly deadlineMs: number;
  private readonly transport: Transport;

  constructor(options: KubeClientOptions) {
    this.access = options.access;
    this.clock = options.clock ?? systemClock;
    this.fence = options.fence ?? new WriteFence(this.clock);
    this.onRequest = options.onRequest ?? (() => undefined);
    this.userAgent = options.userAgent ?? fieldManager;
    this.deadlineMs = options.deadlineMs ?? 10_000;
    this.transport = new Transport(options.access.server, this.clock, options.maxSockets ?? 10);
  }

  async get<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options: CallOptions = {},
  ): Promise<T | undefined> {
    const path = objectPath(type, key);
    try {
      return (await this.call({ ...options, verb: 'get', method: 'GET', path, resource: type.plural })) as T;
    } catch (error) {
      if (isStatus(error, 404, 'NotFound')) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<ListResult<T>> {
    // A continue token carries its own version; sending both is refused.
    const version = options.continue === undefined ? options.resourceVersion : undefined;
    const path = withQuery(collectionPath(type, options.namespace), {
      ...selectors(options),
      limit: options.limit,
      continue: options.continue,
      resourceVersion: version,
      resourceVersionMatch: version ? 'NotOlderThan' : undefined,
    });
    const headers = acceptOf(options, 'PartialObjectMetadataList');
    const answer = (await this.call({
      ...options,
      verb: 'list',
      method: 'GET',
      path,
      resource: type.plural,
      headers,
    })) as RawList<T>;
    const more = answer.metadata.continue;
    return {
      // Items of built-in kinds come without apiVersion and kind.
      items: (answer.items ?? []).map((item) => shape(type, item, options.metadataOnly)),
      resourceVersion: answer.metadata.resourceVersion,
      ...(more ? { continue: more } : {}),
    };
  }

  async *watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions = {}): AsyncGenerator<WatchEvent<T>> {
    const path = withQuery(collectionPath(type, options.namespace), {
      watch: true,
      ...selectors(options),
      allowWatchBookmarks: true,
      timeoutSeconds: options.timeoutSeconds,
      resourceVersion: options.resourceVersion,
      sendInitialEvents: options.sendInitialEvents,
      resourceVersionMatch: options.sendInitialEvents === undefined ? undefined : 'NotOlderThan',
    });
    const stream = await this.open<T>(type, path, options);
    const stop = () => stream.cut(new KubeTransportError('the watch was stopped', 'STOPPED', false));
    options.signal?.addEventListener('abort', stop);
    if (options.signal?.aborted) stop();
    try {
      for await (const event of stream) {
        const known = event.type === 'BOOKMARK' || event.type === 'ERROR';
        yield known ? event : { type: event.type, object: shape(type, event.object, options.metadataOnly) };
      }
    } catch (error) {
      // The next attempt must not carry the token that was refused.
      if (isStatus(error, 401)) await this.access.credentials(true);
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', stop);
    }
  }

  async create<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const path = withQuery(creationPath(type, object.metadata.namespace), { fieldManager });
    return (await this.call({
      ...options,
      verb: 'create',
      method: 'POST',
      path,
      resource: type.plural,
      body: object,
    })) as T;
  }

  async update<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const path = withQuery(objectPath(type, keyOf(object), options.subresource), { fieldManager });
    const resource = resourceText(type, options.subresource);
    return (await this.call({ ...options, verb: 'update', method: 'PUT', path, resource, body: object })) as T;
  }

  async apply<T extends KubeObject>(type: ResourceType<T>, object: T, options: ApplyOptions = {}): Promise<T> {
    const path = withQuery(objectPath(type, keyOf(object), options.subresource), {
      fieldManager: options.fieldManager ?? fieldManager,
      force: options.force,
    });
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const resource = resourceText(type, options.subresource);
    return (await this.call({
      ...options,
      verb: 'apply',
      method: 'PATCH',
      path,
      resource,
      headers,
      body: object,
    })) as T;
  }

  async patch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    mergePatch: object,
    options: PatchOptions = {},
  ): Promise<T> {
    const path = withQuery(objectPath(type, key, options.subresource), { fieldManager });
    const headers = { 'content-type': 'application/merge-patch+json' };
    const resource = resourceText(type, options.subresource);
    const body = withPreconditions(mergePatch, options);
    try {
      return (await this.call({ ...options, verb: 'patch', method: 'PATCH', path, resource, headers, body })) as T;
    } catch (error) {
      throw options.uid === undefined ? error : asUidConflict(error);
    }
  }

  async delete(type: ResourceType, key: ObjectKey, options: DeleteOptions = {}): Promise<boolean> {
    const { uid, resourceVersion, gracePeriodSeconds, propagationPolicy } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid, resourceVersion },
      gracePeriodSeconds,
      propagationPolicy,
    };
    const path = objectPath(type, key);
    try {
      await this.call({ ...options, verb: 'delete', method: 'DELETE', path, resource: type.plural, body });
      return true;
    } catch (error) {
      if (!isStatus(error, 404, 'NotFound')) throw error;
      return false;
    }
  }

  async raw(method: string, path: string, options: RawOptions = {}): Promise<unknown> {
    const { query, ...rest } = options;
    return this.call({ ...rest, verb: method.toLowerCase(), method, path: withQuery(path, query ?? {}), resource: '' });
  }

  /** Ends the pool; calls in flight finish. */
  async close(): Promise<void> {
    await this.transport.close();
  }

  private async call(call: Call): Promise<unknown> {
    const deadline = this.clock.monotonicMs() + (call.deadlineMs ?? this.deadlineMs);
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.once(call, deadline, attempt);
      } catch (error) {
        const delay = retryDelay(error, call.method, attempt);
        if (delay === undefined || this.clock.monotonicMs() + delay >= deadline || call.signal?.aborted) throw error;
        await sleep(this.clock, delay, call.signal);
        if (call.signal?.aborted) throw error;
      }
    }
  }

  private async once(call: Call, deadline: number, attempt: number): Promise<unknown> {
    const start = this.clock.monotonicMs();
    let credentials = await this.access.credentials();
    const exchange = async (): Promise<HttpResponse> => {
      try {
        return await this.transport.send(credentials.tls, {
          method: call.method,
          path: this.prefixed(call.path),
          headers: this.headersOf(call, credentials.headers),
          ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
          deadlineMs: Math.max(0, deadline - this.clock.monotonicMs()),
          signal: call.signal,
          ...(call.method === 'GET' || call.unfenced ? {} : { beforeSend: () => this.fence.check() }),
        });
      } catch (error) {
        if (error instanceof KubeTransportError) this.report(call, 0, start);
        throw error;
      }
    };
    let response = await exchange();
    this.report(call, response.status, start);
    if (response.status === 401 && attempt === 0) {
      // The token may have been rotated before it was due to be read again.
      credentials = await this.access.credentials(true);
      response = await exchange();
      this.report(call, response.status, start);
    }
    return answerOf(response);
  }

  private async open<T extends KubeObject>(
    type: ResourceType,
    path: string,
    options: WatchOptions,
  ): Promise<WatchStream<T>> {
    const start = this.clock.monotonicMs();
    const credentials = await this.access.credentials();
    const headers = acceptOf(options, 'PartialObjectMetadata');
    const call: Call = { verb: 'watch', method: 'GET', path, resource: type.plural, headers };
    const stream = new WatchStream<T>(this.clock, options.idleMs ?? defaultIdleMs, (status) =>
      this.report(call, status, start),
    );
    const request = { path: this.prefixed(path), headers: this.headersOf(call, credentials.headers) };
    stream.attach(this.transport.stream(credentials.tls, request, stream));
    return stream;
  }

  private headersOf(call: Call, credentials: Readonly<Record<string, string>>): Record<string, string> {
    const term = this.fence.term === undefined ? '' : ` term/${this.fence.term}`;
    return {
      accept: 'application/json',
      'user-agent': `${this.userAgent}${term}`,
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
      ...credentials,
    };
  }

  /** The server's URL may have a path of its own, as behind a gateway. */
  private prefixed(path: string): string {
    return `${new URL(this.access.server).pathname.replace(/\/$/, '')}${path}`;
  }

  private report(call: Call, status: number, start: number): void {
    const { verb, method, resource } = call;
    this.onRequest({ verb, method, resource, status, durationMs: this.clock.monotonicMs() - start });
  }
}
