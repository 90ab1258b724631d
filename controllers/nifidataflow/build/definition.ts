// The definition that is sent to NiFi for a dataflow, and the mark in its comments by which its contents are known again. Pure.
// NiFi takes the comments from the definition together with the contents, so a digest in them says what the group holds, whatever
// happened to the operator in between.

import { createHash } from 'node:crypto';
import { field, type JsonObject, objectIn } from '../../../pkg/nifi/decode.ts';
import { definitionWith } from '../../../pkg/nifi/definition.ts';
import { markText, unmarked } from '../../../pkg/nifi/marker.ts';
import type { Position } from '../plan/observed.ts';
import type { ContextTarget, FlowWish } from '../plan/world.ts';

const LINE = /(?:^|\n)Definition: (?<digest>[0-9a-f]{16})$/u;

/** Digest of what a definition holds: 64 bits, in hexadecimal. */
export function digestOf(definition: JsonObject): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 16);
}

/** The digest in a group's comments; undefined when there is none, or somebody has edited them. */
export function digestIn(comments: string): string | undefined {
  return LINE.exec(unmarked(comments))?.groups?.['digest'];
}

/** What to send to make the group, or to replace what it holds; `position` carries the mark already. */
export function definitionFor(
  { owner, name, source }: FlowWish,
  { position, context }: { readonly position: Position; readonly context?: ContextTarget },
): JsonObject {
  if (source.kind !== 'Definition') throw new TypeError('a flow of a registry has no definition of its own');
  const own = field(objectIn(source.definition, 'flowContents'), 'comments');
  const text = typeof own === 'string' ? unmarked(own).replace(LINE, '') : '';
  const line = `Definition: ${source.digest}`;
  const comments = markText(text === '' ? line : `${text}\n${line}`, owner);
  return definitionWith(source.definition, {
    name,
    comments,
    position,
    ...(context && { parameterContext: { name: context.name, description: context.description } }),
  });
}
