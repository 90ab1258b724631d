// The FlowKube sample on a real API server, applied by kubectl as its page says. What a NiFi would do is done with the very flow that
// is deployed: it is played to its request, with the files that Kubernetes mounts into NiFi's Pod, a token of its ServiceAccount among
// them, and the request is sent under the API server's own name.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { podName, serviceAccountName } from '../../api/v1/labels.ts';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import { nifiParameterContextType } from '../../api/v1/nifiparametercontext.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { DefaultedNiFiParameterContext } from '../../api/v1/zz_generated.nifiparametercontext.ts';
import { configMaps, type Pod, persistentVolumeClaims, pods, resource } from '../../pkg/kube/resources.ts';
import type { ObjectKey } from '../../pkg/kube/types.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import { clusterHandle } from '../lab/cluster.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';
import { type Flow, type Processor, readFlow } from './flow.ts';
import { requestOf, startsOf } from './play.ts';
import { parametersOf, readFlowKube } from './sample.ts';
import { type Answer, send } from './send.ts';

const run = promisify(execFile);
const files = fileURLToPath(new URL('../../config/samples/flowkube/', import.meta.url));
const sample = await readFlowKube();
const { name, namespace = '' } = sample.cluster.metadata;
const jobs = 'flowkube-jobs';
const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';
const namespaces = resource('v1', 'Namespace', 'namespaces', false);

