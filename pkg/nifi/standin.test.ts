// The gateway against the stand-in NiFi of e2e/nifi: a secure cluster of three nodes that behaves as the recorded one did.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, Fixture, type StartedNode } from '../../e2e/nifi/contract/fixture.ts';
import type { LoggedRequest } from '../../e2e/nifi/request-log.ts';
import { issueCertificate } from '../pki/issue.ts';
import type { Gateway } from './gateway.ts';
import { Gateways, type GatewaysOptions } from './gateways.ts';
import type { HealWish } from './healer.ts';
import { ensurePolicies, nodeGrants, operatorGrants } from './tasks/policies.ts';
import { setMaxTimerDrivenThreadCount } from './tasks/threads.ts';
import { moveNode } from './tasks/transition.ts';
import type { GatewayTarget, GatewayTask, NodeConnection } from './types.ts';
import { nodeIn } from './view.ts';

const operator = 'CN=admin';
const nodeIdentities = ['CN=nifi-0', 'CN=nifi-1', 'CN=nifi-2'];
const policies = ensurePolicies([...operatorGrants(operator), ...nodeIdentities.flatMap((each) => nodeGrants(each))]);
const wish: HealWish = {
  reconnectAfterMs: 0,
  members: new Set([0, 1, 2]),
  markedDisconnected: new Set(),
  wantedDown: new Set(),
  operatorIdentity: operator,
};

