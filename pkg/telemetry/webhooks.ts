// What the webhooks answered and how long that took. Every process that serves them tells its own.
// Surprise: an admission that is denied, and a conversion that failed, are answered with 200: the code says whether the API server was
// understood, the result what it was told.

import type { Registry } from 'prom-client';
import type { WebhookAnswer } from '../webhook/server.ts';
import { makers } from './makers.ts';

export function webhookMetrics(registry: Registry): (answer: WebhookAnswer) => void {
  const { counter, histogram } = makers(registry);
  const answers = counter({
    name: 'controller_runtime_webhook_requests_total',
    help: 'Requests to the webhooks, by the code and the result of the answer.',
    labelNames: ['webhook', 'code', 'result'],
  });
  const latency = histogram({
    name: 'controller_runtime_webhook_latency_seconds',
    help: 'How long the answers of the webhooks took.',
    labelNames: ['webhook'],
  });
  return ({ webhook, code, result, durationMs }) => {
    answers.inc({ webhook, code: String(code), result });
    latency.observe({ webhook }, durationMs / 1000);
  };
}
