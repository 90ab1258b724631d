// Turns a kind's schemas into its CustomResourceDefinition and prints it. The output is a pure function of the schema, in a fixed
// order, so that a regenerated file differs only where the API does.

import { stringify } from 'yaml';
import type { Json, Rule, Structural } from './structural.ts';
import { publish } from './structural.ts';

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'integer' | 'string' | 'date' | 'boolean';
  readonly jsonPath: string;
  readonly description: string;
  /** 0 (always shown) when absent; 1 is `-o wide`. */
  readonly priority?: number;
}

/** One served and stored version of one kind. */
export interface CustomResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly description: string;
  readonly spec: Structural;
  readonly status: Structural;
  /** CEL rules at the root, where metadata.name is visible. */
  readonly rules: readonly Rule[];
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath: string;
  };
  readonly columns: readonly PrinterColumn[];
}

/** The schema of the whole object, as the API server stores it. */
export function rootSchema(kind: CustomResource): Structural {
  return {
    type: 'object',
    description: kind.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: 'Version of the API that this object is written in.' },
      kind: { type: 'string', description: 'Kind of the object.' },
      metadata: { type: 'object' },
      spec: kind.spec,
      status: kind.status,
    },
    ...(kind.rules.length === 0 ? {} : { 'x-kubernetes-validations': kind.rules }),
  };
}

/** The CustomResourceDefinition as a plain object. */
function customResourceDefinition(kind: CustomResource): Json {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${kind.group}` },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: kind.shortNames,
        categories: kind.categories,
      },
      scope: 'Namespaced',
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          subresources: { status: {}, ...(kind.scale ? { scale: { ...kind.scale } } : {}) },
          additionalPrinterColumns: kind.columns.map((column) => ({ ...column })),
          schema: { openAPIV3Schema: publish(rootSchema(kind)) },
        },
      ],
    },
  };
}

/** The CustomResourceDefinition as YAML. */
export function crdYaml(kind: CustomResource, header: string): string {
  return `# ${header}\n${stringify(customResourceDefinition(kind), { lineWidth: 0, aliasDuplicateObjects: false })}`;
}