describe('a gateway and a played cluster', () => {
  let fixture: Fixture;
  let target: GatewayTarget;

  before(async () => {
    fixture = await Fixture.open();
    target = targetOf(await fixture.cluster(3), await operatorCertificate());
  });

  after(() => fixture.close());

  async function operatorCertificate(): Promise<{ certPem: string; keyPem: string }> {
    const request = {
      commonName: 'admin',
      dnsNames: [],
      usages: ['client' as const],
      now: new Date(),
      validForDays: 5,
    };
    return await issueCertificate({ ca: fixture.authority, ...request });
  }

  function targetOf(
    nodes: readonly StartedNode[],
    { certPem, keyPem }: { certPem: string; keyPem: string },
  ): GatewayTarget {
    return {
      caPem: fixture.authority.certPem,
      certPem,
      keyPem,
      nodes: nodes.map(({ index, host, container }) => ({
        id: index,
        host,
        ip: container.ip,
        port: 8443,
        podUid: container.podUid,
        ready: true,
      })),
    };
  }

  /** Runs with a gateway of its own, as after a restart of the operator. */
  async function withGateway(
    use: (gateway: Gateway) => Promise<void>,
    options: Partial<GatewaysOptions> = {},
  ): Promise<void> {
    const gateways = new Gateways({ onChange: () => undefined, ...options });
    try {
      const gateway = gateways.for({ namespace: 'test', name: 'contract' });
      gateway.update(target);
      await use(gateway);
    } finally {
      await gateways.close();
    }
  }

  async function finished(gateway: Gateway, task: GatewayTask): Promise<string> {
    await eventually(() => gateway.run(task).state !== 'running', `${task.name} has ended`);
    const state = gateway.run(task);
    return state.state === 'failed' ? state.error : state.state;
  }

  function writes(): readonly LoggedRequest[] {
    return fixture.world.log.list((entry) => entry.method !== 'GET');
  }

  async function statusOf(gateway: Gateway, id: number, status: NodeConnection): Promise<void> {
    await eventually(() => {
      const view = gateway.view(50) ?? gateway.lastView();
      return view !== undefined && nodeIn(view, id)?.status === status;
    }, `node ${id} is ${status}`);
  }

  test('sees all nodes, the coordinator and the primary', async () => {
    await withGateway(async (gateway) => {
      await statusOf(gateway, 2, 'CONNECTED');
      const view = gateway.lastView();
      assert.deepEqual(
        view?.nodes.map((node) => [node.id, node.status]).toSorted(),
        [0, 1, 2].map((id) => [id, 'CONNECTED']),
      );
      const roles = view?.nodes.flatMap((node) => node.roles) ?? [];
      assert.deepEqual(new Set(roles), new Set(['Cluster Coordinator', 'Primary Node']));
      assert.equal(gateway.problem(), undefined);
    });
  });

  test('gives itself and the nodes their policies, also when it dies after any write, and writes nothing once they are there', async () => {
    const root = { path: '/nifi-api/process-groups/root', client: 'admin' };
    assert.equal((await fixture.ask(0, root)).status, 403);
    const before = writes().length;
    for (let crashes = 0; crashes < 30; crashes += 1) {
      let allowed = 1;
      const fence = {
        check(): void {
          allowed -= 1;
          if (allowed < 0) {
            throw new Error('the operator died');
          }
        },
      };
      let outcome = '';
      await withGateway(
        async (gateway) => {
          outcome = await finished(gateway, policies);
        },
        { fence },
      );
      if (outcome === 'done') {
        break;
      }
      assert.equal(outcome, 'the operator died');
    }
    const made = writes().slice(before);
    assert.equal(made.length, 7);
    assert.ok(made.every((entry) => entry.status === 201));
    assert.equal((await fixture.ask(0, root)).status, 200);
    await withGateway(async (gateway) => {
      assert.equal(await finished(gateway, policies), 'done');
    });
    assert.equal(writes().length, before + 7);
  });

  test('sets the thread count once', async () => {
    const before = writes().length;
    for (let round = 0; round < 2; round += 1) {
      await withGateway(async (gateway) => {
        assert.equal(await finished(gateway, setMaxTimerDrivenThreadCount(23)), 'done');
      });
    }
    assert.equal(writes().length, before + 1);
    const config = await fixture.ask(1, { path: '/nifi-api/controller/config', client: 'admin' });
    assert.deepEqual(config.json?.['component'], { maxTimerDrivenThreadCount: 23 });
  });

  test('reads the queue of a disconnected node from the node itself, and brings back what the operator disconnected', async () => {
    await withGateway(async (gateway) => {
      const played = fixture.world.node(fixture.ip(1));
      played.produce(7);
      await statusOf(gateway, 1, 'CONNECTED');
      played.disconnectBy(operator);
      await statusOf(gateway, 1, 'DISCONNECTED');
      await eventually(() => gateway.queuedOn(1, 50) === 7, 'node 1 says that it holds 7 flow files');
      assert.equal(gateway.report(1, 60_000)?.version, '2.11.0');

      assert.deepEqual(
        gateway.autoHeal({ ...wish, members: new Set([0, 2]) }).map((decision) => decision.reason),
        ['NotMember'],
      );
      const before = writes().length;
      await eventually(() => {
        gateway.autoHeal(wish);
        return writes().length > before;
      }, 'the node is asked back');
      await statusOf(gateway, 1, 'CONNECTED');
      assert.equal(writes().length, before + 1);
      assert.notEqual(writes().at(-1)?.ip, fixture.ip(1), 'another node is asked to do it');
    });
  });

  test('leaves alone what a person disconnected', async () => {
    await withGateway(async (gateway) => {
      const played = fixture.world.node(fixture.ip(2));
      await statusOf(gateway, 2, 'CONNECTED');
      played.disconnectBy('CN=alice, OU=people');
      await statusOf(gateway, 2, 'DISCONNECTED');
      const before = writes().length;
      for (let round = 0; round < 20; round += 1) {
        const [decision] = gateway.autoHeal(wish);
        assert.deepEqual([decision?.id, decision?.reason], [2, 'DisconnectedByPerson']);
        gateway.view(10);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.equal(writes().length, before);
      played.connectBy('CN=alice, OU=people');
      await statusOf(gateway, 2, 'CONNECTED');
    });
  });

  test('takes a node down as far as its removal from the cluster, each step asked once', async () => {
    await withGateway(async (gateway) => {
      const entry = async (status: NodeConnection) => {
        await statusOf(gateway, 2, status);
        const view = gateway.lastView();
        const { nodeId = '', sinceMs = 0 } = (view && nodeIn(view, 2)) ?? {};
        return { id: 2, nodeId, sinceMs, attempt: 0 };
      };
      const before = writes().length;
      for (const [status, kind] of [
        ['CONNECTED', 'Disconnect'],
        ['DISCONNECTED', 'Offload'],
        ['OFFLOADED', 'Remove'],
      ] as const) {
        const task = moveNode({ kind, ...(await entry(status)) });
        assert.equal(await finished(gateway, task), 'done');
      }
      await eventually(() => {
        const view = gateway.view(50) ?? gateway.lastView();
        return view !== undefined && nodeIn(view, 2) === undefined;
      }, 'node 2 is in the cluster no more');
      const asked = writes().slice(before);
      assert.deepEqual(
        asked.map(({ method, status }) => [method, status]),
        [
          ['PUT', 200],
          ['PUT', 200],
          ['DELETE', 200],
        ],
      );
      assert.ok(asked.every(({ ip }) => ip !== fixture.ip(2)));
    });
  });

  test('gets its view from another node while one hangs', async () => {
    await withGateway(
      async (gateway) => {
        await eventually(() => gateway.view(60_000) !== undefined, 'there is a view');
        const coordinator = gateway.lastView()?.nodes.find((node) => node.roles.includes('Cluster Coordinator'))?.id;
        // A coordinator that hangs silences the whole cluster, so the node that will hang is another one.
        const asked = coordinator === 0 ? 1 : 0;
        gateway.update({ ...target, nodes: target.nodes.map((node) => ({ ...node, ready: node.id === asked })) });
        await eventually(() => (gateway.view(50) ?? gateway.lastView())?.takenFrom === asked, `node ${asked} is asked`);
        const release = fixture.world.node(fixture.ip(asked)).hang();
        try {
          await eventually(() => {
            const view = gateway.view(500) ?? gateway.lastView();
            return view !== undefined && view.takenFrom !== asked;
          }, 'another node answers');
        } finally {
          release();
        }
      },
      { limits: { responseMs: 300, requestMs: 600 } },
    );
  });
});
