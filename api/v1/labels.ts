// Every label and annotation key, and the name of every object that belongs to a cluster. Nothing else in the project spells a name.
// Names are pure functions of cluster and node id, so an object is found again after any crash, and there is one Pod for a node id.
// Surprise: a name never proves ownership. An object is ours only if its labels say so and, where it has an owner, the owner's UID.

/** Label keys. The first four are Kubernetes' recommended ones. */
export const labels = {
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  cluster: 'nifi.datadynamics.io/cluster',
  node: 'nifi.datadynamics.io/node',
  volume: 'nifi.datadynamics.io/volume',
} as const;

/** Annotation keys, each with who writes it and where. */
export const annotations = {
  /** Operator, on a Pod: digest in the name of the immutable ConfigMap that it was made from. */
  revision: 'nifi.datadynamics.io/revision',
  /** Operator, on objects that it applies: digest of what it applied, so that what is asked for no more is taken away. */
  applied: 'nifi.datadynamics.io/applied',
  /** Operator, on objects without an owner: UID of the cluster that made them. */
  clusterUid: 'nifi.datadynamics.io/cluster-uid',
  /** Operator, on a Pod: which step of ours disconnected the node, so that auto-heal takes it back. */
  disconnectedBy: 'nifi.datadynamics.io/disconnected-by',
  /** Operator, on a claim whose node left empty: the proof. */
  released: 'nifi.datadynamics.io/released',
  /** Operator, on a claim that was taken back: the former value of `released`. */
  adopted: 'nifi.datadynamics.io/adopted',
  /** Operator, on a NiFiDataflow: where its process group is or may be, and what it was like when all was last as asked. */
  place: 'nifi.datadynamics.io/place',
  /** A person, on the cluster: "<id>/<claim uid>", the lost volume may be replaced by an empty one; several with commas. */
  rebuild: 'nifi.datadynamics.io/rebuild',
  /** A person, on the cluster: "<id>/<claim uid>", the data of a node that cannot be emptied is given up; several with commas. */
  abandon: 'nifi.datadynamics.io/abandon',
  /** A person, on the cluster or on one node's Pod: an RFC 3339 time; nodes with older Pods are restarted. */
  restartRequestedAt: 'nifi.datadynamics.io/restart-requested-at',
  /** A person, on the Secret of the cluster's own authority: an RFC 3339 time; an older authority is replaced. */
  renewRequestedAt: 'nifi.datadynamics.io/renew-requested-at',
  /** A person, on the cluster: the version below the running one that may be rolled out. */
  allowDowngrade: 'nifi.datadynamics.io/allow-downgrade',
  /** A person, on an object of a dataflow kind that is being deleted: "true", what it made in NiFi is left there. */
  leaveBehind: 'nifi.datadynamics.io/leave-behind',
  /** A person, on a NiFiDataflow: "true", what is queued may be thrown away when it leaves NiFi. */
  dropQueues: 'nifi.datadynamics.io/drop-queues',
  /** In an object of v1alpha1 as the API server shows it, never stored: what of it only v1 knows. */
  v1: 'nifi.datadynamics.io/v1',
  /** In an object of v1: what of it only v1alpha1 knows. */
  v1alpha1: 'nifi.datadynamics.io/v1alpha1',
} as const;

/** Value of the managed-by label; the field manager of server-side apply has the same name. */
const managedBy = 'nifi-operator';

/** Values of the component label. */
export type Component =
  | 'node'
  | 'ui'
  | 'listener'
  | 'record'
  | 'configuration'
  | 'certificate'
  | 'sensitive-key'
  | 'single-user'
  | 'access'
  | 'metrics'
  | 'digests'
  | 'webhook';

/** Labels that select everything of a cluster. */
export function clusterSelector(cluster: string): Record<string, string> {
  return { [labels.managedBy]: managedBy, [labels.cluster]: cluster };
}

/** Labels that select the Pods of a cluster's nodes, and no other object's: a listener's or the scale subresource's selector. */
export function podSelector(cluster: string): Record<string, string> {
  return { [labels.cluster]: cluster, [labels.component]: 'node' satisfies Component };
}

/** Labels of an object of the cluster. */
export function clusterLabels(cluster: string, component: Component): Record<string, string> {
  return {
    [labels.name]: 'nifi',
    [labels.instance]: cluster,
    [labels.component]: component,
    [labels.managedBy]: managedBy,
    [labels.cluster]: cluster,
  };
}

/** Labels of the Secret with the digests of the sensitive values that an object of a dataflow kind has in NiFi. */
export function digestSecretLabels(): Record<string, string> {
  return { [labels.name]: 'nifi', [labels.component]: 'digests' satisfies Component, [labels.managedBy]: managedBy };
}

/** Labels of the Secret with the certificate of the operator's webhooks, where the operator makes it. */
export function webhookSecretLabels(): Record<string, string> {
  return {
    [labels.name]: 'nifi-operator',
    [labels.component]: 'webhook' satisfies Component,
    [labels.managedBy]: managedBy,
  };
}

