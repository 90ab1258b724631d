// The reasons not to create anything at all, in order; the first that applies is the answer.
// A gate never stops what already runs: it only keeps the operator from adding to a state that it does not understand.

import { sensitiveKeySecretName } from '../../../api/v1/labels.ts';
import type { PlanInput } from './input.ts';
import type { Finding } from './steps.ts';
import { isReadable } from './world.ts';

type Known = Pick<PlanInput, 'cluster' | 'world'>;

type Gate = (input: PlanInput) => Finding | undefined;

const gates: readonly Gate[] = [volumesLeftBehind, sensitiveKeyMissing, sensitiveKeyChanged];

/** Undefined when the cluster may be provisioned. */
export function closedGate(input: PlanInput): Finding | undefined {
  for (const gate of gates) {
    const finding = gate(input);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

/**
 * Claims of an earlier cluster of this name: taking them needs a person's word, and so does ignoring them. Only a
 * cluster that has no node yet is held back; later they are the concern of the node that they belong to.
 */
function volumesLeftBehind({ cluster, world }: PlanInput): Finding | undefined {
  if (world.records.size > 0) return undefined;
  return leftBehind({ cluster, world });
}

/** What an earlier cluster left, of one node when `id` is given. */
export function leftBehind({ cluster, world }: Known, id?: number): Finding | undefined {
  if (cluster.spec.adoptVolumes) return undefined;
  const left = [...world.claims.values()]
    .filter((claim) => claim.clusterUid !== cluster.uid && (id === undefined || claim.id === id))
    .map(({ name }) => name);
  if (left.length === 0) return undefined;
  return {
    reason: 'VolumesLeftBehind',
    message:
      `An earlier cluster of this name left ${left.length} PersistentVolumeClaims behind (${listed(left)}): ` +
      'set spec.adoptVolumes to true to take them back with their data, or delete them',
    ...(id === undefined ? {} : { node: id }),
    effect: 'blocks',
  };
}

/** What this node itself left when it was taken out. It is wanted again, and it is not ours to say with which data. */
export function departed({ cluster, world }: Known, id: number): Finding | undefined {
  if (cluster.spec.adoptVolumes) return undefined;
  const left = [...world.claims.values()].filter((claim) => claim.id === id && claim.released !== undefined);
  if (left.length === 0) return undefined;
  return {
    reason: 'VolumesLeftBehind',
    message:
      `Node ${id} left its volumes behind when it was taken out (${listed(left.map(({ name }) => name))}): set spec.adoptVolumes ` +
      'to true to take them back with what is on them except flow and authorizations, or delete these PersistentVolumeClaims',
    node: id,
    effect: 'blocks',
  };
}

/**
 * A key that a user keeps is theirs to bring back: nodes that exist go on from their records, and a Pod without the key
 * waits for its volume. A generated key that is gone has no such keeper.
 */
function sensitiveKeyMissing({ sensitiveKey, world }: PlanInput): Finding | undefined {
  if (sensitiveKey.state !== 'missing') return undefined;
  const isKept = sensitiveKey.finding.reason !== 'SensitiveKeyMissing';
  return isKept && world.records.size > 0 ? undefined : sensitiveKey.finding;
}

/** A node that started with another key could not read its flow with this one. */
function sensitiveKeyChanged({ cluster, world, keyCheck }: PlanInput): Finding | undefined {
  const differs = [...world.records.values()].filter(
    (record) =>
      isReadable(record) &&
      record.established !== undefined &&
      record.keyCheck !== undefined &&
      keyCheck !== undefined &&
      record.keyCheck !== keyCheck,
  );
  if (differs.length === 0) return undefined;
  const name = cluster.spec.sensitivePropsKey?.secretKeyRef?.name ?? sensitiveKeySecretName(cluster.name);
  const message =
    `The sensitive properties key in Secret ${name} is not the one that nodes ${listed(differs.map(({ id }) => String(id)))} ` +
    'were started with: put the former key back. No node is created or restarted until then';
  return { reason: 'SensitiveKeyChanged', message, effect: 'blocks' };
}

/** At most three names, sorted, numbers by their size. */
export function listed(names: readonly string[]): string {
  const sorted = names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return sorted.length <= 3 ? sorted.join(', ') : `${sorted.slice(0, 3).join(', ')} …`;
}
