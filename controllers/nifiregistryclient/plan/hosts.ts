// Where a registry client may not point to: NiFi would fetch for whoever writes the spec what only NiFi's own Pod can reach. Loopback,
// link-local addresses (cloud metadata among them) and the API server are refused, in every spelling that a URL parser knows.
// It must not resolve names: what a name means is decided where NiFi runs, when it asks. Against names that lead inside, a NetworkPolicy
// helps. Hosts that an option of the operator names are allowed.

export interface HostPolicy {
  /** Host names and addresses that are allowed although they would be refused. */
  readonly allowed: readonly string[];
  /** Host names and addresses of the API server. */
  readonly apiServer: readonly string[];
}

/** The host in a property's value that is refused; undefined when there is none. */
export function refusedHost(value: string, policy: HostPolicy): string | undefined {
  const host = hostIn(value);
  if (host === undefined || policy.allowed.includes(host)) return undefined;
  return isInside(host) || policy.apiServer.includes(host) || isClusterApi(host) ? host : undefined;
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

function isInside(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || host === 'metadata.google.internal') return true;
  // Names have no colon, and the parser lets no name end in a number.
  return host.includes(':') ? isInsideV6(host) : isInsideV4(host);
}

function isInsideV4(address: string): boolean {
  return /^(?:127|0|169\.254)(?:\.\d+)+$/u.test(address);
}

/** The parser has written the address in its shortest form. */
function isInsideV6(address: string): boolean {
  if (address === '::1' || address === '::' || /^fe[89ab]/u.test(address)) return true;
  const mapped = /^::(?:ffff:)?(?<high>[0-9a-f]{1,4}):(?<low>[0-9a-f]{1,4})$/u.exec(address)?.groups;
  if (mapped === undefined) return false;
  const [high, low] = [Number.parseInt(mapped['high'] ?? '', 16), Number.parseInt(mapped['low'] ?? '', 16)];
  return isInsideV4([high >> 8, high & 255, low >> 8, low & 255].join('.'));
}

function isClusterApi(host: string): boolean {
  return /^kubernetes(?:\.default(?:\.svc(?:\..+)?)?)?$/u.test(host);
}
