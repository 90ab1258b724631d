// What NiFi asks of an OIDC provider when it starts, and without what it does not.

import { StartRefused } from '../errors.ts';

/** Throws StartRefused with NiFi's words (StandardClientRegistrationProvider). */
export async function discover(url: string): Promise<void> {
  const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  if (answer?.status !== 200) throw new StartRefused(`OpenID Connect Metadata URL [${url}] retrieval failed`);
  const document: unknown = await answer.json().catch(() => undefined);
  const names = ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint'];
  if (typeof document !== 'object' || document === null || names.some((name) => !(name in document)))
    throw new StartRefused('OpenID Connect Metadata parsing failed');
}