describe('FlowKube', { concurrency: false }, () => {
  let lab: Lab;
  let operator: Operator;
  let folder: string;
  let flow: Flow;

  before(async () => {
    lab = await startLab({ kubelet: { serviceAccountTokens: true } });
    operator = await runOperator(lab.controlPlane.kubeconfig);
    folder = await mkdtemp(join(tmpdir(), 'flowkube-'));
    await kubectl('apply', '--validate=strict');
    const deployed = await lab.client.get(configMaps, { namespace, name: sample.configMap.metadata.name });
    flow = readFlow(deployed?.data?.['flow-definition.json'] ?? '');
  });
  after(async () => {
    await operator.stop();
    await lab.stop();
    await rm(folder, { recursive: true });
  });

  /** With the folder of the sample, as its page says. */
  async function kubectl(...command: readonly string[]): Promise<void> {
    const { path, args } = lab.controlPlane.kubectl;
    await run(path, [...args, ...command, '-f', files], { env: { HOME: folder } });
  }

  /** What is mounted into NiFi's Pod, in a folder of ours. */
  async function mount(): Promise<void> {
    const pod = await lab.client.get(pods, { namespace, name: podName(name, 0) });
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${pod?.spec?.serviceAccountName}/token`;
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: podName(name, 0), uid: pod?.metadata.uid };
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { boundObjectRef } };
    const { status } = (await lab.client.raw('POST', path, { body })) as {
      readonly status: { readonly token: string };
    };
    await writeFile(join(folder, 'token'), status.token);
    const authority = await lab.client.get(configMaps, { namespace, name: 'kube-root-ca.crt' });
    await writeFile(join(folder, 'ca.crt'), authority?.data?.['ca.crt'] ?? '');
  }

  const inFolder = (path: string): string => (path.startsWith(`${mounted}/`) ? join(folder, basename(path)) : path);
  const command = async (program: string, args: readonly string[]): Promise<string> =>
    (await run(program, args.map(inFolder))).stdout;

  /** Sends what comes of a flow file of `start`, with other values for some parameters. */
  async function play(start: Processor, uuid: string, other: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const parameters = new Map([...parametersOf(sample), ...Object.entries(other)]);
    const { authorities, ...request } = await requestOf({ flow, parameters, uuid, run: command }, start);
    return send(request, lab.controlPlane.url, await readFile(inFolder(authorities), 'utf8'));
  }

  /** The same connection and token, for another question. */
  async function ask(method: string, path: string): Promise<Answer> {
    const { authorities, headers } = await requestOf(
      { flow, parameters: parametersOf(sample), uuid: randomUUID(), run: command },
      first(),
    );
    const url = `https://kubernetes.default.svc${path}`;
    const ca = await readFile(inFolder(authorities), 'utf8');
    return send({ method, url, headers, body: '' }, lab.controlPlane.url, ca);
  }

  function first(): Processor {
    const [start] = startsOf(flow);
    if (start === undefined) throw new Error('the flow starts nowhere');
    return start;
  }

  test('its cluster becomes Ready in a namespace that admits only what is restricted', async () => {
    await clusterHandle(lab, namespace, name).ready({ timeoutMs: 180_000 });
    const pod = await lab.client.get(pods, { namespace, name: podName(name, 0) });
    assert.equal(pod?.spec?.serviceAccountName, serviceAccountName(name));
    assert.equal(pod?.spec?.automountServiceAccountToken, true);
    await mount();
  });

  test('its parameters and its flow become Ready', async () => {
    for (const [type, { metadata }] of [
      [nifiParameterContextType, sample.context],
      [nifiDataflowType, sample.dataflow],
    ] as const) {
      const get = () =>
        lab.client.get<DefaultedNiFiParameterContext | DefaultedNiFiDataflow>(type, metadata as ObjectKey);
      const isReady = async () => (await get())?.status?.conditions?.some(({ reason }) => reason === 'Ready');
      await until(`${type.kind} ${metadata.name} is Ready`, isReady, { describe: get });
    }
  });

  test('in NiFi every processor of it runs, with its context and its trust', () => {
    const nifi = lab.nifi.flow(`${namespace}/${name}`);
    const group = nifi.group(sample.dataflow.spec.displayName ?? '');
    const processors = [...nifi.state.components.values()].filter(({ groupId }) => groupId === group.id);
    assert.deepEqual(
      processors.map((each) => [each.name, each.scheduled]),
      flow.group.processors.map((each) => [each.name, 'RUNNING']),
    );
    assert.deepEqual(
      [...nifi.state.services.values()].map((each) => [each.name, each.state]),
      flow.group.controllerServices.map((each) => [each.name, 'ENABLED']),
    );
    assert.equal(group.parameterContextId, nifi.context(sample.context.metadata.name).id);
  });

  test('another template restarts the one processor that renders it, and no other', async () => {
    const nifi = lab.nifi.flow(`${namespace}/${name}`);
    const { components, revisions } = nifi.state;
    const seen = () => [...components.values()].map((each) => [each.name, revisions.get(each.id)?.version]);
    const before = seen();
    const parameter = sample.context.spec.parameters?.['job.template.cpu'];
    const value = (parameter?.value ?? '').replace('"cpu": "500m"', '"cpu": "400m"');
    assert.notEqual(value, parameter?.value);
    const key = { namespace, name: sample.context.metadata.name };
    const parameters = { 'job.template.cpu': { ...parameter, value } };
    await lab.client.patch(nifiParameterContextType, key, { spec: { parameters } });
    await until(
      'NiFi has the new template and all runs again',
      () =>
        nifi.context(key.name).parameters.some((each) => each.value === value) &&
        [...components.values()].every(({ scheduled }) => scheduled === 'RUNNING'),
      { describe: seen },
    );
    const restarted = seen().filter((each, index) => !isDeepStrictEqual(each, before[index]));
    assert.deepEqual(
      restarted.map(([each]) => each),
      ['Render the cpu Pod'],
    );
  });

  test('every job makes a Pod with its type in the jobs namespace, which NiFi can look at and delete', async () => {
    for (const start of startsOf(flow)) {
      const { status, json } = await play(start, randomUUID());
      assert.equal(status, 201, JSON.stringify(json));
      const made = json as unknown as Pod;
      assert.equal(made.metadata.namespace, jobs);
      assert.equal(made.metadata.labels?.['job_type'], start.properties['job_type']);
      const path = `/api/v1/namespaces/${jobs}/pods/${made.metadata.name}`;
      assert.equal((await ask('GET', path)).status, 200);
      assert.equal((await ask('DELETE', `${path}?gracePeriodSeconds=0`)).status, 200);
    }
  });

  test('a request that is sent again makes no second Pod', async () => {
    const uuid = randomUUID();
    const { json } = await play(first(), uuid);
    assert.equal((await play(first(), uuid)).status, 409);
    const made = json as unknown as Pod;
    await ask('DELETE', `/api/v1/namespaces/${jobs}/pods/${made.metadata.name}?gracePeriodSeconds=0`);
  });

  test('in every other namespace the same request is refused', async () => {
    const { items } = await lab.client.list(namespaces);
    const others = items.map(({ metadata }) => metadata.name).filter((other) => other !== jobs);
    assert.ok(others.includes(namespace) && others.includes('default') && others.includes('kube-system'));
    for (const other of others) {
      for (const start of startsOf(flow)) {
        const { status, json } = await play(start, randomUUID(), { 'jobs.namespace': other });
        assert.equal(status, 403, other);
        assert.match(String(json['message']), new RegExp(`cannot create resource "pods".*namespace "${other}"`, 'u'));
      }
    }
  });

  test('nothing else of the jobs namespace is open to NiFi', async () => {
    for (const [method, path] of [
      ['GET', 'pods'],
      ['GET', 'secrets'],
      ['GET', 'serviceaccounts/job'],
      ['DELETE', 'pods'],
      ['POST', 'serviceaccounts/job/token'],
      ['POST', 'pods/some/exec?command=sh'],
    ] as const) {
      assert.equal((await ask(method, `/api/v1/namespaces/${jobs}/${path}`)).status, 403, `${method} ${path}`);
    }
  });

  test('a template that asks for more than `restricted` allows is refused', async () => {
    const parameters = parametersOf(sample);
    const template = parameters.get('job.template.basic') ?? '';
    const rooted = template.replace('"runAsNonRoot": true', '"runAsNonRoot": false');
    assert.notEqual(rooted, template);
    const { status, json } = await play(first(), randomUUID(), { 'job.template.basic': rooted });
    assert.equal(status, 403);
    assert.match(String(json['message']), /violates PodSecurity "restricted/u);
  });

  test('all of it is taken away with its files, namespaces and volumes too', async () => {
    await kubectl('delete', '--timeout=90s');
    const { items } = await lab.client.list(namespaces);
    assert.deepEqual(
      items.filter((each) => each.metadata.name.startsWith('flowkube')),
      [],
    );
    assert.deepEqual((await lab.client.list(persistentVolumeClaims)).items, []);
  });
});
