// A world in memory for the tests of planners: what carrying out a step changes in it, and words for what else happens.
// A provisioned world is not written down, it is what the planner itself makes of an empty one; so the tests of a crash
// after any step need nothing but the list of steps. Not for production code: the values are made up.

import { annotations, caSecretName, claimName } from '../../../api/v1/labels.ts';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import type { NodeConnection, ViewNode } from '../../../pkg/nifi/types.ts';
import type { CertificateFacts } from '../../../pkg/pki/types.ts';
import { RevisionCache } from '../renders.ts';
import type { ResolvedCluster } from '../resolved.ts';
import { sensitiveKey } from '../sensitive-key.ts';
import { base64, type ClusterBuilder, noReferences } from '../testing.ts';
import { withoutDowngrade } from './downgrade.ts';
import type { PlanInput } from './input.ts';
import { planProvision } from './provision.ts';
import type { CertificateRequest, Step } from './steps.ts';
import type { ObservedClaim, ObservedPod, ObservedRecord, ObservedSecret, World } from './world.ts';

type Time = PlanInput['now'];

/** The moment at which every plan of these tests is made. */
export const monotonicMs = 1_000_000;
export const now: Time = new globalThis.Date('2026-11-21T12:00:00Z');

export function daysFromNow(days: number): Time {
  return new globalThis.Date(now.getTime() + days * 86_400_000);
}

const drawnKey = 'a-key-that-was-drawn-for-this-test';

export interface WorldBuilder {
  readonly world: World;
  /** What a plan is computed from, for this cluster in this world. */
  input(cluster?: ResolvedCluster): PlanInput;
  /** Everything that the planner asks for has been done; the Pods wait for a place. */
  created(): WorldBuilder;
  /** As `created`, and every node has started, is ready, and that is on record. */
  provisioned(): WorldBuilder;
  /** The cluster's spec is another one from now on. */
  when(cluster: ClusterBuilder): WorldBuilder;
  after(...steps: readonly Step[]): WorldBuilder;
  withPod(id: number, change: Partial<ObservedPod>): WorldBuilder;
  withoutPod(...ids: readonly number[]): WorldBuilder;
  withClaim(name: string, change: Partial<ObservedClaim>): WorldBuilder;
  withoutClaim(...names: readonly string[]): WorldBuilder;
  withRecord(id: number, record: Partial<ObservedRecord> & object): WorldBuilder;
  withoutRecord(...ids: readonly number[]): WorldBuilder;
  withSecret(name: string, change: Partial<ObservedSecret>): WorldBuilder;
  withoutSecret(...names: readonly string[]): WorldBuilder;
  withShared(...objects: readonly KubeObject[]): WorldBuilder;
  withView(states: Readonly<Record<number, NodeConnection>>, event?: string): WorldBuilder;
  /** There is one view only: it was asked of this node, and so many milliseconds ago. */
  askedOf(id: number, agoMs?: number): WorldBuilder;
  /** What a node out of the cluster says of itself, so many milliseconds ago. */
  withReport(id: number, flowFilesQueued: number, agoMs?: number): WorldBuilder;
  withCertManager(installed: boolean | undefined): WorldBuilder;
  /** These nodes, and no others, have been seen to trust the next authority and to show what their Secret holds. */
  withConvinced(...ids: readonly number[]): WorldBuilder;
  terminating(): WorldBuilder;
}

/** A world in which nothing of the cluster exists. */
export function aWorld(cluster: ClusterBuilder): WorldBuilder {
  return worldBuilder(cluster, {
    terminating: false,
    pods: new Map(),
    claims: new Map(),
    records: new Map(),
    revisions: [],
    secrets: new Map(),
    shared: new Map(),
    view: undefined,
    opinions: new Map(),
    reports: new Map(),
    versions: new Map(),
    convinced: new Set(),
    certManager: true,
  });
}

