// For tests: the stand-in NiFi as a secure cluster whose operator has its policies, and gateways to it that may die at any write.

import { eventually, Fixture, type StartedNode } from '../../../e2e/nifi/contract/fixture.ts';
import type { LoggedRequest } from '../../../e2e/nifi/request-log.ts';
import type { WorldOptions } from '../../../e2e/nifi/world.ts';
import { issueCertificate } from '../../pki/issue.ts';
import type { Gateway } from '../gateway.ts';
import { Gateways, type GatewaysOptions } from '../gateways.ts';
import { ensurePolicies, nodeGrants, operatorGrants } from '../tasks/policies.ts';
import type { CallRequest, GatewayTarget, GatewayTask, NodeCalls, TaskState } from '../types.ts';

export class StandIn {
  readonly fixture: Fixture;
  readonly target: GatewayTarget;

  private constructor(fixture: Fixture, target: GatewayTarget) {
    this.fixture = fixture;
    this.target = target;
  }

  /** A cluster of this many nodes, settled, with the policies that the operator gives. */
  static async start(count: number, options?: WorldOptions): Promise<StandIn> {
    const fixture = await Fixture.open(options);
    const standIn = new StandIn(fixture, await targetOf(fixture, await fixture.cluster(count)));
    const nodes = Array.from({ length: count }, (_, index) => `CN=nifi-${index}`);
    const grants = [...operatorGrants('CN=admin'), ...nodes.flatMap((each) => nodeGrants(each))];
    const state = await standIn.run(ensurePolicies(grants));
    if (state.state !== 'done') {
      throw new Error(`The policies were not given: ${JSON.stringify(state)}`);
    }
    return standIn;
  }

  async close(): Promise<void> {
    await this.fixture.close();
  }

  /** Uses a gateway of its own, as after a restart of the operator. */
  async withGateway<T>(use: (gateway: Gateway) => Promise<T>, options: Partial<GatewaysOptions> = {}): Promise<T> {
    const gateways = new Gateways({ onChange: () => undefined, ...options });
    try {
      const gateway = gateways.for({ namespace: 'test', name: 'contract' });
      gateway.update(this.target);
      return await use(gateway);
    } finally {
      await gateways.close();
    }
  }

  /** Runs a task with a new gateway until it is done or has failed. */
  async run(task: GatewayTask, options: Partial<GatewaysOptions> = {}): Promise<TaskState> {
    return await this.withGateway(async (gateway) => {
      await eventually(() => gateway.run(task).state !== 'running', `${task.name} has ended`);
      return gateway.run(task);
    }, options);
  }

  /** Runs a task with operators of which the first dies before its first write, the next one before its second, until one is done. */
  async runDying(task: GatewayTask): Promise<number> {
    for (let crashes = 0; crashes < 30; crashes += 1) {
      let allowed = crashes;
      const check = (): void => {
        allowed -= 1;
        if (allowed < 0) {
          throw new Error('the operator died');
        }
      };
      const state = await this.run(task, { fence: { check } });
      if (state.state === 'done') {
        return crashes;
      }
      if (state.state === 'failed' && state.error !== 'the operator died') {
        throw new Error(state.error);
      }
    }
    throw new Error('The task never got to its end');
  }

  /** Calls of a person to node 0. */
  readonly person: NodeCalls = {
    id: 0,
    host: '',
    port: 8443,
    request: async (call) => await this.ask(call),
  };

  /** Requests that change something, of everybody. */
  writes(): readonly LoggedRequest[] {
    return this.fixture.world.log.list((entry) => entry.method !== 'GET');
  }

  private async ask(call: CallRequest): Promise<unknown> {
    const path = call.path.replaceAll(/\{(\w+)\}/gu, (_all, name: string) => call.params?.[name] ?? '');
    const query = call.query === undefined ? '' : `?${new URLSearchParams(call.query).toString()}`;
    const answer = await this.fixture.ask(0, {
      method: call.method,
      path: `/nifi-api${path}${query}`,
      client: 'admin',
      ...(call.body === undefined ? {} : { json: call.body }),
    });
    if (answer.status >= 300) {
      throw new Error(`${answer.status} ${answer.text}`);
    }
    return answer.json;
  }
}

async function targetOf(fixture: Fixture, nodes: readonly StartedNode[]): Promise<GatewayTarget> {
  const { certPem, keyPem } = await issueCertificate({
    ca: fixture.authority,
    commonName: 'admin',
    dnsNames: [],
    usages: ['client'],
    now: new Date(),
    validForDays: 5,
  });
  const addresses = nodes.map(({ index, host, container }) => ({
    id: index,
    host,
    ip: container.ip,
    port: 8443,
    podUid: container.podUid,
    ready: true,
  }));
  return { caPem: fixture.authority.certPem, certPem, keyPem, nodes: addresses };
}
