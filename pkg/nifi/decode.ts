// Reads named fields out of untrusted JSON. Only what is asked for is taken, with the type that is asked for; the rest is dropped.
// It must not guess: a field of the wrong type is a DecodeError that names the field, never a default.

/** The answer is JSON but not of the shape that NiFi documents. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function objectAt(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DecodeError(`${what} is not an object`);
  }
  return value as JsonObject;
}

export function field(parent: JsonObject, name: string): unknown {
  return Object.hasOwn(parent, name) ? parent[name] : undefined;
}

export function objectIn(parent: JsonObject, name: string): JsonObject {
  return objectAt(field(parent, name), name);
}

export function textIn(parent: JsonObject, name: string): string {
  const value = field(parent, name);
  if (typeof value !== 'string') {
    throw new DecodeError(`${name} is not a string`);
  }
  return value;
}

export function numberIn(parent: JsonObject, name: string): number {
  const value = field(parent, name);
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new DecodeError(`${name} is not a number`);
  }
  return value;
}

export function booleanIn(parent: JsonObject, name: string): boolean {
  const value = field(parent, name);
  if (typeof value !== 'boolean') {
    throw new DecodeError(`${name} is not a boolean`);
  }
  return value;
}

/** A list; an absent one is empty, as NiFi leaves empty lists out. */
export function listIn(parent: JsonObject, name: string): readonly unknown[] {
  const value = field(parent, name) ?? [];
  if (!Array.isArray(value)) {
    throw new DecodeError(`${name} is not a list`);
  }
  return value;
}

/** `{name: value}` when the field is there and well-typed, `{}` when it is absent: for spreading into a result. */
export function optional<N extends string, T>(
  parent: JsonObject,
  name: N,
  read: (parent: JsonObject, name: string) => T,
): Partial<Record<N, T>> {
  const value = field(parent, name);
  return value === undefined || value === null ? {} : ({ [name]: read(parent, name) } as Record<N, T>);
}