function worldBuilder(cluster: ClusterBuilder, world: World): WorldBuilder {
  const to = (change: Partial<World>): WorldBuilder => worldBuilder(cluster, { ...world, ...change });
  const input = (resolved: ResolvedCluster = cluster.validated().cluster): PlanInput => inputOf(resolved, world);
  const self: WorldBuilder = {
    world,
    input,
    created: () => {
      const { steps } = planProvision(input());
      return steps.length === 0 ? self : self.after(...steps).created();
    },
    provisioned: () => {
      const created = self.created();
      const ids = [...created.world.pods.keys()];
      return ids.reduce((all, id) => all.withPod(id, ready(id)), created).created();
    },
    when: (other) => worldBuilder(other, world),
    after: (...steps) =>
      worldBuilder(
        cluster,
        steps.reduce((before, step) => carryOut(input().cluster, before, step), world),
      ),
    withPod: (id, change) => to({ pods: changed(world.pods, id, { ...aPod(id), ...world.pods.get(id), ...change }) }),
    withoutPod: (...ids) => to({ pods: without(world.pods, ids) }),
    withClaim: (name, change) =>
      to({ claims: changed(world.claims, name, { ...aClaim(name), ...world.claims.get(name), ...change }) }),
    withoutClaim: (...names) => to({ claims: without(world.claims, names) }),
    withRecord: (id, record) =>
      to({ records: changed(world.records, id, { ...world.records.get(id), ...record, id } as ObservedRecord) }),
    withoutRecord: (...ids) => to({ records: without(world.records, ids) }),
    withSecret: (name, change) =>
      to({ secrets: changed(world.secrets, name, { ...aSecret(name), ...world.secrets.get(name), ...change }) }),
    withoutSecret: (...names) => to({ secrets: without(world.secrets, names) }),
    withShared: (...objects) =>
      to({ shared: objects.reduce((all, object) => changed(all, sharedKey(object), object), world.shared) }),
    withView: (states, event) => to(views(states, event)),
    askedOf: (takenFrom, agoMs = 0) =>
      to({ opinions: new Map(), view: world.view && { ...world.view, takenFrom, takenAtMs: monotonicMs - agoMs } }),
    withReport: (id, flowFilesQueued, agoMs = 0) =>
      to({
        reports: changed(world.reports, id, {
          id,
          flowFilesQueued,
          podUid: world.pods.get(id)?.uid ?? '',
          takenAtMs: monotonicMs - agoMs,
          version: '2.6.0',
          connectedToCluster: false,
          bytesQueued: flowFilesQueued * 100,
        }),
      }),
    withCertManager: (certManager) => to({ certManager }),
    withConvinced: (...ids) => to({ convinced: new Set(ids) }),
    terminating: () => to({ terminating: true }),
  };
  return self;
}

/** Rendering is most of the work of a test with many plans. */
const caches = new WeakMap<ResolvedCluster, RevisionCache>();

function cacheOf(cluster: ResolvedCluster): RevisionCache {
  const cache = caches.get(cluster) ?? new RevisionCache();
  caches.set(cluster, cache);
  return cache;
}

function inputOf(cluster: ResolvedCluster, world: World): PlanInput {
  const key = sensitiveKey(cluster, world, noReferences, drawnKey);
  const rendered =
    key.value === undefined
      ? { desired: new Map(), render: () => undefined }
      : cacheOf(cluster).get(cluster, '', key.value);
  return withoutDowngrade({ cluster, world, ...rendered, sensitiveKey: key.state, now, monotonicMs });
}

function changed<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map([...map, [key, value]]);
}

function without<K, V>(map: ReadonlyMap<K, V>, keys: readonly K[]): ReadonlyMap<K, V> {
  return new Map([...map].filter(([key]) => !keys.includes(key)));
}

function sharedKey(object: KubeObject): string {
  return `${object.kind}/${object.metadata.name}`;
}

type Of<K extends Step['kind']> = Extract<Step, { kind: K }>;

type Effects = {
  readonly [K in Step['kind']]: (world: World, step: Of<K>, cluster: ResolvedCluster) => Partial<World>;
};

/** What the caches show after this step was carried out. */
function carryOut(cluster: ResolvedCluster, world: World, step: Step): World {
  const effect = effects[step.kind] as (world: World, step: Step, cluster: ResolvedCluster) => Partial<World>;
  return { ...world, ...effect(world, step, cluster) };
}

