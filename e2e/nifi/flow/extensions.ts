// What extensions this NiFi has: processors and controller services with their properties, and where nothing is known of a class
// of NiFi's own, one that takes every property. A class of another package is "not known to this NiFi instance", as in NiFi.
// Names, defaults and required properties are NiFi's; descriptions are not kept, since nobody decides anything by them.

import { HttpError } from '../errors.ts';

export interface PropertyType {
  readonly name: string;
  readonly default?: string;
  readonly required?: boolean;
  readonly sensitive?: boolean;
  /** Where Expression Language may be used; default nowhere. */
  readonly el?: 'environment' | 'flowfile';
  readonly values?: readonly string[];
  /** Class of the controller services that it names. */
  readonly service?: string;
}

export interface ExtensionType {
  readonly type: string;
  readonly artifact: string;
  readonly properties: readonly PropertyType[];
  readonly relationships: readonly string[];
  readonly input: 'INPUT_FORBIDDEN' | 'INPUT_REQUIRED' | 'INPUT_ALLOWED';
  readonly persistsState: boolean;
  readonly deprecated: boolean;
  readonly runDurationMillis: number;
  /** Of a controller service. */
  readonly apis: readonly string[];
}

const standard = 'org.apache.nifi.processors.standard.';

const streamCommand = `${standard}ExecuteStreamCommand`;

const trueOrFalse = ['true', 'false'];

const known: readonly ExtensionType[] = [
  extension(`${standard}GenerateFlowFile`, 'nifi-standard-nar', {
    input: 'INPUT_FORBIDDEN',
    properties: [
      { name: 'File Size', default: '0B', required: true, el: 'environment' },
      { name: 'Batch Size', default: '1', required: true },
      { name: 'Data Format', default: 'Text', required: true, values: ['Binary', 'Text'] },
      { name: 'Unique FlowFiles', default: 'false', required: true, values: trueOrFalse },
      { name: 'Custom Text', el: 'environment' },
      { name: 'Character Set', default: 'UTF-8', required: true },
      { name: 'Mime Type' },
    ],
  }),
  extension('org.apache.nifi.processors.attributes.UpdateAttribute', 'nifi-update-attribute-nar', {
    input: 'INPUT_REQUIRED',
    persistsState: true,
    runDurationMillis: 25,
    properties: [
      { name: 'Delete Attributes Expression', el: 'flowfile' },
      {
        name: 'Store State',
        default: 'Do not store state',
        required: true,
        values: ['Do not store state', 'Store state locally'],
      },
      { name: 'Stateful Variables Initial Value' },
      { name: 'Cache Value Lookup Cache Size', default: '100', required: true },
    ],
  }),
  extension(`${standard}ReplaceText`, 'nifi-standard-nar', {
    input: 'INPUT_REQUIRED',
    relationships: ['failure', 'success'],
    properties: [
      { name: 'Replacement Strategy', default: 'Regex Replace', required: true },
      { name: 'Search Value', default: '(?s)(^.*$)', el: 'flowfile' },
      { name: 'Replacement Value', default: '$1', el: 'flowfile' },
      { name: 'Character Set', default: 'UTF-8', required: true },
      { name: 'Maximum Buffer Size', default: '1 MB', required: true },
      { name: 'Evaluation Mode', default: 'Line-by-Line', required: true, values: ['Line-by-Line', 'Entire text'] },
      { name: 'Line-by-Line Evaluation Mode', default: 'All' },
    ],
  }),
  extension(streamCommand, 'nifi-standard-nar', {
    input: 'INPUT_REQUIRED',
    relationships: ['nonzero status', 'original', 'output stream'],
    properties: [
      { name: 'Working Directory', el: 'environment' },
      { name: 'Command Path', required: true, el: 'flowfile' },
      { name: 'Command Arguments Strategy', default: 'Command Arguments Property' },
      { name: 'Command Arguments', el: 'flowfile' },
      { name: 'Argument Delimiter', default: ';', required: true },
      { name: 'Ignore STDIN', default: 'false', values: trueOrFalse },
      { name: 'Output Destination Attribute' },
      { name: 'Max Attribute Length', default: '256' },
      { name: 'Output MIME Type' },
    ],
  }),
  extension(`${standard}InvokeHTTP`, 'nifi-standard-nar', {
    input: 'INPUT_ALLOWED',
    relationships: ['Failure', 'No Retry', 'Original', 'Response', 'Retry'],
    properties: [
      { name: 'HTTP Method', default: 'GET', required: true, el: 'flowfile' },
      { name: 'HTTP URL', required: true, el: 'flowfile' },
      { name: 'HTTP/2 Disabled', default: 'False', required: true },
      { name: 'SSL Context Service', service: 'org.apache.nifi.ssl.SSLContextProvider' },
      { name: 'Connection Timeout', default: '5 secs', required: true },
      { name: 'Socket Read Timeout', default: '15 secs', required: true },
      { name: 'Request Content-Type', default: '${mime.type}', el: 'flowfile' },
      { name: 'Request Body Enabled', default: 'true', values: trueOrFalse },
      { name: 'Request Password', sensitive: true },
      { name: 'Response Body Attribute Name', el: 'flowfile' },
    ],
  }),
  extension(`${standard}LogAttribute`, 'nifi-standard-nar', {
    input: 'INPUT_REQUIRED',
    properties: [
      { name: 'Log Level', default: 'info', required: true },
      { name: 'Log Payload', default: 'false', required: true, values: trueOrFalse },
      { name: 'Attributes to Log' },
      { name: 'Log prefix', el: 'flowfile' },
      { name: 'Character Set', default: 'UTF-8', required: true, el: 'flowfile' },
    ],
  }),
  extension('org.apache.nifi.http.StandardHttpContextMap', 'nifi-http-context-map-nar', {
    apis: ['org.apache.nifi.http.HttpContextMap'],
    properties: [
      { name: 'Maximum Outstanding Requests', default: '5000', required: true },
      { name: 'Request Expiration', default: '1 min', required: true },
    ],
  }),
  extension('org.apache.nifi.ssl.StandardRestrictedSSLContextService', 'nifi-ssl-context-service-nar', {
    ...sslContext(),
    deprecated: true,
    apis: [
      'org.apache.nifi.ssl.SSLContextService',
      'org.apache.nifi.ssl.RestrictedSSLContextService',
      'org.apache.nifi.ssl.SSLContextProvider',
    ],
  }),
  extension('org.apache.nifi.ssl.StandardSSLContextService', 'nifi-ssl-context-service-nar', {
    ...sslContext(),
    apis: ['org.apache.nifi.ssl.SSLContextService', 'org.apache.nifi.ssl.SSLContextProvider'],
  }),
  extension('org.apache.nifi.ssl.PEMEncodedSSLContextProvider', 'nifi-ssl-context-service-nar', {
    apis: ['org.apache.nifi.ssl.SSLContextProvider'],
    properties: [
      { name: 'TLS Protocol', default: 'TLS', required: true, values: ['TLS', 'TLSv1.3', 'TLSv1.2'] },
      {
        name: 'Private Key Source',
        default: 'PROPERTIES',
        required: true,
        values: ['UNDEFINED', 'PROPERTIES', 'FILES'],
      },
      { name: 'Private Key', sensitive: true },
      { name: 'Private Key Location' },
      { name: 'Certificate Chain' },
      { name: 'Certificate Chain Location' },
      {
        name: 'Certificate Authorities Source',
        default: 'PROPERTIES',
        required: true,
        values: ['PROPERTIES', 'SYSTEM'],
      },
      { name: 'Certificate Authorities' },
    ],
  }),
];

