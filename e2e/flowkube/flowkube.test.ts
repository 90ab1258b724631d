// The FlowKube sample as a whole, without a cluster: its files fit the API and one another, its flow is one that NiFi runs, and every
// job that it asks for renders a Pod with its type, its limits and nothing that `restricted` would refuse.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serviceAccountName } from '../../api/v1/labels.ts';
import { decodeNiFiCluster, withDefaults } from '../../api/v1/nificluster.ts';
import { decodeNiFiDataflow } from '../../api/v1/nifidataflow.ts';
import { decodeNiFiParameterContext } from '../../api/v1/nifiparametercontext.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { definitionWith, parseDefinition } from '../../pkg/nifi/definition.ts';
import { classes, nifiVersion } from './classes.ts';
import { readFlow } from './flow.ts';
import { requestOf, startsOf } from './play.ts';
import { problemsOf } from './rules.ts';
import { parametersOf, readFlowKube } from './sample.ts';

const sample = await readFlowKube();
const flow = readFlow(sample.definition);
const parameters = parametersOf(sample);
const surroundings = {
  flow,
  definition: parseDefinition(sample.definition),
  parameters: [...parameters.keys()],
  version: nifiVersion,
};
const uuid = '0b9f7a52-7d1c-4d5e-9a53-1c9e3a1b7c11';

/** A copy of the definition's text, read again after a change. */
function broken(change: (text: string) => string): readonly string[] {
  const text = change(sample.definition);
  assert.notEqual(text, sample.definition);
  return problemsOf({ ...surroundings, flow: readFlow(text), definition: parseDefinition(text) });
}

function ofKind(kind: string): readonly KubeObject[] {
  return sample.objects.filter((object) => object.kind === kind);
}

describe('The files of the sample', () => {
  test('decode as their kinds', () => {
    const decoded = [
      decodeNiFiCluster(withDefaults(sample.cluster)),
      decodeNiFiParameterContext(sample.context),
      decodeNiFiDataflow(sample.dataflow),
    ];
    assert.deepEqual(
      decoded.map((each) => (each.ok ? [] : each.problems)),
      [[], [], []],
    );
  });

  test('come in an order in which each finds what it needs', () => {
    const kinds = sample.objects.map(({ kind }) => kind);
    assert.deepEqual(kinds, [
      'Namespace',
      'Namespace',
      'ResourceQuota',
      'Role',
      'RoleBinding',
      'ServiceAccount',
      'NiFiCluster',
      'NiFiParameterContext',
      'ConfigMap',
      'NiFiDataflow',
    ]);
  });

  test('the ConfigMap holds the exported flow, and the dataflow names it', () => {
    const { configMapKeyRef: { name, key } = { name: '', key: '' } } = sample.dataflow.spec.source.definition ?? {};
    assert.equal(name, sample.configMap.metadata.name);
    assert.equal(sample.configMap.data?.[key], sample.definition, 'write 5-flow.yaml again: its first lines say how');
  });

  test('the dataflow and the context name the cluster, in one namespace', () => {
    const { cluster, context, dataflow, configMap } = sample;
    assert.equal(dataflow.spec.clusterRef.name, cluster.metadata.name);
    assert.equal(context.spec.clusterRef.name, cluster.metadata.name);
    assert.equal(dataflow.spec.parameterContextRef?.name, context.metadata.name);
    const namespaces = new Set([cluster, context, dataflow, configMap].map(({ metadata }) => metadata.namespace));
    assert.deepEqual([...namespaces], ['flowkube-admin']);
  });

  test('the context that was exported with the flow is the one that is deployed', () => {
    const exported = flow.parameterContexts[flow.group.parameterContextName]?.parameters ?? [];
    const deployed = Object.entries(sample.context.spec.parameters ?? {});
    assert.deepEqual(
      exported.map(({ name, value, description }) => [name, { value, description }]),
      deployed.map(([name, { value, description }]) => [name, { value, description }]),
    );
  });

  test('the rights are those of the ServiceAccount that the operator makes, for Pods of the jobs namespace alone', () => {
    const [role] = ofKind('Role') as readonly (KubeObject & { readonly rules: unknown })[];
    const [binding] = ofKind('RoleBinding') as readonly (KubeObject & { readonly subjects: unknown })[];
    assert.deepEqual(role?.rules, [{ apiGroups: [''], resources: ['pods'], verbs: ['create', 'get', 'delete'] }]);
    const { name, namespace } = sample.cluster.metadata;
    assert.deepEqual(binding?.subjects, [{ kind: 'ServiceAccount', name: serviceAccountName(name), namespace }]);
    const jobs = parameters.get('jobs.namespace');
    assert.deepEqual([role?.metadata.namespace, binding?.metadata.namespace], [jobs, jobs]);
    assert.notEqual(jobs, namespace);
  });
});

