// What the tests of the charts read of rendered objects, and how they find them.

import assert from 'node:assert/strict';
import type { KubeObject } from '../../pkg/kube/types.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface Role extends KubeObject {
  readonly rules: readonly Rule[];
}

export interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly [field: string]: unknown;
}

export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly strategy?: object;
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations: object };
      readonly spec: { readonly containers: readonly [Container]; readonly [field: string]: unknown };
    };
  };
}

/** "Kind namespace name" of each, sorted; without the namespace where there is none. */
export function named(objects: readonly KubeObject[]): readonly string[] {
  return objects
    .map(({ kind, metadata: { namespace, name } }) =>
      [kind, namespace, name].filter((one) => one !== undefined).join(' '),
    )
    .toSorted();
}

export function ofKind(objects: readonly KubeObject[], kind: string): readonly KubeObject[] {
  return objects.filter((object) => object.kind === kind);
}

/** The one object of the kind. */
export function only(objects: readonly KubeObject[], kind: string): KubeObject {
  const [first, ...more] = ofKind(objects, kind);
  assert.ok(first !== undefined && more.length === 0, `not exactly one ${kind}`);
  return first;
}

export function deploymentOf(objects: readonly KubeObject[]): Deployment {
  return only(objects, 'Deployment') as Deployment;
}

/** Roles or ClusterRoles. */
export function rolesOf(objects: readonly KubeObject[], kind: 'Role' | 'ClusterRole'): readonly Role[] {
  return ofKind(objects, kind).map((object) => object as Role);
}

/** A field beside kind and metadata, as the test knows it. */
export function field(object: KubeObject, name: string): unknown {
  return (object as unknown as Readonly<Record<string, unknown>>)[name];
}
