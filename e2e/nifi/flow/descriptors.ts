// Property descriptors as NiFi's JSON shows them, and values with what nobody may read taken out.

import type { Json } from '../format.ts';
import { bundle, effectiveProperties, extensionType, type PropertyType } from './extensions.ts';

const scopes = {
  environment: 'Environment variables defined at JVM level and system properties',
  flowfile: 'Environment variables and FlowFile Attributes',
} as const;

/** What a sensitive value is shown as. */
export const hidden = '********';

/** With the dynamic properties that are set. */
export function descriptors(
  type: string,
  set: Readonly<Record<string, string | null>>,
  version: string,
): Readonly<Record<string, Json>> {
  const { properties } = extensionType(type);
  const own = properties.map((property) => [property.name, descriptor(property, version)] as const);
  const names = new Set(properties.map(({ name }) => name));
  const dynamic = Object.keys(set)
    .filter((name) => !names.has(name))
    .map((name) => [name, { ...descriptor({ name, el: 'flowfile' }, version), dynamic: true }] as const);
  return Object.fromEntries([...own, ...dynamic]);
}

export function descriptor(property: PropertyType, version: string): Json {
  const { name, el, values, service } = property;
  return {
    name,
    displayName: name,
    description: name,
    ...(property.default === undefined ? {} : { defaultValue: property.default }),
    ...(service === undefined && !values ? {} : { allowableValues: (values ?? []).map(allowable) }),
    required: property.required ?? false,
    sensitive: property.sensitive ?? false,
    dynamic: false,
    supportsEl: el !== undefined,
    expressionLanguageScope: el === undefined ? 'Not Supported' : scopes[el],
    ...(service === undefined
      ? {}
      : {
          identifiesControllerService: service,
          identifiesControllerServiceBundle: bundle('nifi-standard-services-api-nar', version),
        }),
    dependencies: [],
  };
}

export function shownProperties(type: string, set: Readonly<Record<string, string | null>>): Json {
  const sensitive = sensitiveNames(type);
  return Object.fromEntries(
    Object.entries(effectiveProperties(type, set)).map(([name, value]) => [
      name,
      value !== null && sensitive.has(name) ? hidden : value,
    ]),
  );
}

export function sensitiveNames(type: string): ReadonlySet<string> {
  return new Set(
    extensionType(type)
      .properties.filter(({ sensitive }) => sensitive)
      .map(({ name }) => name),
  );
}

function allowable(value: string): Json {
  return { allowableValue: { displayName: value, value }, canRead: true };
}
