// The authorization code flow of NiFi, played from the very properties that a node's files have: NiFi's part as its
// StandardClientRegistrationProvider and the filters of Spring Security do it, and the part of a browser whose user logs in.

import { request as plain } from 'node:http';
import { request as secure } from 'node:https';

type Properties = Readonly<Record<string, string>>;
const prefix = 'nifi.security.user.oidc';

export interface Account {
  readonly identity: string | undefined;
  readonly groups: readonly string[];
}

/** Who NiFi takes the user for. Throws when the provider refuses something on the way. */
export async function logIn(
  properties: Properties,
  authorities: readonly string[],
  redirectUri: string,
  user: string,
): Promise<Account> {
  const browser = new Browser(authorities);
  const metadata = (await browser.json(properties[`${prefix}.discovery.url`] ?? '')) as Readonly<
    Record<string, string>
  >;
  const asked = new URL(metadata['authorization_endpoint'] ?? '');
  const clientId = properties[`${prefix}.client.id`] ?? '';
  const scopes = (properties[`${prefix}.additional.scopes`] ?? '').split(',').filter((scope) => scope !== '');
  const wanted = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state: 'state',
    nonce: 'nonce',
  };
  for (const [name, value] of Object.entries({ ...wanted, scope: ['openid', 'email', ...scopes].join(' ') })) {
    asked.searchParams.set(name, value);
  }
  const back = await browser.logIn(asked, redirectUri, user);
  const code = back.searchParams.get('code');
  if (code === null) throw new Error(`the provider says ${back.search}`);
  const tokens = (await browser.json(metadata['token_endpoint'] ?? '', {
    form: { grant_type: 'authorization_code', code, redirect_uri: redirectUri },
    authorization: basic(clientId, properties[`${prefix}.client.secret`] ?? ''),
  })) as { readonly id_token: string; readonly access_token: string };
  const [, payload = ''] = tokens.id_token.split('.');
  const userInfo = await browser.json(metadata['userinfo_endpoint'] ?? '', {
    authorization: `Bearer ${tokens.access_token}`,
  });
  const claims = {
    ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object),
    ...(userInfo as object),
  } as Readonly<Record<string, unknown>>;
  const names = [
    properties[`${prefix}.claim.identifying.user`] ?? '',
    ...(properties[`${prefix}.fallback.claims.identifying.user`] ?? '').split(','),
  ];
  const identity = names.map((name) => claims[name]).find((claim) => typeof claim === 'string');
  const groups = claims[properties[`${prefix}.claim.groups`] ?? ''];
  return {
    identity,
    groups: Array.isArray(groups) ? (groups as readonly string[]) : [],
  };
}

/** RFC 6749, 2.3.1: both are form-encoded first. */
function basic(id: string, secret: string): string {
  const encoded = [id, secret].map((text) => new URLSearchParams({ text }).toString().slice('text='.length));
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}

interface Sent {
  readonly form?: Readonly<Record<string, string>>;
  readonly authorization?: string;
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

/** Keeps cookies, and follows redirects only where a test wants it to. */
class Browser {
  private readonly authorities: readonly string[];
  private readonly cookies = new Map<string, string>();

  constructor(authorities: readonly string[]) {
    this.authorities = authorities;
  }

  async json(url: string, sent: Sent = {}): Promise<unknown> {
    const { status, text } = await this.ask(new URL(url), sent);
    if (status !== 200) throw new Error(`${url} answers ${status}: ${text}`);
    return JSON.parse(text) as unknown;
  }

  /** Through the provider's pages, a log-in and a consent, to where it sends the user in the end. */
  async logIn(from: URL, until: string, user: string): Promise<URL> {
    let next = from;
    for (let pages = 0; pages < 20; pages += 1) {
      const answer = await this.ask(next);
      if (answer.location !== undefined) {
        next = new URL(answer.location, next);
        if (next.href.startsWith(until)) return next;
        continue;
      }
      const prompt = /name="prompt" value="(\w+)"/.exec(answer.text)?.[1];
      const action = /action="([^"]+)"/.exec(answer.text)?.[1];
      if (answer.status !== 200 || prompt === undefined || action === undefined)
        throw new Error(`${next.href} answers ${answer.status}: ${answer.text}`);
      const form = { prompt, ...(prompt === 'login' ? { login: user, password: 'anything' } : {}) };
      const { location = '' } = await this.ask(new URL(action, next), { form });
      next = new URL(location, next);
      if (next.href.startsWith(until)) return next;
    }
    throw new Error('the provider asks again and again');
  }

  private async ask(url: URL, { form, authorization }: Sent = {}): Promise<Answer> {
    const body = form && new URLSearchParams({ ...form }).toString();
    const headers = {
      cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(authorization === undefined ? {} : { authorization }),
    };
    const options = { method: body === undefined ? 'GET' : 'POST', headers, agent: false, ca: [...this.authorities] };
    return await new Promise((resolve, reject) => {
      const asked = (url.protocol === 'https:' ? secure : plain)(url, options);
      asked.once('error', reject);
      asked.once('response', (response) => {
        for (const cookie of response.headers['set-cookie'] ?? []) this.keep(cookie);
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, location: response.headers.location, text }),
        );
      });
      asked.end(body);
    });
  }

  private keep(cookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    this.cookies.set(name, value);
  }
}
