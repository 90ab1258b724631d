// From the spec and what it refers to, to one resolved cluster: members, every node's settings merged, every check made
// that admission could not make. Pure.
// A node that does not pass is left out of `nodes` and keeps what it runs; the others go on.

import { hostName, nodeCertificateSecretName, sensitiveKeySecretName } from '../../api/v1/labels.ts';
import type { DefaultedNiFiCluster, DefaultedNiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { parseQuantity } from '../../pkg/schema/quantity.ts';
import { javaHeapBytes } from './build/config/heap.ts';
import { defaultPorts } from './build/config/paths.ts';
import { configProblems } from './build/config/render.ts';
import type { NodeConfigInput } from './build/config/types.ts';
import { templateProblems } from './build/resources/pod-template.ts';
import { serviceNames } from './build/resources/service-names.ts';
import { type NodeSettings, nodeSettings } from './merge.ts';
import { nodeOverrides } from './overrides.ts';
import { membersOf } from './plan/membership.ts';
import type { Finding } from './plan/steps.ts';
import type { References } from './references.ts';
import type { NodeInputs, PodInputs, ResolvedCluster, ResolvedNode } from './resolved.ts';
import { unsupportedFields } from './unsupported.ts';
import { wishesOf } from './wishes.ts';

export interface Validated {
  readonly cluster: ResolvedCluster;
  readonly findings: readonly Finding[];
  /** A reference is not known yet; its watch brings the cluster back. */
  readonly waiting: boolean;
}

/** NiFi is told to stop within 20 s; load balancing and the last journal writes get the rest. */
const gracePeriodSeconds = 90;

export function validate(object: DefaultedNiFiCluster, references: References): Validated {
  const { spec } = object;
  const { name, namespace = '', uid = '' } = object.metadata;
  const members = membersOf(spec);
  const { wishes, findings: misunderstood } = wishesOf(object.metadata.annotations);
  const unknownVersion = versionProblems(spec);
  const findings: Finding[] = [...unknownVersion, ...unsupportedFields(spec), ...misunderstood];
  const nodes = new Map<number, ResolvedNode>();
  let waiting = false;
  for (const id of unknownVersion.length > 0 ? [] : members) {
    const node = resolveNode({ name, namespace, spec }, id, references);
    findings.push(...node.findings);
    waiting ||= node.waiting;
    if (node.resolved !== undefined && !node.waiting && node.findings.length === 0) nodes.set(id, node.resolved);
  }
  const keepVolumesWhenDeleted = spec.volumeRetention.whenDeleted === 'Retain';
  return { cluster: { name, namespace, uid, spec, members, nodes, keepVolumesWhenDeleted, wishes }, findings, waiting };
}

/** Admission refuses it, but an older CRD does not: what another major version wants to read is not known here. */
function versionProblems({ version }: DefaultedNiFiClusterSpec): readonly Finding[] {
  if (/^2\.[1-9]\d*\.\d+(-|$)/u.test(version)) return [];
  const message = `spec.version ${version} is not 2.1.0 or a newer 2.x, and this operator runs no other NiFi: put the former version back`;
  return [{ reason: 'InvalidSpec', message, effect: 'blocks' }];
}

interface Named {
  readonly name: string;
  readonly namespace: string;
  readonly spec: DefaultedNiFiClusterSpec;
}

interface NodeResult {
  readonly resolved: ResolvedNode | undefined;
  readonly findings: readonly Finding[];
  readonly waiting: boolean;
}

function resolveNode(cluster: Named, id: number, references: References): NodeResult {
  const { settings, unknownGroup } = nodeSettings(cluster.spec, id);
  const { findings, waiting, ...overrides } = nodeOverrides(id, settings, references);
  const inputs: NodeInputs = {
    config: configInput(cluster, id, settings, overrides),
    pod: podInputs(cluster, id, settings),
  };
  const problems = [
    ...(unknownGroup === undefined ? [] : [`nodes[${id}].group names ${unknownGroup}, which nodeGroups does not have`]),
    ...heapProblems(settings),
    ...templateProblems(
      { ...settings.podTemplate },
      settings.storage.map((volume) => volume.name),
    ),
    ...configProblems(inputs.config),
  ];
  return {
    resolved: { id, inputs },
    findings: [...findings, ...problems.map((problem) => invalid(id, problem))],
    waiting,
  };
}

function invalid(id: number, problem: string): Finding {
  return { reason: 'InvalidSpec', message: `Node ${id}: ${problem}`, node: id, effect: 'blocks' };
}

/** The JVM needs memory besides its heap; at or above the limit the kernel kills it sooner or later. */
function heapProblems({ jvm, resources }: NodeSettings): readonly string[] {
  const heap = javaHeapBytes(jvm.heap);
  if (heap === undefined) return [`jvm.heap ${jvm.heap} is not a heap size such as 512m or 4g`];
  const limit = resources?.limits?.['memory'];
  if (limit === undefined || heap < parseQuantity(String(limit))) return [];
  return [`jvm.heap ${jvm.heap} is not below resources.limits.memory ${limit}: lower the one or raise the other`];
}

function configInput(
  { name, namespace, spec }: Named,
  id: number,
  settings: NodeSettings,
  overrides: Pick<NodeConfigInput, 'overrides' | 'secretOverrides'>,
): NodeConfigInput {
  const { connectString = '', rootNode = '' } = spec.zookeeper ?? {};
  return {
    cluster: name,
    namespace,
    nodeId: id,
    version: spec.version.replace(/-.*$/u, ''),
    host: hostName(name, id, namespace),
    ports: defaultPorts,
    clusterManager:
      spec.clusterManager === 'ZooKeeper' ? { kind: 'ZooKeeper', connectString, rootNode } : { kind: 'Kubernetes' },
    transport: spec.transport,
    storage: settings.storage.map(({ name: volume, repository }) => ({
      name: volume,
      ...(repository && { repository }),
    })),
    jvm: { heap: settings.jvm.heap, args: settings.jvm.args ?? [] },
    terminationGracePeriodSeconds: gracePeriodSeconds,
    serviceNames: serviceNames({ name, namespace }),
    servicePort: spec.service.port,
    proxyHosts: spec.proxyHosts ?? [],
    extensions: (spec.extensions ?? []).map((extension) => extension.name),
    ...overrides,
  };
}

function podInputs({ name, spec }: Named, id: number, settings: NodeSettings): PodInputs {
  const { secretKeyRef } = spec.sensitivePropsKey ?? {};
  return {
    image: imageOf(spec),
    ...(spec.imagePullPolicy === undefined ? {} : { imagePullPolicy: spec.imagePullPolicy }),
    imagePullSecrets: (spec.imagePullSecrets ?? []).map((secret) => secret.name),
    resources: { ...settings.resources },
    env: settings.env ?? [],
    volumes: settings.storage,
    listeners: (spec.listeners ?? []).map(({ name: listener, port, protocol }) => ({ name: listener, port, protocol })),
    extensions: (spec.extensions ?? []).map((extension) => ({
      name: extension.name,
      source: extensionSource(extension),
    })),
    podTemplate: { ...settings.podTemplate },
    terminationGracePeriodSeconds: gracePeriodSeconds,
    keySecret: secretKeyRef ?? { name: sensitiveKeySecretName(name), key: 'key' },
    ...(spec.transport === 'TLS' ? { tlsSecret: nodeCertificateSecretName(name, id) } : {}),
  };
}

function extensionSource(
  extension: NonNullable<DefaultedNiFiClusterSpec['extensions']>[number],
): Record<string, unknown> {
  const { persistentVolumeClaim, configMap, image } = extension;
  if (persistentVolumeClaim !== undefined)
    return { persistentVolumeClaim: { ...persistentVolumeClaim, readOnly: true } };
  return configMap === undefined ? { image } : { configMap };
}

/** `repo` gets the version as its tag; `repo:tag` and `repo@digest` stay as they are. */
export function imageOf({ image, version }: Pick<DefaultedNiFiClusterSpec, 'image' | 'version'>): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? image : `${image}:${version}`;
}
