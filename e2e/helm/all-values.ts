// Values that turn every optional part of the chart nifi-operator on, for whoever wants to see all that it can make.

const selector = { podSelector: { matchLabels: { app: 'prometheus' } } };
const monitor = {
  enabled: true,
  labels: { release: 'prometheus' },
  relabelings: [{ action: 'labeldrop', regex: 'pod' }],
  metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'go_.*' }],
};

/** Without what needs kinds that a Kubernetes cluster may lack. */
export const allValues = {
  commonLabels: { team: 'data' },
  imagePullSecrets: [{ name: 'pull' }],
  serviceAccount: { annotations: { 'example.com/role': 'operator' } },
  monitoring: { enabled: true },
  smallSchema: { enabled: true },
  networkPolicy: {
    metricsFrom: [selector],
    egress: { enabled: true, apiServer: [{ ipBlock: { cidr: '10.0.0.1/32' } }], to: [{ ports: [{ port: 443 }] }] },
  },
  podLabels: { tier: 'control' },
  podAnnotations: { 'example.com/scrape': 'no' },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'control', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          topologyKey: 'kubernetes.io/hostname',
          labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'nifi-operator' } },
        },
      ],
    },
  },
  extraArgs: ['--workers=8'],
  extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }],
  extraVolumes: [{ name: 'tmp', emptyDir: {} }],
  extraVolumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  metrics: { dashboards: { enabled: true, annotations: { folder: 'NiFi' } }, service: { annotations: { a: 'b' } } },
  extraObjects: [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-more' }, data: { a: 'b' } },
  ],
} as const;

/** What the operator of Prometheus makes something of. */
export const monitoringValues = {
  metrics: {
    ...allValues.metrics,
    serviceMonitor: monitor,
    podMonitor: monitor,
    prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
  },
} as const;