/** Labels of the objects that a NiFiFlow is made of. */
export function flowLabels(): Record<string, string> {
  return { [labels.name]: 'nifi', [labels.managedBy]: managedBy };
}

/** Labels of an object of one node. */
export function nodeLabels(cluster: string, id: number, component: Component = 'node'): Record<string, string> {
  return { ...clusterLabels(cluster, component), [labels.node]: String(id) };
}

/** Labels of a node's claim for one volume. */
export function volumeLabels(cluster: string, id: number, volume: string): Record<string, string> {
  return { ...nodeLabels(cluster, id), [labels.volume]: volume };
}

/** A selector as the API writes it: `key=value,key=value`, sorted. */
export function selectorText(selector: Readonly<Record<string, string>>): string {
  const keys = Object.keys(selector).toSorted();
  return keys.map((key) => `${key}=${selector[key] ?? ''}`).join(',');
}

/** Service of the UI. */
export function uiServiceName(cluster: string): string {
  return cluster;
}

/** Headless Service that gives every node its host name. */
export function headlessServiceName(cluster: string): string {
  return `${cluster}-nodes`;
}

/** Service of a listener. */
export function listenerServiceName(cluster: string, listener: string): string {
  return `${cluster}-${listener}`;
}

export function podDisruptionBudgetName(cluster: string): string {
  return cluster;
}

export function networkPolicyName(cluster: string): string {
  return cluster;
}

/** ServiceAccount, Role and RoleBinding of the nodes. */
export function serviceAccountName(cluster: string): string {
  return `${cluster}-nodes`;
}

/** Secret of the generated sensitive properties key. */
export function sensitiveKeySecretName(cluster: string): string {
  return `${cluster}-sensitive-key`;
}

/** Secret of the single user: name, hash, and the password where the operator made it. */
export function singleUserSecretName(cluster: string): string {
  return `${cluster}-single-user`;
}

/** Secret of the cluster's own certificate authority. */
export function caSecretName(cluster: string): string {
  return `${cluster}-ca`;
}

/** Secret of the certificate that the operator speaks to NiFi with. */
export function operatorCertificateSecretName(cluster: string): string {
  return `${cluster}-operator-tls`;
}

/** Secret of the certificate that Prometheus reads the metrics of NiFi with. */
export function metricsSecretName(cluster: string): string {
  return `${cluster}-metrics`;
}

export function podMonitorName(cluster: string): string {
  return cluster;
}

/** Secret with the digests of the sensitive values that an object, by its UID, has in NiFi. */
export function digestSecretName(uid: string): string {
  return `nifi-digests-${uid}`;
}

/** ConfigMap with what follows the cluster's size, read by the entry command at every start. */
export function startConfigMapName(cluster: string): string {
  return `${cluster}-start`;
}

/** Pod of a node. */
export function podName(cluster: string, id: number): string {
  return `${cluster}-${id}`;
}

/** The node's record (ConfigMap). */
export function recordName(cluster: string, id: number): string {
  return `${cluster}-${id}`;
}

/** A node's immutable configuration: ConfigMap and, where there is one, its Secret part. */
export function revisionName(cluster: string, id: number, hash: string): string {
  return `${cluster}-${id}-${hash}`;
}

/** Certificate Secret of a node. */
export function nodeCertificateSecretName(cluster: string, id: number): string {
  return `${cluster}-${id}-tls`;
}

/**
 * Secret that cert-manager writes for one of the cluster's certificate Secrets. Nothing mounts it: the operator takes the
 * certificate over from there, once everybody trusts its authority.
 */
export function issuedSecretName(certificateSecret: string): string {
  return `${certificateSecret}-issued`;
}

/** PersistentVolumeClaim of one volume of a node. */
export function claimName(cluster: string, id: number, volume: string): string {
  return `${volume}-${cluster}-${id}`;
}

/** The node's NiFi address and the DNS name of its certificate. */
export function hostName(cluster: string, id: number, namespace: string): string {
  return `${podName(cluster, id)}.${headlessServiceName(cluster)}.${namespace}.svc`;
}

/** Prefix of the cluster's Leases (coordinator and primary) and of its state ConfigMaps. */
export function leasePrefix(cluster: string): string {
  return cluster;
}

/** Node id out of the name of a Pod or record; undefined when the name is not one of this cluster's. */
export function parseNodeId(cluster: string, name: string): number | undefined {
  return name.startsWith(`${cluster}-`) ? parseId(name.slice(cluster.length + 1)) : undefined;
}

/** Node id out of a node's host name, such as NiFi's view shows it; undefined for any other host. */
export function parseHostName(cluster: string, namespace: string, host: string): number | undefined {
  const [pod = '', ...domain] = host.split('.');
  const expected = [headlessServiceName(cluster), namespace, 'svc'];
  return domain.join('.') === expected.join('.') ? parseNodeId(cluster, pod) : undefined;
}

/** Node id out of a label value; undefined when it is none. */
export function parseId(text: string): number | undefined {
  return /^(0|[1-9][0-9]{0,2})$/.test(text) ? Number(text) : undefined;
}
