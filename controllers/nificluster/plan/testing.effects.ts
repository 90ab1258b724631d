// What carrying out a step changes in a world in memory. Not for production code.

import { annotations, caSecretName } from '../../../api/v1/labels.ts';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import type { CertificateFacts } from '../../../pkg/pki/types.ts';
import type { ResolvedCluster } from '../resolved.ts';
import { base64 } from '../testing.ts';
import type { CertificateRequest, Step } from './steps.ts';
import { aClaim, aPod, aSecret, daysFromNow, facts } from './testing.objects.ts';
import type { ObservedClaim, ObservedSecret, World } from './world.ts';

export function changed<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map([...map, [key, value]]);
}

export function without<K, V>(map: ReadonlyMap<K, V>, keys: readonly K[]): ReadonlyMap<K, V> {
  return new Map([...map].filter(([key]) => !keys.includes(key)));
}

export function sharedKey(object: KubeObject): string {
  return `${object.kind}/${object.metadata.name}`;
}

type Of<K extends Step['kind']> = Extract<Step, { kind: K }>;

type Effects = {
  readonly [K in Step['kind']]: (world: World, step: Of<K>, cluster: ResolvedCluster) => Partial<World>;
};

/** What the caches show after this step was carried out. */
export function carryOut(cluster: ResolvedCluster, world: World, step: Step): World {
  const effect = effects[step.kind] as (world: World, step: Step, cluster: ResolvedCluster) => Partial<World>;
  return { ...world, ...effect(world, step, cluster) };
}

const effects: Effects = {
  ApplyShared: applied,
  ApplyForNode: applied,
  DeleteShared: deleted,
  CreateSensitiveKey: ({ secrets }, { name, value }, { uid }) => ({
    secrets: changed(secrets, name, { ...aSecret(name), clusterUid: uid, data: base64({ key: value }) }),
  }),
  WriteSingleUser: ({ secrets }, { name, username, password, mark }, { uid }) => ({
    secrets: changed(secrets, name, {
      ...aSecret(name),
      ownerUid: uid,
      data: base64({ username, password, passwordHash: 'a-hash', passwordHashOf: mark }),
    }),
  }),
  AdoptSecret: ({ secrets }, { name }, { uid }) => ({
    secrets: changed(secrets, name, { ...aSecret(name), ...secrets.get(name), clusterUid: uid }),
  }),
  CreateAuthority: ({ secrets }, { name }, { uid }) => ({
    secrets: changed(secrets, name, { ...aSecret(name), ownerUid: uid, certificate: anAuthority('authority') }),
  }),
  PrepareAuthority: ({ secrets }, { name }) => ({
    secrets: changed(secrets, name, { ...known(secrets, name), next: anAuthority('next authority') }),
  }),
  TrustAuthorities: ({ secrets }, { name, authorities }, cluster) => ({
    secrets: changed(secrets, name, {
      ...known(secrets, name),
      trusts: authorities?.fingerprints ?? trusted(secrets, cluster),
    }),
  }),
  ProveAuthority: ({ secrets }, { name }) => ({
    secrets: changed(secrets, name, { ...known(secrets, name), keys: ['probe.crt', 'probe.key'] }),
  }),
  PromoteAuthority: ({ secrets }, { name }) => ({
    secrets: changed(secrets, name, {
      ...known(secrets, name),
      certificate: known(secrets, name).next,
      next: undefined,
    }),
  }),
  IssueCertificate: issue,
  IssueNodeCertificate: issue,
  CreateRevision: ({ revisions }, { id, objects }) => ({
    revisions: [
      ...revisions,
      ...objects.map(({ kind, metadata: { name } }) => ({
        kind: kind === 'Secret' ? ('Secret' as const) : ('ConfigMap' as const),
        id,
        name,
        uid: `uid-${kind}-${name}`,
      })),
    ],
  }),
  DeleteRevision: ({ revisions }, { object }) => ({ revisions: revisions.filter(({ uid }) => uid !== object.uid) }),
  CreateRecord: recorded,
  UpdateRecord: recorded,
  CreateClaim: ({ claims }, { id, volume, object }) => {
    const { metadata, spec } = object as ClaimObject;
    const { name } = metadata;
    const claim = {
      ...aClaim(name),
      id,
      volume,
      ...claimFacts(metadata),
      size: spec?.resources.requests.storage ?? '0',
    };
    return { claims: changed(claims, name, claim) };
  },
  PatchClaim: ({ claims }, { name, patch }) => {
    const before = claims.get(name) ?? aClaim(name);
    const { metadata, spec } = patch as Partial<ClaimObject>;
    const size = spec?.resources.requests.storage ?? before.size;
    return { claims: changed(claims, name, { ...before, ...(metadata && claimFacts(metadata, before)), size }) };
  },
  CreatePod: ({ pods }, { id, source }, { name }) => {
    const revision =
      source.kind === 'Rendered'
        ? source.pod.metadata.annotations?.[annotations.revision]
        : source.configMap.slice(`${name}-${id}-`.length);
    return { pods: changed(pods, id, { ...aPod(id), name: `${name}-${id}`, revision }) };
  },
  DeletePod: ({ pods }, { id }) => ({ pods: without(pods, [id]) }),
  Announce: () => ({}),
  MarkPod: ({ pods }, { id, mark }) => ({
    pods: changed(pods, id, { ...aPod(id), ...pods.get(id), disconnectedBy: mark }),
  }),
  DeleteRecord: ({ records }, { id }) => ({ records: without(records, [id]) }),
  DeleteClaim: ({ claims }, { name }) => ({ claims: without(claims, [name]) }),
  DeleteForNode: deleted,
};

