// Pulling an image, as far as it shows: at once, or never, or when released.

import { Backoff } from './backoff.ts';
import type { Host } from './host.ts';

/** How a wait shows in the container's status. */
type ShowWaiting = (reason: string, message?: string) => void;

/** Resolves once the image is there, or `signal` aborts. */
export async function pullImage(host: Host, image: string, show: ShowWaiting, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff();
  backoff.afterFailure(); // the first wait is 10 s here: unlike a restart, no try comes for free
  while (!signal.aborted) {
    const wake = AbortSignal.any([signal, host.faults.changed]);
    const state = host.faults.imageState(image);
    if (state === 'fine') return;
    if (state === 'failing') {
      show('ErrImagePull', `failed to pull and unpack image "${image}": not found`);
      await host.wheel.sleep(host.seconds(2), wake);
      show('ImagePullBackOff', `Back-off pulling image "${image}"`);
      await host.wheel.sleep(host.seconds(backoff.afterFailure()), wake);
    } else {
      await host.wheel.sleep(host.seconds(60), wake);
    }
  }
}
