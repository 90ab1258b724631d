import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PlayedRegistry } from '../../registry/server.ts';
import { nameUuid } from '../tenants/model.ts';
import { accessCases } from './access-cases.ts';
import { at, type ContractCase, type Step } from './case.ts';
import { type ClientAnswer, clusterKey, eventually, Fixture, hostOf } from './fixture.ts';
import { flowCases } from './flow-cases.ts';
import { nodeCases } from './node-cases.ts';
import { parameterCases } from './parameter-cases.ts';
import { versionCases } from './version-cases.ts';

for (const cases of [accessCases, nodeCases, flowCases, parameterCases, versionCases]) {
  describe(`The stand-in keeps the contract (${cases.length} cases)`, () => {
    let fixture: Fixture;
    let provided: Record<string, string>;
    let registry: PlayedRegistry;

    before(async () => {
      registry = await PlayedRegistry.start();
      fixture = await Fixture.open();
      const nodes = await fixture.cluster(3);
      const cluster = fixture.world.cluster(clusterKey);
      const [leader] = nodes.map(({ host }) => cluster.table.all().find((entry) => entry.address === host)?.member);
      if (leader) cluster.leaders.appoint('cluster-coordinator', leader);
      provided = {
        node2: fixture.world.node(fixture.ip(2)).nodeId,
        root: cluster.state?.rootGroupId ?? '',
        admin: nameUuid('CN=admin'),
        ...provideFlow(registry),
      };
      await giveRootPolicies(fixture, cases !== accessCases, provided);
    });
    after(async () => {
      await registry.stop();
      await fixture.close();
    });

    for (const contract of cases) test(contract.name, () => run(fixture, contract, { ...provided }));
  });
}

async function run(fixture: Fixture, contract: ContractCase, kept: Record<string, string>): Promise<void> {
  for (const [index, step] of contract.steps.entries()) {
    const place = `step ${index + 1}: ${step.method ?? 'GET'} ${step.path}`;
    const attempt = async () => check(await ask(fixture, step, kept), step, kept, place);
    if (step.eventually) await untilPassed(attempt);
    else await attempt();
  }
}

async function ask(fixture: Fixture, step: Step, kept: Record<string, string>): Promise<ClientAnswer> {
  const json = step.json === undefined ? undefined : (JSON.parse(filled(JSON.stringify(step.json), kept)) as unknown);
  return fixture.ask(step.node ?? 0, {
    method: step.method ?? 'GET',
    path: filled(step.path, kept),
    client: step.client ?? 'admin',
    ...(json === undefined ? {} : { json }),
    ...(step.headers ? { headers: step.headers } : {}),
  });
}

function check(answer: ClientAnswer, step: Step, kept: Record<string, string>, place: string): void {
  assert.equal(answer.status, step.status, `${place}: ${answer.text.slice(0, 300)}`);
  if (step.text) assert.match(answer.text, step.text, place);
  for (const field of step.fields ?? []) assert.notEqual(at(answer.json, field), undefined, `${place}: ${field}`);
  for (const [field, value] of Object.entries(step.values ?? {})) {
    const wanted = typeof value === 'string' ? filled(value, kept) : value;
    assert.deepEqual(at(answer.json, field), wanted, `${place}: ${field}`);
  }
  for (const [name, field] of Object.entries(step.keep ?? {})) kept[name] = String(at(answer.json, field));
}

async function untilPassed(attempt: () => Promise<void>): Promise<void> {
  let last: unknown;
  const passed = async () => {
    try {
      await attempt();
      return true;
    } catch (error) {
      last = error;
      return false;
    }
  };
  await eventually(passed, 'the step passes').catch(() => {
    throw last;
  });
}

function filled(text: string, kept: Record<string, string>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => kept[name] ?? '');
}

async function giveRootPolicies(fixture: Fixture, wanted: boolean, provided: Record<string, string>): Promise<void> {
  if (!wanted) return;
  for (const action of ['read', 'write']) {
    const component = { action, resource: `/process-groups/${provided['root']}`, users: [{ id: provided['admin'] }] };
    const json = { revision: { version: 0 }, component };
    const answer = await fixture.ask(0, { method: 'POST', path: '/nifi-api/policies', client: 'admin', json });
    assert.equal(answer.status, 201, `${hostOf(0)}: ${answer.text}`);
  }
}

/** A flow of two versions. */
function provideFlow({ store, url }: PlayedRegistry): Record<string, string> {
  const bucket = store.createBucket('flows').identifier;
  const flow = store.createFlow(bucket, 'f').identifier;
  for (const size of ['1B', '2B']) store.createVersion(bucket, flow, { flowContents: versionedFlow(size) });
  return { registry: url, bucket, flow };
}

function versionedFlow(size: string) {
  const processor = {
    identifier: 'f3a1c1a4-1111-3222-8333-444455556666',
    name: 'g',
    type: 'org.apache.nifi.processors.standard.GenerateFlowFile',
    properties: { 'File Size': size },
    autoTerminatedRelationships: ['success'],
  };
  return {
    identifier: 'f3a1c1a4-0000-3222-8333-444455556666',
    name: 'versioned',
    comments: '',
    processors: [processor],
  };
}
