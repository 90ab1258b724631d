// For tests: the stand-in NiFi with the policies that operator and nodes have, put back before each test, and what there is to be
// seen of its users, groups and policies. A test file makes one for itself.

import assert from 'node:assert/strict';
import type { ClusterState } from '../../../e2e/nifi/flow/state.ts';
import { mayAccess } from '../../../e2e/nifi/tenants/authorize.ts';
import { ensurePolicies, nodeGrants, operatorGrants, type PolicyMemory } from '../tasks/policies.ts';
import { StandIn } from '../testing/stand-in.ts';
import type { GatewayTask } from '../types.ts';
import type { Access, Principals } from './roles.ts';

const nobody: Principals = { users: [], groups: [] };
export const none: Access = {
  scope: '0a1b2c3d',
  admins: nobody,
  operators: nobody,
  readers: nobody,
  metrics: nobody,
  strict: false,
  directory: false,
  untouched: ['CN=admin', 'CN=nifi-0'],
};
export const grants = [...operatorGrants('CN=admin'), ...nodeGrants('CN=nifi-0')];

export function users(...names: readonly string[]): Principals {
  return { users: names, groups: [] };
}

export function groups(...names: readonly string[]): Principals {
  return { users: [], groups: names };
}

export function task(access: Partial<Access>, memory?: PolicyMemory): GatewayTask {
  return ensurePolicies(grants, { ...none, ...access }, memory);
}

export type Snapshot = Pick<ClusterState, 'users' | 'userGroups' | 'policies'>;

/** Everything by name; nothing else tells two outcomes apart. */
export interface Outcome {
  readonly users: readonly string[];
  /** Group → members. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** `read /flow` → users and groups. */
  readonly policies: Readonly<Record<string, readonly string[]>>;
}

export class AccessScene {
  readonly standIn: StandIn;
  readonly pristine: Snapshot;

  private constructor(standIn: StandIn) {
    this.standIn = standIn;
    this.pristine = this.snapshot();
  }

  static async open(): Promise<AccessScene> {
    return new AccessScene(await StandIn.start(1));
  }

  get state(): ClusterState {
    return this.standIn.fixture.world.cluster('test/contract').state ?? assert.fail('the cluster has no state');
  }

  snapshot(): Snapshot {
    const { users: people, userGroups, policies } = this.state;
    return structuredClone({ users: new Map(people), userGroups: new Map(userGroups), policies: new Map(policies) });
  }

  /** NiFi's users and policies are those of then. */
  put(then: Snapshot): void {
    for (const part of ['users', 'userGroups', 'policies'] as const) {
      const all = this.state[part] as Map<string, unknown>;
      all.clear();
      for (const [id, one] of structuredClone(then[part])) all.set(id, one);
    }
  }

  outcome(): Outcome {
    const { users: people, userGroups, policies } = this.state;
    const name = (id: string): string => people.get(id)?.identity ?? userGroups.get(id)?.identity ?? `? ${id}`;
    const names = (ids: Iterable<string>): readonly string[] => [...ids].map(name).toSorted();
    const members = [...userGroups.values()].map((group) => [group.identity, names(group.users)] as const);
    const rights = [...policies.values()].map(
      (each) => [`${each.action} ${each.resource}`, names([...each.users, ...each.userGroups])] as const,
    );
    return {
      users: [...people.values()].map(({ identity }) => identity).toSorted(),
      groups: Object.fromEntries(members.toSorted(([a], [b]) => a.localeCompare(b))),
      policies: Object.fromEntries(rights.toSorted(([a], [b]) => a.localeCompare(b))),
    };
  }

  may(identity: string, action: 'read' | 'write', resource: string): boolean {
    const path = resource.replace('{root}', this.state.rootGroupId);
    return mayAccess({ managed: true }, this.state, { identity, anonymous: false }, path, action);
  }

  /** Runs the task by an operator that remembers this and nothing else; its requests, one line each. */
  async brought(access: Partial<Access> | undefined, memory?: PolicyMemory): Promise<readonly string[]> {
    const { log } = this.standIn.fixture.world;
    const before = log.list(() => true).length;
    const end = await this.standIn.run(access === undefined ? ensurePolicies(grants) : task(access, memory));
    assert.equal(end.state, 'done', JSON.stringify(end));
    const made = log.list(() => true).slice(before);
    return made.map(({ method, path }) => `${method} ${path}`);
  }
}

export function writesIn(log: readonly string[]): readonly string[] {
  return log.filter((line) => !line.startsWith('GET'));
}
