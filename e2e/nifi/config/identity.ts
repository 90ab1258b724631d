// NiFi's identity mapping: which name a certificate or a login stands for.
// Mappings are tried in the order of their names and the first whose pattern matches the whole identity wins.

import type { X509Certificate } from 'node:crypto';
import { type Properties, property } from './properties.ts';

export interface IdentityMapping {
  readonly pattern: RegExp;
  readonly value: string;
  readonly transform: 'NONE' | 'LOWER' | 'UPPER';
}

const patternPrefix = 'nifi.security.identity.mapping.pattern.';
const valuePrefix = 'nifi.security.identity.mapping.value.';
const transformPrefix = 'nifi.security.identity.mapping.transform.';

/** The mappings of nifi.properties; one without a value is ignored, as NiFi does with a warning. */
export function identityMappings(properties: Properties): readonly IdentityMapping[] {
  const names = [...properties.keys()].filter((key) => key.startsWith(patternPrefix)).sort();
  const mappings: IdentityMapping[] = [];
  for (const key of names) {
    const name = key.slice(patternPrefix.length);
    const pattern = property(properties, key);
    const value = property(properties, `${valuePrefix}${name}`);
    const transform = property(properties, `${transformPrefix}${name}`);
    if (pattern === undefined || value === undefined) continue;
    mappings.push({
      pattern: new RegExp(`^(?:${pattern})$`),
      value,
      transform: transform === 'LOWER' || transform === 'UPPER' ? transform : 'NONE',
    });
  }
  return mappings;
}

export function mapIdentity(mappings: readonly IdentityMapping[], identity: string): string {
  for (const mapping of mappings) {
    const match = mapping.pattern.exec(identity);
    if (!match) continue;
    const mapped = mapping.value.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '');
    if (mapping.transform === 'LOWER') return mapped.toLowerCase();
    return mapping.transform === 'UPPER' ? mapped.toUpperCase() : mapped;
  }
  return identity;
}

/** The subject as RFC 2253 writes it, most specific part first: `CN=0.prod.data, OU=x`. */
export function subjectOf(certificate: X509Certificate): string {
  return certificate.subject.split('\n').reverse().join(', ');
}
