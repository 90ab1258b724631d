// What a contract case is: calls in order and what NiFi answers to each, with the place in the recorded facts behind it.
// Cases know nothing of the stand-in, so that the same ones can be held against a real NiFi.

export interface ContractCase {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** In `path`, `json` and `values`, `{{x}}` stands for what an earlier step of the case kept, or for what the run provides. */
export interface Step {
  /** Node asked, 0 to 2. */
  readonly node?: number;
  /** Common name of the client's certificate; default `admin`, the initial admin. */
  readonly client?: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  readonly path: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** The whole text of an answer that is no JSON object. */
  readonly text?: RegExp;
  /** Dotted paths into the answer that must be there. */
  readonly fields?: readonly string[];
  /** Dotted path → value. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Name → dotted path of what later steps need. */
  readonly keep?: Readonly<Record<string, string>>;
  /** Asked again and again until it is so: NiFi needs a moment for it. */
  readonly eventually?: true;
}

/** The value at a dotted path; a number is an index, `[key=value]` the element of a list that has it. */
export function at(value: unknown, path: string): unknown {
  let current = value;
  for (const part of path.split('.')) {
    if (typeof current !== 'object' || current === null) return undefined;
    const wanted = /^\[(\w+)=(.*)\]$/.exec(part);
    current = wanted
      ? (current as readonly Record<string, unknown>[]).find((item) => String(item[wanted[1] ?? '']) === wanted[2])
      : (current as Record<string, unknown>)[part];
  }
  return current;
}
