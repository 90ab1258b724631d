// The files of a ConfigMap, Secret, downward API or projected volume, before they are on disk.
// Pure. What is missing and not optional throws ConfigError: the Pod waits in ContainerCreating with a FailedMount event.

import type { V1DownwardAPIVolumeFile, V1KeyToPath, V1Volume, V1VolumeProjection } from '@kubernetes/client-node';
import type { Pod } from '../../pkg/kube/resources.ts';
import { ConfigError, configMapData, type Sources, secretData } from './env.ts';
import { fieldValue, type PodPlace, resourceValue } from './fields.ts';

interface PayloadFile {
  readonly data: Buffer;
  readonly mode: number;
}

/** Path below the volume → file. */
export type Payload = ReadonlyMap<string, PayloadFile>;

/** Everything a volume's content may come from. */
export interface PayloadContext {
  readonly pod: Pod;
  readonly place: PodPlace;
  readonly sources: Sources;
  /** The Pod's own token; undefined when the kubelet plays without. */
  readonly token: string | undefined;
  /** Stands in for ConfigMap kube-root-ca.crt where no controller publishes it. */
  readonly clusterCa: string | undefined;
}

const defaultMode = 0o644;
const rootCaConfigMap = 'kube-root-ca.crt';

/** Content of the volume; undefined when it is of a kind that has none of its own (emptyDir, claim, host path). */
export function payloadOf(volume: V1Volume, context: PayloadContext): Payload | undefined {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined) {
    const { name = '', items, optional, defaultMode: mode } = configMap;
    return pickKeys(configMapData(context.sources, name, optional), items, mode, optional);
  }
  if (secret !== undefined) {
    const { secretName = '', items, optional, defaultMode: mode } = secret;
    return pickKeys(secretData(context.sources, secretName, optional), items, mode, optional);
  }
  if (downwardAPI !== undefined) return downwardFiles(downwardAPI.items, downwardAPI.defaultMode, context);
  if (projected !== undefined) {
    const sources = projected.sources ?? [];
    return new Map(sources.flatMap((source) => [...projection(source, projected.defaultMode, context)]));
  }
  return undefined;
}

/** Names of the ConfigMaps and Secrets whose change changes the Pod's volumes. */
export function referencesOf(pod: Pod): {
  readonly configMaps: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
} {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  for (const { configMap, secret, projected } of pod.spec?.volumes ?? []) {
    if (configMap?.name !== undefined) configMaps.add(configMap.name);
    if (secret?.secretName !== undefined) secrets.add(secret.secretName);
    for (const source of projected?.sources ?? []) {
      if (source.configMap?.name !== undefined) configMaps.add(source.configMap.name);
      if (source.secret?.name !== undefined) secrets.add(source.secret.name);
    }
  }
  return { configMaps, secrets };
}

function projection(source: V1VolumeProjection, mode: number | undefined, context: PayloadContext): Payload {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap !== undefined) {
    const { name = '', items, optional } = configMap;
    const isRootCa = name === rootCaConfigMap && context.sources.configMap(name) === undefined;
    const data = isRootCa ? rootCa(context.clusterCa) : configMapData(context.sources, name, optional);
    return pickKeys(data, items, mode, optional);
  }
  if (secret !== undefined) {
    return pickKeys(
      secretData(context.sources, secret.name ?? '', secret.optional),
      secret.items,
      mode,
      secret.optional,
    );
  }
  if (downwardAPI !== undefined) return downwardFiles(downwardAPI.items, mode, context);
  if (serviceAccountToken !== undefined && context.token !== undefined) {
    return new Map([[serviceAccountToken.path, { data: Buffer.from(context.token), mode: 0o600 }]]);
  }
  return new Map();
}

function rootCa(certificate = ''): ReadonlyMap<string, Buffer> {
  return new Map([['ca.crt', Buffer.from(certificate)]]);
}

/** All keys under their own names, or only `items`, each under its path. */
function pickKeys(
  data: ReadonlyMap<string, Buffer> | undefined,
  items: readonly V1KeyToPath[] | undefined,
  volumeMode = defaultMode,
  optional = false,
): Payload {
  if (data === undefined) return new Map();
  if (items === undefined) return new Map([...data].map(([key, value]) => [key, { data: value, mode: volumeMode }]));
  const files = new Map<string, PayloadFile>();
  for (const { key, path, mode = volumeMode } of items) {
    const value = data.get(key);
    if (value !== undefined) files.set(path, { data: value, mode });
    else if (!optional) throw new ConfigError(`references non-existent config key: ${key}`);
  }
  return files;
}

function downwardFiles(
  items: readonly V1DownwardAPIVolumeFile[] = [],
  volumeMode = defaultMode,
  { pod, place }: PayloadContext,
): Payload {
  return new Map(
    items.map(({ path, fieldRef, resourceFieldRef, mode = volumeMode }) => {
      const value =
        resourceFieldRef === undefined
          ? fieldValue(pod, place, fieldRef?.fieldPath ?? '')
          : resourceValue(pod, undefined, place, resourceFieldRef);
      return [path, { data: Buffer.from(value), mode }];
    }),
  );
}
