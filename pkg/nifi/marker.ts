// The marks by which an object in NiFi is found again when nothing else is remembered of it: whose it is stands in NiFi itself. Pure.
// A text mark is a line of a description or of comments. A position mark is the fraction of a group's coordinates: NiFi overwrites name and
// comments of an imported flow, but keeps the position that was asked for through import, version change, revert and its own restart
// (ProcessGroupResource.createProcessGroup, StandardVersionedComponentSynchronizer.synchronize), and never calls it a local change.
// Surprising: a person who drags a group rounds its mark away. Who knows the group by its id then writes the mark again.

import { createHash } from 'node:crypto';
import type { Position } from './endpoints/process-groups.ts';

export interface Owner {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Of the object in Kubernetes: one that is made again under the same name is another owner. */
  readonly uid: string;
}

const LINE =
  /(?:^|\n)Managed by nifi-operator: (?<kind>\w+) (?<namespace>[\w.-]+)\/(?<name>[\w.-]+) \((?<uid>[\w-]+)\)$/u;
const STEPS = 2 ** 24;

/** The text with the owner's line as its last; a mark that is there is replaced. */
export function markText(text: string, owner: Owner): string {
  const own = unmarked(text);
  const line = `Managed by nifi-operator: ${owner.kind} ${owner.namespace}/${owner.name} (${owner.uid})`;
  return own === '' ? line : `${own}\n${line}`;
}

/** Whose line the text ends with. */
export function ownerIn(text: string): Owner | undefined {
  const { kind, namespace, name, uid } = LINE.exec(text)?.groups ?? {};
  return kind === undefined || namespace === undefined || name === undefined || uid === undefined
    ? undefined
    : { kind, namespace, name, uid };
}

/** The text without a mark. */
export function unmarked(text: string): string {
  return text.replace(LINE, '');
}

/** The position, on whole pixels, moved by less than one pixel each way: by how much, tells the owner. Exact below 2^28 pixels. */
export function markPosition(position: Position, uid: string): Position {
  const { x, y } = fractionsOf(uid);
  return { x: Math.floor(position.x) + x, y: Math.floor(position.y) + y };
}

/** Whether the position is one that `markPosition` gave for this owner. */
export function isMarked(position: Position, uid: string): boolean {
  const { x, y } = fractionsOf(uid);
  return position.x - Math.floor(position.x) === x && position.y - Math.floor(position.y) === y;
}

/** 48 bits of the uid's hash as two fractions that a double holds exactly beside any coordinate of a canvas. */
function fractionsOf(uid: string): Position {
  const hash = createHash('sha256').update(uid).digest();
  return { x: hash.readUIntBE(0, 3) / STEPS, y: hash.readUIntBE(3, 3) / STEPS };
}
