// The Kubernetes Leases of a cluster's offices, written through the real API with the node's own service account.
// NiFi does not start without them: a node whose API refuses dies. No Lease is ever deleted, and who holds it is written only
// when somebody else takes it: the name of the last leader stays.

import { readFile } from 'node:fs/promises';
import { Agent, type Dispatcher, request } from 'undici';
import type { Cancel, Clock } from '../../../pkg/kube/clock.ts';
import type { Timing } from '../timing.ts';
import type { Member } from './coordination.ts';
import { type LeaderObserver, type Role, roles } from './leaders.ts';

export interface LeaseAccess {
  readonly url: string;
  readonly caFile: string;
  readonly token: string;
  readonly namespace: string;
  readonly prefix: string;
}

interface Lease {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly spec?: { readonly holderIdentity?: string; readonly leaseTransitions?: number };
}

const leaseSeconds = 15;
/** An API server on a busy machine answers late, and one that does not answer ends the whole test. */
const patience = { headersTimeout: 30_000, bodyTimeout: 30_000 };

/** One for all nodes of a process that reach the API server at the same address. */
export class LeaseClients {
  private readonly agents = new Map<string, Promise<Agent>>();

  async agent(access: LeaseAccess): Promise<Agent> {
    const name = `${access.url} ${access.caFile}`;
    const known = this.agents.get(name) ?? openAgent(access);
    this.agents.set(name, known);
    return known;
  }

  async close(): Promise<void> {
    for (const agent of this.agents.values()) await (await agent).destroy();
    this.agents.clear();
  }
}

async function openAgent(access: LeaseAccess): Promise<Agent> {
  return new Agent({ connections: 16, connect: { ca: await readFile(access.caFile, 'utf8') } });
}

/**
 * Answers after which NiFi's client only tries again at its next renewal: the Lease was taken or deleted, or, as the
 * cluster is being taken down, the account's rights went before its Pods.
 */
const triedAgain: readonly number[] = [401, 403, 404, 409];

/** Keeps the Leases of one cluster in step with who leads it in the stand-in. */
export class Leases implements LeaderObserver {
  private readonly clients: LeaseClients;
  private readonly clock: Clock;
  private readonly timing: Timing;
  private readonly accesses = new Map<Member, LeaseAccess>();
  private readonly holders = new Map<Role, Member>();
  private readonly renewals = new Map<Role, Cancel>();
  private work: Promise<void> = Promise.resolve();
  private readonly onError: (error: unknown) => void;

  constructor(options: {
    readonly clients: LeaseClients;
    readonly clock: Clock;
    readonly timing: Timing;
    readonly onError: (error: unknown) => void;
  }) {
    this.clients = options.clients;
    this.clock = options.clock;
    this.timing = options.timing;
    this.onError = options.onError;
  }

  /** Makes sure that the member may use the Leases, and remembers how. Throws with the API's words when it may not. */
  async admit(member: Member, access: LeaseAccess): Promise<void> {
    for (const role of roles) {
      const found = await this.call(access, 'GET', `/${access.prefix}-${role}`);
      if (found.status === 404) {
        const created = await this.call(access, 'POST', '', leaseBody(access, role, '', 0));
        if (created.status !== 201 && created.status !== 409) throw refused(created);
      } else if (found.status !== 200) {
        throw refused(found);
      }
    }
    this.accesses.set(member, access);
  }

  forget(member: Member): void {
    this.accesses.delete(member);
  }

  elected(role: Role, leader: Member | undefined): void {
    this.renewals.get(role)?.();
    if (leader) this.holders.set(role, leader);
    else this.holders.delete(role);
    const access = leader && this.accesses.get(leader);
    if (!access) return;
    this.enqueue(() => this.take(role, leader, access));
    this.renewLater(role, leader);
  }

  /** Ends renewals and waits for what is under way. */
  async stop(): Promise<void> {
    for (const cancel of this.renewals.values()) cancel();
    this.renewals.clear();
    await this.work;
  }

  private renewLater(role: Role, leader: Member): void {
    const cancel = this.clock.setTimeout(() => {
      const access = this.accesses.get(leader);
      if (!access || this.holders.get(role) !== leader || leader.reach === 'refused') return;
      this.enqueue(() => this.renew(role, access));
      this.renewLater(role, leader);
    }, this.timing.leaseRenewMs);
    this.renewals.set(role, cancel);
  }

  private async take(role: Role, leader: Member, access: LeaseAccess): Promise<void> {
    const path = `/${access.prefix}-${role}`;
    const found = await this.call(access, 'GET', path);
    const transitions = (found.lease?.spec?.leaseTransitions ?? 0) + 1;
    const body = leaseBody(access, role, leader.participant, transitions, found.lease?.metadata.resourceVersion);
    const answer =
      found.status === 404 ? await this.call(access, 'POST', '', body) : await this.call(access, 'PUT', path, body);
    if (answer.status >= 400 && !triedAgain.includes(answer.status)) throw refused(answer);
  }

  private async renew(role: Role, access: LeaseAccess): Promise<void> {
    const answer = await this.call(access, 'PATCH', `/${access.prefix}-${role}`, {
      spec: { renewTime: microTime(this.clock.now()) },
    });
    if (answer.status >= 400 && !triedAgain.includes(answer.status)) throw refused(answer);
  }

  private enqueue(step: () => Promise<void>): void {
    this.work = this.work.then(step).catch((error: unknown) => this.onError(error));
  }

  private async call(
    access: LeaseAccess,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    path: string,
    body?: unknown,
  ): Promise<Answered> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const dispatcher: Dispatcher = await this.clients.agent(access);
    const url = `${access.url}/apis/coordination.k8s.io/v1/namespaces/${access.namespace}/leases${path}`;
    const answer = await request(url, {
      method,
      dispatcher,
      ...patience,
      headers: {
        authorization: `Bearer ${access.token}`,
        'user-agent': 'nifi',
        ...(body ? { 'content-type': type } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      text,
      lease: answer.statusCode < 300 ? (JSON.parse(text) as Lease) : undefined,
    };
  }
}

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly lease: Lease | undefined;
}

function refused(answer: Answered): Error {
  return new Error(
    `io.fabric8.kubernetes.client.KubernetesClientException: Received status ${answer.status}: ${answer.text.slice(0, 500)}`,
  );
}

function leaseBody(access: LeaseAccess, role: Role, holder: string, transitions: number, resourceVersion?: string) {
  const now = microTime(new Date());
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: `${access.prefix}-${role}`,
      namespace: access.namespace,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: leaseSeconds,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: transitions,
    },
  };
}

function microTime(at: Date): string {
  return at.toISOString().replace('Z', '000Z');
}
