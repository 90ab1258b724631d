// What the tests of this folder share: a node to render, and readers of what was rendered.
// Not for production code: the values are made up.

import assert from 'node:assert/strict';
import { parse } from 'dot-properties';
import { XMLParser } from 'fast-xml-parser';
import { defaultPorts } from './paths.ts';
import type { ConfigOverrides, NodeConfigInput } from './types.ts';

export const noOverrides: ConfigOverrides = { nifiProperties: {}, bootstrapConf: {}, files: {} };

/** Node 0 of a cluster with TLS and Kubernetes leases, one volume, no overrides; changed as asked. */
export function aNode(change: Partial<NodeConfigInput> = {}): NodeConfigInput {
  const nodeId = change.nodeId ?? 0;
  return {
    cluster: 'prod',
    namespace: 'data',
    nodeId,
    version: '2.11.0',
    host: `prod-${nodeId}.prod-nodes.data.svc`,
    ports: defaultPorts,
    clusterManager: { kind: 'Kubernetes' },
    transport: 'TLS',
    storage: [{ name: 'data' }],
    jvm: { heap: '1g', args: [] },
    terminationGracePeriodSeconds: 120,
    serviceNames: ['prod', 'prod.data.svc'],
    servicePort: 8443,
    proxyHosts: [],
    extensions: [],
    overrides: noOverrides,
    secretOverrides: noOverrides,
    ...change,
  };
}

/** Keys and values of a properties file, as Java reads them. */
export function properties(text: string | undefined): Record<string, string> {
  assert(text !== undefined, 'the file was not rendered');
  return parse(text) as Record<string, string>;
}

export interface Provider {
  readonly id: string;
  readonly class: string;
  readonly properties: Readonly<Record<string, string>>;
}

interface RawProvider {
  readonly id?: string;
  readonly identifier?: string;
  readonly class: string;
  readonly property?: readonly { readonly '@_name': string; readonly '#text'?: string }[];
}

/** The providers of one of NiFi's provider files, in their order, each as its identifier, class and properties. */
export function providers(text: string | undefined): Provider[] {
  assert(text !== undefined, 'the file was not rendered');
  const parser = new XMLParser({
    ignoreAttributes: false,
    parseTagValue: false,
    isArray: (_name, path) => /^[^.]+\.[^.]+(\.property)?$/.test(String(path)),
  });
  const document = parser.parse(text) as Record<string, unknown>;
  const root = Object.entries(document).find(([name]) => !name.startsWith('?'))?.[1];
  if (typeof root !== 'object' || root === null) return [];
  return Object.values(root as Record<string, readonly RawProvider[]>)
    .flat()
    .map((one) => ({
      id: one.id ?? one.identifier ?? '',
      class: one.class,
      properties: Object.fromEntries((one.property ?? []).map((entry) => [entry['@_name'], entry['#text'] ?? ''])),
    }));
}
