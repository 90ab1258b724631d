// What the chart nifi-operator makes of its values, by helm's own rendering: kinds, flags, the Pod. No cluster is needed, but helm.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { labels } from '../../api/v1/labels.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { readOptions } from '../../pkg/operator/options.ts';
import { chartFolder, type Helm, openHelm, render } from './helm.ts';
import { type Container, type Deployment, deploymentOf, field, named, ofKind, only } from './objects.ts';

const root = join(import.meta.dirname, '../..');
const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
let helm: Helm;

before(async () => {
  helm = await openHelm();
});
after(() => helm.close());

const chart = (values: object = {}): Promise<readonly KubeObject[]> => render(helm, 'nifi-operator', values);
const deployment = async (values: object = {}): Promise<Deployment> => deploymentOf(await chart(values));
const container = async (values: object = {}): Promise<Container> =>
  (await deployment(values)).spec.template.spec.containers[0];

describe('The chart nifi-operator', () => {
  test('lints without a warning', async () => {
    assert.match(await helm.succeed(['lint', '--strict', chartFolder('nifi-operator')]), /0 chart\(s\) failed/u);
  });

  test('makes what an operator for all namespaces needs', async () => {
    assert.deepEqual(named(await chart()), [
      'ClusterRole ops:nifi-operator',
      'ClusterRole ops:nifi-operator-admin',
      'ClusterRole ops:nifi-operator-edit',
      'ClusterRole ops:nifi-operator-view',
      'ClusterRoleBinding ops:nifi-operator',
      'Deployment ops nifi-operator',
      'NetworkPolicy ops nifi-operator',
      'PodDisruptionBudget ops nifi-operator',
      'Role ops nifi-operator-leader-election',
      'RoleBinding ops nifi-operator-leader-election',
      'Service ops nifi-operator-metrics',
      'ServiceAccount ops nifi-operator',
    ]);
  });

  test('gives every object the labels of the release and the common ones, and none the name of another chart', async () => {
    for (const { kind, metadata } of await chart({ commonLabels: { team: 'data' } })) {
      const { name, instance } = labels;
      const given = [metadata.labels?.[name], metadata.labels?.[instance], metadata.labels?.['team']];
      assert.deepEqual(given, ['nifi-operator', 'nifi-operator', 'data'], `${kind} ${metadata.name}`);
    }
  });

  test('names nothing alike in two releases', async () => {
    const [first, second] = await Promise.all(
      ['one', 'two'].map((namespace) => render(helm, 'nifi-operator', {}, { namespace })),
    );
    assert.deepEqual(
      named(first ?? []).filter((name) => named(second ?? []).includes(name)),
      [],
    );
    const values = { watchNamespaces: ['shared'] };
    const [third, fourth] = await Promise.all(
      ['one', 'two'].map((namespace) => render(helm, 'nifi-operator', values, { namespace })),
    );
    assert.deepEqual(
      named(third ?? []).filter((name) => named(fourth ?? []).includes(name)),
      [],
    );
  });
});

