// What a person asks for by annotations on the cluster. Pure.
// A word that cannot be understood does nothing and is told; the words beside it still count.
// A wish about data names the claim that the person saw, so it never holds for another one that gets the same name.

import { annotations, parseId } from '../../api/v1/labels.ts';
import { parseTimestamp } from '../../pkg/schema/timestamp.ts';
import type { Finding } from './plan/steps.ts';
import type { NodeWish, Wishes } from './resolved.ts';

export interface Wished {
  readonly wishes: Wishes;
  readonly findings: readonly Finding[];
}

/** `written` are the annotations of the cluster, foreign ones among them. */
export function wishesOf(written: Readonly<Record<string, string>> = {}): Wished {
  const restart = understood(written, annotations.restartRequestedAt, whole(parseTimestamp));
  const downgrade = understood(written, annotations.allowDowngrade, whole(versionOf));
  const rebuild = understood(written, annotations.rebuild, nodeWishes);
  const abandon = understood(written, annotations.abandon, nodeWishes);
  return {
    wishes: {
      restartRequestedAtMs: restart.good[0],
      rebuild: rebuild.good,
      abandon: abandon.good,
      allowDowngradeTo: downgrade.good[0],
    },
    findings: [restart, rebuild, abandon, downgrade].flatMap(({ findings }) => findings),
  };
}

type Annotation = keyof typeof mends;

interface Read<T> {
  readonly good: readonly T[];
  /** What could not be understood, as written. */
  readonly bad: readonly string[];
}

const mends = {
  [annotations.restartRequestedAt]: 'give a time such as 2026-11-21T15:04:05Z (RFC 3339)',
  [annotations.rebuild]: 'give <id>/<uid of the claim>, several with commas',
  [annotations.abandon]: 'give <id>/<uid of the claim>, several with commas',
  [annotations.allowDowngrade]: 'give the version that spec.version has, such as 2.6.0',
} as const;

/** What is not there is no mistake; what is there and empty is one. */
function understood<T>(
  written: Readonly<Record<string, string>>,
  annotation: Annotation,
  read: (text: string) => Read<T>,
): { readonly good: readonly T[]; readonly findings: readonly Finding[] } {
  const text = written[annotation];
  if (text === undefined) return { good: [], findings: [] };
  const { good, bad } = read(text);
  return { good, findings: bad.map((entry) => invalid(annotation, entry)) };
}

/** Whatever a person wrote goes into the message, so its length is bounded. */
function invalid(annotation: Annotation, entry: string): Finding {
  const shown = entry.length > 80 ? `${entry.slice(0, 80)}…` : entry;
  const message = `Annotation ${annotation} cannot be understood: ${JSON.stringify(shown)}: ${mends[annotation]}, or take it off`;
  return { reason: 'InvalidAnnotation', message, effect: 'notes' };
}

function whole<T>(read: (text: string) => T | undefined): (text: string) => Read<T> {
  return (text) => {
    const value = read(text.trim());
    return value === undefined ? { good: [], bad: [text] } : { good: [value], bad: [] };
  };
}

function nodeWishes(text: string): Read<NodeWish> {
  const entries = text.split(',').map((entry) => ({ entry: entry.trim(), wish: nodeWish(entry.trim()) }));
  return {
    good: entries.flatMap(({ wish }) => wish ?? []),
    bad: entries.filter(({ wish }) => wish === undefined).map(({ entry }) => entry),
  };
}

function nodeWish(entry: string): NodeWish | undefined {
  const [, digits = '', claimUid = ''] = /^(\d+)\/([A-Za-z0-9][-A-Za-z0-9._]*)$/u.exec(entry) ?? [];
  const id = parseId(digits);
  return id === undefined ? undefined : { id, claimUid };
}

/** Three numbers and whatever a vendor adds, as spec.version is written. */
function versionOf(text: string): string | undefined {
  return /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/u.test(text) ? text : undefined;
}
