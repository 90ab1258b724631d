// Builds the API server's paths. Pure.
//
// It refuses an empty name where one object is meant: a DELETE whose name got lost would be a deletecollection.

import type { ObjectKey, ResourceType } from './types.ts';

/** The path of a collection; without a namespace it is that of all namespaces. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.apiVersion.includes('/') ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
  const inNamespace = type.namespaced && namespace ? `/namespaces/${segment(namespace, 'namespace')}` : '';
  return `${root}${inNamespace}/${type.plural}`;
}

/** The path of one object. Throws TypeError when the key cannot name one. */
export function objectPath(type: ResourceType, key: ObjectKey, subresource?: string): string {
  const path = `${creationPath(type, key.namespace)}/${segment(key.name, 'name')}`;
  return subresource ? `${path}/${subresource}` : path;
}

/** The path to POST to. Throws TypeError when a namespaced kind comes without its namespace. */
export function creationPath(type: ResourceType, namespace: string | undefined): string {
  if (type.namespaced) segment(namespace ?? '', 'namespace');
  return collectionPath(type, namespace);
}

/** `path` with a query string; undefined values are left out. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

function segment(text: string, what: string): string {
  if (text === '' || text.includes('/') || text === '.' || text === '..') {
    throw new TypeError(`"${text}" cannot be a ${what}`);
  }
  return encodeURIComponent(text);
}
