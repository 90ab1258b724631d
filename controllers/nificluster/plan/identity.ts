// Which certificates to issue: for the operator and for every node, from the cluster's own authority or from
// cert-manager. NiFi reloads them, so a certificate may be replaced at any time and restarts nothing.
// An authority that vanished is never replaced silently: nodes that trust the old one would refuse the new ones.

import {
  caSecretName,
  hostName,
  nodeCertificateSecretName,
  operatorCertificateSecretName,
} from '../../../api/v1/labels.ts';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import {
  type Certificate,
  type CertificateReadiness,
  certificateReadiness,
  certificateType,
} from '../../../pkg/pki/certmanager.ts';
import { renewalDue, sameNames } from '../../../pkg/pki/inspect.ts';
import { nodeCommonName, nodeDnsNames, operatorCommonName } from '../build/config/identities.ts';
import { certificateObject } from '../build/resources/certificate.ts';
import { serviceNames } from '../build/resources/service-names.ts';
import type { ResolvedCluster } from '../resolved.ts';
import { planAuthority } from './authority.ts';
import { covers } from './covers.ts';
import { listed } from './gates.ts';
import type { PlanInput } from './input.ts';
import type { CertificateRequest, ClusterStep, Finding, NodeStep } from './steps.ts';
import type { ObservedSecret } from './world.ts';

export interface IdentityPlan {
  readonly cluster: readonly ClusterStep[];
  readonly nodes: ReadonlyMap<number, readonly NodeStep[]>;
  readonly findings: readonly Finding[];
}

export function planIdentity(input: PlanInput, ids: readonly number[]): IdentityPlan {
  if (input.cluster.spec.transport === 'InsecureHTTP') return { cluster: [], nodes: new Map(), findings: [] };
  return input.cluster.spec.tls === undefined ? ownAuthority(input, ids) : certManager(input, ids);
}

function ownAuthority(input: PlanInput, ids: readonly number[]): IdentityPlan {
  const { cluster, world } = input;
  const theirs = [...world.shared.values()].filter(({ kind }) => kind === certificateType.kind);
  if (theirs.length > 0) return { cluster: [], nodes: new Map(), findings: [stillTheirs(theirs)] };
  const name = caSecretName(cluster.name);
  const authority = world.secrets.get(name);
  // What nobody owns is what cert-manager left of an earlier cluster: that authority's certificates are replaced.
  const issued = [...world.secrets.values()].some(
    (secret) => secret.certificate !== undefined && secret.name !== name && secret.ownerUid === cluster.uid,
  );
  if (authority === undefined && issued) return { cluster: [], nodes: new Map(), findings: [authorityMissing(name)] };

  const wanted = [operatorRequest(input), ...ids.map((id) => nodeRequest(input, id))];
  const change = planAuthority(input, authority, wanted);
  const anew = wanted
    .filter((one) => one.secret === change.turn || isDue(input, one, authority))
    .map((one) => ({ ...one, issuer: change.issuer }));
  const names = new Set(anew.map(({ secret }) => secret));
  return {
    cluster: [
      ...(authority === undefined ? [{ kind: 'CreateAuthority', name } as const] : []),
      // One that is issued anew is told whom to trust in the same write.
      ...change.steps.filter((step) => step.kind !== 'TrustAuthorities' || !names.has(step.name)),
      ...anew.flatMap((one) =>
        one.node === undefined ? [{ kind: 'IssueCertificate', certificate: one } as const] : [],
      ),
    ],
    nodes: new Map(
      anew.flatMap((one) =>
        one.node === undefined ? [] : [[one.node, [{ kind: 'IssueNodeCertificate', id: one.node, certificate: one }]]],
      ),
    ),
    findings: change.findings,
  };
}

/** Two that write the same Secrets would do so for ever. */
function stillTheirs(certificates: readonly KubeObject[]): Finding {
  const names = listed(certificates.map(({ metadata }) => metadata.name));
  const message =
    `spec.tls was taken out, and cert-manager still writes the Secrets of its Certificates (${names}): delete them, ` +
    "then the cluster's own authority issues certificates; or put spec.tls back. Nodes lose each other while " +
    'they change from one authority to the other';
  return { reason: 'CertificatePending', message, effect: 'blocks' };
}

