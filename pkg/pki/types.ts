// The shapes that pass between issuing, inspecting and renewing certificates. All PEM; keys are PKCS#8, EC P-256.

export interface CertificateAuthority {
  readonly certPem: string;
  readonly keyPem: string;
  readonly notAfter: Date;
}

export type CertificateUsage = 'server' | 'client';

export interface IssuedCertificate {
  /** The leaf first, then the chain up to, but without, the self-signed root. */
  readonly certPem: string;
  readonly keyPem: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface CertificateFacts {
  /** As RFC 2253 writes it, which is how NiFi names the bearer: `CN=0.prod.data`. */
  readonly subject: string;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Hexadecimal key identifier of the issuer, undefined when the certificate does not carry one. */
  readonly issuerKeyId: string | undefined;
  /** Hexadecimal key identifier of the certificate's own key, undefined when it does not carry one. */
  readonly subjectKeyId: string | undefined;
  /** What the certificate says it may be used for, of the two that matter here. */
  readonly usages: readonly CertificateUsage[];
  /** SHA-256 over the DER bytes, hexadecimal with colons. */
  readonly fingerprint256: string;
}
