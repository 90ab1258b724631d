// A container's environment out of its spec: envFrom, then env, with $(NAME) references to what stands before.
// What is missing throws ConfigError, which the Pod shows as CreateContainerConfigError and tries again.

import type { V1Container, V1EnvVarSource } from '@kubernetes/client-node';
import type { ConfigMap, Pod, Secret } from '../../pkg/kube/resources.ts';
import { fieldValue, type PodPlace, resourceValue } from './fields.ts';

/** The ConfigMaps and Secrets of the Pod's namespace, as far as the kubelet has seen them. */
export interface Sources {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
}

/** The container cannot be configured yet; the message is the kubelet's. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Environment of `container`, in the order of its definition. Throws ConfigError. */
export function resolveEnv(
  pod: Pod,
  container: V1Container,
  place: PodPlace,
  sources: Sources,
): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const found =
      configMapRef === undefined
        ? keysOf(secretData(sources, secretRef?.name ?? '', secretRef?.optional))
        : keysOf(configMapData(sources, configMapRef.name ?? '', configMapRef.optional));
    for (const [key, value] of found) env[`${prefix}${key}`] = value.toString('utf8');
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const resolved =
      valueFrom === undefined ? expand(value ?? '', env) : fromSource(valueFrom, pod, container, place, sources);
    if (resolved !== undefined) env[name] = resolved;
  }
  return env;
}

/** `$(NAME)` becomes the value of NAME where it is known; `$$(NAME)` stays `$(NAME)`. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\(([^)]+)\)/g, (whole, name?: string) =>
    name === undefined ? '$' : (env[name] ?? whole),
  );
}

function fromSource(
  source: V1EnvVarSource,
  pod: Pod,
  container: V1Container,
  place: PodPlace,
  sources: Sources,
): string | undefined {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = source;
  if (configMapKeyRef !== undefined) {
    const data = configMapData(sources, configMapKeyRef.name ?? '', configMapKeyRef.optional);
    return pick(data, configMapKeyRef, `ConfigMap ${pod.metadata.namespace}/${configMapKeyRef.name}`);
  }
  if (secretKeyRef !== undefined) {
    const data = secretData(sources, secretKeyRef.name ?? '', secretKeyRef.optional);
    return pick(data, secretKeyRef, `Secret ${pod.metadata.namespace}/${secretKeyRef.name}`);
  }
  if (fieldRef !== undefined) return fieldValue(pod, place, fieldRef.fieldPath);
  if (resourceFieldRef !== undefined) return resourceValue(pod, container.name, place, resourceFieldRef);
  throw new ConfigError('unsupported source of an environment variable');
}

function pick(
  data: ReadonlyMap<string, Buffer> | undefined,
  ref: { readonly key: string; readonly optional?: boolean },
  where: string,
): string | undefined {
  const value = data?.get(ref.key);
  if (value === undefined && ref.optional !== true) throw new ConfigError(`couldn't find key ${ref.key} in ${where}`);
  return value?.toString('utf8');
}

function keysOf(data: ReadonlyMap<string, Buffer> | undefined): Iterable<[string, Buffer]> {
  return data ?? [];
}

/** Content of a ConfigMap by key; undefined when an optional one is absent. Throws ConfigError when it must be there. */
export function configMapData(
  sources: Sources,
  name: string,
  optional = false,
): ReadonlyMap<string, Buffer> | undefined {
  const found = sources.configMap(name);
  if (found === undefined) return absent(optional, `configmap "${name}" not found`);
  return new Map([
    ...Object.entries(found.data ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const),
    ...Object.entries(found.binaryData ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const),
  ]);
}

/** Content of a Secret by key; as `configMapData`. */
export function secretData(sources: Sources, name: string, optional = false): ReadonlyMap<string, Buffer> | undefined {
  const found = sources.secret(name);
  if (found === undefined) return absent(optional, `secret "${name}" not found`);
  return new Map(Object.entries(found.data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const));
}

function absent(optional: boolean, message: string): undefined {
  if (!optional) throw new ConfigError(message);
}