function deleted(
  { secrets, shared }: World,
  { object: { kind, name } }: Of<'DeleteShared' | 'DeleteForNode'>,
): Partial<World> {
  return kind === 'Secret' ? { secrets: without(secrets, [name]) } : { shared: without(shared, [`${kind}/${name}`]) };
}

function applied({ shared }: World, { object }: Of<'ApplyShared' | 'ApplyForNode'>): Partial<World> {
  return { shared: changed(shared, sharedKey(object), object) };
}

function issue(
  { secrets, convinced }: World,
  { certificate }: Of<'IssueCertificate' | 'IssueNodeCertificate'>,
  cluster: ResolvedCluster,
): Partial<World> {
  const { certificate: present, next } = known(secrets, caSecretName(cluster.name));
  const signer = certificate.issuer === 'next' ? next : present;
  const copied = certificate.copies && known(secrets, certificate.copies.secret);
  const own = issued(certificate, signer);
  const secret = {
    ...own,
    ...(copied === undefined ? {} : { certificate: copied.certificate, anchors: copied.anchors }),
    trusts: certificate.authorities?.fingerprints ?? trusted(secrets, cluster),
    ownerUid: cluster.uid,
  };
  return {
    secrets: changed(secrets, certificate.secret, secret),
    convinced: new Set([...convinced].filter((id) => id !== certificate.node)),
  };
}

function known(secrets: World['secrets'], name: string): ObservedSecret {
  return secrets.get(name) ?? aSecret(name);
}

function trusted(secrets: World['secrets'], { name }: ResolvedCluster): readonly string[] {
  const { certificate, next } = known(secrets, caSecretName(name));
  return [certificate, next].flatMap((authority) => authority?.fingerprint256 ?? []);
}

/** Ten years from the day before. */
export function anAuthority(name: string, change: Partial<CertificateFacts> = {}): CertificateFacts {
  return facts(name, [], { notAfter: daysFromNow(3649), subjectKeyId: `key of ${name}`, ...change });
}

function recorded({ records }: World, { id, record }: Of<'CreateRecord' | 'UpdateRecord'>): Partial<World> {
  return { records: changed(records, id, { ...record, resourceVersion: '2' }) };
}

interface ClaimMetadata extends Pick<KubeObject['metadata'], 'ownerReferences'> {
  readonly annotations?: Readonly<Record<string, string | null>>;
}

interface ClaimObject extends KubeObject {
  readonly spec?: { readonly resources: { readonly requests: { readonly storage: string } } };
}

function claimFacts(
  { annotations: written, ownerReferences }: ClaimMetadata,
  before?: ObservedClaim,
): Pick<ObservedClaim, 'clusterUid' | 'owners' | 'released' | 'adopted'> {
  /** Null takes an annotation away, as in a merge patch. */
  const asPatched = (key: string, then: string | undefined): string | undefined =>
    written?.[key] === undefined ? then : (written[key] ?? undefined);
  return {
    clusterUid: asPatched(annotations.clusterUid, before?.clusterUid),
    released: asPatched(annotations.released, before?.released),
    adopted: asPatched(annotations.adopted, before?.adopted),
    owners: ownerReferences ?? before?.owners ?? [],
  };
}

function issued(
  { secret, commonName, dnsNames }: CertificateRequest,
  signer: CertificateFacts | undefined,
): ObservedSecret {
  return {
    ...aSecret(secret),
    certificate: facts(commonName, dnsNames, { issuerKeyId: signer?.subjectKeyId }),
    anchors: signer === undefined ? [] : [signer.fingerprint256],
  };
}
