// What a test can do to a node. Plain switches: the node looks at them whenever it matters.

export class Faults {
  /** Takes requests and never answers. */
  hung = false;
  /** Does not listen. */
  refusing = false;
  /** The address is gone without a trace. */
  vanished = false;
  /** No heartbeat reaches the coordinator. */
  mutedHeartbeats = false;
  /** Nothing queued can leave the node. */
  blockedOffload = false;
  /** Flow files that an offload moves at once. */
  offloadStep = Number.POSITIVE_INFINITY;
  /** Its repositories take nothing more, neither from its own components nor from other nodes. */
  full = false;
  /** Every answer waits this long. */
  delayMs = 0;
}
