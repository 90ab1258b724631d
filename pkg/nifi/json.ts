// Turns the text of an answer into a value without trusting it: bounded nesting, and no key that could reach a prototype.
// NiFi is a server that users run code in, so its answers are input like any other (sizes are capped before, in connection.ts).
// Surprising: the nesting is counted on the text, since a parser that has built the value has already spent the memory.

const DEEPEST = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The reason why a text was not accepted as JSON. */
export class UnsafeJsonError extends Error {
  override readonly name = 'UnsafeJsonError';
}

/** Parses JSON of at most 64 levels, leaving out every `__proto__` key; throws UnsafeJsonError or SyntaxError. */
export function parseJson(text: string): unknown {
  if (depthOf(text) > DEEPEST) {
    throw new UnsafeJsonError(`JSON is nested deeper than ${DEEPEST} levels`);
  }
  // An escaped spelling of the key needs a backslash-u in front of it.
  if (text.includes('__proto__') || text.includes('\\u')) {
    return JSON.parse(text, (key, value: unknown) => (key === '__proto__' ? undefined : value));
  }
  return JSON.parse(text);
}

/** The deepest nesting of brackets outside strings; stops counting once it is too deep. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length && deepest <= DEEPEST; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === BACKSLASH) {
        index += 1;
      } else if (code === QUOTE) {
        inString = false;
      }
    } else if (code === QUOTE) {
      inString = true;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
  return deepest;
}
