// The webhooks of this operator: conversion of NiFiCluster between its versions, and judgement of what is about to be written.
// Every process serves them, leader or not; loaded only where they are turned on.

import { nifiCluster } from '../../api/v1/nificluster.schema.ts';
import { convert } from '../../api/v1alpha1/conversion.ts';
import { judgeNiFiCluster } from '../../controllers/nificluster/admission/judge.ts';
import type { Manager } from '../kube/manager.ts';
import type { Logger } from '../kube/metrics.ts';
import { addWebhookKeeper } from '../webhook/keeper.ts';
import { admissionRoute, conversionRoute } from '../webhook/reviews.ts';
import { serveWebhooks, type WebhookServerOptions } from '../webhook/server.ts';
import type { WebhookOptions } from './options.ts';

export interface Webhooks {
  readonly port: number;
  /** Whether there is a certificate to serve with. */
  isServing(): boolean;
  /** Whether there is none yet, and it is for the leader to make it. */
  awaitsFirst(): boolean;
  close(): Promise<void>;
}

export interface WebhookSurroundings {
  /** Of the operator. */
  readonly namespace: string;
  readonly logger: Logger;
  readonly onAnswer: WebhookServerOptions['onAnswer'];
  /** How long an API server may take to act on what it was given; five minutes when absent. */
  readonly settleMs?: number;
}

/** Serves at once; a certificate comes once the manager runs. */
export async function startWebhooks(
  manager: Manager,
  options: WebhookOptions,
  { namespace, logger, onAnswer, settleMs }: WebhookSurroundings,
): Promise<Webhooks> {
  const server = await serveWebhooks(options.address, {
    routes: { '/convert': conversionRoute(convert), '/validate': admissionRoute(judgeNiFiCluster) },
    onError: (path, error) => logger.error('A webhook failed', { path, error }),
    onAnswer,
  });
  const keeper = addWebhookKeeper(manager, {
    secret: { namespace, name: options.secret },
    source: options.certificate,
    dnsNames: [`${options.service}.${namespace}.svc`, ...options.hosts],
    definitions: [`${nifiCluster.plural}.${nifiCluster.group}`],
    configuration: options.configuration,
    server,
    logger,
    ...(settleMs === undefined ? {} : { settleMs }),
  });
  return { port: server.port, ...keeper, close: () => server.close() };
}
