// cert-manager in a world in memory: it calls a Certificate good and writes its Secret, with the authority that its issuer has at
// that moment. Not for production code: the values are made up.

import type { KubeObject } from '../../../pkg/kube/types.ts';
import type { Certificate } from '../../../pkg/pki/certmanager.ts';
import { facts, now } from './testing.objects.ts';
import type { WorldBuilder } from './testing.ts';

/** Counts the certificates, so that no two are the same and each is newer than the one before. */
let made = 0;

/** `authority` is a fingerprint. A Certificate that is not there, or of another issuer, is left alone. */
export function delivered(world: WorldBuilder, name: string, authority: string, issuer?: string): WorldBuilder {
  const live = world.world.shared.get(`Certificate/${name}`) as Certificate | undefined;
  if (live === undefined || (issuer !== undefined && live.spec.issuerRef.name !== issuer)) return world;
  made += 1;
  const { commonName, dnsNames = [], secretName } = live.spec;
  const notBefore = new globalThis.Date(now.getTime() - 86_400_000 + made * 1000);
  const certificate = facts(commonName, dnsNames, { fingerprint256: `leaf ${made}`, notBefore });
  return judged(world, name, 'True', '').withSecret(secretName, {
    uid: `uid-${made}`,
    certificate,
    trusts: [authority],
    anchors: [authority],
  });
}

/** cert-manager says of a Certificate whether it is Ready. */
export function judged(world: WorldBuilder, name: string, status: string, message: string): WorldBuilder {
  const live = world.world.shared.get(`Certificate/${name}`);
  if (live === undefined) return world;
  const conditions = [{ type: 'Ready', status, reason: 'x', message }];
  return world.withShared({ ...live, status: { conditions } } as unknown as KubeObject);
}