describe('Its Deployment', () => {
  test('gives the operator arguments that mean its own defaults', async () => {
    const { args } = await container();
    const defaults = readOptions([], {});
    assert.deepEqual(readOptions(args, {}), defaults);
  });

  test('gives it what the values say', async () => {
    const { args } = await container({
      watchNamespaces: ['a', 'b'],
      operator: {
        workers: 9,
        logLevel: 'debug',
        logFormat: 'text',
        driftPeriod: '5m',
        allowedRegistryHosts: ['localhost', '::1'],
      },
      replicas: 1,
      leaderElection: { enabled: false },
      certManager: { enabled: false },
      monitoring: { enabled: true },
      metrics: { enabled: false },
      health: { port: 9000 },
    });
    assert.deepEqual(readOptions(args, {}), {
      ...readOptions([], {}),
      namespaces: ['a', 'b'],
      workers: 9,
      logLevel: 'debug',
      logFormat: 'text',
      driftPeriodMs: 300_000,
      allowedRegistryHosts: ['localhost', '::1'],
      leaderElection: undefined,
      certManager: false,
      podMonitors: true,
      metricsAddress: undefined,
      healthAddress: ':9000',
    });
  });

  test('tells it where the webhooks of the small schema are, as the objects beside it say', async () => {
    const smallSchema = { enabled: true, port: 9999, makeCertificate: false, secretName: 'theirs' };
    const objects = await chart({ smallSchema, watchNamespaces: ['a'] });
    const { args, ports } = deploymentOf(objects).spec.template.spec.containers[0];
    const options = readOptions(args, {});
    const service = ofKind(objects, 'Service').find(({ metadata }) => metadata.name.endsWith('-webhook'));
    const configuration = only(objects, 'ValidatingWebhookConfiguration');
    assert.equal(options?.flows, true);
    assert.deepEqual(options.webhook, {
      address: ':9999',
      certificate: 'secret',
      secret: 'theirs',
      service: service?.metadata.name,
      hosts: [],
      configuration: configuration.metadata.name,
    });
    assert.ok(ports.some(({ name, containerPort }) => name === 'webhook' && containerPort === 9999));
    const shipped = parse(
      readFileSync(join(root, 'config/small-schema/validating-webhook.yaml'), 'utf8'),
    ) as KubeObject;
    const [expected] = field(shipped, 'webhooks') as readonly [{ readonly clientConfig: { readonly service: object } }];
    const where = { ...expected.clientConfig.service, namespace: 'ops', name: service?.metadata.name };
    const namespaceSelector = {
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['a'] }],
    };
    assert.deepEqual(field(configuration, 'webhooks'), [
      { ...expected, namespaceSelector, clientConfig: { service: where } },
    ]);
  });

  test('lets more arguments win over those of the values', async () => {
    const { args } = await container({ extraArgs: ['--workers=7'] });
    assert.equal(readOptions(args, {})?.workers, 7);
  });

  test('asks the probes where the operator answers', async () => {
    for (const port of [8081, 9000]) {
      const { ports, args, ...rest } = await container({ health: { port } });
      assert.equal(
        readOptions(args, {})?.healthAddress,
        `:${ports.find(({ name }) => name === 'health')?.containerPort}`,
      );
      const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map(
        (probe) => (rest[probe] as { readonly httpGet: { readonly path: string; readonly port: string } }).httpGet,
      );
      assert.deepEqual(
        paths,
        ['/healthz', '/healthz', '/readyz'].map((path) => ({ path, port: 'health' })),
      );
    }
  });

  const images: readonly [object, string][] = [
    [{}, `ghcr.io/datadynamics/nifi-operator:${version}`],
    [
      { repository: 'registry.example.com:5000/nifi-operator', tag: 'v9' },
      'registry.example.com:5000/nifi-operator:v9',
    ],
    [{ tag: 'v9', digest: `sha256:${'a'.repeat(64)}` }, `ghcr.io/datadynamics/nifi-operator@sha256:${'a'.repeat(64)}`],
  ];
  for (const [image, expected] of images) {
    test(`runs ${expected.slice(0, 60)} for ${JSON.stringify(image).slice(0, 60)}`, async () => {
      assert.equal((await container({ image })).image, expected);
    });
  }

  test('keeps the label by which the NetworkPolicies of NiFi clusters know the operator, whatever its release is called', async () => {
    const objects = await render(
      helm,
      'nifi-operator',
      { fullnameOverride: 'x', podLabels: { a: 'b' } },
      { release: 'y' },
    );
    const { selector, template } = deploymentOf(objects).spec;
    assert.equal(template.metadata.labels[labels.name], 'nifi-operator');
    assert.equal(template.metadata.labels['a'], 'b');
    assert.deepEqual(selector.matchLabels, { [labels.name]: 'nifi-operator', [labels.instance]: 'y' });
  });

  test('never runs two operators at once where no Lease keeps them apart', async () => {
    const { spec } = await deployment({ replicas: 1, leaderElection: { enabled: false } });
    assert.deepEqual(spec.strategy, { type: 'Recreate' });
    assert.equal((await deployment()).spec.strategy, undefined);
  });

  test('takes everything else of a Pod as it is given', async () => {
    const given = {
      imagePullSecrets: [{ name: 'pull' }],
      priorityClassName: 'high',
      nodeSelector: { disk: 'fast' },
      tolerations: [{ key: 'k', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      terminationGracePeriodSeconds: 60,
    };
    const { spec } = (
      await deployment({
        ...given,
        extraVolumes: [{ name: 'v', emptyDir: {} }],
        extraVolumeMounts: [{ name: 'v', mountPath: '/v' }],
        extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy' }],
        resources: {},
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' },
          {
            maxSkew: 2,
            topologyKey: 'zone',
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: { a: 'b' } },
          },
        ],
        podAnnotations: { a: 'b' },
      })
    ).spec.template;
    for (const [field, value] of Object.entries(given)) assert.deepEqual(spec[field], value);
    assert.deepEqual(spec['volumes'], [{ name: 'v', emptyDir: {} }]);
    const [{ volumeMounts, env }] = spec.containers;
    assert.deepEqual(volumeMounts, [{ name: 'v', mountPath: '/v' }]);
    assert.deepEqual((env as object[]).at(-1), { name: 'HTTPS_PROXY', value: 'http://proxy' });
    const selectors = (
      spec['topologySpreadConstraints'] as { readonly labelSelector: { readonly matchLabels: object } }[]
    ).map(({ labelSelector }) => Object.keys(labelSelector.matchLabels));
    assert.deepEqual(selectors, [[labels.name, labels.instance], ['a']]);
  });
});

