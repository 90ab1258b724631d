import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  nodeCommonName,
  operatorCommonName,
  operatorIdentity,
} from '../../controllers/nificluster/build/config/identities.ts';
import {
  configDirectory,
  directoryEnvironment,
  keyDirectory,
  startDirectory,
} from '../../controllers/nificluster/build/config/paths.ts';
import { renderNodeConfig } from '../../controllers/nificluster/build/config/render.ts';
import { aNode } from '../../controllers/nificluster/build/config/testing.ts';
import { handOver } from '../kubelet/handover.ts';
import type { ContainerStart, RunningNiFi } from '../kubelet/types.ts';
import { eventually, Fixture, home } from './contract/fixture.ts';

test("the operator's own files start a cluster whose nodes share one identity", async () => {
  const fixture = await Fixture.open();
  try {
    const nodes = await Promise.all([0, 1].map((id) => startRendered(fixture, id)));
    await eventually(async () => (await Promise.all(nodes.map(connected))).every(Boolean), 'both nodes are CONNECTED');
    const asked = { client: operatorCommonName('prod', 'data'), host: 'prod-1.prod-nodes.data.svc' };
    const user = await fixture.ask(1, { path: '/nifi-api/flow/current-user', ...asked });
    assert.equal(user.json?.['identity'], operatorIdentity('prod', 'data'));
    const view = await fixture.ask(1, { path: '/nifi-api/controller/cluster', ...asked });
    assert.equal(view.status, 200, view.text);
    // Passed on from node to node: it works only because the nodes' certificates map to an identity that may be a proxy.
    const users = await fixture.ask(1, { path: '/nifi-api/tenants/users', ...asked });
    assert.equal((users.json?.['users'] as unknown[] | undefined)?.length, 2, users.text);
  } finally {
    await fixture.close();
  }
});

async function connected(node: RunningNiFi): Promise<boolean> {
  try {
    return (await node.health('/health/cluster')).body === 'Cluster Status: CONNECTED\n';
  } catch {
    return false;
  }
}

async function startRendered(fixture: Fixture, nodeId: number): Promise<RunningNiFi> {
  const commonName = nodeCommonName('prod', 'data', nodeId);
  const input = aNode({ nodeId });
  const container: ContainerStart = await fixture.container(nodeId, { commonName, dnsNames: [input.host] });
  const { files } = renderNodeConfig(input);
  const put = async (directory: string, name: string, text: string) => {
    await mkdir(join(container.root, directory), { recursive: true });
    await writeFile(join(container.root, directory, name), text);
  };
  for (const [name, text] of Object.entries(files)) await put(configDirectory, name, text);
  await put(startDirectory, 'candidates', '2\n');
  await put(keyDirectory, 'key', 'a long enough sensitive key');
  await mkdir(join(container.root, home, 'conf'), { recursive: true });
  assert.ok(handOver(container.root, directoryEnvironment));
  return fixture.world.start({ ...container, namespace: 'data', pod: `prod-${nodeId}` });
}
