// NiFi's two LDAP providers, played from the very properties that a node's files have: what they ask of a server, in their order, and what
// they make of the answers (org.apache.nifi.ldap.LdapProvider and org.apache.nifi.ldap.tenants.LdapUserGroupProvider).

import { Client, type Entry } from 'ldapts';

type Properties = ReadonlyMap<string, string>;
const scopes = { OBJECT: 'base', ONE_LEVEL: 'one', SUBTREE: 'sub' } as const;

/** The identity of whoever logs in; undefined when the directory says no. Throws when it cannot be asked. */
export async function logIn(
  properties: Properties,
  authority: string,
  name: string,
  password: string,
): Promise<string | undefined> {
  const dn = await withClient(properties, authority, async (client) => {
    await bindManager(client, properties);
    const filter = (properties.get('User Search Filter') ?? '').replaceAll('{0}', name);
    const { searchEntries } = await client.search(properties.get('User Search Base') ?? '', { filter, scope: 'sub' });
    return searchEntries.length === 1 ? searchEntries[0]?.dn : undefined;
  });
  if (dn === undefined) return undefined;
  const known = await withClient(properties, authority, (client) =>
    client.bind(dn, password).then(
      () => true,
      () => false,
    ),
  );
  if (!known) return undefined;
  return properties.get('Identity Strategy') === 'USE_DN' ? dn : name;
}

export interface Tenants {
  readonly users: readonly string[];
  /** Group → members, by identity. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

export async function readTenants(properties: Properties, authority: string): Promise<Tenants> {
  return await withClient(properties, authority, async (client) => {
    await bindManager(client, properties);
    const users = await found(client, properties, 'User');
    const groups = await found(client, properties, 'Group');
    const called = (entry: Entry, attribute: string): string => text(entry, properties.get(attribute)) ?? entry.dn;
    const byDn = new Map(users.map((entry) => [entry.dn.toLowerCase(), called(entry, 'User Identity Attribute')]));
    const members = (entry: Entry): readonly string[] =>
      [entry[properties.get('Group Member Attribute') ?? ''] ?? []]
        .flat()
        .flatMap((dn) => byDn.get(String(dn).toLowerCase()) ?? []);
    return {
      users: [...byDn.values()].toSorted(),
      groups: Object.fromEntries(groups.map((entry) => [called(entry, 'Group Name Attribute'), members(entry)])),
    };
  });
}

async function found(client: Client, properties: Properties, what: 'User' | 'Group'): Promise<readonly Entry[]> {
  const base = properties.get(`${what} Search Base`);
  if (base === undefined) return [];
  const scope = scopes[properties.get(`${what} Search Scope`) as keyof typeof scopes];
  const filter = `(objectClass=${properties.get(`${what} Object Class`) ?? ''})`;
  return (await client.search(base, { filter, scope })).searchEntries;
}

async function bindManager(client: Client, properties: Properties): Promise<void> {
  const dn = properties.get('Manager DN');
  if (dn !== undefined) await client.bind(dn, properties.get('Manager Password'));
}

async function withClient<T>(
  properties: Properties,
  authority: string,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const strategy = properties.get('Authentication Strategy');
  // Only a server whose store of authorities NiFi was given is trusted.
  const ca = properties.has('TLS - Truststore') ? authority : undefined;
  const tls = { ...(ca === undefined ? {} : { ca }), servername: 'localhost' };
  const url = properties.get('Url') ?? '';
  const client = new Client({
    url,
    timeout: 5_000,
    connectTimeout: 5_000,
    ...(strategy === 'LDAPS' ? { tlsOptions: tls } : {}),
  });
  try {
    if (strategy === 'START_TLS') await client.startTLS(tls);
    return await use(client);
  } finally {
    await client.unbind();
  }
}

function text(entry: Entry, attribute: string | undefined): string | undefined {
  const value = attribute === undefined ? undefined : entry[attribute];
  return value === undefined ? undefined : String([value].flat()[0]);
}
