// NiFiParameterContext v1: named values for dataflows, the sensitive ones from Secrets of the namespace.
// Surprise: a parameter without `value` has no value (NiFi's null), one with an empty `value` has the empty text; NiFi tells them apart.

import { atomicList, boolean, enumeration, listMap, map, object, rule, string } from '../../pkg/schema/helpers.ts';
import type { CustomResource } from '../../pkg/schema/kind.ts';
import { nameRef, objectName } from '../../pkg/schema/kubernetes.ts';
import {
  ageColumn,
  clusterRef,
  displayName,
  fixedCluster,
  headColumns,
  idColumn,
  statusHead,
} from './dataflows.schema.ts';

/** NiFi: letters, digits, hyphens, underscores, periods and spaces. Source: ParameterContextResource of NiFi 2. */
const parameterNames = rule(
  "self.all(name, name.size() <= 255 && name.matches('^[A-Za-z0-9 _.-]+$'))",
  'names of parameters have from 1 to 255 letters, digits, hyphens, underscores, periods and spaces: correct the name',
);

const description = string('Description in NiFi.', { max: 4096 });

const parameter = object('A parameter that anybody may read.', {
  name: 'PlainParameter',
  optional: {
    value: string('Value. Absent is no value, which is not the empty text.', { max: 65536 }),
    description,
  },
});

const sensitiveParameter = object('A key of a Secret, and what is said of it.', {
  name: 'SensitiveParameter',
  required: {
    name: objectName('Name of the Secret.'),
    key: string('Key within the Secret.', { min: 1, max: 253, pattern: '^[-._a-zA-Z0-9]+$' }),
  },
  optional: { description },
});

const spec = object('What the parameter context should be.', {
  name: 'NiFiParameterContextSpec',
  required: { clusterRef },
  optional: {
    displayName: displayName('context'),
    description: string('Description in NiFi; the operator adds a line by which it finds the context again.', {
      max: 4096,
    }),
    parameters: map('Parameters by name.', parameter, { max: 256, rules: [parameterNames] }),
    sensitiveParameters: map('Sensitive parameters by name, each a key of a Secret.', sensitiveParameter, {
      max: 256,
      rules: [parameterNames],
    }),
    secretRefs: listMap(
      'Secrets whose every key becomes a sensitive parameter; sensitiveParameters win over them.',
      ['name'],
      nameRef('A Secret of this namespace.', 'Secret'),
      { max: 16 },
    ),
    inheritedParameterContexts: atomicList(
      'NiFiParameterContexts to inherit from; the first that has a parameter gives it.',
      nameRef('A NiFiParameterContext of this namespace.', 'NiFiParameterContext'),
      { max: 16 },
    ),
    adopt: boolean('Whether a context of this name that somebody else made in NiFi is taken over.', { default: false }),
    deletionPolicy: enumeration(
      'What becomes of the context in NiFi when this object is deleted.',
      ['Delete', 'Orphan'],
      {
        default: 'Delete',
      },
    ),
  },
  rules: [
    fixedCluster,
    rule(
      '!has(self.parameters) || !has(self.sensitiveParameters) || !self.sensitiveParameters.exists(name, name in self.parameters)',
      'a parameter is in parameters and in sensitiveParameters: take it out of one of them',
      { fieldPath: '.sensitiveParameters' },
    ),
  ],
});

const request = object('The last update that NiFi was asked for.', {
  name: 'ParameterUpdate',
  optional: {
    startedAt: { type: 'string', format: 'date-time', maxLength: 64, description: 'When it was asked for.' },
    state: enumeration('How it went.', ['Running', 'Succeeded', 'Failed']),
    message: string("NiFi's own words, when it failed.", { max: 4096 }),
  },
});

const status = object('What the operator observed; never an input.', {
  name: 'NiFiParameterContextStatus',
  optional: {
    ...statusHead('context'),
    observedVersion: string("NiFi's revision of the context, as it was last seen.", { max: 64 }),
    parameters: {
      type: 'integer',
      format: 'int32',
      minimum: 0,
      maximum: 100000,
      description: 'Parameters that the context has of its own.',
    },
    lastRequest: request,
  },
});

export const nifiParameterContext: CustomResource = {
  group: 'datadynamics.io',
  version: 'v1',
  kind: 'NiFiParameterContext',
  plural: 'nifiparametercontexts',
  singular: 'nifiparametercontext',
  shortNames: ['nifipc'],
  categories: ['nifi-all'],
  description: 'A parameter context of a NiFi cluster: values that its dataflows refer to by name.',
  spec,
  status,
  rules: [
    rule(
      '!has(self.spec.inheritedParameterContexts) || self.spec.inheritedParameterContexts.all(inherited, inherited.name != self.metadata.name)',
      'a context cannot inherit from itself: take its own name out',
      { fieldPath: '.spec.inheritedParameterContexts' },
    ),
  ],
  columns: [
    ...headColumns,
    { name: 'Parameters', type: 'integer', jsonPath: '.status.parameters', description: 'Parameters of its own.' },
    ageColumn,
    idColumn('context'),
  ],
};
