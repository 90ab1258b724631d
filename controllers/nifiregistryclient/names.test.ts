// Registry clients whose URL is a name, with name servers that a test plays: where a name leads is found out before NiFi is told of it,
// told when it leads inside, and noticed when it begins to.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import type { DefaultedNiFiRegistryClient } from '../../api/v1/zz_generated.nifiregistryclient.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { DigestKeeper } from '../nifi/digests.ts';
import { DataflowWorld, namespace } from '../nifi/testing/world.ts';
import { HostLookups } from './lookups.ts';
import { RegistryClientWork } from './work.ts';

describe('A registry client whose URL is a name', () => {
  let standIn: StandIn;

  before(async () => {
    standIn = await StandIn.start(1);
  });
  after(() => standIn.close());

  const inNiFi = (name: string) => {
    const { state } = standIn.fixture.world.cluster('test/contract');
    return [...(state?.registryClients.values() ?? [])].filter((each) => each.name === name);
  };

  async function aClient(name: string, addresses: Record<string, readonly string[]>) {
    // As old as it is asked for: each reconcile looks names up once more.
    const lookups = new HostLookups({
      periodMs: 0,
      onChange: () => undefined,
      lookup: async (host) => addresses[host] ?? [],
    });
    const world = new DataflowWorld(standIn, (client) => {
      const hosts = { allowed: ['allowed.example.com'], apiServer: ['api.example.com'] };
      const digests = new DigestKeeper(client);
      return new RegistryClientWork({ digests, hosts, lookups, driftPeriodMs: 1_000, usersOf: () => [] });
    });
    const key = { namespace, name };
    await world.api.create(nifiRegistryClientType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiRegistryClient',
      metadata: { ...key, generation: 1 },
      spec: { clusterRef: { name: 'prod' }, type: 'NiFiRegistry', properties: { url: `https://${name}.example.com/` } },
    });
    const ready = (object: DefaultedNiFiRegistryClient | undefined) =>
      object?.status?.conditions?.find(({ type }) => type === 'Ready');
    const becomes = async (reason: string): Promise<string> => {
      assert.equal(await world.live(key, (object) => ready(object)?.reason === reason), 'reached');
      return ready(world.object(key))?.message ?? '';
    };
    return { becomes };
  }

  test('that leads to the cloud’s metadata is refused before NiFi hears of it, and made when it leads elsewhere', async () => {
    const addresses: Record<string, readonly string[]> = { 'meta.example.com': ['203.0.113.7', '169.254.169.254'] };
    const { becomes } = await aClient('meta', addresses);
    assert.match(
      await becomes('HostNotAllowed'),
      /^spec\.properties\[url\] points to the host meta\.example\.com, which leads to 169\.254\.169\.254, .*--allowed-registry-hosts/u,
    );
    assert.deepEqual(inNiFi('meta'), []);
    addresses['meta.example.com'] = ['203.0.113.7'];
    await becomes('Ready');
    assert.equal(inNiFi('meta').length, 1);
  });

  test('that leads inside later on is told, and what NiFi has stays as it is', async () => {
    const addresses: Record<string, readonly string[]> = { 'rebound.example.com': ['203.0.113.7'] };
    const { becomes } = await aClient('rebound', addresses);
    await becomes('Ready');
    addresses['rebound.example.com'] = ['::ffff:127.0.0.1'];
    await becomes('HostNotAllowed');
    assert.equal(inNiFi('rebound').length, 1);
    addresses['rebound.example.com'] = ['203.0.113.7'];
    await becomes('Ready');
  });

  test('that has the address of the API server is refused, by whatever name', async () => {
    const addresses = { 'alias.example.com': ['192.0.2.10'], 'api.example.com': ['192.0.2.10', '192.0.2.11'] };
    const { becomes } = await aClient('alias', addresses);
    assert.match(await becomes('HostNotAllowed'), /alias\.example\.com, which leads to 192\.0\.2\.10/u);
  });

  test('that the operator allows may lead anywhere, and one that nobody knows is NiFi’s to find', async () => {
    const { becomes } = await aClient('allowed', { 'allowed.example.com': ['127.0.0.1'] });
    await becomes('Ready');
    const unknown = await aClient('unknown', {});
    await unknown.becomes('Ready');
  });
});
