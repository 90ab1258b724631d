// Compares an answer with a recorded one: the same fields, and the same values where a value is not the run's own (ids, times, sizes).
// Ids are learnt on the way: where the record has one, the answer's is the same thing.

import assert from 'node:assert/strict';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const oneUuid = new RegExp(`^${uuid.source}$`);

/** Values that must be equal. */
const telling = new Set([
  'action',
  'anonymous',
  'apiPort',
  'canRead',
  'canWrite',
  'category',
  'clientId',
  'clustered',
  'configurable',
  'connectedNodeCount',
  'connectedNodes',
  'connectedToCluster',
  'externalLoginRequired',
  'identity',
  'lastModifier',
  'loginSupported',
  'logoutSupported',
  'maxTimerDrivenThreadCount',
  'name',
  'resource',
  'status',
  'title',
  'totalNodeCount',
  'version',
]);
/** Fields that a node has or has not, depending on whether the coordinator kept its last heartbeat: both are recorded. */
const ofHeartbeat = new Set([
  'heartbeat',
  'activeThreadCount',
  'queued',
  'nodeStartTime',
  'flowFilesQueued',
  'bytesQueued',
  'connectionRequested',
]);
/** Fields that a component has or has not, depending on whether its validation was through and its node has read its flow from disk. */
const passing = new Set(['validationErrors', 'customUiUrl', 'processingPerformanceStatus', 'versionedComponentId']);
/** What the stand-in keeps less of: allowable values of a property, flow files in a listing. */
const shortened = /allowableValues|resourceDefinition|flowFileSummaries/;
/** Events are compared by what is said last; older ones depend on what the recorder did before. */
const histories = new Set(['events']);

export class Names {
  private readonly known = new Map<string, string>();

  learn(recorded: string, live: string): void {
    this.known.set(recorded, live);
  }

  /** A recorded text with the run's own ids in it. */
  translate(text: string): string {
    return text.replace(uuid, (id) => this.known.get(id) ?? id);
  }
}

/** Throws AssertionError naming the place where the two differ. */
export function compareJson(recorded: unknown, live: unknown, names: Names, place = '$'): void {
  if (Array.isArray(recorded) && Array.isArray(live)) {
    compareLists(recorded, live, names, place);
  } else if (isObject(recorded) && isObject(live)) {
    compareObjects(recorded, live, names, place);
  } else {
    assert.equal(typeof live, typeof recorded, `type of ${place}`);
    if (typeof recorded === 'string' && typeof live === 'string' && oneUuid.test(recorded)) names.learn(recorded, live);
  }
}

/** Characters of an answer that was cut off by which it is known. */
const cutOff = 16;

/** Plain text and pages: equal but for ids, host names and what Jetty adds around it. */
export function compareText(recorded: string, live: string): void {
  if (recorded.startsWith('<html>')) {
    const title = /<title>(.*)<\/title>/;
    assert.equal(title.exec(live)?.[1], title.exec(recorded)?.[1]);
  } else if (recorded.startsWith('ey')) {
    assert.match(live, /^ey[\w-]+\.ey[\w-]+\.[\w-]+$/);
  } else if (recorded.startsWith('{"')) {
    // A long answer was cut off when it was recorded.
    assert.equal(live.slice(0, cutOff), recorded.slice(0, cutOff));
  } else if (!recorded.startsWith('Diagnostic Dump')) {
    assert.equal(plain(live), plain(recorded));
  }
}

function plain(text: string): string {
  return text
    .replace(uuid, '<id>')
    .replace(/(?:127\.0\.0\.\d|localhost|contract-\d\.contract-nodes\.test\.svc)/g, '<host>')
    .replace(/\[7, <id>, <id>\]/, '[7, null, <id>]')
    .replace(/\$Head@[0-9a-f]+/, '$Head@<hash>')
    .replace(/\d+ seconds/, '<n> seconds')
    .trim();
}

function compareObjects(
  recorded: Record<string, unknown>,
  live: Record<string, unknown>,
  names: Names,
  place: string,
): void {
  const keys = (object: Record<string, unknown>) =>
    Object.keys(object)
      .filter((key) => !ofHeartbeat.has(key) && !passing.has(key) && !shortened.test(key))
      .sort();
  assert.deepEqual(keys(live), keys(recorded), `fields of ${place}`);
  for (const [key, value] of Object.entries(recorded)) {
    if (!(key in live)) continue;
    if (histories.has(key) || passing.has(key) || shortened.test(key)) continue;
    if (telling.has(key) && !isObject(value))
      assert.equal(live[key], typeof value === 'string' ? names.translate(value) : value, `${place}.${key}`);
    else compareJson(value, live[key], names, `${place}.${key}`);
  }
}

function compareLists(recorded: readonly unknown[], live: readonly unknown[], names: Names, place: string): void {
  const unordered = recorded.every((item) => keyOf(item) !== undefined);
  const sortKey = (item: unknown) => keyOf(item) ?? '';
  const sorted = (list: readonly unknown[]) =>
    unordered ? [...list].sort((a, b) => sortKey(a).localeCompare(sortKey(b))) : list;
  if (place.includes('garbageCollection')) return;
  assert.equal(live.length, recorded.length, `length of ${place}`);
  sorted(recorded).forEach((item, index) => compareJson(item, sorted(live)[index], names, `${place}[${index}]`));
}

/** What an element of a set is known by. */
function keyOf(item: unknown): string | undefined {
  if (!isObject(item)) return undefined;
  const component = isObject(item['component']) ? item['component'] : item;
  const { identity, resource, action, address } = component;
  const parameter = item['parameter'];
  if (isObject(parameter)) return String(parameter['name']);
  if (typeof identity === 'string') return identity;
  if (typeof resource === 'string') return `${resource.replace(uuid, '')} ${String(action)}`;
  const name = component['name'];
  if (typeof name === 'string') return name;
  return typeof address === 'string'
    ? address.replace(/^127\.0\.0\.(\d)/, (_, digit: string) => `contract-${Number(digit) - 2}.`).slice(0, 10)
    : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
