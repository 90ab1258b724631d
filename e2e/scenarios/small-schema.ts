// A user turns the small schema on as the installation page says, and off again. In between v1alpha1 is written, read, refused and scaled
// through the webhooks' Service, whichever operator answers it, and whatever becomes of these and of their certificate. Who writes v1 hears
// nothing of all that.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import { until } from '../lab/until.ts';
import { flowContents } from '../nifi/flow/flow-scene.ts';
import { BRIDGE } from '../node/places.ts';
import { PlayedRegistry } from '../registry/server.ts';
import { asking } from './lib/asking.ts';
import { type TestCluster, testCluster } from './lib/cluster.ts';
import { commandsUnder } from './lib/commands.ts';
import { leader } from './lib/leader.ts';
import { OPERATOR_NAMESPACE } from './lib/oracles.ts';
import { type Stage, scenario } from './lib/stage.ts';
import { standingCluster } from './lib/standing.ts';

const small = 'nificlusters.v1alpha1.datadynamics.io';
const sample = 'config/samples/v1alpha1/nificluster-single-user.yaml';

export const smallSchema = scenario(
  'the small schema is turned on, serves whatever becomes of the operators, and goes without a trace',
  'alone',
  async (stage) => {
    const standing = standingCluster(stage);
    const before = await standing.podUids();
    const page = await readFile(join(stage.source, 'docs/installation.md'), 'utf8');
    const [turnOn = '', turnOff = ''] = commandsUnder(page, 'The small schema');

    await stage.shell(turnOn, { timeoutMs: 300_000 });
    await stage.grantsNow();
    await until('v1alpha1 is served', () => isServed(stage), { timeoutMs: 60_000, everyMs: 250 });
    const cluster = await writtenSmall(stage);
    await badOnesAreRefused(stage);
    const { metadata } = await standing.handle.get();
    assert.match(await stage.shell(`kubectl get ${small} ${metadata.name} --namespace nifi`), /\bRunning\b/u);

    await operatorsComeAndGo(stage);
    await certificateChanges(stage);
    if (stage.world !== undefined) await flowFollows(stage, cluster);
    await operatorIsAway(stage, cluster);

    await stage.whileRightsGo(async () => stage.shell(await asHelmNeedsIt(stage, turnOff), { timeoutMs: 300_000 }));
    await goneWithoutATrace(stage, cluster);
    assert.deepEqual(await standing.podUids(), before);
  },
);

/** There is always one to convert: the standing cluster. */
async function isServed(stage: Stage): Promise<boolean> {
  return stage.kubectl('get', small, '--all-namespaces').then(
    () => true,
    () => false,
  );
}

/** The sample comes up, is the same object in both versions, and scales in the small one. */
async function writtenSmall(stage: Stage): Promise<TestCluster> {
  const object = parse(await readFile(join(stage.source, sample), 'utf8')) as SmallCluster;
  const { version, image } = stage.nifi;
  const given = { ...object, spec: { ...object.spec, version, ...(image === undefined ? {} : { image }), resources } };
  const said = await apply(stage, given);
  assert.match(said, /Warning: .*one node/iu);
  const { name } = object.metadata;
  const cluster = testCluster(stage, stage.namespace, name);
  stage.expectStarts(1);
  await cluster.settled();
  assert.match(await stage.kubectl('get', small, name), /\bRunning\b/u);
  const inV1 = await cluster.handle.get();
  assert.deepEqual([inV1.spec.auth?.singleUser !== undefined, inV1.spec.node.jvm?.heap], [true, '1g']);
  assert.equal(
    await stage.kubectl('get', small, name, '--output=jsonpath={.spec.auth.type} {.spec.config.jvmHeapSize}'),
    'single-user 1g',
  );

  stage.expectStarts(1);
  await stage.kubectl('scale', `${small}/${name}`, '--replicas=2');
  await cluster.settled();
  return cluster;
}

