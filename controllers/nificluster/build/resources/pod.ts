// One node's Pod, as it goes into the node's revision and, from there, to the API server.
// It must pass the `restricted` Pod Security Standard, and must not hold anything that follows the cluster's size.
// The Pod is made from the revision for ever after: what is written here reaches a running node only by a restart step.

import {
  claimName,
  headlessServiceName,
  annotations as keys,
  nodeLabels,
  podName,
  podSelector,
  revisionName,
  serviceAccountName,
  startConfigMapName,
} from '../../../../api/v1/labels.ts';
import type { KubeObject } from '../../../../pkg/kube/types.ts';
import type { PodInputs, ResolvedNode } from '../../resolved.ts';
import {
  confDirectory,
  configDirectory,
  defaultPorts,
  directoryEnvironment,
  extensionDirectory,
  keyDirectory,
  nifiHome,
  secretDirectory,
  startDirectory,
  startScript,
  tlsDirectory,
  volumeDirectory,
} from '../config/paths.ts';
import { clusterOwner } from './owner.ts';
import { mergePodTemplate, storageVolume } from './pod-template.ts';

/** The files of the revision ConfigMap that are not configuration of NiFi and are not mounted. */
export const podManifestKey = 'pod.json';

export const nifiContainer = 'nifi';

export interface PodParts {
  readonly cluster: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly node: ResolvedNode;
  /** Names of the public files in the revision ConfigMap, sorted. */
  readonly files: readonly string[];
  readonly hasSecretPart: boolean;
  readonly serviceAccountToken: boolean;
  /** Digest of the revision; empty while the digest itself is computed. */
  readonly revision: string;
}

/** The whole Pod object, the user's template merged over it. */
export function buildPod(parts: PodParts): KubeObject {
  const { cluster, node, revision } = parts;
  const built = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(cluster.name, node.id),
      namespace: cluster.namespace,
      labels: nodeLabels(cluster.name, node.id),
      annotations: { [keys.revision]: revision, 'kubectl.kubernetes.io/default-container': nifiContainer },
      ownerReferences: [clusterOwner(cluster)],
    },
    spec: podSpec(parts),
  };
  return mergePodTemplate(built, node.inputs.pod.podTemplate);
}

function podSpec(parts: PodParts): Record<string, unknown> {
  const { cluster, node } = parts;
  const pod = node.inputs.pod;
  return {
    hostname: podName(cluster.name, node.id),
    subdomain: headlessServiceName(cluster.name),
    restartPolicy: 'Always',
    serviceAccountName: serviceAccountName(cluster.name),
    automountServiceAccountToken: parts.serviceAccountToken,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(pod.imagePullSecrets.length > 0 ? { imagePullSecrets: pod.imagePullSecrets.map((name) => ({ name })) } : {}),
    topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: podSelector(cluster.name) },
    })),
    initContainers: [copyConfContainer(pod)],
    containers: [nifi(parts)],
    volumes: podVolumes(parts),
  };
}

const containerSecurity = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** NiFi writes into conf, and the image's defaults (for files that we do not render) must be in it. */
function copyConfContainer(pod: PodInputs): Record<string, unknown> {
  return {
    name: 'copy-conf',
    image: pod.image,
    ...pullPolicy(pod),
    command: ['/bin/sh', '-ec', 'cp -R "$NIFI_HOME/conf/." "$NIFI_CONF_TARGET/"'],
    env: [
      { name: 'NIFI_HOME', value: nifiHome },
      { name: 'NIFI_CONF_TARGET', value: '/conf' },
    ],
    volumeMounts: [{ name: 'conf', mountPath: '/conf' }],
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    securityContext: containerSecurity,
  };
}

