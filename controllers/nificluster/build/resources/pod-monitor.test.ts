// What Prometheus' operator is told: every node by its own name, with a certificate, and verified.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCluster } from '../../testing.ts';
import { nodeDnsNames } from '../config/identities.ts';
import { buildPodMonitor } from './pod-monitor.ts';
import { serviceNames } from './service-names.ts';

const of = (spec: object) => buildPodMonitor(aCluster().withSpec(spec).resolved()) as unknown as Monitor;

interface Monitor {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly selector: object;
    readonly podMetricsEndpoints: readonly [
      {
        readonly interval: string;
        readonly relabelings: readonly { readonly targetLabel: string; readonly replacement: string }[];
      },
    ];
  };
}

test('With TLS every node is asked by the name that its certificate carries, and nothing is left unverified', () => {
  const { spec } = of({ monitoring: { enabled: true } });
  const secret = (key: string) => ({ name: 'prod-metrics', key });
  assert.deepEqual(spec, {
    selector: {
      matchLabels: { 'nifi.datadynamics.io/cluster': 'prod', 'app.kubernetes.io/component': 'node' },
    },
    podMetricsEndpoints: [
      {
        port: 'https',
        scheme: 'https',
        path: '/nifi-api/flow/metrics/prometheus',
        interval: '30s',
        tlsConfig: {
          ca: { secret: secret('ca.crt') },
          cert: { secret: secret('tls.crt') },
          keySecret: secret('tls.key'),
        },
        relabelings: [
          { targetLabel: 'cluster', replacement: 'prod' },
          {
            sourceLabels: ['__meta_kubernetes_pod_name'],
            targetLabel: '__address__',
            replacement: '$1.prod-nodes.data.svc:8443',
          },
        ],
      },
    ],
  });
  const address = spec.podMetricsEndpoints[0].relabelings[1]?.replacement.replace('$1', 'prod-0') ?? '';
  const cluster = { name: 'prod', namespace: 'data' };
  const names = nodeDnsNames({
    host: 'prod-0.prod-nodes.data.svc',
    serviceNames: serviceNames(cluster),
    proxyHosts: [],
  });
  assert.equal(address, `${names[0]}:8443`);
});

test('Without TLS it is plain HTTP, and nobody is named', () => {
  const { podMetricsEndpoints } = of({ transport: 'InsecureHTTP', monitoring: { enabled: true } }).spec;
  assert.match(JSON.stringify(podMetricsEndpoints), /"port":"http","scheme":"http"/);
  assert.doesNotMatch(JSON.stringify(podMetricsEndpoints), /tls/);
});

test('The interval is the one of the spec, whose durations are all Prometheus’ too', () => {
  const { spec } = of({ monitoring: { enabled: true, interval: '1m30s' } });
  assert.equal(spec.podMetricsEndpoints[0].interval, '1m30s');
});

test('Labels of the spec are on it, and do not take the place of ours', () => {
  const labels = { release: 'prometheus', 'nifi.datadynamics.io/cluster': 'other' };
  const monitor = of({ monitoring: { enabled: true, labels } });
  assert.equal(monitor.metadata.labels['release'], 'prometheus');
  assert.equal(monitor.metadata.labels['nifi.datadynamics.io/cluster'], 'prod');
});