interface SmallCluster {
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/** Those of the sample are for machines with more cores. */
const resources = { requests: { cpu: '10m', memory: '128Mi' }, limits: { memory: '2Gi' } };

async function badOnesAreRefused(stage: Stage): Promise<void> {
  const bad = (spec: object): object => ({
    apiVersion: 'datadynamics.io/v1alpha1',
    kind: 'NiFiCluster',
    metadata: { name: 'bad' },
    spec: { replicas: 3, version: stage.nifi.version, ...spec },
  });
  // The one by the schema, the other by the webhook: only it knows what v1 asks of such an address.
  await assert.rejects(apply(stage, bad({ replicas: 21 })), /spec\.replicas/u);
  const ldap = { url: 'ldaps://ldap.example.com', searchBase: 'dc=example,dc=com', searchFilter: '(uid={0})' };
  await assert.rejects(apply(stage, bad({ auth: { type: 'ldap', ldap } })), /denied the request: auth\.ldap\.url/u);
}

/** In order nobody notices; of a leader that is killed only who asked it in that moment. */
async function operatorsComeAndGo(stage: Stage): Promise<void> {
  const patient = asking(stage, small);
  await stage.shell(`kubectl rollout restart --namespace ${OPERATOR_NAMESPACE} deployment/nifi-operator`);
  await stage.shell(`kubectl rollout status --namespace ${OPERATOR_NAMESPACE} deployment/nifi-operator --timeout=3m`);
  assert.deepEqual(await patient.stop(), []);

  const first = await leader(stage);
  await stage.shell(`kubectl delete pod --namespace ${OPERATOR_NAMESPACE} ${first} --grace-period=0 --force`);
  await until('v1alpha1 is answered again', () => isServed(stage), { timeoutMs: 30_000, everyMs: 250 });
  await until('another operator leads', async () => !['', first].includes(await leader(stage)), {
    timeoutMs: 60_000,
    everyMs: 500,
  });
  const afterwards = asking(stage, small);
  await stage.shell(`kubectl rollout status --namespace ${OPERATOR_NAMESPACE} deployment/nifi-operator --timeout=3m`);
  assert.deepEqual(await afterwards.stop(), []);
}

/** A new authority is trusted beside the former one, and nobody notices. */
async function certificateChanges(stage: Stage): Promise<void> {
  const patient = asking(stage, small);
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const secret = `secret/${webhookSecret}`;
  const annotation = `nifi.datadynamics.io/renew-requested-at=${now}`;
  await stage.shell(`kubectl annotate --namespace ${OPERATOR_NAMESPACE} ${secret} ${annotation}`);
  await until('the API server trusts both authorities', async () => (await trusted(stage)).every(isTwo), {
    timeoutMs: 60_000,
    everyMs: 500,
    describe: () => trusted(stage),
  });
  assert.deepEqual(await patient.stop(), []);
}

const webhookSecret = 'nifi-operator-webhook-tls';
const isTwo = (count: number): boolean => count === 2;

/** How many certificates the CRD and the webhook configuration trust. */
async function trusted(stage: Stage): Promise<readonly number[]> {
  const of = async (object: string, path: string): Promise<number> => {
    const bundle = await stage.shell(`kubectl get ${object} --output='jsonpath={${path}}'`);
    return Buffer.from(bundle, 'base64').toString().split('BEGIN CERTIFICATE').length - 1;
  };
  return Promise.all([
    of('crd nificlusters.datadynamics.io', '.spec.conversion.webhook.clientConfig.caBundle'),
    of('validatingwebhookconfiguration nifi-operator.nifi-operator', '.webhooks[0].clientConfig.caBundle'),
  ]);
}

/** A NiFiFlow becomes a registry client and a dataflow, follows its version, and takes both along. */
async function flowFollows(stage: Stage, cluster: TestCluster): Promise<void> {
  const registry = await PlayedRegistry.start({ host: BRIDGE.address });
  try {
    const { store } = registry;
    const bucketId = store.createBucket('team').identifier;
    const flowId = store.createFlow(bucketId, 'orders').identifier;
    for (const size of ['1B', '2B']) {
      store.createVersion(bucketId, flowId, { flowContents: withoutParameters(size), parameterContexts: {} });
    }
    const flow = (flowVersion: number): object => ({
      apiVersion: 'datadynamics.io/v1alpha1',
      kind: 'NiFiFlow',
      metadata: { name: 'orders' },
      spec: { clusterRef: { name: cluster.name }, registryUrl: registry.url, bucketId, flowId, flowVersion },
    });
    for (const version of [1, 2]) {
      await apply(stage, flow(version));
      const deployed = `--for=jsonpath={.status.deployedVersion}=${version}`;
      await stage.kubectl('wait', '--timeout=150s', deployed, 'nififlow/orders');
      await stage.kubectl('wait', '--timeout=90s', '--for=condition=Ready', 'nififlow/orders');
    }
    await stage.kubectl('delete', '--timeout=90s', 'nififlow/orders');
    const parts = async (): Promise<string> =>
      stage.kubectl('get', 'nifidataflows,nifiregistryclients', '--output=name');
    await until('what it was made of is gone', async () => (await parts()).trim() === '', {
      timeoutMs: 90_000,
      everyMs: 500,
      describe: parts,
    });
  } finally {
    await registry.stop();
  }
}

/** A NiFiFlow names no parameter context. */
function withoutParameters(size: string): ReturnType<typeof flowContents> {
  const text = JSON.stringify(flowContents(size)).replaceAll(/#\{[^}]*\}/gu, 'here');
  return JSON.parse(text) as ReturnType<typeof flowContents>;
}

/** Without an operator v1alpha1 is not read, and says why; v1 is, and is written. The one that is installed again serves at once. */
async function operatorIsAway(stage: Stage, cluster: TestCluster): Promise<void> {
  const uninstall = `helm uninstall nifi-operator --namespace ${OPERATOR_NAMESPACE} --wait`;
  await stage.whileRightsGo(() => stage.shell(uninstall));
  // Helm does not wait for the operators themselves, and one that ends still answers.
  await until('v1alpha1 is not read any more, and that says why', async () => isUnread(stage, cluster), {
    timeoutMs: 60_000,
    everyMs: 250,
  });
  await cluster.change({ metadata: { annotations: { 'example.com/seen': 'meanwhile' } } });
  assert.equal((await cluster.handle.get()).metadata.annotations?.['example.com/seen'], 'meanwhile');

  const values = '--values "${OPERATOR_VALUES:-charts/nifi-operator/values.yaml}" --set smallSchema.enabled=true';
  await stage.shell(
    `helm install nifi-operator charts/nifi-operator --namespace ${OPERATOR_NAMESPACE} ${values} --wait --timeout 3m`,
    { timeoutMs: 200_000 },
  );
  await until('v1alpha1 is answered again', () => isServed(stage), { timeoutMs: 30_000, everyMs: 250 });
  await cluster.settled();
}

async function isUnread(stage: Stage, { name }: TestCluster): Promise<boolean> {
  return stage.kubectl('get', small, name).then(
    () => false,
    (error: unknown) => /conversion webhook/u.test(String(error)),
  );
}

/** What the page says of Helm 4. */
async function asHelmNeedsIt(stage: Stage, commands: string): Promise<string> {
  const isFour = (await stage.shell('helm upgrade --help')).includes('--server-side');
  return isFour ? commands.replace('helm upgrade', 'helm upgrade --server-side=false') : commands;
}

/** Only v1 is left; what was written in v1alpha1 is there, and goes on being worked on. */
async function goneWithoutATrace(stage: Stage, cluster: TestCluster): Promise<void> {
  await until('v1alpha1 is gone', async () => !(await stage.shell('kubectl api-versions')).includes('v1alpha1'), {
    timeoutMs: 60_000,
    everyMs: 500,
  });
  const conversion = `kubectl get crd nificlusters.datadynamics.io --output='jsonpath={.spec.conversion}'`;
  assert.equal(await stage.shell(conversion), '{"strategy":"None"}');
  const left = `kubectl get validatingwebhookconfigurations,clusterroles,roles,services,secrets --all-namespaces --output=name`;
  assert.doesNotMatch(await stage.shell(left), /operator[-.:a-z]*webhook|validatingwebhook.*nifi-operator/u);

  const before = await cluster.podUids();
  stage.expectStarts(1);
  await apply(stage, { ...(await inV1(stage, cluster)), spec: { ...(await cluster.handle.get()).spec, replicas: 3 } });
  await cluster.settled();
  const after = await cluster.podUids();
  for (const [name, uid] of Object.entries(before)) assert.equal(after[name], uid);
}

async function inV1(stage: Stage, { handle, name }: TestCluster): Promise<object> {
  const { apiVersion, kind } = (await stage.client.get(nifiClusterType, handle.key(name))) ?? {};
  return { apiVersion, kind, metadata: { name } };
}

/** What kubectl says, warnings too. */
async function apply(stage: Stage, object: object): Promise<string> {
  const line = `kubectl apply --namespace ${stage.namespace} --filename - 2>&1`;
  return stage.shell(line, { input: JSON.stringify(object) });
}
