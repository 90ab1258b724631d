// Certificates of cert-manager instead of our own: what is asked for, and whether it is there yet.
// Pure: building and reading only. cert-manager renews at two thirds of a certificate's life by itself and writes the
// Secret that the Pod mounts, so nothing here decides about dates.
// Surprise: an issuer that gives no ca.crt (ACME) is of no use, because NiFi's nodes must know whom to trust.

import type { KubeObject, ObjectMeta, ResourceType } from '../kube/types.ts';
import type { CertificateUsage } from './types.ts';

export interface Certificate extends KubeObject {
  readonly spec: CertificateSpec;
  readonly status?: CertificateStatus;
}

export interface CertificateSpec {
  readonly secretName: string;
  readonly secretTemplate: { readonly labels: Readonly<Record<string, string>> };
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
  readonly usages: readonly string[];
  readonly privateKey: {
    readonly algorithm: 'ECDSA';
    readonly size: 256;
    readonly encoding: 'PKCS8';
    readonly rotationPolicy: 'Always';
  };
  readonly revisionHistoryLimit: number;
  readonly issuerRef: IssuerRef;
}

export interface CertificateStatus {
  readonly conditions?: readonly CertificateCondition[];
  readonly notAfter?: string;
  readonly renewalTime?: string;
}

interface CertificateCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

export interface IssuerRef {
  readonly name: string;
  /** Issuer or ClusterIssuer, or a kind of another group. */
  readonly kind: string;
  readonly group: string;
}

export const certificateType: ResourceType<Certificate> = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  plural: 'certificates',
  namespaced: true,
};

/** cert-manager's annotation on every Secret that it writes: the Certificate's name. */
export const certificateNameAnnotation = 'cert-manager.io/certificate-name';

export interface CertificateOrder {
  /** Name and namespace, labels and owner: the caller's. The Secret gets the same labels. */
  readonly metadata: ObjectMeta;
  /** Secret that cert-manager writes tls.crt, tls.key and ca.crt into. */
  readonly secretName: string;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly usages: readonly CertificateUsage[];
  readonly issuerRef: IssuerRef;
}

const usageNames = { server: 'server auth', client: 'client auth' } as const;

/** The Certificate to apply. Life and renewal are left to the issuer; a new key comes with every renewal. */
export function buildCertificate(order: CertificateOrder): Certificate {
  return {
    apiVersion: certificateType.apiVersion,
    kind: certificateType.kind,
    metadata: order.metadata,
    spec: {
      secretName: order.secretName,
      secretTemplate: { labels: order.metadata.labels ?? {} },
      commonName: order.commonName,
      ...(order.dnsNames.length === 0 ? {} : { dnsNames: order.dnsNames }),
      usages: ['digital signature', ...order.usages.map((usage) => usageNames[usage])],
      privateKey: { algorithm: 'ECDSA', size: 256, encoding: 'PKCS8', rotationPolicy: 'Always' },
      revisionHistoryLimit: 1,
      issuerRef: order.issuerRef,
    },
  };
}

export type CertificateReadiness =
  | { readonly ready: true; readonly renewalTime: string | undefined }
  | { readonly ready: false; readonly reason: string; readonly message: string };

/**
 * Whether cert-manager has issued what the Certificate says now. Undefined stands for one that was not seen yet.
 * A Ready of an older generation is not taken: the Secret may still hold the former names.
 */
export function certificateReadiness(certificate: Certificate | undefined): CertificateReadiness {
  if (certificate === undefined) return waiting('NotFound', 'The Certificate does not exist yet');
  const condition = certificate.status?.conditions?.find((one) => one.type === 'Ready');
  if (condition === undefined) {
    return waiting(
      'NoCondition',
      'cert-manager has not looked at the Certificate: does it run, and watch this namespace?',
    );
  }
  const { generation } = certificate.metadata;
  if (
    condition.observedGeneration !== undefined &&
    generation !== undefined &&
    condition.observedGeneration < generation
  ) {
    return waiting('Outdated', 'cert-manager has not looked at the latest change of the Certificate');
  }
  if (condition.status !== 'True') return waiting(condition.reason ?? 'NotReady', condition.message ?? '');
  return { ready: true, renewalTime: certificate.status?.renewalTime };
}

function waiting(reason: string, message: string): CertificateReadiness {
  return { ready: false, reason, message };
}
