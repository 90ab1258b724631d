// What is known of the key that encrypts the sensitive values of the flow.
// A generated key is made once, while there is no volume of the cluster; afterwards its absence is never mended by a new
// one, because the flow on the volumes could not be read with it. A key from the spec never changes (admission).

import { sensitiveKeySecretName } from '../../api/v1/labels.ts';
import type { SensitiveKeyState } from './plan/input.ts';
import type { Finding } from './plan/steps.ts';
import type { World } from './plan/world.ts';
import { decode } from './projections.ts';
import { type References, textOf } from './references.ts';
import type { ResolvedCluster } from './resolved.ts';

export interface SensitiveKey {
  readonly state: SensitiveKeyState;
  /** The key itself, when it is known or about to be; undefined when nothing can be rendered. */
  readonly value: string | undefined;
  /** The Secret that holds it is not known yet. */
  readonly waiting: boolean;
}

/** NiFi refuses shorter keys (nifi.sensitive.props.key, PropertyEncryptorFactory). */
const shortest = 12;

/** `drawn` is a fresh random value, used only if the key is to be made now. */
export function sensitiveKey(
  cluster: ResolvedCluster,
  world: World,
  references: References,
  drawn: string,
): SensitiveKey {
  const given = cluster.spec.sensitivePropsKey;
  if (given?.secretKeyRef !== undefined) return referenced(given.secretKeyRef, references);
  const name = sensitiveKeySecretName(cluster.name);
  const secret = world.secrets.get(name);
  const value = secret?.data?.['key'];
  if (secret === undefined && world.claims.size > 0) return missing('SensitiveKeyMissing', missingMessage(name));
  if (secret === undefined) {
    const made = given?.value ?? drawn;
    return { state: { state: 'toCreate', value: made }, value: made, waiting: false };
  }
  if (value === undefined)
    return missing('SensitiveKeyMissing', `Secret ${name} has no key named "key": restore it from a backup`);
  const key = decode(value);
  const state: SensitiveKeyState =
    secret.clusterUid === cluster.uid
      ? { state: 'present' }
      : { state: 'toAdopt', resourceVersion: secret.resourceVersion };
  return { state, value: key, waiting: false };
}

function missingMessage(name: string): string {
  return (
    `Secret ${name}, which holds the sensitive properties key, is gone while volumes of the cluster exist: restore it from a backup. ` +
    'No node is created or restarted until then, because it could not read its flow'
  );
}

function referenced(ref: { readonly name: string; readonly key: string }, references: References): SensitiveKey {
  const reference = { kind: 'Secret', name: ref.name } as const;
  const state = references(reference);
  if (state.state === 'unknown')
    return { ...missing('ReferenceMissing', `Waiting for Secret ${ref.name}`), waiting: true };
  const where = 'spec.sensitivePropsKey.secretKeyRef';
  if (state.state === 'missing') {
    return missing(
      'ReferenceMissing',
      `Secret ${ref.name} (${where}) does not exist: create it with the key ${ref.key}`,
    );
  }
  const value = textOf(reference, state.object, ref.key);
  if (value === undefined)
    return missing('ReferenceKeyMissing', `Secret ${ref.name} (${where}) has no key ${ref.key}: add it`);
  if (value.length < shortest) {
    return missing(
      'ReferenceInvalid',
      `Key ${ref.key} of Secret ${ref.name} (${where}) has fewer than ${shortest} characters: NiFi refuses it`,
    );
  }
  return { state: { state: 'present' }, value, waiting: false };
}

function missing(reason: Finding['reason'], message: string): SensitiveKey {
  return {
    state: { state: 'missing', finding: { reason, message, effect: 'blocks' } },
    value: undefined,
    waiting: false,
  };
}
