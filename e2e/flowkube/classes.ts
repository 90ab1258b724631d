// What the components of the FlowKube sample are in NiFi 2.6.0: their properties as NiFi stores and exports them, not as its pages
// call them, and their ways out. Read off the named class at the tag rel/nifi-2.6.0; whoever uses another version reads it again.
// Surprising: NiFi 2.7 renamed many properties. It takes the old names of a flow and renames them (migrateProperties of each class),
// while an older NiFi knows nothing of the new ones; so the older names are the ones that work everywhere.

export interface Property {
  /** What NiFi's pages call it, where that differs. */
  readonly shown?: string;
  readonly default?: string;
  /** The only values there are. */
  readonly values?: readonly string[];
  readonly required?: boolean;
  /** Never in a flow, unless it is a reference to a parameter. */
  readonly sensitive?: boolean;
  /** Interface of the controller service that it names. */
  readonly service?: string;
}

export interface ComponentClass {
  readonly artifact: string;
  readonly input: 'forbidden' | 'required' | 'allowed';
  /** Whether it takes properties that are not listed. */
  readonly dynamic: boolean;
  readonly properties: Readonly<Record<string, Property>>;
  readonly relationships: (properties: Readonly<Record<string, string | null>>) => readonly string[];
  /** Interfaces of a controller service. */
  readonly apis?: readonly string[];
}

/** NiFi's version whose classes these are. */
export const nifiVersion = '2.6.0';

const lower = ['true', 'false'];
const upper = ['True', 'False'];
const trust = 'org.apache.nifi.ssl.SSLContextProvider';

