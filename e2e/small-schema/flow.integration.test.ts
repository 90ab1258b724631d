// A NiFiFlow from its first object to its last, by an operator that has exactly the rights that are shipped: those of single namespaces,
// and the optional ones of the small schema. The audit log then tells which of these nobody used, and that nothing was refused.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import { nifiFlowType } from '../../api/v1alpha1/nififlow.ts';
import type { DefaultedNiFiFlow, NiFiFlow } from '../../api/v1alpha1/zz_generated.nififlow.ts';
import { secrets } from '../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../pkg/kube/types.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import { readAudit, settleAudit } from '../controlplane/audit.ts';
import { clusterHandle } from '../lab/cluster.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';
import { flowContents } from '../nifi/flow/flow-scene.ts';
import { readRole, usedRights } from '../rbac/rights.ts';
import { applyFile, home, untilAllowed, user, without } from '../rbac/under.ts';
import { PlayedRegistry } from '../registry/server.ts';
import { install, webhookArguments } from './scene.ts';

const namespace = 'flows';
const key = { namespace, name: 'orders' };
const secret = { namespace: home, name: 'nifi-operator-webhook-tls' };
let lab: Lab;
let operator: Operator;
let registry: PlayedRegistry;

before(async () => {
  // Without streamed lists, so that the rights to list are used, too.
  lab = await startLab({
    kubelet: { serviceAccountTokens: true },
    apiServerFlags: ['--feature-gates=WatchList=false'],
  });
  registry = await PlayedRegistry.start();
  const bucket = registry.store.createBucket('team').identifier;
  const flow = registry.store.createFlow(bucket, 'orders').identifier;
  for (const size of ['1B', '2B'])
    registry.store.createVersion(bucket, flow, { flowContents: withoutParameters(size), parameterContexts: {} });
  for (const name of [home, namespace]) await lab.namespace(name);
  const given = [...webhookArguments, '--flows', 'true', '--watch-namespaces', namespace, '--drift-period', '1s'];
  operator = await runOperator(await underRoles(), [...given, '--allowed-registry-hosts', '127.0.0.1'], [], {
    absentMs: 500,
  });
  await install(lab.client, operator.ports.webhook ?? 0);
});
after(async () => {
  await operator?.stop();
  await registry?.stop();
  await lab?.stop();
});

