// NiFiFlow v1alpha1: a flow of a NiFi Registry, running in a cluster, in six fields. The operator makes a NiFiRegistryClient and a
// NiFiDataflow of it, which belong to it and which say more than it does.
// Surprise: what it made is not to be edited; what a NiFiFlow cannot say is said by writing these two kinds oneself.

import { boolean, enumeration, integer, object, string } from '../../pkg/schema/helpers.ts';
import type { CustomResource } from '../../pkg/schema/kind.ts';
import { ageColumn, clusterRef, fixedCluster, headColumns, statusHead } from '../v1/dataflows.schema.ts';

const { observedGeneration, conditions } = statusHead('process group');

const spec = object('What the flow should be.', {
  name: 'NiFiFlowSpec',
  required: {
    clusterRef,
    registryUrl: string('Address of the NiFi Registry, such as http://registry:18080.', {
      min: 8,
      max: 2048,
      pattern: '^https?://[^\\s]+$',
    }),
    bucketId: string('Bucket, by id or name.', { min: 1, max: 255 }),
    flowId: string('Flow, by id or name.', { min: 1, max: 255 }),
  },
  optional: {
    flowVersion: integer('Version of the flow; always the newest when absent.', { min: 1, max: 2147483647 }),
    processGroupId: string('Process group that it lives in: root, or an id.', {
      min: 1,
      max: 64,
      pattern: '^(root|[-0-9a-fA-F]+)$',
      default: 'root',
    }),
    autoStart: boolean('Whether its components run.', { default: true }),
  },
  rules: [fixedCluster],
});

const status = object('What the operator observed; never an input.', {
  name: 'NiFiFlowStatus',
  optional: {
    ...(observedGeneration && { observedGeneration }),
    ...(conditions && { conditions }),
    phase: enumeration('What the flow is about, in one word.', [
      'Pending',
      'Deploying',
      'Running',
      'Stopped',
      'Deleting',
      'Error',
    ]),
    deployedProcessGroupId: string('Id of the process group in NiFi; absent while there is none.', { max: 64 }),
    deployedVersion: string('Version that is in NiFi.', { max: 255 }),
  },
});

export const nifiFlow: CustomResource = {
  group: 'datadynamics.io',
  version: 'v1alpha1',
  kind: 'NiFiFlow',
  plural: 'nififlows',
  singular: 'nififlow',
  shortNames: [],
  categories: ['nifi-all'],
  description: 'A flow of a NiFi Registry in a NiFi cluster, in the small schema.',
  spec,
  status,
  rules: [],
  columns: [
    ...headColumns,
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'What the flow is about.' },
    { name: 'Version', type: 'string', jsonPath: '.status.deployedVersion', description: 'Version that is in NiFi.' },
    ageColumn,
  ],
};
