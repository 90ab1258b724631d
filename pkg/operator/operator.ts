// The whole operator as one value: caches, controllers, gateways, metrics and probes, started and stopped together.
// main.ts runs it as a process; tests and the benchmark run it in theirs.

import type { Logger } from 'winston';
import { DigestKeeper } from '../../controllers/nifi/digests.ts';
import { addClusterController } from '../../controllers/nificluster/controller.ts';
import { addFlowController } from '../../controllers/nifidataflow/controller.ts';
import { addNiFiFlowController } from '../../controllers/nififlow/controller.ts';
import { addParameterContextController } from '../../controllers/nifiparametercontext/controller.ts';
import { addRegistryClientController } from '../../controllers/nifiregistryclient/controller.ts';
import type { Lookup } from '../../controllers/nifiregistryclient/lookups.ts';
import { type ClusterAccess, inClusterAccess, kubeconfigAccess } from '../kube/access.ts';
import { KubeClient } from '../kube/client.ts';
import { EventRecorder } from '../kube/events.ts';
import { type Health, Manager } from '../kube/manager.ts';
import type { ObjectKey } from '../kube/types.ts';
import { Gateways } from '../nifi/gateways.ts';
import { createTelemetry } from '../telemetry/metrics.ts';
import { type Answer, serve } from '../telemetry/server.ts';
import { type OperatorOptions, OptionError } from './options.ts';
import type { WebhookSurroundings, Webhooks } from './webhooks.ts';

export interface Operator {
  readonly manager: Manager;
  /** Ports that were bound; undefined for a server that was not asked for. */
  readonly ports: Readonly<Record<'metrics' | 'health' | 'webhook', number | undefined>>;
  /** Resolves when the workers may run, or stand by. */
  readonly started: Promise<void>;
  stop(): Promise<void>;
}

export interface OperatorSurroundings {
  readonly logger: Logger;
  /** Names this process in the Lease and in events: the Pod's name. */
  readonly identity: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The lease is lost: the process must end. */
  readonly onLost: (reason: string) => void;
  /** How often kinds that may be missing, such as cert-manager's, are looked for; 2 minutes when absent. */
  readonly absentMs?: number;
  /** How the hosts of registry clients are looked up; as the system does when absent. */
  readonly lookup?: Lookup;
  /** How long an API server may take to act on another authority of the webhooks; 5 minutes when absent. */
  readonly webhookSettleMs?: number;
}

export async function startOperator(options: OperatorOptions, surroundings: OperatorSurroundings): Promise<Operator> {
  const { logger, identity, onLost, absentMs } = surroundings;
  const access = await clusterAccess(options, surroundings.env);
  const telemetry = createTelemetry({ processMetrics: true });
  const client = new KubeClient({ access, onRequest: (info) => telemetry.kube.requestFinished(info) });
  const election = options.leaderElection;
  const manager = new Manager({
    client,
    namespaces: options.namespaces,
    logger,
    metrics: telemetry.kube,
    onLost,
    ...(absentMs === undefined ? {} : { absentMs }),
    ...(election === undefined
      ? {}
      : { leaderElection: { namespace: election.namespace ?? access.namespace, name: election.name, identity } }),
  });
  const recorder = new EventRecorder({
    client,
    reportingController: 'datadynamics.io/nifi-operator',
    reportingInstance: identity,
    metrics: telemetry.kube,
    logger,
  });
  const { workers, driftPeriodMs } = options;
  const clusters: { enqueue?: (key: ObjectKey) => void } = {};
  const gateways = new Gateways({
    onChange: (key) => clusters.enqueue?.(key),
    logger,
    metrics: telemetry.nifi,
    driftPeriodMs,
    fence: client.fence,
  });
  addClusterController(manager, {
    workers,
    driftPeriodMs,
    recorder,
    metrics: telemetry.clusters,
    certManager: options.certManager,
    podMonitors: options.podMonitors,
    gateways: (onChange) => {
      clusters.enqueue = onChange;
      return gateways;
    },
  });
  const hosts = { allowed: options.allowedRegistryHosts, apiServer: apiServerHosts(access, surroundings.env) };
  const digests = new DigestKeeper(manager.client);
  addParameterContextController(manager, { workers, driftPeriodMs, recorder, gateways, digests });
  const { lookup } = surroundings;
  const registries = { hosts, ...(lookup === undefined ? {} : { lookup }) };
  addRegistryClientController(manager, { workers, driftPeriodMs, recorder, gateways, ...registries });
  addFlowController(manager, { workers, driftPeriodMs, recorder, gateways, digests });
  if (options.flows) addNiFiFlowController(manager, { workers, recorder });
  const onAnswer = telemetry.webhookAnswered;
  const webhooks = await webhooksOf(manager, options, { ...surroundings, namespace: access.namespace, onAnswer });
  const servers = await Promise.all([
    options.metricsAddress === undefined
      ? undefined
      : serve(options.metricsAddress, { '/metrics': () => metricsPage(telemetry.registry) }),
    options.healthAddress === undefined
      ? undefined
      : serve(options.healthAddress, {
          '/healthz': () => healthPage(manager.healthz()),
          '/readyz': () => healthPage(readiness(manager, webhooks)),
        }),
  ]);
  return {
    manager,
    ports: { metrics: servers[0]?.port, health: servers[1]?.port, webhook: webhooks?.port },
    started: manager.start(),
    async stop() {
      // The last reconciles still ask NiFi and tell what they did.
      await manager.stop(10_000, async () => {
        await gateways.close();
        await recorder.stop();
      });
      await webhooks?.close();
      await Promise.all(servers.map(async (server) => server?.close()));
    },
  };
}

