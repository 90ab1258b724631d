// What each object was last told in its conditions, for alerts: whether it is Ready, and why not when only a person can mend it.
// The process that leads tells it, so with two replicas there is one series.

import type { Registry } from 'prom-client';
import { findCondition, isConditionTrue } from '../kube/conditions.ts';
import type { KubeMetrics } from '../kube/metrics.ts';
import { makers } from './makers.ts';

const labelNames = ['kind', 'namespace', 'name'];

export function objectMetrics(registry: Registry): Pick<KubeMetrics, 'objectTold'> {
  const { gauge } = makers(registry);
  const ready = gauge({
    name: 'nifi_object_ready',
    help: '1 while an object is Ready, 0 while it is not.',
    labelNames,
  });
  const stalled = gauge({
    name: 'nifi_object_stalled',
    help: '1 while an object is Stalled, by reason.',
    labelNames: [...labelNames, 'reason'],
  });
  /** The reason that is there, by object: another one takes its place. */
  const reasons = new Map<string, string>();
  return {
    objectTold(kind, { namespace, name }, conditions) {
      const labels = { kind, namespace, name };
      const id = `${kind} ${namespace}/${name}`;
      const reason = conditions && isConditionTrue(conditions, 'Stalled') ? reasonOf(conditions) : undefined;
      const before = reasons.get(id);
      if (before !== undefined && before !== reason) stalled.remove({ ...labels, reason: before });
      if (reason === undefined) reasons.delete(id);
      else {
        reasons.set(id, reason);
        stalled.set({ ...labels, reason }, 1);
      }
      if (conditions === undefined) ready.remove(labels);
      else ready.set(labels, isConditionTrue(conditions, 'Ready') ? 1 : 0);
    },
  };
}

function reasonOf(conditions: Parameters<typeof findCondition>[0]): string | undefined {
  return findCondition(conditions, 'Stalled')?.reason;
}
