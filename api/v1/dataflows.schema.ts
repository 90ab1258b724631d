// What the three kinds for dataflows have in common: the cluster they live in, names in NiFi, and the head of their status.
// Surprise: no reference has a namespace. Whoever may write into a namespace decides over the NiFi there, and over no other.

import { rule, string } from '../../pkg/schema/helpers.ts';
import type { PrinterColumn } from '../../pkg/schema/kind.ts';
import { conditions, nameRef } from '../../pkg/schema/kubernetes.ts';
import type { Rule, Structural } from '../../pkg/schema/structural.ts';

/** The conditions that these kinds have; their meaning is that of every kind. */
const dataflowConditions = ['Ready', 'Reconciling', 'Stalled'] as const;

export const clusterRef = nameRef('The NiFiCluster that it lives in.', 'NiFiCluster of this namespace');

/** For kinds that do not move: what uses them in NiFi would be left behind. */
export const fixedCluster: Rule = rule(
  'self.clusterRef == oldSelf.clusterRef',
  'clusterRef cannot be changed: put the former name back, and create another object for the other cluster',
  { fieldPath: '.clusterRef', reason: 'FieldValueForbidden' },
);

export function displayName(of: string): Structural {
  return string(`Name of the ${of} in NiFi; metadata.name when absent.`, {
    min: 1,
    max: 255,
    pattern: '^\\S(.*\\S)?$',
  });
}

/** Fields that every status of these kinds has. */
export function statusHead(of: string): Record<string, Structural> {
  return {
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      minimum: 0,
      description: 'Generation of the spec that this status is about.',
    },
    conditions: conditions(dataflowConditions.join(', ')),
    id: string(`Id of the ${of} in NiFi; absent while there is none.`, { max: 64 }),
  };
}

export const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since creation.',
};

/** What every kind shows first: whose it is, whether it is ready, and why not. */
export const headColumns: readonly PrinterColumn[] = [
  { name: 'Cluster', type: 'string', jsonPath: '.spec.clusterRef.name', description: 'NiFiCluster that it lives in.' },
  {
    name: 'Ready',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description: 'Whether it is as the spec asks.',
  },
  {
    name: 'Reason',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
    description: 'Why it is ready or not.',
  },
];

export function idColumn(of: string): PrinterColumn {
  return { name: 'Id', type: 'string', jsonPath: '.status.id', description: `Id of the ${of} in NiFi.`, priority: 1 };
}
