// The objects that a cluster has once: which of them are missing or no longer say what they should.

import { annotations, sensitiveKeySecretName } from '../../../api/v1/labels.ts';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import { digestOf } from '../build/digest.ts';
import { buildAccess } from '../build/resources/access.ts';
import { buildDisruptionBudget } from '../build/resources/disruption-budget.ts';
import { buildNetworkPolicy } from '../build/resources/network-policy.ts';
import { buildPodMonitor } from '../build/resources/pod-monitor.ts';
import { buildServices } from '../build/resources/services.ts';
import { buildStart } from '../build/resources/start.ts';
import { covers } from './covers.ts';
import type { PlanInput } from './input.ts';
import { setAsideTokens } from './set-aside.ts';
import type { ClusterStep } from './steps.ts';

export function planShared(input: PlanInput): readonly ClusterStep[] {
  const steps: ClusterStep[] = [];
  const keyName = sensitiveKeySecretName(input.cluster.name);
  if (input.sensitiveKey.state === 'toCreate') {
    const { value } = input.sensitiveKey;
    steps.push({ kind: 'CreateSensitiveKey', name: keyName, value });
  }
  if (input.sensitiveKey.state === 'toAdopt') {
    steps.push({ kind: 'AdoptSecret', name: keyName, resourceVersion: input.sensitiveKey.resourceVersion });
  }
  if (input.signInStep !== undefined) steps.push(input.signInStep);
  const wanted = sharedObjects(input).map(marked);
  for (const object of wanted) {
    const live = input.world.shared.get(`${object.kind}/${object.metadata.name}`);
    if (live === undefined || !covers(live, object)) steps.push({ kind: 'ApplyShared', object });
  }
  return [...steps, ...unwanted(input, wanted)];
}

/** With the digest of the rest: an object whose digest is another one holds something that is asked for no more. */
function marked(object: KubeObject): KubeObject {
  const { metadata } = object;
  const annotations_ = { ...metadata.annotations, [annotations.applied]: digestOf(object) };
  return { ...object, metadata: { ...metadata, annotations: annotations_ } };
}

/** Kinds of which the spec may ask for fewer than before. */
const optionalKinds = ['NetworkPolicy', 'Service', 'PodMonitor'];

function unwanted({ world }: PlanInput, wanted: readonly KubeObject[]): readonly ClusterStep[] {
  const keep = new Set(wanted.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  return [...world.shared].flatMap(([name, { kind, metadata }]): readonly ClusterStep[] =>
    optionalKinds.includes(kind) && !keep.has(name)
      ? [{ kind: 'DeleteShared', object: { kind, name: metadata.name, uid: metadata.uid ?? '' } }]
      : [],
  );
}

/** In the order in which a new cluster gets them: the ServiceAccount first, since no Pod is admitted without it. */
function sharedObjects({ cluster, world }: Pick<PlanInput, 'cluster' | 'world'>): readonly KubeObject[] {
  return [
    ...buildAccess(cluster),
    ...buildServices(cluster),
    buildStart(cluster, setAsideTokens({ cluster, world })),
    buildDisruptionBudget(cluster),
    ...(cluster.spec.networkPolicy.enabled ? [buildNetworkPolicy(cluster)] : []),
    ...(cluster.spec.monitoring.enabled && world.podMonitors === true ? [buildPodMonitor(cluster)] : []),
  ];
}
