// Turns a kind into its CustomResourceDefinition and prints it. The output is a pure function of the schema, in a fixed order, so that
// a regenerated file differs only where the API does.

import { stringify } from 'yaml';
import { type CustomResource, rootSchema } from './kind.ts';
import { type Json, publish } from './structural.ts';

/** Who converts between the versions: the path of a Service, without the CA, which is put in where it runs. */
export interface ConversionService {
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
}

/** What is served besides the stored version, and who converts. */
export interface OtherVersions {
  readonly kinds: readonly CustomResource[];
  readonly conversion: ConversionService;
}

/** The CustomResourceDefinition as a plain object. `kind` is the version that is stored. */
function customResourceDefinition(kind: CustomResource, others: OtherVersions | undefined): Json {
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
      ...(others === undefined ? {} : { conversion: webhookConversion(others.conversion) }),
      versions: [version(kind, true), ...(others?.kinds ?? []).map((other) => version(other, false))],
    },
  };
}

function version(kind: CustomResource, storage: boolean): Json {
  return {
    name: kind.version,
    served: true,
    storage,
    subresources: { status: {}, ...(kind.scale ? { scale: { ...kind.scale } } : {}) },
    additionalPrinterColumns: kind.columns.map((column) => ({ ...column })),
    schema: { openAPIV3Schema: publish(rootSchema(kind)) },
  };
}

function webhookConversion({ namespace, name, path }: ConversionService): Json {
  const clientConfig = { service: { namespace, name, path, port: 443 } };
  return { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
}

/** The CustomResourceDefinition as YAML: of one version, or of a stored one and others that are converted from it. */
export function crdYaml(kind: CustomResource, header: string, others?: OtherVersions): string {
  const definition = customResourceDefinition(kind, others);
  // kubectl and Helm read YAML 1.1, where a bare y is true, as the name of a field too.
  const text = stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  return `# ${header}\n${text}`;
}
