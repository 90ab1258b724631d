// What each field of the small schema is in v1: how it is read there, and how it is written into a v1 spec without touching anything
// else of it. Pure.
// Surprise: a field is written only where it differs from what is read, so a value that v1 says otherwise (nodes by name, a key
// out of a Secret) stays as v1 has it for as long as nobody changes it here.

import type { Json } from '../../pkg/schema/structural.ts';
import { at, type Fields, isFields, listOf, withAt } from './json.ts';

/** A write that v1 cannot carry out. The message names the field and the mend. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';
}

export interface SmallField {
  /** In the spec of v1alpha1. */
  readonly path: readonly string[];
  /** Its value, out of the spec of v1. */
  readonly read: (spec: Fields) => Json | undefined;
  /** The spec of v1 with this value. Throws ConversionError. */
  readonly write: (spec: Fields, value: Json | undefined) => Fields;
}

function same(path: readonly string[], inV1: readonly string[], otherwise?: Json): SmallField {
  return {
    path,
    read: (spec) => at(spec, inV1) ?? otherwise,
    write: (spec, value) => withAt(spec, inV1, value),
  };
}

/** Members by name are counted, and their number cannot be written: it would not say who comes or goes. */
const replicas: SmallField = {
  path: ['replicas'],
  read: ({ replicas: count, nodeIds }) => (nodeIds === undefined ? count : listOf(nodeIds).length),
  write: (spec, value) => {
    if (spec['nodeIds'] !== undefined)
      throw new ConversionError(
        'spec.replicas cannot be changed in v1alpha1: the members of this cluster are given by name; change spec.nodeIds in v1',
      );
    return withAt(spec, ['replicas'], value);
  },
};

/** No resources at all is an empty object here, because an absent one would be filled in. */
const resources: SmallField = {
  path: ['resources'],
  read: (spec) => at(spec, ['node', 'resources']) ?? {},
  write: (spec, value) =>
    withAt(spec, ['node', 'resources'], isFields(value) && Object.keys(value).length === 0 ? undefined : value),
};

/** A field of the volume `data`; the others are left as they are. */
function ofData(field: string): SmallField {
  const volumes = ['node', 'storage'];
  const all = (spec: Fields): readonly Json[] => listOf(at(spec, volumes));
  const isData = (volume: Json): boolean => at(volume, ['name']) === 'data';
  return {
    path: ['storage', field],
    read: (spec) => at(all(spec).find(isData), [field]),
    write: (spec, value) => {
      const known = all(spec);
      const list = known.some(isData) ? known : [{ name: 'data' }, ...known];
      const changed = list.map((volume) => (isData(volume) ? withAt(volume, [field], value) : volume));
      return withAt(spec, volumes, changed);
    },
  };
}

/** `enabled` is whether an issuer is named; without one there is TLS as well. */
const tls: SmallField = {
  path: ['tls'],
  read: (spec) => {
    const issuer = at(spec, ['tls', 'issuerRef']);
    return issuer === undefined ? { enabled: false } : { enabled: true, issuerRef: only(issuer, ['name', 'kind']) };
  },
  write: (spec, value) => {
    const issuer = at(value, ['issuerRef']);
    if (at(value, ['enabled']) !== true || !isFields(issuer)) return withAt(spec, ['tls'], undefined);
    const known = at(spec, ['tls', 'issuerRef']);
    return withAt(spec, ['tls', 'issuerRef'], { ...(isFields(known) && known), ...issuer });
  },
};

const ldapFields = ['url', 'searchBase', 'searchFilter'];
const oidcFields = ['discoveryUrl', 'clientId', 'clientSecretRef'];

/** A kind of log-in that v1 has already keeps what only v1 says of it. */
const auth: SmallField = {
  path: ['auth'],
  read: (spec) => {
    const [ldap, oidc] = [at(spec, ['auth', 'ldap']), at(spec, ['auth', 'oidc'])];
    if (at(spec, ['auth', 'singleUser']) !== undefined) return { type: 'single-user' };
    if (ldap !== undefined) return { type: 'ldap', ldap: only(ldap, ldapFields) };
    return oidc === undefined ? undefined : { type: 'oidc', oidc: only(oidc, oidcFields) };
  },
  write: (spec, value) => {
    const known = spec['auth'];
    const type = at(value, ['type']);
    if (type === 'single-user') return withAt(spec, ['auth'], { singleUser: at(known, ['singleUser']) ?? {} });
    if (type !== 'ldap' && type !== 'oidc') return withAt(spec, ['auth'], undefined);
    const given = at(value, [type]);
    const before = at(known, [type]) ?? (type === 'ldap' ? unbound(at(given, ['url'])) : {});
    return withAt(spec, ['auth'], { [type]: { ...(isFields(before) && before), ...(isFields(given) && given) } });
  },
};

/** The small schema has no account to bind with. */
function unbound(url: Json | undefined): Json {
  const isEncrypted = typeof url === 'string' && url.startsWith('ldaps:');
  return { authenticationStrategy: isEncrypted ? 'LDAPS' : 'ANONYMOUS' };
}

function only(value: Json, fields: readonly string[]): Json {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const inner = at(value, [field]);
      return inner === undefined ? [] : [[field, inner] as const];
    }),
  );
}

/** NiFi's own number of threads, which v1 leaves alone when it names none. */
const nifiThreads = 10;

export const smallFields: readonly SmallField[] = [
  replicas,
  same(['version'], ['version']),
  same(['image'], ['image']),
  resources,
  ofData('size'),
  ofData('storageClassName'),
  same(['config', 'jvmHeapSize'], ['node', 'jvm', 'heap']),
  same(['config', 'maxThreads'], ['maxTimerDrivenThreadCount'], nifiThreads),
  // A key out of a Secret is not shown; its own field of v1 keeps it.
  { ...same(['config', 'sensitivePropsKey'], ['sensitivePropsKey', 'value']), write: writeKey },
  tls,
  auth,
];

function writeKey(spec: Fields, value: Json | undefined): Fields {
  return withAt(spec, ['sensitivePropsKey'], value === undefined ? undefined : { value });
}
