// The NiFiFlow controller: its caches and the events that concern a flow. What a flow is made of has its name, so every event of a
// NiFiRegistryClient or a NiFiDataflow concerns the flow of that name, if there is one.

import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import { nifiFlowType } from '../../api/v1alpha1/nififlow.ts';
import { WriteTracker } from '../../pkg/kube/consistency.ts';
import type { Controller } from '../../pkg/kube/controller.ts';
import type { EventRecorder } from '../../pkg/kube/events.ts';
import type { Manager } from '../../pkg/kube/manager.ts';
import { type KubeObject, keyOf, type ObjectKey } from '../../pkg/kube/types.ts';
import { projectCluster } from '../nificluster/projections.ts';
import { NiFiFlowReconciler } from './reconcile.ts';

export interface NiFiFlowControllerOptions {
  readonly workers: number;
  readonly recorder: EventRecorder;
}

export function addNiFiFlowController(manager: Manager, { workers, recorder }: NiFiFlowControllerOptions): Controller {
  const started: { reconciler?: NiFiFlowReconciler } = {};
  const controller = manager.controller({
    name: 'nififlow',
    workers,
    reconcile: async (key, moment) => started.reconciler?.reconcile(key, moment),
  });
  const flows = manager.reflector(nifiFlowType, { project: projectCluster, optional: true });
  const clients = manager.reflector(nifiRegistryClientType, { project: projectCluster });
  const dataflows = manager.reflector(nifiDataflowType, { project: projectCluster, optional: true });
  controller.watch(flows, (flow) => [keyOf(flow)]);
  const flowOf = (child: KubeObject): readonly ObjectKey[] => (flows.store.get(keyOf(child)) ? [keyOf(child)] : []);
  controller.watch(clients, flowOf);
  controller.watch(dataflows, flowOf);
  started.reconciler = new NiFiFlowReconciler({
    client: manager.client,
    flows: flows.store,
    clients: clients.store,
    dataflows: dataflows.store,
    tracker: new WriteTracker((type) => manager.storeOf(type)),
    recorder,
  });
  return controller;
}
