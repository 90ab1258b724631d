// For tests of the wire: a client with short deadlines, and the errors that its calls end with.

import assert from 'node:assert/strict';
import pLimit from 'p-limit';
import type { CertificateAuthority } from '../../pki/types.ts';
import { NiFiClient } from '../client.ts';
import { type CallLimits, defaultLimits } from '../connection.ts';
import { NiFiUnreachableError, type UnreachableReason } from '../errors.ts';
import type { RequestObservation } from '../observe.ts';
import type { CallRequest, GatewayTarget } from '../types.ts';
import { type Answer, authority, type PlayedNode, type PlayOptions, playNode, targetFor } from './played-node.ts';

/** Short enough for a test, long enough for a busy machine. */
export const fast: CallLimits = {
  ...defaultLimits,
  connectMs: 2_000,
  secureConnectMs: 2_000,
  responseMs: 2_000,
  requestMs: 3_000,
  maxBytes: 256 * 1024,
};
/** For servers that are known not to answer, beside others that have to. */
export const hasty: CallLimits = { ...fast, responseMs: 800, requestMs: 2_500 };
export const about = { method: 'GET', path: '/flow/about' } as const;
export const ok: Answer = { body: { about: { version: '2.11.0' } } };

export type Seen = Omit<RequestObservation, 'cluster' | 'seconds'>;

export interface ClientOptions {
  readonly limits?: CallLimits;
  readonly maxInFlight?: number;
  /** Of all clusters, but for those that wait for somebody else. */
  readonly callsInAll?: number;
  readonly fence?: { check(): void };
}

/** The error that a call ends with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'The call succeeded' });
}

export async function unreachableReason(promise: Promise<unknown>): Promise<UnreachableReason> {
  const error = await failure(promise);
  assert.ok(error instanceof NiFiUnreachableError, String(error));
  return error.reason;
}

/** One authority, and the nodes and clients that a suite starts; `stop` ends them all. */
export class Wire {
  readonly ca: CertificateAuthority;
  readonly target: GatewayTarget;
  private readonly stops: (() => Promise<void>)[] = [];

  constructor(ca: CertificateAuthority, target: GatewayTarget) {
    this.ca = ca;
    this.target = target;
  }

  static async start(): Promise<Wire> {
    const ca = await authority();
    return new Wire(ca, await targetFor(ca, []));
  }

  async play(handler: PlayOptions['handler'], options: Partial<PlayOptions> = {}): Promise<PlayedNode> {
    const node = await playNode({ id: 0, ca: this.ca, handler, ...options });
    this.stops.push(() => node.stop());
    return node;
  }

  client(nodes: readonly PlayedNode[], options: ClientOptions = {}): { client: NiFiClient; seen: Seen[] } {
    const seen: Seen[] = [];
    const client = new NiFiClient({
      limits: options.limits ?? fast,
      maxInFlight: options.maxInFlight ?? 4,
      shared: pLimit(options.callsInAll ?? 64),
      observe: (node, { method, endpoint, status }) => seen.push({ node, method, endpoint, status }),
      ...(options.fence === undefined ? {} : { fence: options.fence }),
    });
    this.stops.push(async () => client.close());
    client.update({ ...this.target, nodes: nodes.map((node) => node.address) });
    return { client, seen };
  }

  async call(node: PlayedNode, request: CallRequest = about, limits: CallLimits = fast): Promise<unknown> {
    return await this.client([node], { limits }).client.on(0).request(request);
  }

  async stop(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
  }
}
