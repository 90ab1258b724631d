// What one attempt at the access of a cluster knows of NiFi's users and groups, and every write it makes. Read once at the start;
// after each write it is what NiFi answered, so that the next write carries the revision that NiFi expects.

import { createPolicy, deletePolicy, findPolicy, getPolicy, type Policy, putPolicy } from '../endpoints/policies.ts';
import {
  createUser,
  createUserGroup,
  deleteUser,
  deleteUserGroup,
  findUser,
  findUsers,
  getUser,
  listUserGroups,
  listUsers,
  type PolicySummary,
  putUserGroup,
  type UserDetails,
  type UserGroup,
} from '../endpoints/tenants.ts';
import { requireSettled } from '../tasks/waiting.ts';
import type { NodeCalls, TaskContext } from '../types.ts';
import type { Right } from './roles.ts';

export class Tenants {
  private readonly context: TaskContext;
  private known: readonly UserGroup[];
  /** Nothing has been written since. */
  isAsRead = true;
  private everybody: readonly UserDetails[] | undefined;

  private constructor(context: TaskContext, groups: readonly UserGroup[]) {
    this.context = context;
    this.known = groups;
  }

  /** One read. */
  static async read(context: TaskContext): Promise<Tenants> {
    return new Tenants(context, await context.call(listUserGroups));
  }

  get groups(): readonly UserGroup[] {
    return this.known;
  }

  /** Of a name that a directory and NiFi's file both have, the directory's: it is the one with members. */
  group(identity: string): UserGroup | undefined {
    const named = this.known.filter((group) => group.identity === identity);
    return named.find(({ configurable }) => !configurable) ?? named[0];
  }

  /** One more read, made once. */
  async users(): Promise<readonly UserDetails[]> {
    this.everybody ??= await this.context.call(listUsers);
    return this.everybody;
  }

  /** Whether the directory has this identity. */
  async inDirectory(identity: string): Promise<boolean> {
    const found = await this.context.call((node) => findUsers(node, identity));
    return found.some(({ configurable }) => !configurable);
  }

  async user(id: string): Promise<UserDetails> {
    return await this.context.call((node) => getUser(node, id));
  }

  async policy(summary: PolicySummary): Promise<Policy> {
    return await this.context.call((node) => getPolicy(node, summary));
  }

  /** The id of the user, who is made where there is none. */
  async ensureUser(identity: string): Promise<string> {
    const user = await this.context.call((node) => findUser(node, identity));
    return (user ?? (await this.write((node) => createUser(node, identity)))).id;
  }

  async removeUser(user: UserDetails): Promise<void> {
    await this.write((node) => deleteUser(node, user));
    this.everybody = this.everybody?.filter(({ id }) => id !== user.id);
    this.known = this.known.map((group) => ({ ...group, users: group.users.filter(({ id }) => id !== user.id) }));
  }

  async ensureGroup(identity: string): Promise<UserGroup> {
    const group = this.group(identity);
    if (group !== undefined) return group;
    const made = await this.write((node) => createUserGroup(node, identity));
    this.known = [...this.known, made];
    return made;
  }

  async setMembers(group: UserGroup, userIds: readonly string[]): Promise<void> {
    const changed = await this.write((node) => putUserGroup(node, group, userIds));
    this.known = this.known.map((each) => (each.id === group.id ? changed : each));
  }

  async removeGroup(group: UserGroup): Promise<void> {
    await this.write((node) => deleteUserGroup(node, group));
    this.known = this.known.filter(({ id }) => id !== group.id);
  }

  /** Gives these groups a right. One that was inherited so far gets a policy of its own, with everybody who had it. */
  async grant({ action, resource }: Right, groupIds: readonly string[]): Promise<void> {
    const policy = await this.context.call((node) => findPolicy(node, action, resource));
    const before = policy?.groupIds ?? [];
    const all = [...new Set([...before, ...groupIds])];
    if (policy === undefined || policy.inherited) {
      const fresh = { action, resource, userIds: policy?.userIds ?? [], groupIds: all };
      await this.write((node) => createPolicy(node, fresh));
    } else if (all.length > before.length) {
      await this.write((node) => putPolicy(node, { ...policy, groupIds: all }));
    }
  }

  /** Takes users and groups out of a policy; one that nobody is left in goes where `orDelete` says so. */
  async withdraw(policy: Policy, leaves: (id: string) => boolean, orDelete = false): Promise<void> {
    const [userIds, groupIds] = [policy.userIds, policy.groupIds].map((ids) => ids.filter((id) => !leaves(id)));
    if (userIds === undefined || groupIds === undefined) return;
    const left = userIds.length + groupIds.length;
    if (left === policy.userIds.length + policy.groupIds.length) return;
    await this.write(async (node) =>
      left === 0 && orDelete
        ? await deletePolicy(node, policy)
        : void (await putPolicy(node, { ...policy, userIds, groupIds })),
    );
  }

  private async write<T>(use: (node: NodeCalls) => Promise<T>): Promise<T> {
    this.isAsRead = false;
    requireSettled(await this.context.freshView());
    return await this.context.call(use);
  }
}
