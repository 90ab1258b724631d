// The type of every schema in api/: what Kubernetes calls a structural schema, and nothing more.
// A keyword that the API server refuses in a CRD ($ref, const, patternProperties, oneOf, additionalProperties beside properties …)
// does not exist here, so the compiler is the first structural check. Values are plain data: they print as YAML as they stand.
// Surprise: keys that begin with `x-ts-` steer the TypeScript generator and are taken out before a schema is published.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A CEL rule of `x-kubernetes-validations`. `message` or `messageExpression` names the field and the mend. */
export interface Rule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
  readonly fieldPath?: string;
  readonly optionalOldSelf?: true;
}

export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'boolean';

export interface Structural {
  readonly type?: SchemaType;
  readonly description?: string;
  readonly default?: Json;
  readonly enum?: readonly string[];
  readonly format?: 'int32' | 'int64' | 'date-time';
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Structural>>;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly additionalProperties?: Structural;
  readonly items?: Structural;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly Rule[];
  /** Name of the generated interface; objects without one are written in place. */
  readonly 'x-ts-name'?: string;
}

/** The schema without the generator's own keys, keyword by keyword in a fixed order: what goes into the CRD. */
export function publish(schema: Structural): Record<string, Json> {
  const published: Record<string, Json> = {};
  for (const keyword of keywordOrder) {
    const value = schema[keyword];
    if (value === undefined) continue;
    published[keyword] = publishKeyword(keyword, schema) ?? (value as Json);
  }
  return published;
}

function publishKeyword(keyword: keyof Structural, schema: Structural): Json | undefined {
  if (keyword === 'items' && schema.items) return publish(schema.items);
  if (keyword === 'additionalProperties' && schema.additionalProperties) return publish(schema.additionalProperties);
  if (keyword !== 'properties' || !schema.properties) return undefined;
  const names = Object.keys(schema.properties).toSorted();
  return Object.fromEntries(names.map((name) => [name, publish(schema.properties?.[name] ?? {})]));
}

const keywordOrder = [
  'description',
  'type',
  'format',
  'default',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'required',
  'properties',
  'items',
  'additionalProperties',
  'x-kubernetes-validations',
] as const satisfies readonly (keyof Structural)[];
