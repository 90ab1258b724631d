// spec.tls was taken out of a cluster that has certificates of cert-manager: back to an authority of its own, by the same steps.
// What says that this is under way are cert-manager's traces: its Certificates, and after them the Secrets that they wrote. They
// go last, so a crash after any write goes on here; and they also tell it from an authority that was lost.
// Surprise: a Certificate of an earlier version writes the very Secret that the Pod mounts. It is pointed elsewhere first.

import { caSecretName, issuedSecretName } from '../../../api/v1/labels.ts';
import { type Certificate, certificateType } from '../../../pkg/pki/certmanager.ts';
import { nextAuthority } from '../projections.ts';
import type { IdentityPlan } from './identity.ts';
import type { PlanInput } from './input.ts';
import { isDue, issuing, requests } from './requests.ts';
import type { CertificateRequest, ClusterStep, Finding } from './steps.ts';
import { planSwitch, type Slot, taking } from './switch.ts';
import type { ObservedSecret, World } from './world.ts';

/** Undefined: cert-manager has left no traces, and the cluster's own authority has nobody to take over from. */
export function planOwnAgain(input: PlanInput, ids: readonly number[]): IdentityPlan | undefined {
  const { cluster, world } = input;
  const traces = tracesIn(world);
  if (traces.certificates.length === 0 && traces.secrets.length === 0) return undefined;
  const nothing: IdentityPlan = { cluster: [], nodes: new Map(), findings: [] };
  if (cluster.members.length === 0) return nothing;
  const own = world.secrets.get(caSecretName(cluster.name));
  const before = [...traces.certificates.flatMap(elsewhere), ...prepared(caSecretName(cluster.name), own)];
  // It signs nothing yet that anybody relies on alone, and only a person may say what else is in that Secret.
  if (own !== undefined && own.certificate === undefined) return { ...nothing, findings: [unreadable(own.name)] };
  if (before.length > 0 || own?.certificate === undefined) return { ...nothing, cluster: before };

  const issuer = own.next === undefined ? 'present' : 'next';
  const { fingerprint256: target } = own.next ?? own.certificate;
  const slots = requests(input, ids).map((wanted) => offered(input, { ...wanted, issuer }, target));
  const change = planSwitch(input, slots, [target], "the cluster's own authority");
  const anew = change.take.map((slot) => taking(input, slots, slot));
  const { cluster: shared, nodes } = issuing(anew);
  const steps = change.steps.filter(
    (step) => step.kind !== 'TrustAuthorities' || !anew.some(({ secret }) => secret === step.name),
  );
  const isOver = change.settled && anew.length === 0;
  return { cluster: [...steps, ...shared, ...(isOver ? removal(traces) : [])], nodes, findings: change.findings };
}

function unreadable(name: string): Finding {
  const message = `Secret ${name} is to hold the cluster's own authority, and its tls.crt is none: delete it, and one is made`;
  return { reason: 'CertificateInvalid', message, effect: 'blocks' };
}

interface Traces {
  readonly certificates: readonly Certificate[];
  readonly secrets: readonly ObservedSecret[];
}

function tracesIn({ shared, secrets }: World): Traces {
  const certificates = [...shared.values()].filter(({ kind }) => kind === certificateType.kind) as Certificate[];
  const suffix = issuedSecretName('');
  return { certificates, secrets: [...secrets.values()].filter(({ name }) => name.endsWith(suffix)) };
}

function elsewhere({ apiVersion, kind, metadata, spec }: Certificate): readonly ClusterStep[] {
  const { name, namespace, labels, ownerReferences } = metadata;
  if (spec.secretName !== name) return [];
  const object = {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    spec: { ...spec, secretName: issuedSecretName(name) },
  };
  return [{ kind: 'ApplyShared', object }];
}

/** There is an authority, and a client certificate of it in its Secret to try nodes with. */
function prepared(name: string, own: ObservedSecret | undefined): readonly ClusterStep[] {
  if (own === undefined) return [{ kind: 'CreateAuthority', name }];
  if (own.keys.includes(nextAuthority.probeCertificate)) return [];
  return [{ kind: 'ProveAuthority', name, resourceVersion: own.resourceVersion }];
}

function offered(input: PlanInput, wanted: CertificateRequest, target: string): Slot {
  const mounted = input.world.secrets.get(wanted.secret);
  const serves = mounted?.anchors.includes(target) === true && !isDue(input, wanted);
  const fingerprint = serves ? mounted.certificate?.fingerprint256 : undefined;
  return { wanted, mounted, offer: { fingerprint, anchors: [target], trusts: [target] } };
}

/** First what would write Secrets anew, then the Secrets. */
function removal({ certificates, secrets }: Traces): readonly ClusterStep[] {
  const objects =
    certificates.length > 0
      ? certificates.map(({ kind, metadata: { name, uid = '' } }) => ({ kind, name, uid }))
      : secrets.map(({ name, uid }) => ({ kind: 'Secret', name, uid }));
  return objects.map((object) => ({ kind: 'DeleteShared', object }));
}
