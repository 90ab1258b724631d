// How an object of NiFi is known to be ours: the last line of its description names the object of Kubernetes that it was made for.
// It is written with the object, in one request, so it is there after any crash, also when the status was wiped. Pure.
// Surprise: the line also lists what we set, because NiFi does not tell a value that was set from its own default.

const opening = 'Managed by nifi-operator: ';

/** The object of Kubernetes that something in NiFi belongs to. */
export interface Owner {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Marker {
  readonly owner: Owner;
  /** Names of what was set, sorted. */
  readonly sets: readonly string[];
}

/** What the user wrote, and below it our line. */
export function marked(description: string, { owner, sets }: Marker): string {
  const line = `${opening}${ownerText(owner)} ${JSON.stringify([...sets].toSorted())}`;
  return description === '' ? line : `${description}\n${line}`;
}

/** What the user wrote, without our line. */
export function unmarked(description: string): string {
  return markerIn(description) === undefined
    ? description
    : description.slice(0, Math.max(0, description.lastIndexOf('\n')));
}

/** Undefined when the text has no line of ours, or one that somebody has edited. */
export function markerIn(description: string): Marker | undefined {
  const line = description.slice(description.lastIndexOf('\n') + 1);
  if (!line.startsWith(opening)) return undefined;
  const found = /^(?<kind>[A-Za-z]+) (?<namespace>[^/ ]+)\/(?<name>[^ ]+) (?<sets>\[.*\])$/u.exec(
    line.slice(opening.length),
  );
  const { kind, namespace, name, sets } = found?.groups ?? {};
  if (kind === undefined || namespace === undefined || name === undefined || sets === undefined) return undefined;
  const names = parsed(sets);
  return names === undefined ? undefined : { owner: { kind, namespace, name }, sets: names };
}

/** Whether the text names this owner. */
export function isMarkedFor(description: string, owner: Owner): boolean {
  const marker = markerIn(description);
  return marker !== undefined && ownerText(marker.owner) === ownerText(owner);
}

export function ownerText({ kind, namespace, name }: Owner): string {
  return `${kind} ${namespace}/${name}`;
}

function parsed(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
  } catch {
    // Edited by hand: it is no line of ours any more.
    return undefined;
  }
}
