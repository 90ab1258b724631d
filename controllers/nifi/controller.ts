// What the controllers of the dataflow kinds have in common: their cache, the events that concern an object, and who is told of news.
// A NiFiCluster that changes concerns everything that names it; what NiFi says comes by way of the gateways.

import { nifiClusterType } from '../../api/v1/nificluster.ts';
import { WriteTracker } from '../../pkg/kube/consistency.ts';
import type { Controller } from '../../pkg/kube/controller.ts';
import type { EventRecorder } from '../../pkg/kube/events.ts';
import type { Manager } from '../../pkg/kube/manager.ts';
import { type KubeObject, keyOf, type ObjectKey } from '../../pkg/kube/types.ts';
import type { Gateways } from '../../pkg/nifi/gateways.ts';
import { projectCluster } from '../nificluster/projections.ts';
import { watchedReferences } from '../nificluster/reference-reader.ts';
import type { DataflowKind } from './kind.ts';
import { DataflowReconciler } from './reconcile.ts';
import type { WithStatus } from './status-writer.ts';

export interface DataflowControllerOptions {
  readonly workers: number;
  readonly recorder: EventRecorder;
  readonly gateways: Gateways;
}

/** Objects of a kind by the cluster that they name, as `namespace/name`. */
const byCluster = 'cluster';

export function addDataflowController<T extends WithStatus, S extends object>(
  manager: Manager,
  kind: DataflowKind<T, S>,
  { workers, recorder, gateways }: DataflowControllerOptions,
): Controller {
  const started: { reconciler?: DataflowReconciler<T, S> } = {};
  const controller = manager.controller({
    name: kind.type.kind.toLowerCase(),
    workers,
    reconcile: async (key, { now, monotonicMs }) => started.reconciler?.reconcile(key, now, monotonicMs),
  });
  const indexes = { [byCluster]: (object: T) => clusterKeyOf(kind, object) };
  const objects = manager.reflector(kind.type, { project: projectCluster, indexes });
  const clusters = manager.reflector(nifiClusterType, { project: projectCluster });
  controller.watch(objects, (object) => [keyOf(object)]);
  controller.watch(clusters, ({ metadata }) =>
    objects.store.byIndex(byCluster, `${metadata.namespace ?? ''}/${metadata.name}`).map(keyOf),
  );
  gateways.listen(kind.type.kind, (key) => controller.enqueue(key));
  const references = manager.references({ onChange: (owner) => controller.enqueue(owner) });
  started.reconciler = new DataflowReconciler(kind, {
    client: manager.client,
    objects: objects.store,
    clusters: clusters.store,
    gateways,
    tracker: new WriteTracker((type) => manager.storeOf(type)),
    references: watchedReferences(references),
    recorder,
    metrics: manager.metrics,
    release: (cluster, reader) => releaseIn(clusters.store, gateways, cluster, reader),
  });
  return controller;
}

/** An object that an older schema let in may name no cluster: it is told as invalid, and concerns none. */
function clusterKeyOf<T extends WithStatus, S extends object>(kind: DataflowKind<T, S>, object: T): readonly string[] {
  const decoded = kind.decode(object);
  return decoded.ok ? [`${object.metadata.namespace ?? ''}/${kind.clusterOf(decoded.object)}`] : [];
}

/** The gateway of a cluster that is gone has been closed with everything in it; asking for it would make another. */
function releaseIn(
  clusters: { get(key: ObjectKey): KubeObject | undefined },
  gateways: Gateways,
  cluster: ObjectKey,
  reader: Parameters<ReturnType<Gateways['for']>['release']>[0],
): void {
  if (clusters.get(cluster) !== undefined) gateways.for(cluster).release(reader);
}
