// For tests: users, policies and settings of a NiFi in memory, with the answers of the transcripts, and a task context on top.

import { randomUUID } from 'node:crypto';
import { NiFiApiError } from '../errors.ts';
import type { CallRequest, ClusterView, NodeCalls, NodeConnection, TaskContext, ViewNode } from '../types.ts';

interface StoredPolicy {
  readonly id: string;
  version: number;
  readonly action: string;
  readonly resource: string;
  users: readonly string[];
  groups: readonly string[];
}

interface PolicyBody {
  readonly revision: { readonly version: number };
  readonly component: {
    readonly action?: string;
    readonly resource?: string;
    readonly users?: readonly { readonly id: string }[];
    readonly userGroups?: readonly { readonly id: string }[];
  };
}

export const rootId = 'root-id';

export class PolicyWorld {
  readonly users = new Map<string, string>();
  readonly policies: StoredPolicy[] = [];
  /** `child resource` → `resource that answers for it`. */
  readonly inherits = new Map<string, string>();
  threads = { version: 0, count: 10 };
  managed = true;
  readonly reads: string[] = [];
  readonly writes: string[] = [];
  /** Who was given calls that any connected node may take. */
  readonly asked: number[] = [];
  /** Runs before a request is carried out; may throw. */
  before: (request: CallRequest) => void = () => undefined;
  /** Runs after a write was carried out; may throw, as a crash does. */
  after: (request: CallRequest) => void = () => undefined;
  states: NodeConnection[] = ['CONNECTED', 'CONNECTED'];
  /** How often a task asked for the view after a change of its own. */
  looks = 0;
  events: string[] = [];
  views = 0;

  addUser(identity: string): string {
    const id = `user-${identity}`;
    this.users.set(identity, id);
    return id;
  }

  addPolicy(action: string, resource: string, users: readonly string[], groups: readonly string[] = []): void {
    this.policies.push({ id: randomUUID(), version: 0, action, resource, users, groups });
  }

  /** `action resource` → identities, as NiFi would enforce it. */
  granted(): Record<string, readonly string[]> {
    const names = new Map([...this.users].map(([identity, id]) => [id, identity]));
    return Object.fromEntries(
      this.policies.map((policy) => [
        `${policy.action} ${policy.resource}`,
        policy.users.map((id) => names.get(id) ?? id).toSorted((a, b) => a.localeCompare(b)),
      ]),
    );
  }

  context(signal: AbortSignal = new AbortController().signal): TaskContext {
    const node = (id: number): NodeCalls => ({
      id,
      host: `c-${id}`,
      port: 8443,
      request: async (call) => this.request(call),
    });
    return {
      transport: 'TLS',
      signal,
      freshView: async () => {
        this.views += 1;
        return this.view();
      },
      call: async (use, options) => {
        const id = options?.except === 0 ? 1 : 0;
        this.asked.push(id);
        return await use(node(id));
      },
      callOn: async (id, use) => await use(node(id)),
      finishOn: async (id, use) => await use(node(id)),
      recentView: async () => this.view(),
      lookAgain: () => {
        this.looks += 1;
      },
      nowMs: () => 0,
      pause: async () => undefined,
    };
  }

  view(): ClusterView {
    const nodes = this.states.map(
      (status, id): ViewNode => ({
        id,
        nodeId: `uuid-${id}`,
        address: `c-${id}`,
        apiPort: 8443,
        status,
        sinceMs: 0,
        roles: [],
        events: this.events.map((message) => ({ timestamp: '', category: 'INFO', message })),
      }),
    );
    return { takenAtMs: 0, takenFrom: 0, nodes };
  }

  private request(call: CallRequest): unknown {
    const path = call.path.replaceAll(/\{(\w+)\}/gu, (_all, name: string) => call.params?.[name] ?? '');
    const line = `${call.method} ${path}`;
    this.before(call);
    if (call.method === 'GET') {
      this.reads.push(line);
      return this.read(path, call);
    }
    this.writes.push(line);
    const answer = this.write(path, call);
    this.after(call);
    return answer;
  }

