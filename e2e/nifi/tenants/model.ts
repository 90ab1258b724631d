// Users, groups and policies, as data. Ids of what the files seed are NiFi's: a name-based UUID of the name.

import { createHash } from 'node:crypto';

export type Action = 'read' | 'write';

export interface Tenant {
  readonly id: string;
  identity: string;
  /** It is of a directory: NiFi shows it, and cannot change it. */
  readonly ofDirectory?: true;
}

export interface UserGroup {
  readonly id: string;
  identity: string;
  users: ReadonlySet<string>;
  readonly ofDirectory?: true;
}

export interface Policy {
  readonly id: string;
  readonly resource: string;
  readonly action: Action;
  users: ReadonlySet<string>;
  userGroups: ReadonlySet<string>;
}

/** UUID version 3 without a namespace, as java.util.UUID.nameUUIDFromBytes. */
export function nameUuid(name: string): string {
  const bytes = createHash('md5').update(name).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x30;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
