// The NiFiCluster controller: which caches it fills, and which change of which object concerns which cluster.
// One key is one cluster; every object of a cluster leads back to it by its label, also when its owner is gone.

import { clusterSelector, labels, selectorText } from '../../api/v1/labels.ts';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import { WriteTracker } from '../../pkg/kube/consistency.ts';
import type { Controller } from '../../pkg/kube/controller.ts';
import type { EventRecorder } from '../../pkg/kube/events.ts';
import type { CacheOptions, Manager } from '../../pkg/kube/manager.ts';
import { byLabel, labelIndex } from '../../pkg/kube/mapping.ts';
import type { Source } from '../../pkg/kube/reflector.ts';
import {
  configMaps,
  networkPolicies,
  persistentVolumeClaims,
  podDisruptionBudgets,
  podMonitors,
  pods,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  services,
} from '../../pkg/kube/resources.ts';
import { type KubeObject, keyOf, type ObjectKey, type ResourceType } from '../../pkg/kube/types.ts';
import type { Gateways } from '../../pkg/nifi/gateways.ts';
import { certificateType } from '../../pkg/pki/certmanager.ts';
import type { ClusterMetrics } from './measure.ts';
import { clusterIndex } from './observe.ts';
import {
  type ProjectedSecret,
  projectClaim,
  projectCluster,
  projectConfigMap,
  projectPod,
  projectSecret,
  projectWhole,
} from './projections.ts';
import { ClusterReconciler } from './reconcile.ts';
import { watchedReferences } from './reference-reader.ts';

export interface ClusterControllerOptions {
  readonly workers: number;
  readonly driftPeriodMs: number;
  /** Made by the caller, because other controllers talk to the same NiFi clusters. */
  readonly gateways: (onChange: (cluster: ObjectKey) => void) => Gateways;
  readonly recorder: EventRecorder;
  readonly metrics: ClusterMetrics;
  /** False: cert-manager's resources are neither watched nor asked for, as if it were not installed. */
  readonly certManager: boolean;
  /** False: the same of PodMonitors. */
  readonly podMonitors: boolean;
}

/**
 * How many clusters that seem to be well are looked at in a second, one after another: each is asked for its view, versions and
 * policies, which takes 60 to 90 ms of the processor, and what happens meanwhile needs the rest.
 */
const wellPerSecond = 10;

/** The label every object of a cluster has; only these are ever in a cache. */
const managed = selectorText({ [labels.managedBy]: clusterSelector('')[labels.managedBy] ?? '' });

type Spec = DefaultedNiFiCluster['spec'];

export function addClusterController(manager: Manager, options: ClusterControllerOptions): Controller {
  const reconciler: { current?: ClusterReconciler } = {};
  const controller = manager.controller({
    name: 'nificluster',
    workers: options.workers,
    lowPerSecond: wellPerSecond,
    reconcile: async (key, { now, monotonicMs }) => reconciler.current?.reconcile(key, now, monotonicMs),
  });

  const clusters = manager.reflector(nifiClusterType, { project: projectCluster });
  controller.watch(clusters, (object) => [keyOf(object)]);
  const owned = <T extends KubeObject>(
    type: ResourceType<T>,
    project: (object: T) => T,
    options: Pick<CacheOptions<T>, 'optional' | 'onSynced'> = {},
  ): Source<T> => {
    const indexes = { [clusterIndex]: labelIndex(labels.cluster) };
    const source = manager.reflector(type, { labelSelector: managed, project, indexes, ...options });
    controller.watch(source, byLabel(labels.cluster));
    return source;
  };
  const shared = [
    services,
    serviceAccounts,
    roles,
    roleBindings,
    podDisruptionBudgets,
    networkPolicies,
  ] as readonly ResourceType[];
  /** Undefined: not asked for. When the kind is served, the clusters that want something of it are looked at. */
  const optional = (
    isAsked: boolean,
    type: ResourceType,
    wants: (spec: Spec) => boolean,
  ): Source<KubeObject> | undefined => {
    const onSynced = (): void => {
      for (const { metadata, spec } of clusters.store.list())
        if (wants(spec)) controller.enqueue({ namespace: metadata.namespace ?? '', name: metadata.name });
    };
    return isAsked ? owned(type, projectCluster, { optional: true, onSynced }) : undefined;
  };
  const certificates = optional(options.certManager, certificateType, ({ tls }) => tls !== undefined);
  const monitors = optional(options.podMonitors, podMonitors, ({ monitoring }) => monitoring.enabled);
  const references = manager.references({ onChange: (owner) => controller.enqueue(owner) });
  const gateways = options.gateways((cluster) => controller.enqueue(cluster));

  reconciler.current = new ClusterReconciler({
    client: manager.client,
    clusters: clusters.store,
    stores: {
      pods: owned(pods, projectPod).store,
      claims: owned(persistentVolumeClaims, projectClaim).store,
      configMaps: owned(configMaps, projectConfigMap).store,
      secrets: owned(secrets as ResourceType<ProjectedSecret>, projectSecret).store,
      shared: [
        ...shared.map((type) => owned(type, projectWhole).store),
        ...[certificates, monitors].flatMap((source) => source?.store ?? []),
      ],
    },
    certManager: () => isServed(certificates),
    podMonitors: () => isServed(monitors),
    tracker: new WriteTracker((type) => manager.storeOf(type)),
    references: watchedReferences(references),
    gateways,
    recorder: options.recorder,
    metrics: options.metrics,
    runtimeMetrics: manager.metrics,
    driftPeriodMs: options.driftPeriodMs,
  });
  return controller;
}

/** Undefined: not known yet. What is not asked for counts as missing. */
function isServed(source: Source<KubeObject> | undefined): boolean | undefined {
  if (source === undefined) return false;
  if (source.store.synced) return true;
  return source.absent === true ? false : undefined;
}
