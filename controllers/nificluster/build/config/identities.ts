// The names under which NiFi knows the operator and the nodes of a cluster.
// Every node certificate of one cluster maps to one identity, so users and policies never change when nodes come and
// go. The mapping is anchored and escaped: a certificate of another cluster, or a user who calls himself a node,
// must not match.

import { certificateCommonName } from '../../../../pkg/pki/names.ts';

/** Common name of a node's certificate: `<id>.<cluster>.<namespace>`, at most 64 characters. */
export function nodeCommonName(cluster: string, namespace: string, nodeId: number): string {
  return certificateCommonName(String(nodeId), cluster, namespace);
}

/** Common name of the operator's client certificate. */
export function operatorCommonName(cluster: string, namespace: string): string {
  return certificateCommonName('operator', cluster, namespace);
}

/** The one NiFi identity of all nodes of the cluster, after mapping. No certificate subject can equal it. */
export function nodeIdentity(cluster: string, namespace: string): string {
  return `nodes.${cluster}.${namespace}`;
}

/** The operator's NiFi identity: the subject of its certificate, as NiFi writes it. The Initial Admin. */
export function operatorIdentity(cluster: string, namespace: string): string {
  return `CN=${operatorCommonName(cluster, namespace)}`;
}
