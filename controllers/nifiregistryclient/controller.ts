// The NiFiRegistryClient controller: the common one of the dataflow kinds with the work of this kind, and the dataflows that name a
// client, which hold its deletion. While nobody has installed the kind NiFiDataflow, there are none.

import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import type { Controller } from '../../pkg/kube/controller.ts';
import type { Manager } from '../../pkg/kube/manager.ts';
import { parseKey } from '../../pkg/kube/types.ts';
import { addDataflowController, type DataflowControllerOptions } from '../nifi/controller.ts';
import { DigestKeeper } from '../nifi/digests.ts';
import { projectCluster } from '../nificluster/projections.ts';
import { HostLookups, type Lookup } from './lookups.ts';
import type { HostPolicy } from './plan/hosts.ts';
import { clientIndex } from './users.ts';
import { RegistryClientWork } from './work.ts';

export interface RegistryClientControllerOptions extends DataflowControllerOptions {
  readonly hosts: HostPolicy;
  readonly driftPeriodMs: number;
  /** How names are looked up; as the system does when absent. */
  readonly lookup?: Lookup;
}

const byClient = 'client';

export function addRegistryClientController(manager: Manager, options: RegistryClientControllerOptions): Controller {
  const indexes = { [byClient]: clientIndex };
  const dataflows = manager.reflector(nifiDataflowType, { project: projectCluster, indexes, optional: true });
  const digests = new DigestKeeper(manager.client);
  const { hosts, driftPeriodMs, lookup } = options;
  const started: { controller?: Controller } = {};
  const lookups = new HostLookups({
    periodMs: driftPeriodMs,
    onChange: (key) => started.controller?.enqueue(key),
    ...(lookup === undefined ? {} : { lookup }),
  });
  const work = new RegistryClientWork({
    digests,
    hosts,
    lookups,
    driftPeriodMs,
    usersOf: ({ namespace, name }) =>
      dataflows.store.byIndex(byClient, `${namespace}/${name}`).map(({ metadata }) => metadata.name),
  });
  const controller = addDataflowController(manager, work, options);
  started.controller = controller;
  controller.watch(dataflows, (dataflow) => clientIndex(dataflow).map(parseKey));
  return controller;
}