export const classes: Readonly<Record<string, ComponentClass>> = {
  'org.apache.nifi.processors.standard.GenerateFlowFile': {
    artifact: 'nifi-standard-nar',
    input: 'forbidden',
    dynamic: true,
    relationships: () => ['success'],
    properties: {
      'File Size': { default: '0B', required: true },
      'Batch Size': { default: '1', required: true },
      'Data Format': { default: 'Text', required: true, values: ['Binary', 'Text'] },
      'Unique FlowFiles': { default: 'false', required: true, values: lower },
      'generate-ff-custom-text': { shown: 'Custom Text' },
      'character-set': { shown: 'Character Set', default: 'UTF-8', required: true },
      'mime-type': { shown: 'Mime Type' },
    },
  },
  'org.apache.nifi.processors.standard.ReplaceText': {
    artifact: 'nifi-standard-nar',
    input: 'required',
    dynamic: false,
    relationships: () => ['success', 'failure'],
    properties: {
      'Replacement Strategy': {
        default: 'Regex Replace',
        required: true,
        values: [
          'Prepend',
          'Append',
          'Surround',
          'Regex Replace',
          'Literal Replace',
          'Always Replace',
          'Substitute Variables',
        ],
      },
      // Required only by the strategies that search.
      'Regular Expression': { shown: 'Search Value', default: '(?s)(^.*$)' },
      'Replacement Value': { default: '$1', required: true },
      'Text to Prepend': {},
      'Text to Append': {},
      'Character Set': { default: 'UTF-8', required: true },
      'Maximum Buffer Size': { default: '1 MB', required: true },
      'Evaluation Mode': { default: 'Line-by-Line', required: true, values: ['Line-by-Line', 'Entire text'] },
      'Line-by-Line Evaluation Mode': {
        default: 'All',
        values: ['All', 'First-Line', 'Last-Line', 'Except-First-Line', 'Except-Last-Line'],
      },
    },
  },
  'org.apache.nifi.processors.standard.ExecuteStreamCommand': {
    artifact: 'nifi-standard-nar',
    input: 'required',
    dynamic: true,
    // onPropertyModified: with an attribute for what the command says, there is nothing else that goes out.
    relationships: (properties) =>
      (properties['Output Destination Attribute'] ?? null) === null
        ? ['original', 'output stream', 'nonzero status']
        : ['original'],
    properties: {
      'Working Directory': {},
      'Command Path': { required: true },
      argumentsStrategy: {
        shown: 'Command Arguments Strategy',
        default: 'Command Arguments Property',
        values: ['Command Arguments Property', 'Dynamic Property Arguments'],
      },
      'Command Arguments': {},
      'Argument Delimiter': { default: ';', required: true },
      'Ignore STDIN': { default: 'false', values: lower },
      'Output Destination Attribute': {},
      'Max Attribute Length': { default: '256' },
      'Output MIME Type': {},
    },
  },
  'org.apache.nifi.processors.standard.InvokeHTTP': {
    artifact: 'nifi-standard-nar',
    input: 'allowed',
    dynamic: true,
    relationships: () => ['Original', 'Response', 'Retry', 'No Retry', 'Failure'],
    properties: {
      'HTTP Method': { default: 'GET', required: true },
      'HTTP URL': { required: true },
      'HTTP/2 Disabled': { default: 'False', required: true, values: upper },
      'SSL Context Service': { service: trust },
      'Connection Timeout': { default: '5 secs', required: true },
      'Socket Read Timeout': { default: '15 secs', required: true },
      'Socket Write Timeout': { default: '15 secs', required: true },
      'Socket Idle Timeout': { default: '5 mins', required: true },
      'Socket Idle Connections': { default: '5', required: true },
      // ProxyConfiguration.createProxyConfigPropertyDescriptor
      'proxy-configuration-service': {
        shown: 'Proxy Configuration Service',
        service: 'org.apache.nifi.proxy.ProxyConfigurationService',
      },
      'Request OAuth2 Access Token Provider': { service: 'org.apache.nifi.oauth2.OAuth2AccessTokenProvider' },
      'OAuth2 Access Token Refresh Strategy': {
        default: 'ON_TOKEN_EXPIRATION',
        values: ['ON_TOKEN_EXPIRATION', 'ON_UNAUTHORIZED_RESPONSE'],
      },
      'Request Username': {},
      'Request Password': { sensitive: true },
      'Request Digest Authentication Enabled': { default: 'false', required: true, values: lower },
      'Request Failure Penalization Enabled': { default: 'false', values: lower },
      'Request Body Enabled': { default: 'true', values: lower },
      'Request Multipart Form-Data Name': {},
      'Request Multipart Form-Data Filename Enabled': { default: 'true', values: lower },
      'Request Chunked Transfer-Encoding Enabled': { default: 'false', required: true, values: lower },
      'Request Content-Encoding': { default: 'DISABLED', required: true, values: ['DISABLED', 'GZIP'] },
      'Request Content-Type': { default: '${mime.type}', required: true },
      'Request Date Header Enabled': { default: 'True', required: true, values: upper },
      'Request Header Attributes Pattern': {},
      'Request User-Agent': {},
      'Response Body Attribute Name': {},
      'Response Body Attribute Size': { default: '256', required: true },
      'Response Body Ignored': { default: 'false', required: true, values: lower },
      'Response Cache Enabled': { default: 'false', required: true, values: lower },
      'Response Cache Size': { default: '10MB', required: true },
      'Response Cookie Strategy': { default: 'DISABLED', required: true, values: ['DISABLED', 'ACCEPT_ALL'] },
      'Response Generation Required': { default: 'false', values: lower },
      'Response FlowFile Naming Strategy': { default: 'RANDOM', required: true, values: ['RANDOM', 'URL_PATH'] },
      'Response Header Request Attributes Enabled': { default: 'false', values: lower },
      'Response Header Request Attributes Prefix': {},
      'Response Redirects Enabled': { default: 'True', required: true, values: upper },
    },
  },
  'org.apache.nifi.processors.standard.LogAttribute': {
    artifact: 'nifi-standard-nar',
    input: 'required',
    dynamic: false,
    relationships: () => ['success'],
    properties: {
      'Log Level': { default: 'info', required: true, values: ['trace', 'debug', 'info', 'warn', 'error'] },
      'Log Payload': { default: 'false', required: true, values: lower },
      'Attributes to Log': {},
      'attributes-to-log-regex': { shown: 'Attributes to Log by Regular Expression', default: '.*' },
      'Attributes to Ignore': {},
      'attributes-to-ignore-regex': { shown: 'Attributes to Ignore by Regular Expression' },
      'Log FlowFile Properties': { default: 'true', required: true, values: lower },
      'Output Format': {
        default: 'Line per Attribute',
        required: true,
        values: ['Line per Attribute', 'Single Line'],
      },
      'Log prefix': {},
      'character-set': { shown: 'Character Set', default: 'UTF-8', required: true },
    },
  },
  'org.apache.nifi.ssl.PEMEncodedSSLContextProvider': {
    artifact: 'nifi-ssl-context-service-nar',
    input: 'forbidden',
    dynamic: false,
    relationships: () => [],
    apis: [trust],
    properties: {
      'TLS Protocol': { default: 'TLS', required: true, values: ['TLS', 'TLSv1.3', 'TLSv1.2'] },
      'Private Key Source': { default: 'PROPERTIES', required: true, values: ['UNDEFINED', 'PROPERTIES', 'FILES'] },
      'Private Key': { sensitive: true },
      'Private Key Location': {},
      'Certificate Chain': {},
      'Certificate Chain Location': {},
      'Certificate Authorities Source': { default: 'PROPERTIES', required: true, values: ['PROPERTIES', 'SYSTEM'] },
      // Required with the source above: a file, or the text itself.
      'Certificate Authorities': { required: true },
    },
  },
};
