// How long everything takes. `fastTiming` is for tests, `realTiming` is what a NiFi 2.11.0 took on two cores.
// Durations that a node's own files give (heartbeats, flow election, reload) pass `speed` times faster than written.

export interface Timing {
  /** Process start to "Jetty is up": only then anything listens. */
  readonly startMs: number;
  /** Connection request to CONNECTED. */
  readonly joinMs: number;
  /** Reconnection of a running node to CONNECTED. */
  readonly reconnectMs: number;
  /** SIGTERM to exit. */
  readonly stopMs: number;
  /** SIGTERM to the coordinator knowing it. */
  readonly shutdownNoticeMs: number;
  /** A disconnection in the cluster's view to the node itself knowing it. */
  readonly disconnectNoticeMs: number;
  /** Offload request to OFFLOADED, when nothing is in the way. */
  readonly offloadMs: number;
  /** A coordinator that steps down to the next one. */
  readonly handoverMs: number;
  /** A coordinator that died to the next one: its lease runs out. */
  readonly leaseMs: number;
  /** Pause between renewals of a Kubernetes Lease. */
  readonly leaseRenewMs: number;
  /** Start to the end of a node whose leases are refused. */
  readonly leaseRefusedMs: number;
  /** A call to an address that does not answer at all. */
  readonly unreachableMs: number;
  /** The coordinator gives up telling a node something: ten tries, five seconds apart. */
  readonly giveUpMs: number;
  /** Start of a node to its refusal of a bad configuration. */
  readonly refuseMs: number;
  /** Each step of a request that changes a flow or parameters in the background. */
  readonly updateStepMs: number;
  /** End of such a request to its being forgotten, when another one is submitted. */
  readonly requestExpiryMs: number;
  /** Between looks for newer versions of a flow in its registry. */
  readonly registrySyncMs: number;
  /** A registry that does not answer. */
  readonly registryTimeoutMs: number;
  /** Divides the durations written in nifi.properties. */
  readonly speed: number;
}

export const fastTiming: Timing = {
  startMs: 300,
  joinMs: 100,
  reconnectMs: 100,
  stopMs: 60,
  shutdownNoticeMs: 20,
  disconnectNoticeMs: 20,
  offloadMs: 60,
  handoverMs: 30,
  leaseMs: 400,
  leaseRenewMs: 2_000,
  leaseRefusedMs: 500,
  unreachableMs: 300,
  giveUpMs: 1_000,
  refuseMs: 20,
  updateStepMs: 15,
  requestExpiryMs: 1_000,
  registrySyncMs: 600,
  registryTimeoutMs: 1_500,
  speed: 50,
};

export const realTiming: Timing = {
  startMs: 12_000,
  joinMs: 4_000,
  reconnectMs: 2_000,
  stopMs: 2_000,
  shutdownNoticeMs: 300,
  disconnectNoticeMs: 200,
  offloadMs: 1_000,
  handoverMs: 500,
  leaseMs: 16_000,
  leaseRenewMs: 2_000,
  leaseRefusedMs: 20_000,
  unreachableMs: 5_000,
  giveUpMs: 50_000,
  refuseMs: 2_000,
  updateStepMs: 100,
  requestExpiryMs: 60_000,
  registrySyncMs: 1_800_000,
  registryTimeoutMs: 30_000,
  speed: 1,
};

const units: Readonly<Record<string, number>> = {
  ms: 1,
  milli: 1,
  millis: 1,
  millisecond: 1,
  milliseconds: 1,
  s: 1_000,
  sec: 1_000,
  secs: 1_000,
  second: 1_000,
  seconds: 1_000,
  m: 60_000,
  min: 60_000,
  mins: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hrs: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
};

/** Milliseconds of a duration as nifi.properties writes it (`5 sec`), or undefined when it is none. */
export function durationMs(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text);
  const unit = units[match?.[2]?.toLowerCase() ?? ''];
  return match?.[1] === undefined || unit === undefined ? undefined : Number(match[1]) * unit;
}
