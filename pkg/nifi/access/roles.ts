// What the roles of a cluster may do in NiFi, and by which names the operator knows its own groups again.
// Every right is one that NiFi's own table of global and component policies has (its Administration Guide, "Access Policies").
// Surprising: a group that is listed itself cannot be a member of ours, because NiFi nests no groups. Its rights are its own, and an
// empty group whose name ends with its name says that it has them from us.

import type { PolicyAction } from '../endpoints/policies.ts';

/** The last is not for people: `metrics` reads the metrics, and what else the user interface shows to everybody who may see it. */
export const roleNames = ['admins', 'operators', 'readers', 'metrics'] as const;
export type RoleName = (typeof roleNames)[number];

/** One right. */
export interface Right {
  readonly action: PolicyAction;
  readonly resource: string;
}

/** Those who have a role, by identity and by the name of their group. */
export interface Principals {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

export interface Access extends Readonly<Record<RoleName, Principals>> {
  /** Tells the groups of this cluster from those of any other: the users of a volume that was taken back are not ours. */
  readonly scope: string;
  /** Whether users, groups and policies of others are taken away. */
  readonly strict: boolean;
  /** A directory gives users and groups as well, and an identity that NiFi's own file has too could not log in. */
  readonly directory: boolean;
  /** Identities that are never touched: the operator's and that of the nodes. */
  readonly untouched: readonly string[];
}

const seen = [
  '/flow',
  '/controller',
  '/parameter-contexts',
  '/provenance',
  '/policies',
  '/tenants',
  '/site-to-site',
  '/system',
  '/counters',
];
/** What FlowResource.getFlowMetrics asks for. */
const measured = ['/flow'];
const seenBelowRoot = ['', '/data', '/provenance-data', '/policies'];
const changed = ['/controller', '/parameter-contexts', '/restricted-components', '/policies', '/tenants', '/counters'];
const changedBelowRoot = ['', '/data', '/policies', '/operation'];
const operatedBelowRoot = ['/data', '/operation'];

/** The rights of a role in a flow whose root process group has this id. */
export function rightsOf(role: RoleName, root: string): readonly Right[] {
  const group = (prefix: string): string => `${prefix}/process-groups/${root}`;
  const read = role === 'metrics' ? measured : [...seen, ...seenBelowRoot.map(group)];
  const written = {
    metrics: [],
    readers: [],
    operators: operatedBelowRoot.map(group),
    admins: [...changed, ...changedBelowRoot.map(group)],
  } satisfies Record<RoleName, readonly string[]>;
  return [
    ...read.map((resource) => ({ action: 'read', resource }) as const),
    ...written[role].map((resource) => ({ action: 'write', resource }) as const),
  ];
}

export function keyOf({ action, resource }: Right): string {
  return `${action} ${resource}`;
}

/** The group whose members are the users of a role. */
export function roleGroup({ scope }: Pick<Access, 'scope'>, role: RoleName): string {
  return `nifi-operator-${role}-${scope}`;
}

/** The empty group that says that `group` has a role from us. */
export function markerOf(access: Pick<Access, 'scope'>, role: RoleName, group: string): string {
  return `${roleGroup(access, role)}: ${group}`;
}

/** The group that a marker of this role is about; undefined for anything else. */
export function markedGroup(access: Pick<Access, 'scope'>, role: RoleName, identity: string): string | undefined {
  const prefix = markerOf(access, role, '');
  return identity.startsWith(prefix) ? identity.slice(prefix.length) : undefined;
}

/** Whether a group is one that we make for ourselves. */
export function isOwn(access: Pick<Access, 'scope'>, identity: string): boolean {
  return roleNames.some(
    (role) => identity === roleGroup(access, role) || markedGroup(access, role, identity) !== undefined,
  );
}
