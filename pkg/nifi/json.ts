// Turns the bytes of an answer into a value without trusting them: bounded nesting, a bounded number of values, and no key that could
// reach a prototype. NiFi is a server that users run code in, so its answers are input like any other (sizes are capped before, in
// connection.ts).
// Surprising: both are counted on the bytes, since a parser that has built the value has already spent the time and the memory: eight
// megabytes of `{},{},…` take it most of a second, in which nothing else of the operator runs.

const DEEPEST = 64;
/** Three thousand process groups have less; so many take a parser a tenth of a second. */
const MOST_VALUES = 500_000;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COMMA = 0x2c;

/** The key, or the escaped spelling of any letter that it has. */
const PROTOTYPE_KEY = /__proto__|\\u00(?:5f|70|72|6f|74)/iu;

/** The reason why something was not accepted as JSON. */
export class UnsafeJsonError extends Error {
  override readonly name = 'UnsafeJsonError';
}

/**
 * Parses JSON in UTF-8 of at most 64 levels and half a million values, leaving out every `__proto__` key; throws UnsafeJsonError or
 * SyntaxError.
 */
export function parseJson(bytes: Buffer): unknown {
  refuseExcess(bytes);
  const text = bytes.toString('utf8');
  const value: unknown = JSON.parse(text);
  if (PROTOTYPE_KEY.test(text)) {
    dropPrototypeKeys(value);
  }
  return value;
}

/** Of UTF-8 no byte but these characters themselves has their codes. */
function refuseExcess(bytes: Uint8Array): void {
  let depth = 0;
  let values = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const code = bytes[index];
    if (code === QUOTE) {
      index = endOfString(bytes, index);
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      values += 1;
      if (depth > DEEPEST) {
        throw new UnsafeJsonError(`JSON is nested deeper than ${DEEPEST} levels`);
      }
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
    } else if (code === COMMA) {
      values += 1;
    }
    if (values > MOST_VALUES) {
      throw new UnsafeJsonError(`JSON has more than ${MOST_VALUES} values`);
    }
  }
}

/** Of the closing quote, or of the end where there is none. */
function endOfString(bytes: Uint8Array, opening: number): number {
  let index = opening + 1;
  while (index < bytes.length && bytes[index] !== QUOTE) {
    index += bytes[index] === BACKSLASH ? 2 : 1;
  }
  return index;
}

/** JSON.parse makes the key an own property, which is harmless until somebody copies it; the nesting is bounded by now. */
function dropPrototypeKeys(value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  if (Object.hasOwn(value, '__proto__')) {
    Reflect.deleteProperty(value, '__proto__');
  }
  for (const each of Object.values(value)) {
    dropPrototypeKeys(each);
  }
}
