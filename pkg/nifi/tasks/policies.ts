// Background task: the policies that NiFi does not give by itself to an initial admin (the operator) and to its nodes.
// Reads first and writes only what is missing, so after a crash it goes on where it stopped and once done it writes nothing.
// Surprising: a policy for a resource that so far inherited replaces the inherited one, so its users and groups are carried over.

import { ensureAccess, lookAtAccess } from '../access/ensure.ts';
import { type Access, roleNames } from '../access/roles.ts';
import { getRootProcessGroupId } from '../endpoints/flow.ts';
import { createPolicy, findPolicy, type PolicyAction, putPolicy } from '../endpoints/policies.ts';
import { createUser, findUser } from '../endpoints/tenants.ts';
import { NiFiApiError } from '../errors.ts';
import type { GatewayTask, TaskContext } from '../types.ts';
import { requireSettled } from './waiting.ts';

/** One right of one identity. */
export interface Grant {
  readonly identity: string;
  readonly action: PolicyAction;
  /** NiFi's resource; `{root}` stands for the id of the root process group. */
  readonly resource: string;
}

const RECHECK_MS = 3_600_000;
/** One call, which shows most of what a person may have changed. */
const LOOK_MS = 300_000;
const ROOT = '{root}';

/** What the operator gives itself: flows and their data below the root group, diagnostics, parameter contexts. */
export function operatorGrants(identity: string): readonly Grant[] {
  return [
    ...readAndWrite(identity, `/process-groups/${ROOT}`),
    ...readAndWrite(identity, `/data/process-groups/${ROOT}`),
    { identity, action: 'read', resource: '/system' },
    ...readAndWrite(identity, '/parameter-contexts'),
  ];
}

/** What the nodes' identity needs to pass queue listings and drops on, and to act for users at all. */
export function nodeGrants(identity: string): readonly Grant[] {
  return [{ identity, action: 'write', resource: '/proxy' }, ...readAndWrite(identity, `/data/process-groups/${ROOT}`)];
}

/** How all was when it was last as it should be; it only saves calls. */
export interface PolicyMemory {
  seen?: { readonly input: string; readonly likeness: string; readonly atMs: number } | undefined;
}

/**
 * Makes every grant true, and after them the access that a person asked for; where NiFi does not manage its policies (no TLS) there
 * is nothing to do. One task for both, because both write to the same policies.
 */
export function ensurePolicies(grants: readonly Grant[], access?: Access, memory: PolicyMemory = {}): GatewayTask {
  const given = grants.map(({ identity, action, resource }) => [identity, action, resource]);
  const input = JSON.stringify(access === undefined ? given : [given, access]);
  return {
    name: 'policies',
    input,
    recheckAfterMs: access !== undefined && isAnybodyListed(access) ? LOOK_MS : RECHECK_MS,
    async run(context) {
      if (context.transport === 'InsecureHTTP') {
        return 'NotManaged';
      }
      const { seen } = memory;
      const atMs = context.nowMs();
      const isYoung = seen?.input === input && atMs - seen.atMs < RECHECK_MS;
      try {
        if (access !== undefined && isYoung && (await lookAtAccess(context, access)) === seen.likeness) {
          return undefined;
        }
        memory.seen = undefined;
        const root = await ensure(context, grants);
        const likeness = access && (await ensureAccess(context, access, root));
        memory.seen = likeness === undefined ? undefined : { input, likeness, atMs };
        return undefined;
      } catch (error) {
        if (error instanceof NiFiApiError && error.kind === 'NotManaged') {
          return 'NotManaged';
        }
        throw error;
      }
    },
  };
}

function isAnybodyListed(access: Access): boolean {
  return access.strict || roleNames.some((role) => access[role].users.length + access[role].groups.length > 0);
}

/** Returns the id of the root process group. */
async function ensure(context: TaskContext, grants: readonly Grant[]): Promise<string> {
  const users = new Map<string, string>();
  for (const identity of new Set(grants.map((grant) => grant.identity))) {
    users.set(identity, await ensureUser(context, identity));
  }
  const root = await context.call(getRootProcessGroupId);
  for (const [, wanted] of Map.groupBy(grants, (grant) => `${grant.action} ${grant.resource}`)) {
    const first = wanted[0];
    if (first !== undefined) {
      const userIds = wanted.flatMap((grant) => users.get(grant.identity) ?? []);
      await ensurePolicy(context, first.action, first.resource.replace(ROOT, root), userIds);
    }
  }
  return root;
}

async function ensureUser(context: TaskContext, identity: string): Promise<string> {
  const user = await context.call((node) => findUser(node, identity));
  if (user !== undefined) {
    return user.id;
  }
  requireSettled(await context.freshView());
  const created = await context.call((node) => createUser(node, identity));
  return created.id;
}

async function ensurePolicy(
  context: TaskContext,
  action: PolicyAction,
  resource: string,
  wanted: readonly string[],
): Promise<void> {
  const policy = await context.call((node) => findPolicy(node, action, resource));
  const missing = wanted.filter((id) => policy === undefined || policy.inherited || !policy.userIds.includes(id));
  if (missing.length === 0) {
    return;
  }
  const userIds = [...new Set([...(policy?.userIds ?? []), ...wanted])];
  requireSettled(await context.freshView());
  await context.call((node) =>
    policy === undefined || policy.inherited
      ? createPolicy(node, { action, resource, userIds, groupIds: policy?.groupIds ?? [] })
      : putPolicy(node, { ...policy, userIds }),
  );
}

function readAndWrite(identity: string, resource: string): readonly Grant[] {
  return [
    { identity, action: 'read', resource },
    { identity, action: 'write', resource },
  ];
}
