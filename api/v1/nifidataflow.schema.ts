// NiFiDataflow v1: one process group of a NiFi cluster, from a registry or from a flow definition, and how it is to run.
// Surprise: clusterRef may change. The flow then moves: it is made in the new cluster and leaves the old one as deletionPolicy says.

import { boolean, enumeration, integer, object, rule, string } from '../../pkg/schema/helpers.ts';
import type { CustomResource } from '../../pkg/schema/kind.ts';
import { keyRef, nameRef } from '../../pkg/schema/kubernetes.ts';
import { ageColumn, clusterRef, displayName, headColumns, idColumn, statusHead } from './dataflows.schema.ts';
import { dataflowStatus } from './nifidataflow.status.schema.ts';

/** Far below what etcd stores in one object. */
const largestInline = 1_000_000;

const registry = object('A flow of a registry.', {
  name: 'RegistrySource',
  required: {
    clientRef: nameRef('The registry client.', 'NiFiRegistryClient of this namespace'),
    bucket: string('Bucket, by id or name.', { min: 1, max: 255 }),
    flow: string('Flow, by id or name.', { min: 1, max: 255 }),
  },
  optional: {
    branch: string("Branch; the client's own when absent.", { min: 1, max: 255 }),
    version: string('Version: a number, or a commit of a git registry.', { min: 1, max: 255 }),
    latest: boolean('True: whatever the newest version is.'),
  },
  rules: [
    rule('has(self.version) != (has(self.latest) && self.latest)', 'give exactly one of version and latest: true'),
  ],
});

const definition = object('A flow definition as NiFi exports it.', {
  name: 'DefinitionSource',
  optional: {
    configMapKeyRef: keyRef('A key of a ConfigMap that holds the JSON.', 'ConfigMap'),
    inline: string('The JSON itself.', { min: 2, max: largestInline }),
  },
  rules: [rule('has(self.configMapKeyRef) != has(self.inline)', 'give exactly one of configMapKeyRef and inline')],
});

const source = object('Where the flow comes from.', {
  name: 'DataflowSource',
  optional: { registry, definition },
  rules: [
    rule('has(self.registry) != has(self.definition)', 'give exactly one of registry and definition'),
    rule(
      'has(self.registry) == has(oldSelf.registry)',
      'the choice between registry and definition cannot be changed: put the former source back, or create another NiFiDataflow',
      { reason: 'FieldValueForbidden' },
    ),
  ],
});

const parentProcessGroup = object('The group that it lives in, by id or by name; the root group when absent.', {
  name: 'ParentProcessGroup',
  optional: {
    id: string('Id of the group.', { min: 1, max: 64, pattern: '^[-0-9a-fA-F]+$' }),
    name: string('Name of a group in the root group.', { min: 1, max: 255 }),
  },
  rules: [rule('has(self.id) != has(self.name)', 'give exactly one of id and name')],
});

const farthest = 1_000_000;

// Not `x` and `y`: kubectl and Helm read YAML 1.1, where a bare `y` is true.
const position = object('Where it stands on the canvas.', {
  name: 'CanvasPosition',
  required: {
    posX: integer('To the right.', { min: -farthest, max: farthest }),
    posY: integer('Downwards.', { min: -farthest, max: farthest }),
  },
});

const spec = object('What the dataflow should be.', {
  name: 'NiFiDataflowSpec',
  required: { clusterRef, source },
  optional: {
    displayName: displayName('process group'),
    parentProcessGroup,
    position,
    parameterContextRef: nameRef('The parameter context of the group.', 'NiFiParameterContext of this namespace'),
    state: enumeration('Whether its components run.', ['Running', 'Stopped'], { default: 'Running' }),
    sync: enumeration(
      'Always: changes made in NiFi are reverted. Once: the flow is made once, then left alone. Never: changes are only reported.',
      ['Always', 'Once', 'Never'],
      { default: 'Always' },
    ),
    updateStrategy: enumeration(
      'InPlace keeps queues. Drain empties them first. Drop throws away what is queued.',
      ['InPlace', 'Drain', 'Drop'],
      { default: 'InPlace' },
    ),
    skipInvalidComponents: boolean('Whether the flow counts as running although components are invalid.', {
      default: false,
    }),
    deletionPolicy: enumeration(
      'Delete once nothing is queued, stop the inflow and delete when drained, or leave the flow in NiFi.',
      ['Delete', 'DrainThenDelete', 'Orphan'],
      { default: 'DrainThenDelete' },
    ),
  },
});

export const nifiDataflow: CustomResource = {
  group: 'datadynamics.io',
  version: 'v1',
  kind: 'NiFiDataflow',
  plural: 'nifidataflows',
  singular: 'nifidataflow',
  shortNames: ['nifidf'],
  categories: ['nifi-all'],
  description: 'A dataflow in a NiFi cluster: one process group, from a registry or from a flow definition.',
  spec,
  status: object('What the operator observed; never an input.', {
    name: 'NiFiDataflowStatus',
    optional: { ...statusHead('process group'), ...dataflowStatus },
  }),
  rules: [],
  columns: [
    ...headColumns,
    { name: 'Version', type: 'string', jsonPath: '.status.observedVersion', description: 'Version that is in NiFi.' },
    { name: 'State', type: 'string', jsonPath: '.status.versionState', description: "NiFi's word on that version." },
    { name: 'Queued', type: 'integer', jsonPath: '.status.counts.queued', description: 'Queued flow files.' },
    ageColumn,
    idColumn('process group'),
  ],
};
