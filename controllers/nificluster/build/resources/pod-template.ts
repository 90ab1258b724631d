// The user's `podTemplate` merged over the Pod that the operator built.
// Maps merge by key, lists of named things by their name, everything else is replaced: as for all overrides.
// What ties a Pod to its node's identity, data and configuration is not the template's to change; `validate` refuses it and
// names the field.

import { posix } from 'node:path';
import type { KubeObject } from '../../../../pkg/kube/types.ts';
import { volumeDirectory } from '../config/paths.ts';

/** Fields of the Pod that decide which node it is, or whether it comes back; refused in a template. */
export const protectedPodFields = ['hostname', 'subdomain', 'restartPolicy', 'nodeName', 'setHostnameAsFQDN'] as const;

/** Without these NiFi has no configuration; every other volume of the operator's may get another source. */
const configurationVolumes = ['config', 'start', 'key', 'secret', 'tls'];

/** The Pod's volume for an entry of `storage`. Prefixed, so that one named `conf` or `tls` is no clash. */
export function storageVolume(name: string): string {
  return `volume-${name}`;
}

/**
 * Why `template` may not be laid over the Pod of a node with these entries of `storage`, one sentence each. A volume in the
 * place of a claim would begin empty, say so, and have the claim that holds the data deleted on that word.
 */
export function templateProblems(
  template: Readonly<Record<string, unknown>>,
  storage: readonly string[],
): readonly string[] {
  const spec = asMap(template['spec']);
  const own = [...configurationVolumes, ...storage.map(storageVolume)];
  const volumes = asList(spec['volumes']).map(({ name }) => name);
  const containers = asList(spec['containers']).filter(({ name }) => name === 'nifi');
  const mounts = containers.flatMap((container) => asList(container['volumeMounts']).map(({ mountPath }) => mountPath));
  return [
    ...protectedPodFields
      .filter((field) => spec[field] !== undefined)
      .map((field) => `podTemplate.spec.${field} belongs to the operator: take it out`),
    ...own
      .filter((name) => volumes.includes(name))
      .map((name) => `podTemplate.spec.volumes: ${name} is the operator's own: give yours another name`),
    ...mounts.flatMap((path) => (typeof path === 'string' ? mountProblems(path, storage) : [])),
  ];
}

function mountProblems(path: string, storage: readonly string[]): readonly string[] {
  const inside = `${posix.normalize(path)}/`;
  return storage
    .filter((name) => inside.startsWith(`${volumeDirectory(name)}/`))
    .map(
      (name) =>
        `podTemplate.spec.containers: the mount at ${path} would hide what NiFi keeps on its volume ${name}: mount it elsewhere`,
    );
}

/** The key of each list that merges element by element; lists not named here are replaced whole. */
const listKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  ports: 'name',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
};

/** `built` with `template` ({metadata: {labels, annotations}, spec}) over it. Neither is changed. */
export function mergePodTemplate(built: KubeObject, template: Readonly<Record<string, unknown>>): KubeObject {
  const metadata = asMap(template['metadata']);
  const overlay = {
    metadata: {
      // The operator's own labels and annotations win: they are how it finds the Pod again.
      labels: { ...asMap(metadata['labels']), ...built.metadata.labels },
      annotations: { ...asMap(metadata['annotations']), ...built.metadata.annotations },
    },
    spec: asMap(template['spec']),
  };
  return merge(built, overlay, '') as KubeObject;
}

/** Two templates as one: `over` wins, by the same rules. */
export function mergeTemplates(base: object, over: object): Readonly<Record<string, unknown>> {
  return merge(base, over, '') as Readonly<Record<string, unknown>>;
}

function merge(base: unknown, over: unknown, field: string): unknown {
  if (over === undefined) return base;
  if (isMap(base) && isMap(over)) {
    const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
    return Object.fromEntries([...keys].map((key) => [key, merge(base[key], over[key], key)]));
  }
  const listKey = listKeys[field];
  return listKey !== undefined && Array.isArray(base) && Array.isArray(over) ? mergeList(base, over, field) : over;
}

/** Elements of `over` merge into those of the same key and in their place; new ones follow. */
function mergeList(base: readonly unknown[], over: readonly unknown[], field: string): readonly unknown[] {
  const key = listKeys[field] ?? 'name';
  const keyOf = (element: unknown): unknown => (isMap(element) ? element[key] : undefined);
  const overlaid = base.map((element) => {
    const match = over.find((candidate) => keyOf(candidate) !== undefined && keyOf(candidate) === keyOf(element));
    return match === undefined ? element : replaceSource(element, match, field);
  });
  const known = new Set(base.map(keyOf));
  return [...overlaid, ...over.filter((element) => !known.has(keyOf(element)))];
}

/** An environment variable or a volume has one source; a second one beside it would be refused. */
function replaceSource(element: unknown, match: unknown, field: string): unknown {
  if (field === 'volumes') return match;
  if (isMap(element) && isMap(match) && ('value' in match || 'valueFrom' in match)) return match;
  return merge(element, match, '');
}

function asList(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : {};
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
