// Makes NiFi's users, groups and policies what `spec.access` says, from whatever is there. Reads once; writes only differences.
// What is ours is told by names in NiFi itself (roles.ts), so nothing has to be remembered: an attempt that was cut short anywhere is
// continued by the next one, whoever makes it. What lost its place goes first, so that a right that was taken away is gone even when
// something that is new cannot be written.
// Surprising: a user or group that nothing but ours refers to is taken for one that we made. See docs/adr/0007.

import { createHash } from 'node:crypto';
import type { PolicySummary, UserDetails, UserGroup } from '../endpoints/tenants.ts';
import type { TaskContext } from '../types.ts';
import {
  type Access,
  isOwn,
  keyOf,
  markedGroup,
  markerOf,
  type Right,
  type RoleName,
  rightsOf,
  roleGroup,
  roleNames,
} from './roles.ts';
import { removeForeign } from './strict.ts';
import { Tenants } from './tenants.ts';

/** `root` is the id of the root process group. Returns what tells by one read that all is still so; nothing when something was written. */
export async function ensureAccess(context: TaskContext, access: Access, root: string): Promise<string | undefined> {
  const tenants = await Tenants.read(context);
  const seen = likenessOf(tenants.groups, access);
  if (access.directory) await removeDoubles(tenants, access);
  for (const role of roleNames) await removeMembers(tenants, access, role);
  for (const role of roleNames) await removeGroups(tenants, access, role, root);
  await addRights(tenants, access, root);
  for (const role of roleNames) await addMembers(tenants, access, role);
  if (access.strict) await removeForeign(tenants, access, root);
  return tenants.isAsRead ? seen : undefined;
}

/** By one read, and without a write: changes whenever somebody changed a group of ours, or what a group that is listed may. */
export async function lookAtAccess(context: TaskContext, access: Access): Promise<string> {
  return likenessOf((await Tenants.read(context)).groups, access);
}

/** Who else is in a group that is listed is the directory's business; with `strict` every group is ours to look after. */
function likenessOf(groups: readonly UserGroup[], access: Access): string {
  const listed = new Set(roleNames.flatMap((role) => access[role].groups));
  const lines = groups.flatMap(({ id, identity, users, policies }) => {
    const isWhole = access.strict || isOwn(access, identity);
    if (!isWhole && !listed.has(identity)) return [];
    const members = isWhole ? users.map((user) => user.identity).toSorted() : [];
    return [JSON.stringify([id, identity, members, policies.map(keyOf).toSorted()])];
  });
  return createHash('sha256').update(lines.toSorted().join('\n')).digest('base64url');
}

/**
 * What the directory has got since: NiFi lets nobody in whom two providers know, and finds no members in our group of that name. Only
 * who is not the directory's is looked up: to list all of its users would be too much.
 */
async function removeDoubles(tenants: Tenants, access: Access): Promise<void> {
  const members = roleNames.flatMap((role) => tenants.group(roleGroup(access, role))?.users ?? []);
  const own = members.filter(({ configurable, identity }) => configurable && !access.untouched.includes(identity));
  for (const { id, identity } of own) {
    if (await tenants.inDirectory(identity)) await tenants.removeUser(await tenants.user(id));
  }
  const listed = new Set(roleNames.flatMap((role) => access[role].groups));
  for (const group of tenants.groups) {
    const double = group.configurable && listed.has(group.identity) && group.users.length === 0;
    if (double && tenants.group(group.identity)?.id !== group.id) await tenants.removeGroup(group);
  }
}

async function removeMembers(tenants: Tenants, access: Access, role: RoleName): Promise<void> {
  const group = tenants.group(roleGroup(access, role));
  if (group === undefined) return;
  const wanted = new Set(access[role].users);
  const extra = group.users.filter(({ identity }) => !wanted.has(identity));
  for (const { id } of extra) {
    const user = await tenants.user(id);
    if (await isOnlyOurs(tenants, access, user)) await tenants.removeUser(user);
  }
  const left = tenants.group(group.identity) ?? group;
  if (wanted.size === 0) await tenants.removeGroup(left);
  else if (left.users.some(({ identity }) => !wanted.has(identity)))
    await tenants.setMembers(left, idsOf(left.users.filter(({ identity }) => wanted.has(identity))));
}