function nifi(parts: PodParts): Record<string, unknown> {
  const pod = parts.node.inputs.pod;
  return {
    name: nifiContainer,
    image: pod.image,
    ...pullPolicy(pod),
    command: ['/bin/sh', `${configDirectory}/${startScript}`],
    env: [...Object.entries(directoryEnvironment).map(([name, value]) => ({ name, value })), ...ownAddress, ...pod.env],
    ports: containerPorts(parts),
    resources: pod.resources,
    volumeMounts: volumeMounts(parts),
    ...probes(),
    securityContext: containerSecurity,
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

/** start.sh waits until the node's name leads to this Pod: NiFi binds it, and it may still name the Pod before. */
const ownAddress = [
  { name: 'NIFI_POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
  { name: 'NIFI_WAIT_FOR_HOST_SECONDS', value: '60' },
];

function pullPolicy(pod: PodInputs): Record<string, unknown> {
  return pod.imagePullPolicy === undefined ? {} : { imagePullPolicy: pod.imagePullPolicy };
}

function containerPorts(parts: PodParts): readonly unknown[] {
  const { config, pod } = parts.node.inputs;
  const web = config.transport === 'TLS' ? 'https' : 'http';
  return [
    { name: web, containerPort: config.ports.web, protocol: 'TCP' },
    { name: 'cluster', containerPort: config.ports.clusterProtocol, protocol: 'TCP' },
    { name: 'load-balance', containerPort: config.ports.loadBalance, protocol: 'TCP' },
    ...pod.listeners.map(({ name, port, protocol }) => ({ name, containerPort: port, protocol })),
  ];
}

/**
 * The management server listens on the loopback only, so the probes run inside. Readiness reads the body, because
 * 200 also means CONNECTING (NiFi HealthClusterHttpHandler). Liveness never asks about the cluster: restarting a
 * node because the others are away would make their absence ours.
 */
function probes(): Record<string, unknown> {
  const health = `http://127.0.0.1:${defaultPorts.management}/health`;
  const shell = (script: string): Record<string, unknown> => ({ exec: { command: ['/bin/sh', '-c', script] } });
  const up = shell(`curl -fsS --max-time 4 ${health}`);
  const connected = shell(`curl -fsS --max-time 4 ${health}/cluster | grep -q "Status: CONNECTED"`);
  return {
    startupProbe: { ...up, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 720 },
    readinessProbe: { ...connected, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...up, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 6 },
  };
}

/** Directories of the image that NiFi writes to, each on a volume that dies with the Pod. */
const scratch = { logs: `${nifiHome}/logs`, run: `${nifiHome}/run`, work: `${nifiHome}/work` } as const;

function volumeMounts(parts: PodParts): readonly unknown[] {
  const { pod } = parts.node.inputs;
  return [
    { name: 'conf', mountPath: confDirectory },
    ...Object.entries(scratch).map(([name, mountPath]) => ({ name, mountPath })),
    { name: 'config', mountPath: configDirectory, readOnly: true },
    { name: 'start', mountPath: startDirectory, readOnly: true },
    { name: 'key', mountPath: keyDirectory, readOnly: true },
    ...(parts.hasSecretPart ? [{ name: 'secret', mountPath: secretDirectory, readOnly: true }] : []),
    ...(pod.tlsSecret === undefined ? [] : [{ name: 'tls', mountPath: tlsDirectory, readOnly: true }]),
    ...pod.extensions.map(({ name }) => ({
      name: extensionVolume(name),
      mountPath: extensionDirectory(name),
      readOnly: true,
    })),
    ...pod.volumes.map(({ name }) => ({ name: storageVolume(name), mountPath: volumeDirectory(name) })),
  ];
}

function podVolumes(parts: PodParts): readonly unknown[] {
  const { cluster, node } = parts;
  const { pod } = node.inputs;
  const configuration = revisionName(cluster.name, node.id, parts.revision);
  return [
    ...['conf', ...Object.keys(scratch)].map((name) => ({ name, emptyDir: {} })),
    { name: 'config', configMap: { name: configuration, items: parts.files.map((key) => ({ key, path: key })) } },
    { name: 'start', configMap: { name: startConfigMapName(cluster.name) } },
    { name: 'key', secret: { secretName: pod.keySecret.name, items: [{ key: pod.keySecret.key, path: 'key' }] } },
    ...(parts.hasSecretPart ? [{ name: 'secret', secret: { secretName: configuration } }] : []),
    ...(pod.tlsSecret === undefined ? [] : [{ name: 'tls', secret: { secretName: pod.tlsSecret } }]),
    ...pod.extensions.map(({ name, source }) => ({ name: extensionVolume(name), ...source })),
    ...pod.volumes.map(({ name }) => ({
      name: storageVolume(name),
      persistentVolumeClaim: { claimName: claimName(cluster.name, node.id, name) },
    })),
  ];
}

function extensionVolume(name: string): string {
  return `extension-${name}`;
}