  private read(path: string, call: CallRequest): unknown {
    if (path === '/flow/process-groups/root') {
      return { processGroupFlow: { id: rootId } };
    }
    if (path === '/controller/config') {
      return this.config();
    }
    if (!this.managed) {
      this.refuse(call, 409, 'This NiFi is not configured to internally manage users, groups, or policies.');
    }
    if (path === '/tenants/search-results') {
      const wanted = call.query?.['q']?.toLowerCase() ?? '';
      const found = [...this.users].filter(([identity]) => identity.toLowerCase().includes(wanted));
      return { users: found.map(([identity, id]) => this.user(identity, id)), userGroups: [] };
    }
    const [, , action = '', ...rest] = path.split('/');
    const resource = `/${rest.join('/')}`;
    const policy = this.find(action, resource) ?? this.find(action, this.inherits.get(resource) ?? '');
    return policy
      ? this.entity(policy)
      : this.refuse(call, 404, `Unable to find access policy for ${action} on ${resource}`);
  }

  private write(path: string, call: CallRequest): unknown {
    if (path === '/tenants/users') {
      const { component } = call.body as { component: { identity: string } };
      if (this.users.has(component.identity)) {
        this.refuse(call, 409, `User/user group already exists with the identity '${component.identity}'.`);
      }
      return this.user(component.identity, this.addUser(component.identity));
    }
    if (path === '/controller/config') {
      const body = call.body as { revision: { version: number }; component: { maxTimerDrivenThreadCount: number } };
      this.checkRevision(call, body.revision.version, this.threads.version);
      this.threads = { version: this.threads.version + 1, count: body.component.maxTimerDrivenThreadCount };
      return this.config();
    }
    if (path.startsWith('/controller/cluster/nodes/')) {
      if (call.method === 'DELETE') return {};
      const id = Number(path.at(-1));
      const { node } = call.body as { node: { status: NodeConnection } };
      this.states[id] = node.status;
      return { node: { ...this.view().nodes[id] } };
    }
    return this.writePolicy(path, call);
  }

  private writePolicy(path: string, call: CallRequest): unknown {
    const { component, revision } = call.body as PolicyBody;
    const users = (component.users ?? []).map((user) => user.id);
    const groups = (component.userGroups ?? []).map((group) => group.id);
    if (call.method === 'POST') {
      const { action = '', resource = '' } = component;
      if (this.find(action, resource) !== undefined) {
        this.refuse(call, 409, `Found multiple policies for '${resource}' with '${action}'.`);
      }
      this.addPolicy(action, resource, users, groups);
      const created = this.policies.at(-1);
      return created && this.entity(created);
    }
    const policy = this.policies.find((each) => path === `/policies/${each.id}`);
    if (policy === undefined) {
      return this.refuse(call, 404, 'Unable to find access policy');
    }
    this.checkRevision(call, revision.version, policy.version);
    Object.assign(policy, { version: policy.version + 1, users, groups });
    return this.entity(policy);
  }

  private checkRevision(call: CallRequest, sent: number, current: number): void {
    if (sent !== current) {
      this.refuse(call, 409, `[${sent}] is not the most up-to-date revision.`);
    }
  }

  private find(action: string, resource: string): StoredPolicy | undefined {
    return this.policies.find((policy) => policy.action === action && policy.resource === resource);
  }

  private config(): unknown {
    const { version, count } = this.threads;
    return { revision: { version }, component: { maxTimerDrivenThreadCount: count } };
  }

  private user(identity: string, id: string): unknown {
    return { id, revision: { version: 0 }, component: { id, identity } };
  }

  private entity(policy: StoredPolicy): unknown {
    const { id, version, action, resource } = policy;
    const [users, userGroups] = [policy.users, policy.groups].map((ids) => ids.map((each) => ({ id: each })));
    return { id, revision: { version }, component: { id, action, resource, users, userGroups } };
  }

  private refuse(call: CallRequest, status: number, text: string): never {
    throw new NiFiApiError({ status, method: call.method, path: call.path, text });
  }
}