/** A NiFiFlow names no parameter context. */
function withoutParameters(size: string): ReturnType<typeof flowContents> {
  const text = JSON.stringify(flowContents(size)).replaceAll(/#\{[^}]*\}/gu, 'here');
  return JSON.parse(text) as ReturnType<typeof flowContents>;
}

/** The kubeconfig of the operator's account, in the operator's namespace. */
async function underRoles(): Promise<string> {
  for (const file of [
    'service-account',
    'small-schema/webhook-cluster-role',
    'small-schema/webhook-cluster-role-binding',
  ])
    await applyFile(lab, `${file}.yaml`);
  for (const file of ['webhook-role', 'webhook-role-binding']) await applyFile(lab, `small-schema/${file}.yaml`, home);
  for (const folder of ['namespaced/', 'small-schema/namespaced/flows-'])
    for (const file of ['role', 'role-binding']) await applyFile(lab, `${folder}${file}.yaml`, namespace);
  const kubeconfig = parse(await readFile(await lab.controlPlane.userKubeconfig(user), 'utf8')) as Kubeconfig;
  for (const { context } of kubeconfig.contexts) context.namespace = home;
  const file = join(lab.controlPlane.dir, 'operator-at-home.kubeconfig');
  await writeFile(file, stringify(kubeconfig));
  await untilAllowed(file, namespace);
  return file;
}

interface Kubeconfig {
  readonly contexts: readonly { readonly context: { namespace?: string } }[];
}

const flow = () => lab.client.get(nifiFlowType, key);

async function create(spec: NiFiFlow['spec']): Promise<void> {
  const { apiVersion, kind } = { apiVersion: 'datadynamics.io/v1alpha1', kind: 'NiFiFlow' } as const;
  const object: NiFiFlow = { apiVersion, kind, metadata: key, spec };
  await lab.client.create(nifiFlowType, object as DefaultedNiFiFlow);
}

const nifi = () => lab.nifi.flow(`${namespace}/small`);
const group = () => [...nifi().state.groups.values()].find(({ name }) => name === 'orders');

async function says(what: string, is: (flow: DefaultedNiFiFlow) => boolean): Promise<DefaultedNiFiFlow> {
  const ask = async (): Promise<DefaultedNiFiFlow | false> => {
    const now = await flow();
    return now !== undefined && now.status?.observedGeneration === now.metadata.generation && is(now) && now;
  };
  const children = async (): Promise<unknown> => [
    (await flow())?.status,
    (await lab.client.get(nifiRegistryClientType, key))?.status,
    (await lab.client.get(nifiDataflowType, key))?.status,
  ];
  return until(`the flow ${what}`, ask, { timeoutMs: 120_000, everyMs: 100, describe: children });
}

const reason = ({ status }: DefaultedNiFiFlow): string | undefined =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.reason;

describe('A NiFiFlow', () => {
  test('waits for its cluster, also one of the small schema, and then runs', async () => {
    const spec = { clusterRef: { name: 'small' }, registryUrl: registry.url, bucketId: 'team', flowId: 'orders' };
    await create({ ...spec, flowVersion: 1 });
    const waiting = await says('waits', (each) => reason(each) === 'ClusterMissing');
    assert.deepEqual([waiting.status?.phase, waiting.status?.deployedProcessGroupId], ['Error', undefined]);
    await lab.client.raw('POST', `/apis/datadynamics.io/v1alpha1/namespaces/${namespace}/nificlusters`, {
      body: {
        apiVersion: 'datadynamics.io/v1alpha1',
        kind: 'NiFiCluster',
        metadata: { name: 'small' },
        spec: { replicas: 1, version: '2.6.0' },
      },
    });
    await clusterHandle(lab, namespace, 'small').ready({ timeoutMs: 180_000 });
    const { status } = await says('runs', (each) => each.status?.phase === 'Running');
    assert.deepEqual([status?.deployedProcessGroupId, status?.deployedVersion], [group()?.id, '1']);
    assert.equal(nifi().processor('make', 'orders').scheduled, 'RUNNING');
  });

  test('takes another version, stops and starts as its spec says', async () => {
    await lab.client.patch(nifiFlowType, key, { spec: { flowVersion: 2 } });
    await says('has version 2', ({ status }) => status?.phase === 'Running' && status.deployedVersion === '2');
    await lab.client.patch(nifiFlowType, key, { spec: { autoStart: false } });
    await says('is stopped', ({ status }) => status?.phase === 'Stopped');
    assert.equal(nifi().processor('make', 'orders').scheduled, 'STOPPED');
  });

  test('says what is wrong in the words of what it is made of', async () => {
    await lab.client.patch(nifiFlowType, key, { spec: { flowVersion: 9 } });
    const wrong = await says('fails', ({ status }) => status?.phase === 'Error');
    const told = wrong.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
    const dataflow = await lab.client.get(nifiDataflowType, key);
    const theirs = dataflow?.status?.conditions?.find(({ type }) => type === 'Ready');
    assert.deepEqual([reason(wrong), told], [theirs?.reason, `NiFiDataflow orders: ${theirs?.message}`]);
    await lab.client.patch(nifiFlowType, key, { spec: { flowVersion: 1 } });
    await says('is mended', ({ status }) => status?.phase === 'Stopped' && status.deployedVersion === '1');
  });

  test('makes again what somebody deletes of it', async () => {
    await lab.client.delete(nifiDataflowType, key);
    const before = group()?.id;
    await until('there is another group', () => group() !== undefined && group()?.id !== before, {
      timeoutMs: 180_000,
    });
    await says(
      'is stopped again',
      ({ status }) => status?.phase === 'Stopped' && status.deployedProcessGroupId === group()?.id,
    );
  });

  test('costs no write when nothing changes', async () => {
    const before = await readings();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    assert.deepEqual(await readings(), before);
  });

  test('leaves all of it, in Kubernetes and in NiFi, when it alone is deleted', async () => {
    const { spec } = (await flow()) ?? {};
    const before = group()?.id;
    await garbageCollectorKnowsUs();
    await lab.client.delete(nifiFlowType, key, { propagationPolicy: 'Orphan' });
    await until('the flow is gone', async () => (await flow()) === undefined, { timeoutMs: 180_000 });
    const left = await Promise.all([
      lab.client.get(nifiDataflowType, key),
      lab.client.get(nifiRegistryClientType, key),
    ]);
    assert.deepEqual(
      left.map((object) => object?.metadata.ownerReferences ?? []),
      [[], []],
    );
    assert.equal(group()?.id, before);
    // Somebody else's now: a flow of that name leaves them alone.
    assert.ok(spec);
    await create(spec);
    await says('finds its name taken', (each) => reason(each) === 'NameConflict');
    for (const type of [nifiDataflowType, nifiRegistryClientType]) await lab.client.delete(type, key);
    await says('is made anew', ({ status }) => status?.phase === 'Stopped');
  });

  test('takes all of it along when it is deleted', async () => {
    await lab.client.delete(nifiFlowType, key);
    const isGone = async (): Promise<boolean> => {
      const left = await Promise.all([
        lab.client.get(nifiDataflowType, key),
        lab.client.get(nifiRegistryClientType, key),
      ]);
      return left.every((object) => object === undefined);
    };
    await until('its objects are gone', isGone, { timeoutMs: 180_000 });
    assert.equal(group(), undefined);
  });
});

/**
 * Kubernetes looks for new kinds every half a minute. Until it has found ours, it neither takes away nor sets free what belongs to a flow:
 * objects of an owner that never was go when it has.
 */
async function garbageCollectorKnowsUs(): Promise<void> {
  const probe = { namespace: key.namespace, name: 'probe' };
  const uid = '00000000-0000-4000-8000-000000000000';
  const owner = { apiVersion: nifiFlowType.apiVersion, kind: nifiFlowType.kind, name: 'nobody', uid };
  const kinds: readonly ResourceType[] = [nifiDataflowType, nifiRegistryClientType];
  for (const type of kinds) {
    const { apiVersion, kind, spec } = (await lab.client.get(type, key)) as KubeObject & { readonly spec: object };
    const object = {
      metadata: { ...probe, ownerReferences: [owner] },
      spec: { ...spec, clusterRef: { name: 'nobody' } },
    };
    await lab.client.create(type, { apiVersion, kind, ...object });
  }
  const gone = async (): Promise<boolean> =>
    (await Promise.all(kinds.map((type) => lab.client.get(type, probe)))).every((object) => object === undefined);
  await until('the garbage collector knows our kinds', gone, { timeoutMs: 120_000 });
}

async function readings(): Promise<readonly (string | undefined)[]> {
  const objects = [
    await flow(),
    await lab.client.get(nifiDataflowType, key),
    await lab.client.get(nifiRegistryClientType, key),
  ];
  return objects.map((object) => object?.metadata.resourceVersion);
}

test('The optional roles are what the small schema needs, and no more', async () => {
  await lab.client.patch(secrets, secret, { data: { 'tls.crt': Buffer.from('worn out').toString('base64') } });
  await until('the certificate is made again', async () => {
    const { data } = (await lab.client.get(secrets, secret)) ?? {};
    return Buffer.from(data?.['tls.crt'] ?? '', 'base64')
      .toString('utf8')
      .startsWith('-----BEGIN');
  });
  await operator.stop();
  await settleAudit(lab.controlPlane.auditLog);
  const filter = { user: user.name, userAgent: 'nifi-operator', openWatches: true };
  const entries = await readAudit(lab.controlPlane.auditLog, filter);
  assert.deepEqual(usedRights(entries.filter(({ code }) => code === 401 || code === 403)), []);
  const at = (where: string | undefined) =>
    usedRights(entries.filter(({ objectRef }) => (objectRef.namespace || undefined) === where));
  assert.deepEqual(without(await readRole('small-schema/webhook-cluster-role.yaml'), at(undefined)), []);
  assert.deepEqual(without(await readRole('small-schema/webhook-role.yaml'), at(home)), []);
  assert.deepEqual(without(await readRole('small-schema/flows-role.yaml'), at(namespace)), []);
});
