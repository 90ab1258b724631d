// The kubelet's back-off between restarts of a crashing container, and between pulls of an image.
// The first restart comes at once; then 10 s, doubled up to 5 minutes; a container that ran for 10 minutes starts over.
// (kubelet: MaxContainerBackOff, backOffPeriod; client-go flowcontrol.Backoff)

const initialSeconds = 10;
const maximumSeconds = 300;
const forgetAfterSeconds = 600;

export class Backoff {
  private failures = 0;

  /** Seconds to wait before the next try, given how long the last one lasted. */
  afterFailure(ranSeconds = 0): number {
    if (ranSeconds >= forgetAfterSeconds) this.failures = 0;
    const seconds = this.failures === 0 ? 0 : Math.min(initialSeconds * 2 ** (this.failures - 1), maximumSeconds);
    this.failures += 1;
    return seconds;
  }

  reset(): void {
    this.failures = 0;
  }
}