async function clusterAccess(options: OperatorOptions, env: OperatorSurroundings['env']): Promise<ClusterAccess> {
  if (options.kubeconfig !== undefined) return kubeconfigAccess(options.kubeconfig);
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (host === undefined) throw new OptionError('this is no Pod of a Kubernetes cluster: give --kubeconfig');
  return inClusterAccess({ host, port: env['KUBERNETES_SERVICE_PORT'] ?? '443', dir: options.serviceAccountDir });
}

/** By every name that a Pod knows it by; the names of its Service are known without asking. */
function apiServerHosts(access: ClusterAccess, env: OperatorSurroundings['env']): readonly string[] {
  const { hostname } = new URL(access.server);
  const inCluster = env['KUBERNETES_SERVICE_HOST'];
  return [hostname.replace(/^\[|\]$/gu, ''), ...(inCluster === undefined ? [] : [inCluster])];
}

/** Loaded only when they are turned on: most operators have none. */
async function webhooksOf(
  manager: Manager,
  { webhook }: OperatorOptions,
  {
    namespace,
    logger,
    onAnswer,
    webhookSettleMs,
  }: OperatorSurroundings & Pick<WebhookSurroundings, 'namespace' | 'onAnswer'>,
): Promise<Webhooks | undefined> {
  if (webhook === undefined) return undefined;
  const { startWebhooks } = await import('./webhooks.ts');
  return startWebhooks(manager, webhook, {
    namespace,
    logger,
    onAnswer,
    ...(webhookSettleMs === undefined ? {} : { settleMs: webhookSettleMs }),
  });
}

/**
 * A Service leads to processes that are ready, and one without a certificate cannot answer. While there is none at all, who stands by is ready
 * all the same: a Deployment ends no leader, not even one without webhooks, before the next process is ready.
 */
function readiness(manager: Manager, webhooks: Webhooks | undefined): Health {
  const health = manager.readyz();
  if (webhooks === undefined || webhooks.isServing() || (!manager.isLeader && webhooks.awaitsFirst())) return health;
  const reason = 'the webhooks have no certificate yet';
  return { ok: false, reasons: [...(health.ok ? [] : health.reasons), reason] };
}

function healthPage(health: Health): Answer {
  const body = health.ok ? 'ok\n' : `${health.reasons.join('\n')}\n`;
  return { status: health.ok ? 200 : 503, contentType: 'text/plain', body };
}

async function metricsPage(registry: { readonly contentType: string; metrics(): Promise<string> }): Promise<Answer> {
  return { status: 200, contentType: registry.contentType, body: await registry.metrics() };
}