/** Nothing refers to the user but groups of ours, and no role lists it any more. */
async function isOnlyOurs(tenants: Tenants, access: Access, user: UserDetails): Promise<boolean> {
  const ours = tenants.groups.filter(({ identity }) => isOwn(access, identity));
  const listed = [...access.untouched, ...roleNames.flatMap((role) => access[role].users)].includes(user.identity);
  if (!user.configurable || listed || !user.groupIds.every((id) => ours.some((group) => group.id === id))) return false;
  const through = new Set(ours.flatMap((group) => idsOf(group.policies)));
  for (const summary of user.policies) {
    if (!through.has(summary.id) || (await tenants.policy(summary)).userIds.includes(user.id)) return false;
  }
  return true;
}

async function removeGroups(tenants: Tenants, access: Access, role: RoleName, root: string): Promise<void> {
  for (const marker of tenants.groups) {
    const name = markedGroup(access, role, marker.identity);
    if (name === undefined || access[role].groups.includes(name)) continue;
    const group = tenants.group(name);
    if (group !== undefined) await removeRights(tenants, group, rightsLost(access, role, name, root));
    // Last: a death before it leaves the marker, and the next attempt goes on.
    await tenants.removeGroup(marker);
  }
}

/** What the group has by this role and by no other that lists it. */
function rightsLost(access: Access, role: RoleName, name: string, root: string): ReadonlySet<string> {
  const kept = roleNames.filter((other) => access[other].groups.includes(name));
  const keys = new Set(kept.flatMap((other) => rightsOf(other, root).map(keyOf)));
  return new Set(
    rightsOf(role, root)
      .map(keyOf)
      .filter((key) => !keys.has(key)),
  );
}

async function removeRights(tenants: Tenants, group: UserGroup, lost: ReadonlySet<string>): Promise<void> {
  const ours = (policy: PolicySummary): boolean => lost.has(keyOf(policy));
  if (group.configurable && group.users.length === 0 && group.policies.every(ours)) {
    await tenants.removeGroup(group);
    return;
  }
  for (const summary of group.policies.filter(ours)) {
    await tenants.withdraw(await tenants.policy(summary), (id) => id === group.id);
  }
}

/** Each policy is written once, with all groups that lack it. */
async function addRights(tenants: Tenants, access: Access, root: string): Promise<void> {
  const missing = new Map<string, { readonly right: Right; readonly groupIds: string[] }>();
  for (const role of roleNames) {
    for (const group of await groupsWith(tenants, access, role)) {
      const has = new Set(group.policies.map(keyOf));
      for (const right of rightsOf(role, root).filter((each) => !has.has(keyOf(each)))) {
        const entry = missing.get(keyOf(right)) ?? { right, groupIds: [] };
        missing.set(keyOf(right), entry);
        entry.groupIds.push(group.id);
      }
    }
  }
  for (const { right, groupIds } of missing.values()) await tenants.grant(right, groupIds);
}

/** The groups that have a role, made where they are missing; a marker before the group that it is about. */
async function groupsWith(tenants: Tenants, access: Access, role: RoleName): Promise<readonly UserGroup[]> {
  const groups: UserGroup[] = [];
  if (access[role].users.length > 0) groups.push(await tenants.ensureGroup(roleGroup(access, role)));
  for (const name of access[role].groups) {
    await tenants.ensureGroup(markerOf(access, role, name));
    groups.push(await tenants.ensureGroup(name));
  }
  return groups;
}

/** Last, so that whoever comes in has everything at once. */
async function addMembers(tenants: Tenants, access: Access, role: RoleName): Promise<void> {
  const group = tenants.group(roleGroup(access, role));
  if (group === undefined) return;
  const present = new Set(group.users.map(({ identity }) => identity));
  const missing = access[role].users.filter((identity) => !present.has(identity));
  if (missing.length === 0) return;
  const added: string[] = [];
  for (const identity of missing) added.push(await tenants.ensureUser(identity));
  await tenants.setMembers(group, [...idsOf(group.users), ...added]);
}

function idsOf(all: readonly { readonly id: string }[]): readonly string[] {
  return all.map(({ id }) => id);
}
