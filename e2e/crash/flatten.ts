// Objects as paths and values, so that two can be compared piece by piece and a difference can be told in one line.
// Lists whose items have names are taken by name, because their order may tell history; texts are taken line by line, and
// JSON within a text as what it says.

/** Path → value as JSON. */
export type EndState = ReadonlyMap<string, string>;

/** Adds what is in `value` to `into`. */
export function flatten(path: string, value: unknown, into: Map<string, string>): void {
  const inner = opened(value);
  if (typeof inner !== 'object' || inner === null) {
    into.set(path, JSON.stringify(inner));
    return;
  }
  const entries = Array.isArray(inner) ? named(inner) : Object.entries(inner);
  if (entries.length === 0) into.set(path, JSON.stringify(inner));
  for (const [name, item] of entries) flatten(`${path}${/[\w\]]$/u.test(path) ? '.' : ''}${name}`, item, into);
}

/** The differences, one line each; paths in `chance` may differ. */
export function differences(expected: EndState, actual: EndState, chance: ReadonlySet<string>): readonly string[] {
  return [...new Set([...expected.keys(), ...actual.keys()])]
    .filter((path) => !chance.has(path) && expected.get(path) !== actual.get(path))
    .toSorted()
    .map((path) => `${path}: ${expected.get(path) ?? 'absent'} in the reference, ${actual.get(path) ?? 'absent'} here`);
}

/** Where two runs that should be equal are not. */
export function chanceIn(one: EndState, other: EndState): ReadonlySet<string> {
  return new Set([...one.keys(), ...other.keys()].filter((path) => one.get(path) !== other.get(path)));
}

function opened(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value.startsWith('{') || value.startsWith('[')) {
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  }
  return value.includes('\n') ? Object.fromEntries(value.split('\n').map((line, i) => [`line ${i + 1}`, line])) : value;
}

const naming = ['name', 'type', 'id'] as const;

function named(items: readonly unknown[]): readonly (readonly [string, unknown])[] {
  for (const key of naming) {
    const names = items.map((item) => (item as Readonly<Record<string, unknown>> | null)?.[key]);
    if (
      names.every((name) => typeof name === 'string' || typeof name === 'number') &&
      new Set(names).size === names.length
    )
      return items.map((item, i) => [`[${names[i]}]`, item]);
  }
  return items.map((item, i) => [`[${i}]`, item]);
}
