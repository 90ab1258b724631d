// What a kind is made of, and the schema of the whole object. A running operator loads this and no generator.

import type { Rule, Structural } from './structural.ts';

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
