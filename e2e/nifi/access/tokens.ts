// The tokens a NiFi node gives after a login. Every node signs with a key of its own that dies with its process, so a token is
// good at the node that gave it and nowhere else: clients need sessions that stick to a node.

import { generateKeyPairSync, type KeyObject, randomUUID, sign, verify } from 'node:crypto';
import type { Clock } from '../../../pkg/kube/clock.ts';

interface Claims {
  readonly sub: string;
  readonly exp: number;
  readonly jti: string;
}

export type TokenCheck =
  | { readonly ok: true; readonly identity: string; readonly id: string }
  | { readonly ok: false; readonly why: string };

const lifeSeconds = 8 * 3_600;

export class Tokens {
  private readonly clock: Clock;
  private readonly keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } =
    generateKeyPairSync('ed25519');
  private readonly keyId = randomUUID();
  private readonly revoked = new Set<string>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  issue(identity: string, audience: string): string {
    const now = Math.floor(this.clock.now().getTime() / 1_000);
    const claims = {
      sub: identity,
      aud: audience,
      nbf: now,
      iss: audience,
      groups: [],
      preferred_username: identity,
      exp: now + lifeSeconds,
      iat: now,
      jti: randomUUID(),
    };
    const content = `${encode({ kid: this.keyId, alg: 'EdDSA' })}.${encode(claims)}`;
    return `${content}.${sign(null, Buffer.from(content), this.keys.privateKey).toString('base64url')}`;
  }

  check(token: string): TokenCheck {
    const [header, payload, signature] = token.split('.');
    if (!header || !payload || !signature) return { ok: false, why: 'Malformed token' };
    const genuine = verify(
      null,
      Buffer.from(`${header}.${payload}`),
      this.keys.publicKey,
      Buffer.from(signature, 'base64url'),
    );
    if (!genuine)
      return { ok: false, why: 'Signed JWT rejected: Another algorithm expected, or no matching key(s) found' };
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
    if (this.revoked.has(claims.jti)) return { ok: false, why: 'Access Token Revoked' };
    if (claims.exp * 1_000 < this.clock.now().getTime()) return { ok: false, why: 'Jwt expired' };
    return { ok: true, identity: claims.sub, id: claims.jti };
  }

  revoke(id: string): void {
    this.revoked.add(id);
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
