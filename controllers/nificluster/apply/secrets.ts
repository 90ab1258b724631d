// The sensitive properties key: made here, because drawing it takes randomness, which plans do not have.
// Its Secret is created whole in one write. A crash before it leaves nothing, a crash after it finds it by its name; so a
// key that something was encrypted with is never made twice.

import { annotations, clusterLabels, sensitiveKeySecretName } from '../../../api/v1/labels.ts';
import { type Secret, secrets as secretType } from '../../../pkg/kube/resources.ts';
import { encoded } from '../build/secret-data.ts';
import type { ClusterStep } from '../plan/steps.ts';
import { type ApplyContext, createOwn, ownerKey, written } from './context.ts';

type KeyStep = Extract<ClusterStep, { kind: 'CreateSensitiveKey' | 'AdoptSecret' }>;

/**
 * The key has no owner: it must outlive the cluster as long as there is a volume that was written with it.
 * False when one of ours was there that the cache did not show: what was planned was planned with another key.
 */
export async function applyKey(context: ApplyContext, step: KeyStep): Promise<boolean> {
  const { cluster } = context;
  const marked = { annotations: { [annotations.clusterUid]: cluster.uid } };
  if (step.kind === 'AdoptSecret') {
    const options = { resourceVersion: step.resourceVersion };
    written(
      context,
      secretType,
      await context.client.patch(secretType, { ...ownerKey(context), name: step.name }, { metadata: marked }, options),
    );
    context.event('Normal', 'SensitiveKeyAdopted', `Took back the sensitive properties key in Secret ${step.name}`);
    return true;
  }
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: sensitiveKeySecretName(cluster.name),
      namespace: cluster.namespace,
      labels: clusterLabels(cluster.name, 'sensitive-key'),
      ...marked,
    },
    type: 'Opaque',
    data: encoded({ key: step.value }),
  };
  const isOurs = (live: Secret): boolean => live.metadata.annotations?.[annotations.clusterUid] === cluster.uid;
  const { object: live, created } = await createOwn(context, secretType, secret, isOurs);
  if (!created) await relabel(context, secret, live);
  if (created)
    context.event(
      'Normal',
      'SensitiveKeyCreated',
      `Created the sensitive properties key in Secret ${step.name}: back it up`,
    );
  return created;
}

/** Without its labels no cache shows it, and every reconcile would find it anew and stop here. */
async function relabel(context: ApplyContext, { metadata: { name, labels } }: Secret, live: Secret): Promise<void> {
  const missing = Object.entries(labels ?? {}).some(([key, value]) => live.metadata.labels?.[key] !== value);
  if (!missing) return;
  const patch = { metadata: { labels } };
  written(context, secretType, await context.client.patch(secretType, { ...ownerKey(context), name }, patch));
}
