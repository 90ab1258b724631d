// NiFiRegistryClient v1: where NiFi finds versioned flows. NiFi's own properties are the ground, by NiFi's own names, so that a
// client of any class can be written and a newer NiFi needs no newer operator; the five types only spare the class name.
// Surprise: values of secretProperties are named here and never held; a property is in one of the two maps, not in both.

import { map, object, rule, string } from '../../pkg/schema/helpers.ts';
import type { CustomResource } from '../../pkg/schema/kind.ts';
import { keyRef } from '../../pkg/schema/kubernetes.ts';
import {
  ageColumn,
  clusterRef,
  displayName,
  fixedCluster,
  headColumns,
  idColumn,
  statusHead,
} from './dataflows.schema.ts';

const propertyNames = rule(
  'self.all(name, name.size() > 0 && name.size() <= 255)',
  'names of properties have from 1 to 255 characters: correct the name',
);

const spec = object('What the registry client should be.', {
  name: 'NiFiRegistryClientSpec',
  required: {
    clusterRef,
    type: string('NiFiRegistry, GitHub, GitLab, Bitbucket, AzureDevOps, or the full name of a class.', {
      min: 1,
      max: 255,
      pattern:
        '^(NiFiRegistry|GitHub|GitLab|Bitbucket|AzureDevOps|[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_$]*)+)$',
    }),
  },
  optional: {
    displayName: displayName('client'),
    description: string('Description in NiFi; the operator adds a line by which it finds the client again.', {
      max: 4096,
    }),
    properties: map("Properties by NiFi's own names.", string('Value.', { max: 16384 }), {
      max: 64,
      rules: [propertyNames],
    }),
    secretProperties: map(
      "Properties by NiFi's own names, with values from Secrets.",
      keyRef('A key of a Secret.', 'Secret'),
      {
        max: 32,
        rules: [propertyNames],
      },
    ),
  },
  rules: [
    fixedCluster,
    rule(
      '!has(self.properties) || !has(self.secretProperties) || !self.secretProperties.exists(name, name in self.properties)',
      'a property is in properties and in secretProperties: take it out of one of them',
      { fieldPath: '.secretProperties' },
    ),
  ],
});

const status = object('What the operator observed; never an input.', {
  name: 'NiFiRegistryClientStatus',
  optional: {
    ...statusHead('client'),
    type: string('Class of the client in NiFi.', { max: 255 }),
    observedVersion: string("NiFi's revision of the client, as it was last seen.", { max: 64 }),
  },
});

export const nifiRegistryClient: CustomResource = {
  group: 'datadynamics.io',
  version: 'v1',
  kind: 'NiFiRegistryClient',
  plural: 'nifiregistryclients',
  singular: 'nifiregistryclient',
  shortNames: ['nifireg'],
  categories: ['nifi-all'],
  description: 'A registry client of a NiFi cluster: where its versioned flows come from.',
  spec,
  status,
  rules: [],
  columns: [
    ...headColumns,
    { name: 'Type', type: 'string', jsonPath: '.spec.type', description: 'Kind of registry.' },
    ageColumn,
    idColumn('client'),
  ],
};
