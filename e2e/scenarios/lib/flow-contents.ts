// A version of a flow as a NiFi Registry keeps it, with all that a real NiFi asks of each component: `make` → `take` over `between`.

const bundleOf = { make: 'nifi-standard-nar', take: 'nifi-update-attribute-nar' } as const;
const group = 'f3a1c1a4-0000-3222-8333-444455556666';
const ids = {
  make: 'f3a1c1a4-1111-3222-8333-444455556666',
  take: 'f3a1c1a4-2222-3222-8333-444455556666',
  between: 'f3a1c1a4-3333-3222-8333-444455556666',
} as const;

/** `size` tells versions apart; `version` is that of the NiFi that is to run it. */
export function wholeFlow(size: string, version: string): object {
  const take = 'org.apache.nifi.processors.attributes.UpdateAttribute';
  return {
    identifier: group,
    name: 'versioned',
    comments: 'of the flow',
    componentType: 'PROCESS_GROUP',
    position: {
      x: 0,
      y: 0,
    },
    processors: [
      processor('make', version, {
        type: 'org.apache.nifi.processors.standard.GenerateFlowFile',
        properties: { 'File Size': size },
        schedulingPeriod: '500 ms',
        autoTerminatedRelationships: [],
      }),
      processor('take', version, {
        type: take,
        properties: { from: '#{host}' },
        schedulingPeriod: '0 sec',
        autoTerminatedRelationships: ['success'],
      }),
    ],
    connections: [between()],
    processGroups: [],
    remoteProcessGroups: [],
    inputPorts: [],
    outputPorts: [],
    labels: [],
    funnels: [],
    controllerServices: [],
    parameterContextName: 'settings',
    flowFileConcurrency: 'UNBOUNDED',
    flowFileOutboundPolicy: 'STREAM_WHEN_AVAILABLE',
    defaultFlowFileExpiration: '0 sec',
    defaultBackPressureObjectThreshold: 10_000,
    defaultBackPressureDataSizeThreshold: '1 GB',
    scheduledState: 'ENABLED',
    executionEngine: 'INHERITED',
    maxConcurrentTasks: 1,
    statelessFlowTimeout: '1 min',
  };
}

function processor(name: 'make' | 'take', version: string, own: object): object {
  return {
    identifier: ids[name],
    name,
    comments: '',
    groupIdentifier: group,
    componentType: 'PROCESSOR',
    bundle: {
      group: 'org.apache.nifi',
      artifact: bundleOf[name],
      version,
    },
    position: {
      x: name === 'make' ? 0 : 500,
      y: 0,
    },
    propertyDescriptors: {},
    style: {},
    schedulingStrategy: 'TIMER_DRIVEN',
    executionNode: 'ALL',
    penaltyDuration: '30 sec',
    yieldDuration: '1 sec',
    bulletinLevel: 'WARN',
    runDurationMillis: 0,
    concurrentlySchedulableTaskCount: 1,
    scheduledState: 'ENABLED',
    retryCount: 10,
    retriedRelationships: [],
    backoffMechanism: 'PENALIZE_FLOWFILE',
    maxBackoffPeriod: '10 mins',
    ...own,
  };
}

function between(): object {
  const end = (name: 'make' | 'take'): object => ({ id: ids[name], type: 'PROCESSOR', groupId: group, name });
  return {
    identifier: ids.between,
    name: 'between',
    groupIdentifier: group,
    componentType: 'CONNECTION',
    source: end('make'),
    destination: end('take'),
    selectedRelationships: ['success'],
    labelIndex: 0,
    zIndex: 0,
    bends: [],
    prioritizers: [],
    flowFileExpiration: '0 sec',
    backPressureObjectThreshold: 10_000,
    backPressureDataSizeThreshold: '1 GB',
    loadBalanceStrategy: 'DO_NOT_LOAD_BALANCE',
    loadBalanceCompression: 'DO_NOT_COMPRESS',
  };
}
