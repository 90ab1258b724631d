// Local changes: what a group is now against the flow as its registry holds it. Places on the canvas and whether something runs do
// not count; the comments of the group itself do, although a version change overwrites them (StandardFlowComparator,
// FlowDifferenceFilters).

import { effectiveProperties } from '../flow/extensions.ts';
import type { ClusterState, ProcessGroup } from '../flow/state.ts';
import type { Json } from '../format.ts';
import { exportGroup } from './export.ts';
import type { SnapshotGroup } from './snapshot.ts';

export interface ComponentDifference {
  readonly componentType: string;
  readonly componentId: string;
  readonly componentName: string;
  readonly processGroupId: string;
  readonly differences: readonly { readonly differenceType: string; readonly difference: string }[];
}

interface Part {
  readonly type: string;
  readonly name: string;
  readonly instanceId: string;
  readonly groupId: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Of its properties, those that its class does not have included. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

type Item = Readonly<Record<string, unknown>>;

const lists = [
  ['Processor', 'processors'],
  ['Input Port', 'inputPorts'],
  ['Output Port', 'outputPorts'],
  ['Funnel', 'funnels'],
  ['Connection', 'connections'],
  ['Controller Service', 'controllerServices'],
] as const;
/** Neither a change nor what identifies. */
const ignored = new Set([
  'identifier',
  'instanceIdentifier',
  'groupIdentifier',
  'position',
  'propertyDescriptors',
  'bundle',
  'style',
  'controllerServiceApis',
  'componentType',
  'properties',
  'source',
  'destination',
  'zIndex',
  'labelIndex',
  'type',
]);

/** Empty for a group that is as its version is. */
export function localChanges(
  state: ClusterState,
  group: ProcessGroup,
  contents: unknown,
): readonly ComponentDifference[] {
  const now = partsOf(exportGroup({ state, version: '' }, group), group.id, true);
  const then = partsOf(contents as Json, group.id, true);
  const changes: ComponentDifference[] = [];
  for (const [id, part] of now) {
    const before = then.get(id);
    const differences = before
      ? compare(before.values, part)
      : [{ differenceType: 'Component Added', difference: `${part.type} was added` }];
    if (differences.length > 0) changes.push(changeOf(part, differences));
  }
  for (const [id, part] of then) {
    if (now.has(id)) continue;
    changes.push(changeOf(part, [{ differenceType: 'Component Removed', difference: `${part.type} was removed` }]));
  }
  return changes;
}

function changeOf(part: Part, differences: ComponentDifference['differences']): ComponentDifference {
  return {
    componentType: part.type,
    componentId: part.instanceId,
    componentName: part.name,
    processGroupId: part.groupId,
    differences,
  };
}

/** What a flow does not say is no change as long as it is NiFi's default (isNewPropertyWithDefaultValue). */
function compare(before: Item, { values: now, defaults }: Part): ComponentDifference['differences'] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names
    .filter((name) => name in before || name === 'comments' || (name in defaults && !same(now[name], defaults[name])))
    .filter((name) => !same(before[name], now[name]))
    .map((name) => ({
      differenceType: typeOf(name),
      difference: `From '${text(before[name])}' to '${text(now[name])}'`,
    }));
}

function typeOf(name: string): string {
  if (name.startsWith('property ')) return 'Property Value Changed';
  if (name === 'comments') return 'Comments Changed';
  if (name === 'name') return 'Component Name Changed';
  return name === 'scheduledState' ? 'Scheduled State Changed' : `${name} Changed`;
}

/** Nothing and an empty text are one. */
function same(a: unknown, b: unknown): boolean {
  return text(a) === text(b);
}

function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The group itself has the key ``; its name may differ, that of a group in it may not. */
function partsOf(group: Item, groupId: string, top: boolean): ReadonlyMap<string, Part> {
  const { identifier, name, comments, processGroups } = group as SnapshotGroup;
  const instance = top ? groupId : text(group['instanceIdentifier'] ?? identifier);
  const parts = new Map<string, Part>();
  parts.set(top ? '' : String(identifier), {
    type: 'Process Group',
    name: name ?? '',
    instanceId: instance,
    groupId: instance,
    values: { comments, ...(top ? {} : { name }) },
    defaults: {},
  });
  for (const [type, key] of lists) {
    for (const item of (group[key] ?? []) as readonly Item[])
      parts.set(String(item['identifier']), partOf(item, type, instance));
  }
  for (const child of processGroups ?? []) {
    for (const [id, part] of partsOf(child as Item, groupId, false)) parts.set(id, part);
  }
  return parts;
}

function partOf(item: Item, type: string, groupId: string): Part {
  const end = (key: string): unknown => (item[key] as { readonly id?: string } | undefined)?.id;
  const properties = Object.entries((item['properties'] ?? {}) as Item);
  const defaults =
    type === 'Processor' || type === 'Controller Service' ? effectiveProperties(text(item['type']), {}) : {};
  return {
    type,
    name: text(item['name']),
    instanceId: text(item['instanceIdentifier']) || text(item['identifier']),
    groupId,
    values: {
      ...Object.fromEntries(Object.entries(item).filter(([key]) => !ignored.has(key))),
      ...Object.fromEntries(properties.map(([name, value]) => [`property ${name}`, value])),
      source: end('source'),
      destination: end('destination'),
    },
    defaults: Object.fromEntries(properties.map(([name]) => [`property ${name}`, defaults[name]])),
  };
}
