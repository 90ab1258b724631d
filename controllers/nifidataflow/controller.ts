// The NiFiDataflow controller: the common one of the dataflow kinds with the work of this kind, and what concerns a dataflow beside
// itself: its registry client, its parameter context, and the other dataflows that ask for the same place.

import { nifiClusterType } from '../../api/v1/nificluster.ts';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import { nifiParameterContextType } from '../../api/v1/nifiparametercontext.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { Controller } from '../../pkg/kube/controller.ts';
import type { Manager } from '../../pkg/kube/manager.ts';
import { keyOf, keyText } from '../../pkg/kube/types.ts';
import { clusterState } from '../nifi/cluster.ts';
import { addDataflowController, type DataflowControllerOptions } from '../nifi/controller.ts';
import type { DigestKeeper } from '../nifi/digests.ts';
import { projectCluster } from '../nificluster/projections.ts';
import { contextIndex } from '../nifiparametercontext/users.ts';
import { clientIndex } from '../nifiregistryclient/users.ts';
import { targetIndex } from './plan/target.ts';
import { DataflowWork } from './work.ts';

export interface FlowControllerOptions extends DataflowControllerOptions {
  readonly driftPeriodMs: number;
  /** Those of the parameter contexts. */
  readonly digests: Pick<DigestKeeper, 'place'>;
}

const [byClient, byContext, byTarget, byNamespace] = ['client', 'context', 'target', 'namespace'] as const;

export function addFlowController(manager: Manager, options: FlowControllerOptions): Controller {
  const project = projectCluster;
  const flows = manager.reflector(nifiDataflowType, {
    project,
    indexes: {
      [byClient]: clientIndex,
      [byContext]: contextIndex,
      [byTarget]: targetIndex,
      [byNamespace]: ({ metadata }) => [metadata.namespace ?? ''],
    },
  });
  const clients = manager.reflector(nifiRegistryClientType, { project });
  const contexts = manager.reflector(nifiParameterContextType, { project });
  const clusters = manager.reflector(nifiClusterType, { project });
  const { gateways, driftPeriodMs, digests } = options;
  const of = ({ metadata }: DefaultedNiFiDataflow, name: string) => ({ namespace: metadata.namespace ?? '', name });
  const work = new DataflowWork({
    client: manager.client,
    driftPeriodMs,
    referredBy: (flow) => ({
      client: clients.store.get(of(flow, flow.spec.source.registry?.clientRef.name ?? '')),
      context: contexts.store.get(of(flow, flow.spec.parameterContextRef?.name ?? '')),
    }),
    contextIdOf: async (context) => (await digests.place(context))?.id,
    siblingsOf: (namespace) => flows.store.byIndex(byNamespace, namespace),
    rivalsOf: (flow) => targetIndex(flow).flatMap((target) => flows.store.byIndex(byTarget, target)),
    clusterNamed: (key) => clusterState({ clusters: clusters.store, gateways }, key),
  });
  const controller = addDataflowController(manager, work, options);
  controller.watch(clients, (client) => flows.store.byIndex(byClient, keyText(keyOf(client))).map(keyOf));
  controller.watch(contexts, (context) => flows.store.byIndex(byContext, keyText(keyOf(context))).map(keyOf));
  controller.watch(flows, (flow) =>
    targetIndex(flow).flatMap((target) => flows.store.byIndex(byTarget, target).map(keyOf)),
  );
  return controller;
}