const effects: Effects = {
  ApplyShared: applied,
  ApplyForNode: applied,
  DeleteShared: ({ shared }, { object: { kind, name } }) => ({ shared: without(shared, [`${kind}/${name}`]) }),
  CreateSensitiveKey: ({ secrets }, { name, value }, { uid }) => ({
    secrets: changed(secrets, name, { ...aSecret(name), clusterUid: uid, data: base64({ key: value }) }),
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
  TrustAuthorities: ({ secrets }, { name }, cluster) => ({
    secrets: changed(secrets, name, { ...known(secrets, name), trusts: trusted(secrets, cluster) }),
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
  DeleteForNode: ({ secrets, shared }, { object: { kind, name } }) =>
    kind === 'Secret' ? { secrets: without(secrets, [name]) } : { shared: without(shared, [`${kind}/${name}`]) },
};

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
  const secret = { ...issued(certificate, signer), trusts: trusted(secrets, cluster), ownerUid: cluster.uid };
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
  return { ...aSecret(secret), certificate: facts(commonName, dnsNames, { issuerKeyId: signer?.subjectKeyId }) };
}

export function facts(
  commonName: string,
  dnsNames: readonly string[],
  change: Partial<CertificateFacts> = {},
): CertificateFacts {
  return {
    subject: `CN=${commonName}`,
    commonName,
    dnsNames,
    notBefore: daysFromNow(-1),
    notAfter: daysFromNow(89),
    issuerKeyId: undefined,
    subjectKeyId: undefined,
    usages: ['server', 'client'],
    fingerprint256: `fingerprint of ${commonName}`,
    ...change,
  };
}

/** A Pod that waits for a place. */
export function aPod(id: number): ObservedPod {
  return {
    id,
    name: `prod-${id}`,
    uid: `uid-Pod-prod-${id}`,
    resourceVersion: '1',
    ownerUid: 'cluster-uid',
    deleting: false,
    phase: 'Pending',
    createdAtMs: now.getTime() - 60_000,
    revision: undefined,
    ip: undefined,
    hostNode: undefined,
    ready: false,
    container: undefined,
    unschedulable: undefined,
    disconnectedBy: undefined,
    restartRequestedAt: undefined,
  };
}

const waitingContainer = {
  state: 'waiting',
  started: false,
  ready: false,
  containerId: undefined,
  startedAtMs: undefined,
  restartCount: 0,
  waitingReason: undefined,
  waitingMessage: undefined,
  lastExit: undefined,
} as const;

/** Its process runs and has not answered yet. */
export function starting(id: number): Partial<ObservedPod> {
  const container = { ...waitingContainer, state: 'running', containerId: `container-${id}` } as const;
  return { phase: 'Running', ip: `10.0.0.${id}`, hostNode: 'worker', container };
}

export function ready(id: number): Partial<ObservedPod> {
  const container = {
    ...waitingContainer,
    state: 'running',
    started: true,
    ready: true,
    containerId: `container-${id}`,
  } as const;
  return { ...starting(id), ready: true, container };
}

/** It waits for the end of a crash loop's back-off. */
export function crashed(message: string): Partial<ObservedPod> {
  const lastExit = { exitCode: 1, reason: 'Error', message };
  return {
    phase: 'Running',
    ready: false,
    container: { ...waitingContainer, waitingReason: 'CrashLoopBackOff', restartCount: 3, lastExit },
  };
}

/** Its container waits, for this reason. */
export function waiting(waitingReason: string, waitingMessage?: string): Partial<ObservedPod> {
  return { phase: 'Pending', ready: false, container: { ...waitingContainer, waitingReason, waitingMessage } };
}

function aClaim(name: string): ObservedClaim {
  const [, volume = 'data', id = '0'] = /^(.+)-prod-(\d+)$/u.exec(name) ?? [];
  return {
    name,
    id: Number(id),
    volume,
    uid: `uid-claim-${name}`,
    resourceVersion: '1',
    clusterUid: 'cluster-uid',
    owners: [],
    deleting: false,
    phase: 'Bound',
    size: '10Gi',
    released: undefined,
    adopted: undefined,
  };
}

export function claim(id: number, volume = 'data'): string {
  return claimName('prod', id, volume);
}

function aSecret(name: string): ObservedSecret {
  return {
    name,
    uid: `uid-Secret-${name}`,
    resourceVersion: '1',
    clusterUid: undefined,
    ownerUid: undefined,
    keys: [],
    certificate: undefined,
    trusts: [],
    next: undefined,
    renewRequestedAtMs: undefined,
    data: undefined,
  };
}

/** The same view, told by two connected nodes. */
function views(states: Readonly<Record<number, NodeConnection>>, event?: string): Pick<World, 'view' | 'opinions'> {
  const view = aView(states, event);
  const [, second] = Object.entries(states).flatMap(([id, state]) => (state === 'CONNECTED' ? [Number(id)] : []));
  return { view, opinions: new Map(view && second !== undefined ? [[second, { ...view, takenFrom: second }]] : []) };
}

/** NiFi's view with these states; every node carries the event as its newest, the first has both roles. */
export function aView(states: Readonly<Record<number, NodeConnection>>, event?: string): World['view'] {
  const nodes = Object.entries(states).map(
    ([id, status], index): ViewNode => ({
      nodeId: `node-${id}`,
      id: Number(id),
      address: `prod-${id}.prod-nodes.data.svc`,
      apiPort: 8443,
      status,
      sinceMs: 0,
      roles: index === 0 ? ['Cluster Coordinator', 'Primary Node'] : [],
      events: event === undefined ? [] : [{ timestamp: '', category: 'INFO', message: event }],
    }),
  );
  return { takenAtMs: monotonicMs, takenFrom: 0, nodes };
}
