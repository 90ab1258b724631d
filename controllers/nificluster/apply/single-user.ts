// The Secret of the single user. The hash is made here, because it takes random salt and more than a second, which plans do not have.
// Everything is in one write: a crash before it leaves nothing and costs another hash, a crash after it finds the mark.

import { hash } from 'bcryptjs';
import { clusterLabels } from '../../../api/v1/labels.ts';
import { type Secret, secrets as secretType } from '../../../pkg/kube/resources.ts';
import { clusterOwner } from '../build/resources/owner.ts';
import { encoded } from '../build/secret-data.ts';
import type { ClusterStep } from '../plan/steps.ts';
import { singleUserKeys } from '../single-user.ts';
import { type ApplyContext, createOwn, ownedBy, ownerKey, written } from './context.ts';

type SingleUserStep = Extract<ClusterStep, { kind: 'WriteSingleUser' }>;

/** As NiFi's own BCryptPasswordEncoder. */
const cost = 12;

export async function applySingleUser(context: ApplyContext, step: SingleUserStep): Promise<void> {
  const { name, username, password, own, mark, resourceVersion } = step;
  const passwordHash = await hash(password, cost);
  const keys = singleUserKeys;
  const texts = { [keys.username]: username, [keys.hash]: passwordHash, [keys.mark]: mark };
  const data = encoded(own ? { ...texts, [keys.password]: password } : texts);
  if (resourceVersion === undefined) {
    const { created } = await createOwn(context, secretType, secretOf(context, name, data), ownedBy(context.cluster));
    if (created && own)
      context.event('Normal', 'SingleUserCreated', `Generated a password for ${username} in Secret ${name}`);
    return;
  }
  const patch = { data: own ? data : { ...data, [keys.password]: null } };
  const key = { ...ownerKey(context), name };
  written(context, secretType, await context.client.patch(secretType, key, patch, { resourceVersion }));
}

function secretOf({ cluster }: ApplyContext, name: string, data: Record<string, string>): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: cluster.namespace,
      labels: clusterLabels(cluster.name, 'single-user'),
      ownerReferences: [clusterOwner(cluster)],
    },
    type: 'Opaque',
    data,
  };
}
