// The world of one cluster, read from the caches.
// Only what is this cluster's own is in it: an object under our names that has another owner is left out here, and
// creating ours then tells of the conflict. Nothing is fetched; what the caches do not hold is unknown.

import { annotations, labels, parseId } from '../../api/v1/labels.ts';
import type { ConfigMap, ContainerStatus, PersistentVolumeClaim, Pod } from '../../pkg/kube/resources.ts';
import type { Store } from '../../pkg/kube/store.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { certificateType } from '../../pkg/pki/certmanager.ts';
import { readRecord } from './build/record.ts';
import type { ClusterIdentity } from './build/resources/owner.ts';
import type {
  ObservedClaim,
  ObservedContainer,
  ObservedPod,
  ObservedRecord,
  ObservedRevision,
  ObservedSecret,
  World,
} from './plan/world.ts';
import type { ProjectedSecret } from './projections.ts';

/** The name of the index that finds the objects of one cluster: `namespace/cluster`. */
export const clusterIndex = 'cluster';

type Indexed<T extends KubeObject> = Pick<Store<T>, 'byIndex'>;

export interface Stores {
  readonly pods: Indexed<Pod>;
  readonly claims: Indexed<PersistentVolumeClaim>;
  readonly configMaps: Indexed<ConfigMap>;
  readonly secrets: Indexed<ProjectedSecret>;
  /** One for each other kind that a cluster is made of. */
  readonly shared: readonly Indexed<KubeObject>[];
}

export function observeWorld(
  stores: Stores,
  cluster: ClusterIdentity,
  known: Pick<World, 'terminating' | 'view' | 'opinions' | 'reports' | 'versions' | 'certManager' | 'podMonitors'>,
): World {
  const mine = <T extends KubeObject>(store: Indexed<T>): readonly T[] =>
    store.byIndex(clusterIndex, `${cluster.namespace}/${cluster.name}`);
  const owned = <T extends KubeObject>(store: Indexed<T>): readonly T[] =>
    mine(store).filter((object) => ownerUid(object) === cluster.uid);
  const configMaps = owned(stores.configMaps);
  const certificates = stores.shared.flatMap(owned).filter(({ kind }) => kind === certificateType.kind);
  // With `--enable-certificate-owner-ref` what cert-manager writes belongs to its Certificate.
  const owners = [cluster.uid, undefined, ...certificates.map(({ metadata }) => metadata.uid)];
  const secrets = mine(stores.secrets).filter((secret) => owners.includes(ownerUid(secret)));
  return {
    ...known,
    convinced: new Set(),
    pods: new Map(owned(stores.pods).flatMap((pod) => byId(pod, observePod))),
    claims: new Map(
      mine(stores.claims)
        .flatMap((claim) => byId(claim, observeClaim))
        .map(([, claim]) => [claim.name, claim]),
    ),
    records: new Map(configMaps.filter(isPart('record')).flatMap((object) => byId(object, observeRecord))),
    revisions: [...configMaps, ...secrets]
      .filter(isPart('configuration'))
      .flatMap((object) => byId(object, observeRevision))
      .map(([, revision]) => revision),
    secrets: new Map(secrets.map((secret) => [secret.metadata.name, observeSecret(secret)])),
    shared: new Map(
      [...stores.shared.flatMap(owned), ...configMaps.filter(isPart('configuration')).filter(isOfNoNode)].map(
        (object) => [`${object.kind}/${object.metadata.name}`, object],
      ),
    ),
  };
}

function isPart(component: string): (object: KubeObject) => boolean {
  return (object) => object.metadata.labels?.[labels.component] === component;
}

function isOfNoNode(object: KubeObject): boolean {
  return object.metadata.labels?.[labels.node] === undefined;
}

function ownerUid(object: KubeObject): string | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
}

/** Objects whose node label is not an id are not of our making, whatever their other labels say. */
function byId<T extends KubeObject, O>(
  object: T,
  observe: (id: number, object: T) => O,
): readonly (readonly [number, O])[] {
  const id = parseId(object.metadata.labels?.[labels.node] ?? '');
  return id === undefined ? [] : [[id, observe(id, object)]];
}

function identity(object: KubeObject): {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
} {
  const { name, uid = '', resourceVersion = '' } = object.metadata;
  return { name, uid, resourceVersion };
}

