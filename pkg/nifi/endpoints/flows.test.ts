// The endpoint functions of flows, parameter contexts and registry clients against answers of a real NiFi: recorded ones where they are
// at hand, and what is sent always.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DecodeError } from '../decode.ts';
import { answering, recorded, withoutRecordings } from '../testing/recorded.ts';
import type { NodeCalls } from '../types.ts';
import { listControllerServices, scheduleControllerServices } from './controller-services.ts';
import { downloadDefinition, getReplace, importDefinition, startReplace } from './definitions.ts';
import { getDropAll, startDropAll } from './drop-requests.ts';
import { getGroupFlow } from './group-flow.ts';
import { getQueued } from './group-status.ts';
import { moveProcessGroup } from './move.ts';
import {
  createParameterContext,
  deleteParameterContext,
  getParameterContext,
  getParameterUpdate,
  listParameterContexts,
  startParameterUpdate,
} from './parameter-contexts.ts';
import {
  createProcessGroup,
  deleteProcessGroup,
  getProcessGroup,
  listProcessGroups,
  updateProcessGroup,
} from './process-groups.ts';
import {
  createRegistryClient,
  deleteRegistryClient,
  getRegistryClient,
  listRegistryClients,
  listRegistryTypes,
  updateRegistryClient,
} from './registry-clients.ts';
import { listBranches, listBuckets, listFlows, listVersions } from './registry-contents.ts';
import { getProcessor, scheduleGroup, scheduleProcessor } from './scheduling.ts';
import {
  getRevert,
  getVersionInfo,
  getVersionUpdate,
  importVersion,
  startRevert,
  startVersionUpdate,
  stopVersionControl,
} from './versions.ts';

const rev = { version: 4 };
const flow = { registryId: 'r', bucketId: 'b', flowId: 'f', version: '1' };
const change = { parameters: [] };

/** A response that was recorded as the text of it. */
function parsed(response: unknown): unknown {
  return typeof response === 'string' ? JSON.parse(response) : response;
}

