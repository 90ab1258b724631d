// A relay between an API server and etcd that holds back what etcd's watches tell, kind by kind: the API server's caches then stay as they are while everything
// that it reads from etcd itself, and everything that is written, is current. That is what an API server that lags behind the others looks like.
// The surprising rule: what is held is not lost. It arrives in order when the hold ends, as the news of a server that catches up does.

import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createConnection } from 'node:net';

const WATCH = '/etcdserverpb.Watch/Watch';
/** A watch names its keys in what asks for it, in plain text amid the protobuf. */
const KEY = /\/registry\/[\w./-]+/gu;

export interface EtcdRelay {
  /** For --etcd-servers. */
  readonly url: string;
  /** From now on watches of keys below any of these, such as `/registry/pods/`, tell nothing. Gives how many were found. */
  hold(...prefixes: readonly string[]): number;
  /** Ends all holding; what was held arrives. */
  release(): void;
  stop(): Promise<void>;
}

type IsHeld = (key: string) => boolean;

/** Both are paths of sockets: the relay's own, and etcd's. */
export async function startEtcdRelay(socket: string, etcdSocket: string): Promise<EtcdRelay> {
  const calls = new Set<Call>();
  const sessions = new Set<ServerHttp2Session | ClientHttp2Session>();
  let prefixes: readonly string[] = [];
  const isHeld: IsHeld = (key) => prefixes.some((prefix) => key.startsWith(prefix));
  const server = createServer();
  server.on('session', (session) => {
    const upstream = connect('http://etcd', { createConnection: () => createConnection(etcdSocket) });
    for (const [one, other] of [[session, upstream] as const, [upstream, session] as const]) {
      sessions.add(one);
      // When one side breaks or goes, so does the other: the API server then connects anew.
      one.on('error', () => undefined);
      one.once('close', () => {
        sessions.delete(one);
        other.destroy();
      });
    }
    session.on('stream', (stream, headers) => {
      const call = new Call(stream, upstream.request(headers), headers[':path'] === WATCH ? isHeld : () => false);
      calls.add(call);
      stream.once('close', () => calls.delete(call));
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    url: `unix://${socket}`,
    hold(...more) {
      prefixes = [...prefixes, ...more];
      return [...calls].filter((call) => call.held).length;
    },
    release() {
      prefixes = [];
      for (const call of calls) call.flush();
    },
    async stop() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One call, both ways. */
class Call {
  private readonly stream: ServerHttp2Stream;
  private readonly keys: string[] = [];
  private readonly isHeld: IsHeld;
  private waiting: Buffer[] = [];
  private over = false;

  constructor(stream: ServerHttp2Stream, upstream: ClientHttp2Stream, isHeld: IsHeld) {
    this.stream = stream;
    this.isHeld = isHeld;
    stream.on('data', (chunk: Buffer) => {
      this.keys.push(...(chunk.toString('latin1').match(KEY) ?? []));
      upstream.write(chunk);
    });
    stream.on('end', () => upstream.end());
    let trailers: IncomingHttpHeaders = {};
    upstream.on('response', (headers) => stream.respond(headers, { waitForTrailers: true }));
    upstream.on('trailers', (headers: IncomingHttpHeaders) => {
      trailers = headers;
    });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    upstream.on('data', (chunk: Buffer) => {
      this.waiting.push(chunk);
      this.flush();
    });
    upstream.on('end', () => {
      this.over = true;
      this.flush();
    });
    for (const side of [stream, upstream]) side.on('error', () => undefined);
    stream.once('close', () => upstream.close(constants.NGHTTP2_CANCEL));
    upstream.once('aborted', () => stream.close(constants.NGHTTP2_CANCEL));
  }

  get held(): boolean {
    return this.keys.some((key) => this.isHeld(key));
  }

  flush(): void {
    if (this.held || this.stream.destroyed || this.stream.writableEnded) return;
    for (const chunk of this.waiting) this.stream.write(chunk);
    this.waiting = [];
    if (this.over) this.stream.end();
  }
}