function authorityMissing(name: string): Finding {
  return {
    reason: 'CertificateAuthorityMissing',
    message:
      `Secret ${name}, the authority that issued this cluster's certificates, is gone: restore it. ` +
      'Nothing stops as long as the present certificates are valid, but no certificate can be issued or renewed',
    effect: 'blocks',
  };
}

/** The certificates of a member and their names, wherever they come from. */
export function nodeRequest(input: PlanInput, id: number): CertificateRequest {
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
];

/** The Secret does not hold what is wanted, or holds it for not much longer. */
function isDue(input: PlanInput, wanted: CertificateRequest, authority: ObservedSecret | undefined): boolean {
  const present = input.world.secrets.get(wanted.secret);
  const known = [authority?.certificate, authority?.next].flatMap((one) => one?.fingerprint256 ?? []);
  const foreign =
    known.length > 0 && present?.certificate !== undefined && !present.trusts.some((one) => known.includes(one));
  return foreign || isOfAnother(present, authority) || reasons.some((applies) => applies(present, wanted, input));
}

/** As in a Secret that was restored as it was before the authority was replaced. */
function isOfAnother(present: ObservedSecret | undefined, authority: ObservedSecret | undefined): boolean {
  const keys = [authority?.certificate, authority?.next].flatMap((one) => one?.subjectKeyId ?? []);
  const issuer = present?.certificate?.issuerKeyId;
  return keys.length > 0 && issuer !== undefined && !keys.includes(issuer);
}

/** cert-manager writes the Secrets; we ask for them and say what is missing. */
function certManager(input: PlanInput, ids: readonly number[]): IdentityPlan {
  const { cluster, world } = input;
  if (world.certManager !== true) return { cluster: [], nodes: new Map(), findings: [issuerUnavailable()] };
  const wanted = [operatorRequest(input), ...ids.map((id) => nodeRequest(input, id))];
  const nodes = new Map<number, NodeStep[]>();
  const shared: ClusterStep[] = [];
  const findings: Finding[] = [];
  for (const certificate of wanted) {
    const object = certificateObject(cluster, certificate);
    const live = world.shared.get(`${object.kind}/${object.metadata.name}`);
    const { node } = certificate;
    if (live === undefined || !covers(live, object)) {
      if (node === undefined) shared.push({ kind: 'ApplyShared', object });
      else nodes.set(node, [{ kind: 'ApplyForNode', id: node, object }]);
    }
    const readiness = certificateReadiness(live as Certificate | undefined);
    const secret = world.secrets.get(certificate.secret);
    if (!readiness.ready || secret?.certificate === undefined) findings.push(pending(cluster, certificate, readiness));
    else if (secret.trusts.length === 0) findings.push(authorityUntold(certificate));
  }
  return { cluster: shared, nodes, findings };
}

function issuerUnavailable(): Finding {
  const message =
    'spec.tls.issuerRef is given, but cert-manager is not installed in this Kubernetes cluster: install it. ' +
    'No certificate is asked for until then';
  return { reason: 'IssuerUnavailable', message, effect: 'blocks' };
}

/** As issuers of public certificates do. */
function authorityUntold({ secret, node }: CertificateRequest): Finding {
  const message =
    `Secret ${secret} has no ca.crt: the issuer of spec.tls.issuerRef does not tell its authority, so nodes could not ` +
    'know whom to trust. Take one that does, such as an issuer of the kind CA';
  return { reason: 'CertificateInvalid', message, effect: 'blocks', ...(node === undefined ? {} : { node }) };
}

/** The Certificate does not say what its issuer says: that is in the CertificateRequest. */
function pending(
  { spec }: ResolvedCluster,
  { secret, node }: CertificateRequest,
  readiness: CertificateReadiness,
): Finding {
  const said = readiness.ready ? 'it is issued, its Secret is not there yet' : readiness.message;
  const { kind, name } = spec.tls?.issuerRef ?? { kind: 'issuer', name: '' };
  const message =
    `Waiting for cert-manager to issue Certificate ${secret}: ${said}. If it lasts, see that ` +
    `${kind} ${name} of spec.tls.issuerRef exists and is ready; its words are in the CertificateRequests of this Certificate`;
  return { reason: 'CertificatePending', message, effect: 'waits', ...(node === undefined ? {} : { node }) };
}
