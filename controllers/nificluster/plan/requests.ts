// Which certificates a cluster should have: names, Secret and usages of each, wherever it comes from, and whether the one
// that is there still does. Who issues is decided elsewhere.

import {
  hostName,
  metricsSecretName,
  nodeCertificateSecretName,
  operatorCertificateSecretName,
} from '../../../api/v1/labels.ts';
import { clockSkewMs, renewalDue, sameNames } from '../../../pkg/pki/inspect.ts';
import { metricsCommonName, nodeCommonName, nodeDnsNames, operatorCommonName } from '../build/config/identities.ts';
import { serviceNames } from '../build/resources/service-names.ts';
import type { PlanInput } from './input.ts';
import { hasMetricsCertificate } from './monitoring.ts';
import type { CertificateRequest } from './steps.ts';
import type { ObservedSecret } from './world.ts';

/** The operator's first: it is the one that changes first. Nothing waits for the last. */
export function requests(input: PlanInput, ids: readonly number[]): readonly CertificateRequest[] {
  const metrics = hasMetricsCertificate(input.cluster) ? [metricsRequest(input)] : [];
  return [operatorRequest(input), ...ids.map((id) => nodeRequest(input, id)), ...metrics];
}

function nodeRequest(input: PlanInput, id: number): CertificateRequest {
  const { cluster } = input;
  return request(input, nodeCertificateSecretName(cluster.name, id), {
    commonName: nodeCommonName(cluster.name, cluster.namespace, id),
    dnsNames: nodeDnsNames({
      host: hostName(cluster.name, id, cluster.namespace),
      serviceNames: serviceNames(cluster),
      proxyHosts: cluster.spec.proxyHosts ?? [],
    }),
    usages: ['server', 'client'],
    node: id,
  });
}

function operatorRequest(input: PlanInput): CertificateRequest {
  const { cluster } = input;
  return request(input, operatorCertificateSecretName(cluster.name), {
    commonName: operatorCommonName(cluster.name, cluster.namespace),
    dnsNames: [],
    usages: ['client'],
    node: undefined,
  });
}

function metricsRequest(input: PlanInput): CertificateRequest {
  const { cluster } = input;
  return request(input, metricsSecretName(cluster.name), {
    commonName: metricsCommonName(cluster.name, cluster.namespace),
    dnsNames: [],
    usages: ['client'],
    node: undefined,
    bearer: 'Prometheus',
  });
}

function request(
  input: PlanInput,
  secret: string,
  facts: Omit<CertificateRequest, 'secret' | 'replaces' | 'issuer'>,
): CertificateRequest {
  const present = input.world.secrets.get(secret);
  return { ...facts, secret, replaces: present && { resourceVersion: present.resourceVersion }, issuer: 'present' };
}

type Reason = (present: ObservedSecret | undefined, wanted: CertificateRequest, input: PlanInput) => boolean;

const reasons: readonly Reason[] = [
  (present) => present?.certificate === undefined,
  (present, wanted) => present?.certificate?.commonName !== wanted.commonName,
  // A name too many counts as well: a proxy host that was taken out of the spec would be answered for until the renewal.
  (present, wanted) => !sameNames(present?.certificate?.dnsNames ?? [], wanted.dnsNames),
  (present, _, { now }) => present?.certificate !== undefined && renewalDue(present.certificate, now),
  // It was made by a clock that ran ahead, by more than clocks may differ: nobody takes it until its time has come.
  (present, _, { now }) => (present?.certificate?.notBefore.getTime() ?? 0) - now.getTime() > clockSkewMs,
];

/** The Secret does not hold what is wanted, or holds it for not much longer; whose it is is not asked. */
export function isDue(input: PlanInput, wanted: CertificateRequest): boolean {
  const present = input.world.secrets.get(wanted.secret);
  return reasons.some((applies) => applies(present, wanted, input));
}

/** Cluster and nodes are written to apart: a node's steps end with the first that fails. */
export function issuing(anew: readonly CertificateRequest[]): {
  readonly cluster: readonly { readonly kind: 'IssueCertificate'; readonly certificate: CertificateRequest }[];
  readonly nodes: ReadonlyMap<
    number,
    readonly { readonly kind: 'IssueNodeCertificate'; readonly id: number; readonly certificate: CertificateRequest }[]
  >;
} {
  return {
    cluster: anew.flatMap((certificate) =>
      certificate.node === undefined ? [{ kind: 'IssueCertificate', certificate } as const] : [],
    ),
    nodes: new Map(
      anew.flatMap((certificate) =>
        certificate.node === undefined
          ? []
          : [[certificate.node, [{ kind: 'IssueNodeCertificate', id: certificate.node, certificate } as const]]],
      ),
    ),
  };
}