describe('recorded answers about flows', { skip: withoutRecordings }, () => {
  const cases: readonly (readonly [string, RegExp, (node: NodeCalls) => Promise<unknown>, number])[] = [
    ['GET', /^\/nifi-api\/process-groups\/[^/]+$/u, (node) => getProcessGroup(node, 'x'), 5],
    [
      'POST',
      /\/process-groups\/[^/]+\/process-groups$/u,
      (node) => createProcessGroup(node, 'x', { name: 'n', position: { x: 0, y: 0 } }),
      3,
    ],
    [
      'POST',
      /\/process-groups\?parameterContextHandlingStrategy/u,
      (node) => importVersion(node, 'x', { flow, position: { x: 0, y: 0 } }),
      1,
    ],
    [
      'PUT',
      /^\/nifi-api\/process-groups\/[^/]+$/u,
      (node) => updateProcessGroup(node, { id: 'x', revision: rev }, {}),
      4,
    ],
    [
      'POST',
      /\/process-groups\/import$/u,
      (node) => importDefinition(node, 'x', { name: 'n', position: { x: 0, y: 0 }, definition: {} }),
      1,
    ],
    ['GET', /\/download(?:\?|$)/u, (node) => downloadDefinition(node, 'x'), 2],
    ['POST', /\/replace-requests$/u, (node) => startReplace(node, 'x', rev, {}), 1],
    ['GET', /\/replace-requests\/[^/]+$/u, (node) => getReplace(node, 'x'), 1],
    ['GET', /\/flow\/process-groups\/[^/]+\/status\?recursive=true$/u, (node) => getQueued(node, 'x'), 1],
    ['GET', /\/flow\/process-groups\/root$/u, (node) => getGroupFlow(node, 'root'), 3],
    ['GET', /\/flow\/process-groups\/[^/]+\/status$/u, (node) => getQueued(node, 'x'), 1],
    ['GET', /\/processors\/[^/]+$/u, (node) => getProcessor(node, 'x'), 2],
    [
      'PUT',
      /\/processors\/[^/]+\/run-status$/u,
      (node) => scheduleProcessor(node, { id: 'x', revision: rev }, 'RUNNING'),
      4,
    ],
    ['GET', /\/flow\/process-groups\/[^/]+\/controller-services$/u, (node) => listControllerServices(node, 'x'), 1],
    ['GET', /\/versions\/process-groups\/[^/]+$/u, (node) => getVersionInfo(node, 'x'), 8],
    ['POST', /\/versions\/update-requests\//u, (node) => startVersionUpdate(node, 'x', rev, flow), 2],
    ['POST', /\/versions\/revert-requests\//u, (node) => startRevert(node, 'x', rev, flow), 1],
    ['GET', /\/versions\/update-requests\//u, (node) => getVersionUpdate(node, 'x'), 2],
    ['GET', /\/versions\/revert-requests\//u, (node) => getRevert(node, 'x'), 1],
    ['POST', /\/empty-all-connections-requests$/u, (node) => startDropAll(node, 'x'), 1],
    ['GET', /\/empty-all-connections-requests\//u, (node) => getDropAll(node, 'x', 'y'), 1],
    ['GET', /\/flow\/parameter-contexts$/u, listParameterContexts, 1],
    ['GET', /^\/nifi-api\/parameter-contexts\/[^/]+$/u, (node) => getParameterContext(node, 'x'), 3],
    ['POST', /\/parameter-contexts$/u, (node) => createParameterContext(node, { name: 'n', ...change }), 2],
    [
      'POST',
      /\/parameter-contexts\/[^/]+\/update-requests$/u,
      (node) => startParameterUpdate(node, { id: 'x', revision: rev }, change),
      5,
    ],
    ['GET', /\/parameter-contexts\/[^/]+\/update-requests\/[^/]+$/u, (node) => getParameterUpdate(node, 'x', 'y'), 5],
    ['GET', /\/controller\/registry-types$/u, listRegistryTypes, 1],
    ['GET', /\/controller\/registry-clients$/u, listRegistryClients, 1],
    ['GET', /\/controller\/registry-clients\/[^/]+$/u, (node) => getRegistryClient(node, 'x'), 2],
    ['POST', /\/controller\/registry-clients$/u, (node) => createRegistryClient(node, { name: 'n', type: 't' }), 2],
    [
      'PUT',
      /\/controller\/registry-clients\/[^/]+$/u,
      (node) => updateRegistryClient(node, { id: 'x', name: 'n', revision: rev }, {}),
      1,
    ],
    ['GET', /\/registries\/[^/]+\/branches$/u, (node) => listBranches(node, 'x'), 1],
    ['GET', /\/registries\/[^/]+\/buckets$/u, (node) => listBuckets(node, 'x'), 1],
    ['GET', /\/buckets\/[^/]+\/flows$/u, (node) => listFlows(node, 'x', 'b'), 1],
    ['GET', /\/flows\/[^/]+\/versions$/u, (node) => listVersions(node, flow), 1],
  ];
  for (const [method, path, read, atLeast] of cases) {
    test(`to ${method} ${path.source} are understood`, async () => {
      const calls = recorded(method, path).filter((call) => call.path?.startsWith('/nifi-api/'));
      assert.ok(calls.length >= atLeast, `${calls.length} recorded calls`);
      for (const call of calls) {
        await read(answering(parsed(call.response)).node);
      }
    });
  }

  test('tell what is queued', async () => {
    const [call] = recorded('GET', /\/flow\/process-groups\/[^/]+\/status$/u);
    const { flowFilesQueued } = await getQueued(answering(call?.response).node, 'x');
    assert.equal(flowFilesQueued, 1500);
  });

  test('tell the states of a versioned group in the order in which they were', async () => {
    const states: (string | undefined)[] = [];
    for (const call of recorded('GET', /\/versions\/process-groups\/[^/]+$/u)) {
      const info = await getVersionInfo(answering(call.response).node, 'x');
      states.push(info.versionControl?.state);
    }
    const seen = new Set(states);
    assert.deepEqual(
      [...seen].map(String).toSorted((a, b) => a.localeCompare(b)),
      ['LOCALLY_MODIFIED', 'STALE', 'undefined', 'UP_TO_DATE'],
    );
  });

  test('tell parameters without the values that are sensitive, and the contexts that they inherit', async () => {
    const [call] = recorded('GET', /\/flow\/parameter-contexts$/u);
    const contexts = await listParameterContexts(answering(call?.response).node);
    const base = contexts.find((context) => context.name === 'base');
    const child = contexts.find((context) => context.name === 'child');
    const parameters = base?.parameters.toSorted((a, b) => a.name.localeCompare(b.name));
    assert.deepEqual(parameters, [
      { name: 'host', description: '', sensitive: false, value: 'h1', provided: false },
      { name: 'secret', description: '', sensitive: true, provided: false },
    ]);
    assert.deepEqual(child?.inherited, [base?.id]);
  });

  test('tell the versions of a flow, the newest first', async () => {
    const [call] = recorded('GET', /\/flows\/[^/]+\/versions$/u).filter((each) => each.path?.startsWith('/nifi-api'));
    const versions = await listVersions(answering(call?.response).node, flow);
    assert.deepEqual(
      versions.map(({ version, comments }) => [version, comments]),
      [
        ['2', 'v2'],
        ['1', 'v1'],
      ],
    );
  });
});

describe('the endpoints of flows', () => {
  const group = {
    id: 'g',
    revision: { version: 4 },
    permissions: { canRead: true },
    component: { name: 'n', position: { x: 1.25, y: -2 }, parentGroupId: 'p' },
  };

  test('name a revision under a new client id with every change', async () => {
    const { node, calls } = answering(group);
    const read = await getProcessGroup(node, 'g');
    await updateProcessGroup(node, read, { name: 'm', parameterContextId: null });
    await deleteProcessGroup(node, read);
    const [, put, remove] = calls;
    const body = put?.body as { revision: { version: number; clientId: string }; component: unknown };
    assert.deepEqual([body.revision.version, remove?.query?.['version']], [4, '4']);
    assert.notEqual(body.revision.clientId, remove?.query?.['clientId']);
    assert.deepEqual(body.component, { id: 'g', name: 'm', parameterContext: { id: null } });
  });

  test('do not take a group that may not be read for one that is not there', async () => {
    const hidden = { id: 'h', revision: { version: 0 }, permissions: { canRead: false } };
    const { node } = answering({ processGroups: [group, hidden] });
    const { groups, unreadable } = await listProcessGroups(node, 'p');
    assert.deepEqual(
      [groups.map((each) => [each.id, each.position]), unreadable],
      [[['g', { x: 1.25, y: -2 }]], ['h']],
    );
  });

  test('send null, empty, removed and kept parameters as NiFi tells them apart', async () => {
    const { node, calls } = answering({ request: { requestId: 'q', complete: false } });
    await startParameterUpdate(
      node,
      { id: 'c', revision: rev },
      {
        parameters: [
          { name: 'empty', sensitive: false, value: '' },
          { name: 'unset', sensitive: true, value: null },
          { name: 'gone', remove: true },
        ],
        inherited: ['d'],
      },
    );
    const body = calls[0]?.body as { component: object } | undefined;
    assert.deepEqual(body?.component, {
      id: 'c',
      parameters: [
        { parameter: { name: 'empty', sensitive: false, value: '' } },
        { parameter: { name: 'unset', sensitive: true, value: null, valueRemoved: true } },
        { parameter: { name: 'gone' } },
      ],
      inheritedParameterContexts: [{ id: 'd', component: { id: 'd' } }],
    });
  });

  test('keep NiFi’s words for a failure whole up to a bound, on one line', async () => {
    const failureReason = `Failed to perform update flow request due to\n${'x'.repeat(5_000)}`;
    const { node } = answering({ request: { requestId: 'q', complete: true, percentCompleted: 20, failureReason } });
    const progress = await getVersionUpdate(node, 'q');
    assert.equal(progress.failureReason?.length, 2_000);
    assert.match(progress.failureReason, /^Failed to perform update flow request due to x/u);
  });

  test('know which properties of a registry client are sensitive', async () => {
    const component = {
      name: 'n',
      type: 't',
      properties: { url: 'u', token: '********', path: null },
      descriptors: { url: { sensitive: false }, token: { sensitive: true } },
      validationStatus: 'VALID',
    };
    const { node } = answering({ registries: [{ id: 'c', revision: { version: 0 }, component }] });
    const [client] = await listRegistryClients(node);
    assert.deepEqual(client?.sensitive, ['token']);
    assert.deepEqual(client?.properties, { url: 'u', token: '********', path: null });
  });

  test('ask for states and deletions as NiFi documents', async () => {
    const { node, calls } = answering({});
    const kept = { id: 'x', revision: rev };
    await scheduleGroup(node, 'g', 'STOPPED');
    await scheduleControllerServices(node, 'g', 'ENABLED');
    await deleteParameterContext(node, kept);
    await deleteRegistryClient(node, kept);
    await stopVersionControl(node, 'g', rev);
    assert.deepEqual(
      calls.map(({ method, path, body, query }) => [method, path, body ?? query?.['version']]),
      [
        ['PUT', '/flow/process-groups/{id}', { id: 'g', state: 'STOPPED' }],
        ['PUT', '/flow/process-groups/{id}/controller-services', { id: 'g', state: 'ENABLED' }],
        ['DELETE', '/parameter-contexts/{id}', '4'],
        ['DELETE', '/controller/registry-clients/{id}', '4'],
        ['DELETE', '/versions/process-groups/{id}', '4'],
      ],
    );
  });

  test('move a group by a snippet of it', async () => {
    const { node, calls } = answering({ snippet: { id: 's' } });
    await moveProcessGroup(node, { id: 'g', parentId: 'p', revision: rev }, 'q');
    const [post, put] = calls.map(({ body }) => (body as { snippet: Record<string, unknown> }).snippet);
    assert.deepEqual([post?.['parentGroupId'], Object.keys(post?.['processGroups'] ?? {})], ['p', ['g']]);
    assert.deepEqual(put, { id: 's', parentGroupId: 'q' });
  });

  test('bring a version in where it is wished, with the context of ours', async () => {
    const { node, calls } = answering(group);
    await importVersion(node, 'p', { flow, position: { x: 0.25, y: 1 }, parameterContextId: 'c' });
    const body = calls[0]?.body as { component: object } | undefined;
    assert.deepEqual(body?.component, {
      position: { x: 0.25, y: 1 },
      versionControlInformation: flow,
      parameterContext: { id: 'c' },
    });
  });

  test('refuse a state that no version of NiFi knows', async () => {
    const versionControlInformation = { ...flow, state: 'GREAT' };
    const { node } = answering({ processGroupRevision: { version: 1 }, versionControlInformation });
    await assert.rejects(getVersionInfo(node, 'g'), new DecodeError('state is none that a versioned flow can have'));
  });
});
