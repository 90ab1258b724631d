// What the caches keep of each object: only fields that a decision reads.
// Keys of node certificates and rendered files never stay in memory: thousands of nodes would not fit, and a heap
// dump would hold every secret. What must be read whole is fetched when it is needed.

import { annotations, labels } from '../../api/v1/labels.ts';
import type { ConfigMap, PersistentVolumeClaim, Pod, Secret } from '../../pkg/kube/resources.ts';
import type { KubeObject, ObjectMeta } from '../../pkg/kube/types.ts';
import { inspectCertificate } from '../../pkg/pki/inspect.ts';
import { anchorsOf, splitPem } from '../../pkg/pki/pem.ts';
import type { CertificateFacts } from '../../pkg/pki/types.ts';
import { nifiContainer } from './build/resources/pod.ts';

/**
 * The fields of metadata that somebody reads, in an object made field by field: one that is made by leaving fields out
 * (`...rest`) takes six times the memory, and there is one for every object of every cluster.
 */
function lean(metadata: ObjectMeta, keepAnnotations: (key: string) => boolean = () => true): ObjectMeta {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp } = metadata;
  const { deletionTimestamp, labels, annotations: all, ownerReferences, finalizers } = metadata;
  const kept = Object.entries(all ?? {}).filter(([key]) => keepAnnotations(key));
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(generation === undefined ? {} : { generation }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(labels === undefined ? {} : { labels }),
    ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
    ...(finalizers === undefined ? {} : { finalizers }),
  };
}

/** Everything but `managedFields` and status: for kinds that are compared with what we would apply. */
export function projectWhole<T extends KubeObject>(object: T): T {
  const { status: _, ...rest } = object as T & { status?: unknown };
  return { ...rest, metadata: lean(object.metadata) } as T;
}

export function projectCluster<T extends KubeObject>(object: T): T {
  return { ...object, metadata: lean(object.metadata) };
}

const ownAnnotation = (key: string): boolean => Object.values<string>(annotations).includes(key);

export function projectPod(pod: Pod): Pod {
  const status = pod.status ?? {};
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: lean(pod.metadata, ownAnnotation),
    spec: { nodeName: pod.spec?.nodeName } as NonNullable<Pod['spec']>,
    status: {
      ...(status.phase === undefined ? {} : { phase: status.phase }),
      ...(status.podIP === undefined ? {} : { podIP: status.podIP }),
      ...(status.reason === undefined ? {} : { reason: status.reason }),
      ...(status.message === undefined ? {} : { message: status.message }),
      conditions: (status.conditions ?? []).filter(({ type }) => type === 'Ready' || type === 'PodScheduled'),
      containerStatuses: (status.containerStatuses ?? []).filter(({ name }) => name === nifiContainer),
      initContainerStatuses: (status.initContainerStatuses ?? []).filter(
        ({ state }) => state?.terminated?.exitCode !== 0,
      ),
    },
  };
}

export function projectClaim(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const { apiVersion, kind, metadata, spec, status } = claim;
  return {
    apiVersion,
    kind,
    metadata: lean(metadata, ownAnnotation),
    ...(spec?.resources === undefined ? {} : { spec: { resources: spec.resources } }),
    ...(status?.phase === undefined ? {} : { status: { phase: status.phase } }),
  };
}

/** Records and the start ConfigMap whole; of a revision only that it exists. */
export function projectConfigMap(object: ConfigMap): ConfigMap {
  const metadata = lean(object.metadata);
  const { apiVersion, kind, data } = object;
  const ofRevision = metadata.labels?.[labels.component] === 'configuration' && labels.node in metadata.labels;
  return ofRevision || data === undefined ? { apiVersion, kind, metadata } : { apiVersion, kind, metadata, data };
}

/** Keys of the authority's Secret while it is being replaced: the one to follow, and a client certificate of it. */
export const nextAuthority = {
  certificate: 'next.crt',
  key: 'next.key',
  probeCertificate: 'probe.crt',
  probeKey: 'probe.key',
} as const;

/** A Secret with what we know of it instead of what it holds. */
export interface ProjectedSecret extends Secret {
  readonly keys: readonly string[];
  readonly certificate?: CertificateFacts;
  readonly trusts: readonly string[];
  readonly anchors: readonly string[];
  /** Of the authority that is to follow, in the authority's own Secret. */
  readonly next?: CertificateFacts;
}

export function projectSecret(object: Secret): ProjectedSecret {
  const { apiVersion, kind, data = {} } = object;
  const metadata = lean(object.metadata);
  const certificate = certificateFacts(decode(data['tls.crt'] ?? ''));
  const next = certificateFacts(decode(data[nextAuthority.certificate] ?? ''));
  const authorities = authoritiesIn(data['ca.crt'] ?? '');
  return {
    apiVersion,
    kind,
    metadata,
    keys: Object.keys(data).toSorted(),
    trusts: authorities.fingerprints,
    anchors: certificate === undefined ? [] : anchorsIn(decode(data['tls.crt'] ?? ''), authorities.pems),
    ...(certificate === undefined ? {} : { certificate }),
    ...(next === undefined ? {} : { next }),
    // What a node has is the node's; the operator uses its own certificate, the authority and the sensitive key.
    ...(labels.node in (metadata.labels ?? {}) ? {} : { data }),
  };
}

interface Authorities {
  readonly pems: string;
  readonly fingerprints: readonly string[];
}

/**
 * Of the bundles read last, by their text: all Secrets of a cluster hold the same one, and come one after another when the caches
 * are filled. Reading it again for each was most of what thousands of Secrets took.
 */
const bundles = new Map<string, Authorities>();
const mostBundles = 16;

/** What is no certificate is left out. */
function authoritiesIn(base64: string): Authorities {
  const known = bundles.get(base64);
  if (known !== undefined) return known;
  const all = splitPem(decode(base64)).map((pem) => ({ pem, facts: certificateFacts(pem) }));
  const read: Authorities = {
    pems: all.flatMap(({ pem, facts }) => (facts === undefined ? [] : [pem])).join(''),
    fingerprints: all.flatMap(({ facts }) => facts?.fingerprint256 ?? []),
  };
  const [oldest] = bundles.keys();
  if (oldest !== undefined && bundles.size >= mostBundles) bundles.delete(oldest);
  bundles.set(base64, read);
  return read;
}

/** A text that is no certificate counts as none: it is then issued again, or waited for. */
function certificateFacts(pem: string): CertificateFacts | undefined {
  if (pem === '') return undefined;
  try {
    return inspectCertificate(pem);
  } catch {
    return undefined;
  }
}

/** Of a chain in which something is no certificate nothing is known. */
function anchorsIn(certPem: string, bundle: string): readonly string[] {
  try {
    return anchorsOf(certPem, bundle);
  } catch {
    return [];
  }
}

export function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
