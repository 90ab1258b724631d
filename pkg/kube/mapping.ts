// From an object that changed to the keys that must be reconciled, and the owner references behind that.
//
// Pure. An owner is matched by API group and kind, never by version, because a stored reference keeps the version it was made with;
// and by UID where identity counts, because a recreated owner is another owner.

import { groupOf, type KubeObject, type ObjectKey, type OwnerReference, type ResourceType } from './types.ts';

/** Maps an object to the keys to reconcile. */
export type Mapper<T extends KubeObject> = (object: T) => readonly ObjectKey[];

/** The reference that makes `owner` the controller of what carries it. Throws TypeError when the owner has no UID yet. */
export function controllerReference(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  if (uid === undefined) throw new TypeError(`${owner.kind} ${name} has no UID`);
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The owner reference with `controller: true`. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** True when exactly this owner, by UID, controls the object. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return owner.metadata.uid !== undefined && controllerOf(object)?.uid === owner.metadata.uid;
}

/** Maps an object to its controller, when that is of this type. */
export function byController(type: ResourceType): Mapper<KubeObject> {
  return (object) => {
    const owner = controllerOf(object);
    if (!owner || owner.kind !== type.kind || groupOf(owner.apiVersion) !== groupOf(type.apiVersion)) return [];
    return [{ namespace: type.namespaced ? (object.metadata.namespace ?? '') : '', name: owner.name }];
  };
}

/** Maps an object to the key that its label names in its own namespace. */
export function byLabel(label: string): Mapper<KubeObject> {
  return (object) => {
    const name = object.metadata.labels?.[label];
    return name ? [{ namespace: object.metadata.namespace ?? '', name }] : [];
  };
}

/** Index function: the UID of the controller. */
export function controllerUid(object: KubeObject): readonly string[] {
  const uid = controllerOf(object)?.uid;
  return uid === undefined ? [] : [uid];
}

/** Index function: the label's value with its namespace, as `namespace/value`. */
export function labelIndex(label: string): (object: KubeObject) => readonly string[] {
  return (object) => {
    const value = object.metadata.labels?.[label];
    return value ? [`${object.metadata.namespace ?? ''}/${value}`] : [];
  };
}
