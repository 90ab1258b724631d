// The names under which NiFi knows the operator and the nodes of a cluster, and which names their certificates carry.
// Every node certificate of one cluster maps to one identity, so users and policies never change when nodes come and
// go. The mappings are anchored and escaped, and NiFi tries them before any other: neither a certificate of another
// cluster nor a mapping of the user's can turn into a node, or a node or the operator into somebody else.

import { certificateCommonName, certificateScope } from '../../../../pkg/pki/names.ts';

/** Common name of a node's certificate: `<id>.<cluster>.<namespace>`, at most 64 characters. */
export function nodeCommonName(cluster: string, namespace: string, nodeId: number): string {
  return certificateCommonName(String(nodeId), cluster, namespace);
}

/** Common name of the operator's client certificate. */
export function operatorCommonName(cluster: string, namespace: string): string {
  return certificateCommonName('operator', cluster, namespace);
}

/** Common name of the certificate that Prometheus shows. */
export function metricsCommonName(cluster: string, namespace: string): string {
  return certificateCommonName('metrics', cluster, namespace);
}

/** The one NiFi identity of all nodes of the cluster, after mapping. It is no certificate's subject. */
export function nodeIdentity(cluster: string, namespace: string): string {
  return `nodes.${certificateScope(cluster, namespace)}`;
}

/** The operator's NiFi identity: the subject of its certificate, as NiFi writes it. The Initial Admin. */
export function operatorIdentity(cluster: string, namespace: string): string {
  return `CN=${operatorCommonName(cluster, namespace)}`;
}

/** The NiFi identity of Prometheus. No mapping protects it: one that comes and goes with it would restart every node. */
export function metricsIdentity(cluster: string, namespace: string): string {
  return `CN=${metricsCommonName(cluster, namespace)}`;
}

/**
 * Keys and values of the identity mappings, for nifi.properties.
 * Each also maps its result to itself: NiFi sends the identities in authorizers.xml through the mappings as well, and
 * a catch-all of the user's must not rename them there.
 */
export function identityMappings(cluster: string, namespace: string): Record<string, string> {
  const nodes = nodeIdentity(cluster, namespace);
  const operator = operatorIdentity(cluster, namespace);
  const anyNode = `CN=[0-9]+${escapeRegex(`.${certificateScope(cluster, namespace)}`)}`;
  return {
    'nifi.security.identity.mapping.pattern.0-nodes': `^(${anyNode}|${escapeRegex(nodes)})$`,
    'nifi.security.identity.mapping.value.0-nodes': nodes,
    'nifi.security.identity.mapping.transform.0-nodes': 'NONE',
    'nifi.security.identity.mapping.pattern.0-operator': `^${escapeRegex(operator)}$`,
    'nifi.security.identity.mapping.value.0-operator': operator,
    'nifi.security.identity.mapping.transform.0-operator': 'NONE',
  };
}

export interface CertificateNames {
  readonly host: string;
  readonly serviceNames: readonly string[];
  readonly proxyHosts: readonly string[];
}

/**
 * DNS names a node's certificate carries. The first is the node's own: without it NiFi refuses to balance load with
 * the node, and an offload hangs without a word. `localhost` is for `kubectl port-forward`, since NiFi answers 400 to a
 * Host that the certificate does not carry. Addresses among the proxy hosts are left out: they are no DNS names.
 */
export function nodeDnsNames({ host, serviceNames, proxyHosts }: CertificateNames): string[] {
  const proxies = proxyHosts.map((entry) => entry.replace(/:\d+$/, '')).filter(isDnsName);
  return [...new Set([host, ...serviceNames, 'localhost', ...proxies])];
}

function isDnsName(name: string): boolean {
  return /^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(name) && !/^[\d.]+$/.test(name);
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
