// One node's settings out of three levels: node < its group < its own entry.
// Maps merge by key, keyed lists by their key, everything else is replaced. A default of the schema exists on the first
// level only: on the others it would hide what that one says.

import type { DefaultedNiFiClusterSpec, NodeOverride } from '../../api/v1/zz_generated.nificluster.ts';
import { mergeTemplates } from './build/resources/pod-template.ts';

export type NodeSettings = DefaultedNiFiClusterSpec['node'];

/** The settings of this node, and the group it names if there is no such group. */
export function nodeSettings(
  spec: DefaultedNiFiClusterSpec,
  id: number,
): { readonly settings: NodeSettings; readonly unknownGroup: string | undefined } {
  const entry = spec.nodes?.find((node) => node.id === id);
  const group = spec.nodeGroups?.find(({ name }) => name === entry?.group);
  const levels = [group?.node, entry?.node].filter((level) => level !== undefined);
  return {
    settings: levels.reduce(mergeNode, spec.node),
    unknownGroup: entry?.group !== undefined && group === undefined ? entry.group : undefined,
  };
}

function mergeNode(base: NodeSettings, over: NodeOverride): NodeSettings {
  const args = over.jvm?.args ?? base.jvm.args;
  return {
    ...base,
    jvm: { heap: over.jvm?.heap ?? base.jvm.heap, ...(args && { args }) },
    storage: byKey(base.storage, over.storage, ({ name }) => name) ?? base.storage,
    ...defined({
      resources: mergeResources(base, over),
      config: mergeConfig(base, over),
      configFrom: over.configFrom ?? base.configFrom,
      env: mergeEnvironment(base.env, over.env),
      podTemplate:
        over.podTemplate === undefined ? base.podTemplate : mergeTemplates(base.podTemplate ?? {}, over.podTemplate),
    }),
  };
}

function mergeResources(base: NodeSettings, over: NodeOverride): NodeOverride['resources'] {
  if (over.resources === undefined) return base.resources;
  return defined({
    requests: mergeMaps(base.resources?.requests, over.resources.requests),
    limits: mergeMaps(base.resources?.limits, over.resources.limits),
  });
}

function mergeConfig(base: NodeSettings, over: NodeOverride): NodeOverride['config'] {
  if (over.config === undefined) return base.config;
  return defined({
    nifiProperties: mergeMaps(base.config?.nifiProperties, over.config.nifiProperties),
    bootstrapConf: mergeMaps(base.config?.bootstrapConf, over.config.bootstrapConf),
    files: mergeMaps(base.config?.files, over.config.files),
  });
}

/** Whole entries by name: a variable has a value or a source, and one of each would be refused. */
function mergeEnvironment(base: NodeSettings['env'], over: NodeOverride['env']): NodeSettings['env'] {
  if (base === undefined || over === undefined) return over ?? base;
  return [...new Map([...base, ...over].map((variable) => [variable.name, variable])).values()];
}

type Values<V> = Readonly<Record<string, V>>;

function mergeMaps<V>(base: Values<V> | undefined, over: Values<V> | undefined): Values<V> | undefined {
  return over === undefined ? base : { ...base, ...over };
}

/** Elements of `over` take the place of those with the same key, merged over them; new ones follow. */
function byKey<T extends object>(
  base: readonly T[] | undefined,
  over: readonly T[] | undefined,
  key: (element: T) => string,
): readonly T[] | undefined {
  if (over === undefined || base === undefined) return over ?? base;
  const changed = new Map(over.map((element) => [key(element), element]));
  const known = new Set(base.map(key));
  return [
    ...base.map((element) => ({ ...element, ...changed.get(key(element)) })),
    ...over.filter((element) => !known.has(key(element))),
  ];
}

type Defined<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

/** Without the keys whose value is undefined: `exactOptionalPropertyTypes` tells absent from undefined, and JSON does too. */
function defined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<Defined<T>>;
}
