// What the gateway reports about itself: a logger that winston satisfies, and callbacks that the metrics fill in.
// Nothing here may carry a body, a header or a secret: fields are names, states, numbers and sanitised texts.

/** The part of a winston logger that the gateway uses. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** One finished HTTP exchange with a NiFi node. */
export interface RequestObservation {
  /** `namespace/name` of the NiFiCluster. */
  readonly cluster: string;
  readonly node: number;
  readonly method: string;
  /** The endpoint's template, e.g. `/controller/cluster/nodes/{id}`: bounded in number. */
  readonly endpoint: string;
  /** HTTP status, or `error` when there was no answer. */
  readonly status: number | 'error';
  readonly seconds: number;
}

export interface GatewayMetrics {
  onRequest?(observation: RequestObservation): void;
  /** `node` is absent for the breaker of the whole cluster. */
  onBreaker?(change: { readonly cluster: string; readonly node?: number; readonly state: BreakerState }): void;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