describe('What else it makes', () => {
  test('is no PodDisruptionBudget for one replica: it would keep a machine from being drained', async () => {
    assert.deepEqual(named(ofKind(await chart({ replicas: 1 }), 'PodDisruptionBudget')), []);
  });

  test('is a policy that names the ports that are served', async () => {
    const ports = async (values: object): Promise<unknown> => {
      const { ingress } = field(only(await chart(values), 'NetworkPolicy'), 'spec') as {
        readonly ingress: readonly { readonly ports: readonly { readonly port: string }[] }[];
      };
      return ingress.flatMap((rule) => rule.ports.map(({ port }) => port));
    };
    assert.deepEqual(await ports({}), ['health', 'metrics']);
    assert.deepEqual(await ports({ metrics: { enabled: false } }), ['health']);
    assert.deepEqual(named(ofKind(await chart({ networkPolicy: { enabled: false } }), 'NetworkPolicy')), []);
  });

  test('is monitors, alerts and dashboards on request', async () => {
    const on = { enabled: true, labels: { release: 'prometheus' } };
    const objects = await chart({
      metrics: { serviceMonitor: on, podMonitor: on, prometheusRule: on, dashboards: on },
    });
    const kinds = [
      'ServiceMonitor',
      'PodMonitor',
      ...shipped('prometheus').map(() => 'PrometheusRule'),
      ...shipped('grafana').map(() => 'ConfigMap'),
    ];
    const made = objects.filter(({ kind }) => kinds.includes(kind));
    assert.deepEqual(made.map(({ kind }) => kind).toSorted(), kinds.toSorted());
    for (const { metadata } of made) assert.equal(metadata.labels?.['release'], 'prometheus');
  });

  test('is alerts and dashboards exactly as config has them', async () => {
    const objects = await chart({ metrics: { prometheusRule: { enabled: true }, dashboards: { enabled: true } } });
    assert.deepEqual(
      ofKind(objects, 'PrometheusRule').map((object) => field(object, 'spec')),
      shipped('prometheus').map((text) => parse(text) as unknown),
    );
    const dashboards = ofKind(objects, 'ConfigMap').flatMap((object) =>
      Object.values(field(object, 'data') as Record<string, string>),
    );
    assert.deepEqual(
      dashboards.map((text) => JSON.parse(text) as unknown),
      shipped('grafana').map((text) => JSON.parse(text) as unknown),
    );
  });

  test('is any object that is given, also as a template', async () => {
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-more' } };
    const objects = await chart({
      extraObjects: [configMap, 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Namespace }}'],
    });
    assert.deepEqual(named(objects.filter(({ kind }) => ['ConfigMap', 'Secret'].includes(kind))), [
      'ConfigMap nifi-operator-more',
      'Secret ops',
    ]);
  });
});

/** The files of a folder of config, as texts; none where there is no such folder. */
function shipped(name: 'prometheus' | 'grafana'): readonly string[] {
  const folder = join(root, 'config', name);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /\.(yaml|json)$/u.test(file)) : [];
  return files.toSorted().map((file) => readFileSync(join(folder, file), 'utf8'));
}
