// What `spec.monitoring` comes to beside the objects themselves: whether there is a certificate for Prometheus, what goes when
// there is none any more, and what is said where the monitor cannot be made.
// Nothing of it is in a node's revision: turned on or off, no node restarts, and where a part is missing all else goes on.

import { issuedSecretName, metricsSecretName } from '../../../api/v1/labels.ts';
import { certificateType } from '../../../pkg/pki/certmanager.ts';
import type { ResolvedCluster } from '../resolved.ts';
import type { PlanInput } from './input.ts';
import type { ClusterStep, Finding } from './steps.ts';

/** Without TLS nobody is asked who he is. */
export function hasMetricsCertificate({ spec }: Pick<ResolvedCluster, 'spec'>): boolean {
  return spec.monitoring.enabled && spec.transport === 'TLS';
}

/** First what would write Secrets anew, then the Secrets: a crash between them goes on with what is left. */
export function metricsRemoval({ cluster, world }: PlanInput): readonly ClusterStep[] {
  if (hasMetricsCertificate(cluster)) return [];
  const name = metricsSecretName(cluster.name);
  const order = world.shared.get(`${certificateType.kind}/${name}`);
  const mounted = world.secrets.get(name);
  const ours = mounted?.ownerUid === cluster.uid ? [mounted] : [];
  const issued = order === undefined ? [world.secrets.get(issuedSecretName(name)) ?? []].flat() : [];
  const objects = [
    ...(order === undefined ? [] : [{ kind: order.kind, name, uid: order.metadata.uid ?? '' }]),
    ...[...ours, ...issued].map((secret) => ({ kind: 'Secret', name: secret.name, uid: secret.uid })),
  ];
  return objects.map((object) => ({ kind: 'DeleteShared', object }));
}

export function monitoringFindings({ cluster, world }: PlanInput): readonly Finding[] {
  if (!cluster.spec.monitoring.enabled || world.podMonitors === true) return [];
  const message =
    "spec.monitoring.enabled is true, but no PodMonitor is made: install the kinds of Prometheus' operator " +
    '(monitoring.coreos.com), and run the operator with --pod-monitors=true and the rights for it. ' +
    'What Prometheus needs to enter NiFi is made all the same';
  return [{ reason: 'MonitoringUnavailable', message, effect: 'notes' }];
}
