// The decode boundary of a reconcile, and defaults for objects that no API server has seen, for any kind.
// An object that does not fit its schema (an older CRD, a hand-made store) becomes a list of problems here, and never a crash later.

import { applyDefaults } from '../../pkg/schema/defaults.ts';
import { type CustomResource, rootSchema } from '../../pkg/schema/kind.ts';
import type { Json } from '../../pkg/schema/structural.ts';
import { type Validate, validatorOf } from '../../pkg/schema/validator.ts';

export type DecodedObject<T> =
  | { readonly ok: true; readonly object: T }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Checks objects as the API server returned them. */
export function decoderOf<T>(kind: CustomResource): (object: unknown) => DecodedObject<T> {
  let validate: Validate | undefined;
  return (object) => {
    validate ??= validatorOf(rootSchema(kind));
    const problems = validate(object);
    return problems.length === 0 ? { ok: true, object: object as T } : { ok: false, problems };
  };
}

/** The object as the API server would return it. */
export function defaulted(kind: CustomResource, object: unknown): unknown {
  return applyDefaults(rootSchema(kind), object as Json);
}
