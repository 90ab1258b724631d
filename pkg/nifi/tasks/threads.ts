// Background task: the cluster's maxTimerDrivenThreadCount. Reads, and writes only a difference, so it may run as often as one likes.

import { getControllerConfig, putControllerConfig } from '../endpoints/controller.ts';
import type { GatewayTask } from '../types.ts';
import { requireSettled } from './waiting.ts';

const RECHECK_MS = 600_000;

/** Sets the number of threads for timer driven components; NiFi applies it at once, without a restart. */
export function setMaxTimerDrivenThreadCount(count: number): GatewayTask {
  return {
    name: 'maxTimerDrivenThreadCount',
    input: String(count),
    recheckAfterMs: RECHECK_MS,
    async run(context) {
      const config = await context.call(getControllerConfig);
      if (config.maxTimerDrivenThreadCount === count) {
        return undefined;
      }
      requireSettled(await context.freshView());
      await context.call((node) => putControllerConfig(node, { ...config, maxTimerDrivenThreadCount: count }));
      return undefined;
    },
  };
}
