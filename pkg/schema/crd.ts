// Turns a kind into its CustomResourceDefinition and prints it. The output is a pure function of the schema, in a fixed order, so that
// a regenerated file differs only where the API does.

import { stringify } from 'yaml';
import { type CustomResource, rootSchema } from './kind.ts';
import { type Json, publish } from './structural.ts';

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