describe('The flow of the sample', () => {
  test('keeps every rule', () => {
    assert.deepEqual(problemsOf(surroundings), []);
    assert.equal(sample.cluster.spec.version, nifiVersion);
  });

  test('is read by the operator, which puts its own context in the place of the exported one', () => {
    const sent = definitionWith(parseDefinition(sample.definition), {
      name: 'FlowKube',
      comments: '',
      position: { x: 0, y: 0 },
      parameterContext: { name: 'deployed', description: '' },
    });
    assert.equal((sent['flowContents'] as { parameterContextName?: string }).parameterContextName, 'deployed');
  });

  test('has the classes of the issue, from the first to the last', () => {
    const used = new Set([...flow.group.processors, ...flow.group.controllerServices].map(({ type }) => type));
    assert.deepEqual([...used].toSorted(), Object.keys(classes).toSorted());
  });

  test('a rule that is broken is told', () => {
    const cases: readonly (readonly [RegExp, RegExp, string])[] = [
      [/"Command Path"/gu, /no property|not exported/u, '"Command Pfad"'],
      [/"generate-ff-custom-text"/gu, /generate-ff-custom-text is not exported/u, '"Custom Text"'],
      [/"Always Replace"/u, /cannot be Replace Always/u, '"Replace Always"'],
      [/"Response"/gu, /there is no relationship Answer/u, '"Answer"'],
      [/"No Retry",?/u, /No Retry leads nowhere/u, ''],
      [/#\{jobs\.namespace\}/u, /nobody gives the parameter jobs\.space/u, '#{jobs.space}'],
      [/#\{job\.template\.cpu\}/u, /nothing uses the parameter job\.template\.cpu/u, 'x'],
      [/"job_type\|uuid\|execution[^"]*"/u, /it logs kubernetes\.token/u, '".*"'],
      [/org\.apache\.nifi\.ssl\.PEMEncodedSSLContextProvider/u, /not in the table/u, 'org.apache.nifi.ssl.Nothing'],
      [/"SSL Context Service": "[^"]*"/u, /names no .*SSLContextProvider/u, '"SSL Context Service": "x"'],
      [/"nifi-standard-nar"/u, /its bundle is/u, '"nifi-other-nar"'],
      [/"HTTP URL": "[^"]*"/u, /HTTP URL is required/u, '"HTTP URL": null'],
    ];
    for (const [searched, told, replacement] of cases) {
      const problems = broken((text) => text.replace(searched, replacement.replaceAll('$', '$$$$')));
      assert.match(problems.join('\n'), told);
    }
  });
});

interface Job {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly restartPolicy: string;
    readonly activeDeadlineSeconds: number;
    readonly automountServiceAccountToken: boolean;
    readonly containers: readonly { readonly resources: { readonly limits: Readonly<Record<string, string>> } }[];
  };
}

describe('The request of the flow', () => {
  const asked: string[] = [];
  const run = async (command: string, args: readonly string[]): Promise<string> => {
    asked.push([command, ...args].join(' '));
    return 'the-token\n';
  };

  for (const start of startsOf(flow)) {
    test(`that comes of "${start.name}" makes one Pod of that type`, async () => {
      const request = await requestOf({ flow, parameters, uuid, run }, start);
      assert.equal(request.method, 'POST');
      assert.equal(request.url, 'https://kubernetes.default.svc/api/v1/namespaces/flowkube-jobs/pods');
      assert.equal(request.headers['authorization'], 'Bearer the-token');
      assert.equal(request.headers['content-type'], 'application/json');
      const { kind, metadata, spec } = JSON.parse(request.body) as Job;
      const type = start.properties['job_type'] ?? '';
      assert.deepEqual([kind, metadata.labels['job_type'], metadata.name], ['Pod', type, `${type}-${uuid}`]);
      assert.deepEqual([spec.restartPolicy, spec.automountServiceAccountToken], ['Never', false]);
      assert.ok(spec.activeDeadlineSeconds > 0);
      for (const { resources } of spec.containers) assert.deepEqual(Object.keys(resources.limits), ['cpu', 'memory']);
    });
  }

  test('is one of basic, cpu and log, each with a template of its own', () => {
    const types = startsOf(flow).map(({ properties }) => properties['job_type']);
    assert.deepEqual(types, ['basic', 'cpu', 'log']);
    const templates = [...parameters.keys()].filter((name) => name.startsWith('job.template.'));
    assert.deepEqual(
      templates,
      types.map((type) => `job.template.${type}`),
    );
  });

  test('takes the token and the authority from where Kubernetes mounts them', async () => {
    const [start] = startsOf(flow);
    assert.ok(start);
    const { authorities } = await requestOf({ flow, parameters, uuid, run }, start);
    assert.equal(asked.at(-1), 'cat /var/run/secrets/kubernetes.io/serviceaccount/token');
    assert.equal(authorities, '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt');
  });

  test('holds a token whole, however long one of Kubernetes is', async () => {
    const [start] = startsOf(flow);
    assert.ok(start);
    const long = 'x'.repeat(4096);
    const { headers } = await requestOf({ flow, parameters, uuid, run: async () => long }, start);
    assert.equal(headers['authorization'], `Bearer ${long}`);
  });
});