export function observePod(id: number, pod: Pod): ObservedPod {
  const status = pod.status ?? {};
  const scheduled = conditionOf(status, 'PodScheduled');
  return {
    id,
    ...identity(pod),
    ownerUid: ownerUid(pod),
    deleting: pod.metadata.deletionTimestamp !== undefined,
    phase: status.phase ?? 'Pending',
    createdAtMs: Date.parse(pod.metadata.creationTimestamp ?? '') || 0,
    revision: pod.metadata.annotations?.[annotations.revision],
    ip: status.podIP,
    hostNode: pod.spec?.nodeName,
    ...readinessOf(status),
    container: observeContainer(status.containerStatuses?.[0], status.initContainerStatuses?.[0]),
    unschedulable: scheduled?.status === 'False' ? (scheduled.message ?? scheduled.reason) : undefined,
    disconnectedBy: pod.metadata.annotations?.[annotations.disconnectedBy],
    restartRequestedAt: pod.metadata.annotations?.[annotations.restartRequestedAt],
  };
}

function conditionOf({ conditions }: NonNullable<Pod['status']>, type: string) {
  return conditions?.find((one) => one.type === type);
}

function readinessOf(status: NonNullable<Pod['status']>): Pick<ObservedPod, 'ready' | 'readySinceMs'> {
  const ready = conditionOf(status, 'Ready');
  return { ready: ready?.status === 'True', readySinceMs: timeOf(ready?.lastTransitionTime) };
}

/** The NiFi container; while an init container fails, what that one says. */
function observeContainer(
  nifi: ContainerStatus | undefined,
  init: ContainerStatus | undefined,
): ObservedContainer | undefined {
  if (nifi === undefined) return undefined;
  const initWaits = init?.state?.waiting?.reason;
  const told = init === undefined || initWaits === undefined || initWaits === 'PodInitializing' ? nifi : init;
  return {
    state: stateOf(nifi, told),
    started: nifi.started === true,
    ready: nifi.ready,
    containerId: nifi.containerID,
    startedAtMs: timeOf(nifi.state?.running?.startedAt),
    restartCount: told.restartCount,
    waitingReason: told.state?.waiting?.reason,
    waitingMessage: told.state?.waiting?.message,
    lastExit: lastExitOf(told),
  };
}

function stateOf(nifi: ContainerStatus, told: ContainerStatus): ObservedContainer['state'] {
  if (nifi.state?.running) return 'running';
  return told.state?.terminated ? 'terminated' : 'waiting';
}

function timeOf(text: string | undefined): number | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

function lastExitOf({ state, lastState }: ContainerStatus): ObservedContainer['lastExit'] {
  const exit = state?.terminated ?? lastState?.terminated;
  return exit && { exitCode: exit.exitCode, reason: exit.reason ?? '', message: exit.message ?? '' };
}

function observeClaim(id: number, claim: PersistentVolumeClaim): ObservedClaim {
  return {
    ...identity(claim),
    id,
    volume: claim.metadata.labels?.[labels.volume] ?? '',
    clusterUid: claim.metadata.annotations?.[annotations.clusterUid],
    owners: claim.metadata.ownerReferences ?? [],
    deleting: claim.metadata.deletionTimestamp !== undefined,
    phase: claim.status?.phase ?? 'Pending',
    size: claim.spec?.resources?.requests?.['storage'] ?? '0',
    released: claim.metadata.annotations?.[annotations.released],
    adopted: claim.metadata.annotations?.[annotations.adopted],
  };
}

function observeRecord(id: number, object: ConfigMap): ObservedRecord {
  const record = readRecord(id, object);
  return 'unreadable' in record ? { id, unreadable: record.unreadable } : record;
}

function observeRevision(id: number, object: KubeObject): ObservedRevision {
  return {
    id,
    kind: object.kind === 'Secret' ? 'Secret' : 'ConfigMap',
    name: object.metadata.name,
    uid: object.metadata.uid ?? '',
  };
}

function observeSecret(secret: ProjectedSecret): ObservedSecret {
  return {
    ...identity(secret),
    clusterUid: secret.metadata.annotations?.[annotations.clusterUid],
    ownerUid: ownerUid(secret),
    keys: secret.keys,
    certificate: secret.certificate,
    trusts: secret.trusts,
    anchors: secret.anchors,
    next: secret.next,
    renewRequestedAtMs: timeOf(secret.metadata.annotations?.[annotations.renewRequestedAt]),
    data: secret.data,
  };
}