/** ExecuteStreamCommand has one way out when it puts what the command said into an attribute (its onPropertyModified). */
export function relationshipsOf(type: string, set: Readonly<Record<string, string | null>>): readonly string[] {
  const toAttribute = (set['Output Destination Attribute'] ?? null) !== null;
  return toAttribute && type === streamCommand ? ['original'] : extensionType(type).relationships;
}

/** Throws 409 for a class of another package than NiFi's. */
export function extensionType(type: string): ExtensionType {
  const found = known.find((candidate) => candidate.type === type);
  if (found) return found;
  if (type !== '' && !type.startsWith('org.apache.nifi.')) {
    throw new HttpError(409, `${type} is not known to this NiFi instance.`);
  }
  return extension(type, 'nifi-standard-nar', { input: 'INPUT_ALLOWED' });
}

export function isSensitive(type: string, property: string): boolean {
  return extensionType(type).properties.some(({ name, sensitive }) => name === property && sensitive === true);
}

/** Every property with its value: the defaults of the class, and over them what was set. */
export function effectiveProperties(
  type: string,
  set: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string | null>> {
  const defaults = extensionType(type).properties.map((property) => [property.name, property.default ?? null]);
  return { ...(Object.fromEntries(defaults) as Record<string, string | null>), ...set };
}

/** Changes `before`: null gives a defined property its default back and takes another one away (AbstractComponentNode). */
export function changedProperties(
  before: Readonly<Record<string, string | null>>,
  given: Readonly<Record<string, string | null>> | undefined,
): Readonly<Record<string, string | null>> {
  const merged = { ...before, ...given };
  return Object.fromEntries(Object.entries(merged).filter(([name, value]) => value !== null || given?.[name] !== null));
}

export function bundle(artifact: string, version: string): Readonly<Record<string, unknown>> {
  return { group: 'org.apache.nifi', artifact, version };
}

function sslContext(): Partial<ExtensionType> {
  const types = ['BCFKS', 'PKCS12', 'JKS'];
  return {
    properties: [
      { name: 'Keystore Filename', el: 'environment' },
      { name: 'Keystore Password', sensitive: true },
      { name: 'Key Password', sensitive: true },
      { name: 'Keystore Type', values: types },
      { name: 'Truststore Filename', el: 'environment' },
      { name: 'Truststore Password', sensitive: true },
      { name: 'Truststore Type', values: types },
      { name: 'TLS Protocol', default: 'TLS', values: ['TLS', 'TLSv1.3', 'TLSv1.2'] },
    ],
  };
}

function extension(type: string, artifact: string, rest: Partial<ExtensionType>): ExtensionType {
  return {
    type,
    artifact,
    properties: [],
    relationships: ['success'],
    input: 'INPUT_ALLOWED',
    persistsState: false,
    deprecated: false,
    runDurationMillis: 0,
    apis: [],
    ...rest,
  };
}
