// Where a registry client may not point to: NiFi would fetch for whoever writes the spec what only NiFi's own Pod can reach. Loopback,
// link-local addresses, cloud metadata and the API server are refused, in every spelling that a URL parser knows, and so are names that
// lead there. Pure: the names are looked up elsewhere (lookups.ts). Hosts that an option of the operator names are allowed.
// Surprise: only names in URLs are looked up. Any other text may be a token, and name servers are not to be told of it.

export interface HostPolicy {
  /** Host names and addresses that are allowed although they would be refused. */
  readonly allowed: readonly string[];
  /** Host names and addresses of the API server. */
  readonly apiServer: readonly string[];
}

/** Where clouds tell a machine its credentials, beside the link-local address. */
const metadata: ReadonlySet<string> = new Set(['metadata.google.internal', '100.100.100.200', 'fd00:ec2::254']);

/** A property of Bitbucket's client that is a host alone. */
const hostProperties: ReadonlySet<string> = new Set(['Bitbucket API Instance']);

/** The host in a property's value that is refused; undefined when there is none. */
export function refusedHost(value: string, policy: HostPolicy): string | undefined {
  const host = hostIn(value);
  return host !== undefined && isRefused(host, policy) ? host : undefined;
}

/** The name in a property's value that has to be looked up; undefined when there is none, or it is allowed whatever it means. */
export function nameIn(property: string, value: string, policy: HostPolicy): string | undefined {
  if (!/^\s*[a-z][a-z0-9+.-]*:\/\//iu.test(value) && !hostProperties.has(property)) return undefined;
  const host = hostIn(value);
  return host === undefined || isAddress(host) || policy.allowed.includes(host) ? undefined : host;
}

/** The names to ask for: a short one may mean a Service or a Pod of the namespace in which NiFi runs. */
export function spellingsOf(name: string, namespace: string): readonly string[] {
  return name.split('.').length <= 2 ? [name, `${name}.${namespace}.svc`] : [name];
}

/** Of the addresses that a name has, the first that is refused, in an order that stays. */
export function refusedAddress(addresses: readonly string[], policy: HostPolicy): string | undefined {
  // A link-local address may name its interface behind a percent sign, which no URL takes.
  const written = addresses.map((each) => hostIn(each.includes(':') ? `[${each.replace(/%.*$/u, '')}]` : each) ?? each);
  return written.toSorted().find((address) => isRefused(address, policy));
}

/** Whether it needs no look-up. */
export function isAddress(host: string): boolean {
  // Names have no colon, and the parser lets no name end in a number.
  return host.includes(':') || /^[\d.]+$/u.test(host);
}

/** The host of a URL, or of text that is a host and port alone; lower case, without brackets and the final dot. */
function hostIn(value: string): string | undefined {
  const text = value.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//iu.test(text) ? text : `https://${text}`;
  if (/\s/u.test(text) || text === '' || !URL.canParse(withScheme)) return undefined;
  // Only of http and its like does the parser read 127.1, 0x7f000001 and 2130706433 as what they are.
  const { hostname } = new URL(withScheme.replace(/^[^:]+/u, 'https'));
  return hostname
    .replace(/^\[|\]$/gu, '')
    .replace(/\.$/u, '')
    .toLowerCase();
}

function isRefused(host: string, policy: HostPolicy): boolean {
  if (policy.allowed.includes(host)) return false;
  return isInside(host) || policy.apiServer.includes(host) || isClusterApi(host);
}

function isInside(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || metadata.has(host)) return true;
  return host.includes(':') ? isInsideV6(host) : isInsideV4(host);
}

function isInsideV4(address: string): boolean {
  return /^(?:127|0|169\.254)(?:\.\d+)+$/u.test(address);
}

/** The parser has written the address in its shortest form; some have an address of the older kind in them. */
function isInsideV6(address: string): boolean {
  if (address === '::1' || address === '::' || /^fe[89ab]/u.test(address)) return true;
  const mapped = /^(?:::(?:ffff:)?|64:ff9b::)(?<high>[0-9a-f]{1,4}):(?<low>[0-9a-f]{1,4})$/u.exec(address)?.groups;
  if (mapped === undefined) return false;
  const [high, low] = [Number.parseInt(mapped['high'] ?? '', 16), Number.parseInt(mapped['low'] ?? '', 16)];
  return isInsideV4([high >> 8, high & 255, low >> 8, low & 255].join('.'));
}

function isClusterApi(host: string): boolean {
  return /^kubernetes(?:\.default(?:\.svc(?:\..+)?)?)?$/u.test(host);
}
