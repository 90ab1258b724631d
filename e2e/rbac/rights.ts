// Rights as RBAC counts them, out of two sources: what roles grant, and what the audit log shows was asked.
// Both become words like `patch datadynamics.io/nificlusters/status`, so that they can be compared as sets.
// Surprise: a server-side apply that creates its object needs two rights, `patch` and `create`, and the log names one.

import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../pkg/kube/types.ts';
import type { AuditEntry } from '../controlplane/audit.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export interface RoleObject extends KubeObject {
  readonly rules: readonly Rule[];
}

const folder = new URL('../../config/rbac/', import.meta.url);

/** The objects of a file below config/rbac. */
export async function rbacObjects(file: string): Promise<readonly KubeObject[]> {
  const text = await readFile(new URL(file, folder), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}

/** The one role in a file below config/rbac. */
export async function readRole(file: string): Promise<RoleObject> {
  const [role] = await rbacObjects(file);
  if (role === undefined || !('rules' in role)) throw new Error(`${file} holds no role`);
  return role as RoleObject;
}

/** Every right that the role grants, sorted. */
export function grantedRights({ rules }: Pick<RoleObject, 'rules'>): readonly string[] {
  const rights = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => right(verb, group, resource)))),
  );
  return [...new Set(rights)].toSorted();
}

/** Every right that the requests needed, sorted. */
export function usedRights(entries: readonly AuditEntry[]): readonly string[] {
  const rights = entries.flatMap(({ verb, code, objectRef }) => {
    const { apiGroup, resource, subresource } = objectRef;
    const target = subresource === '' ? resource : `${resource}/${subresource}`;
    const verbs = verb === 'patch' && code === 201 ? ['patch', 'create'] : [verb];
    return verbs.map((one) => right(one, apiGroup, target));
  });
  return [...new Set(rights)].toSorted();
}

function right(verb: string, group: string, resource: string): string {
  return `${verb} ${group === '' ? '' : `${group}/`}${resource}`;
}
