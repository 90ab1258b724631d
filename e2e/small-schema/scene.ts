// A laboratory with the small schema: CRDs with both versions, the validating webhook, and an operator that serves them on the loopback.
// Surprise: there are no Services in a laboratory, so the API server is given the webhooks by URL; all else is as it is shipped.

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { KubeClient } from '../../pkg/kube/client.ts';
import { resource } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import { type CustomResourceDefinition, trustedBy, type WebhookConfiguration } from '../../pkg/webhook/trust.ts';
import { applyCrd } from '../lab/crds.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';

export interface SmallLab {
  readonly lab: Lab;
  readonly operator: Operator;
  readonly lines: unknown[];
  kubectl(...args: readonly string[]): Promise<string>;
  /** What was said on the side, warnings above all. */
  kubectlAndWarnings(...args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }>;
  stop(): Promise<void>;
}

export const webhookArguments = ['--webhook-address', '127.0.0.1:0', '--webhook-hosts', 'localhost'] as const;
export const definitionType = resource<CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
export const configurationType = resource<WebhookConfiguration>(
  'admissionregistration.k8s.io/v1',
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
  false,
);
const folder = new URL('../../config/small-schema/', import.meta.url);
const run = promisify(execFile);

export async function startSmallLab(
  more: readonly string[] = [],
  options: { readonly webhookSettleMs?: number } = {},
): Promise<SmallLab> {
  const lab = await startLab();
  const lines: unknown[] = [];
  try {
    const given = [...webhookArguments, '--flows', 'true', ...more];
    const operator = await runOperator(lab.controlPlane.kubeconfig, given, lines, { absentMs: 500, ...options });
    await install(lab.client, operator.ports.webhook ?? 0);
    const { path, args: first } = lab.controlPlane.kubectl;
    const kubectlAndWarnings: SmallLab['kubectlAndWarnings'] = (...args) => run(path, [...first, ...args]);
    return {
      lab,
      operator,
      lines,
      kubectlAndWarnings,
      kubectl: async (...args) => (await kubectlAndWarnings(...args)).stdout,
      async stop() {
        await operator.stop();
        await lab.stop();
      },
    };
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/** Resolves when the API server can call the webhooks. */
export async function install(client: KubeClient, port: number): Promise<void> {
  const crds = new URL('crd/', folder);
  for (const file of await readdir(crds)) await applyCrd(client, byUrl(await readYaml(new URL(file, crds)), port));
  const webhook = byUrl(await readYaml(new URL('validating-webhook.yaml', folder)), port);
  await client.apply(configurationType, webhook, { fieldManager: 'lab' });
  await until('the API server trusts the webhooks', () => isTrusted(client));
  await until('NiFiClusters are served in both versions', () => isServed(client));
}

async function readYaml(file: URL): Promise<KubeObject> {
  return parse(await readFile(file, 'utf8')) as KubeObject;
}

/** The same object with a URL in the place of the Service. */
function byUrl(object: KubeObject, port: number): KubeObject {
  return JSON.parse(JSON.stringify(object), (_, value: { readonly service?: { readonly path: string } } | null) => {
    const path = value?.service?.path;
    return path === undefined ? value : { url: `https://localhost:${port}${path}` };
  }) as KubeObject;
}

async function isTrusted(client: KubeClient): Promise<boolean> {
  const crd = await client.get(definitionType, { namespace: '', name: 'nificlusters.datadynamics.io' });
  const webhook = await client.get(configurationType, { namespace: '', name: 'nifi-operator' });
  return [crd, webhook].every((object) => object !== undefined && trustedBy(object) !== '');
}

/** The API server takes a moment to follow its CRD. */
async function isServed(client: KubeClient): Promise<boolean> {
  try {
    await client.raw('POST', '/apis/datadynamics.io/v1alpha1/namespaces/default/nificlusters', {
      query: { dryRun: 'All' },
      body: {
        apiVersion: 'datadynamics.io/v1alpha1',
        kind: 'NiFiCluster',
        metadata: { name: 'probe' },
        spec: { replicas: 2, version: '2.6.0' },
      },
    });
    return true;
  } catch {
    return false;
  }
}
