// The schema of the values of the chart nifi-cluster, out of the API: a field that is misspelt anywhere below a `spec` is refused by Helm with its
// name, where the API server would drop it without a word. Rules that calculate stay with the API server.
// Surprise: what a person leaves out because the chart puts it in (clusterRef) is not required here.

import { nifiCluster } from '../api/v1/nificluster.schema.ts';
import { nifiDataflow } from '../api/v1/nifidataflow.schema.ts';
import { nifiParameterContext } from '../api/v1/nifiparametercontext.schema.ts';
import { nifiRegistryClient } from '../api/v1/nifiregistryclient.schema.ts';
import { jsonSchema } from '../pkg/schema/json-schema.ts';
import type { Structural } from '../pkg/schema/structural.ts';

const texts: Structural = { type: 'object', additionalProperties: { type: 'string' } };
const anything: Structural = { 'x-kubernetes-preserve-unknown-fields': true };
const about = { labels: texts, annotations: texts } as const;

/** The values as one structural schema. */
const values: Structural = {
  type: 'object',
  properties: {
    enabled: { type: 'boolean', description: 'Not read here: a chart that depends on this one may use it.' },
    global: { type: 'object' },
    commonLabels: texts,
    cluster: {
      type: 'object',
      properties: {
        enabled: { type: 'boolean' },
        name: { type: 'string', pattern: '^([a-z]([-a-z0-9]*[a-z0-9])?)?$' },
        ...about,
        spec: nifiCluster.spec,
      },
    },
    registryClients: byName(nifiRegistryClient.spec),
    parameterContexts: byName(nifiParameterContext.spec),
    dataflows: byName(nifiDataflow.spec),
    extraObjects: { type: 'array', items: anything },
  },
};

function byName(spec: Structural): Structural {
  const required = (spec.required ?? []).filter((name) => name !== 'clusterRef');
  const object = { type: 'object', required: ['spec'], properties: { ...about, spec: { ...spec, required } } } as const;
  return { type: 'object', additionalProperties: object };
}

/** Names of objects are keys here, which no structural schema speaks of. */
const names = { propertyNames: { pattern: '^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$', maxLength: 253 } } as const;

/** Text of charts/nifi-cluster/values.schema.json. */
export function clusterValuesSchema(notice: string): string {
  const { $ref, $defs } = jsonSchema(values, { closed: true });
  const named = { properties: { registryClients: names, parameterContexts: names, dataflows: names } };
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: notice,
    allOf: [{ $ref }, named],
    $defs,
  };
  return `${JSON.stringify(schema, undefined, 1)}\n`;
}
