// What must hold before a group is removed or bound to another parameter context, with NiFi's words for what does not.

import { connectionLoad } from '../cluster/load.ts';
import { HttpError } from '../errors.ts';
import type { Call } from '../http/endpoint.ts';
import { groupLabel } from '../versions/update.ts';
import { referencedNames } from './parameter-references.ts';
import { componentLabel } from './scheduling.ts';
import { checkDeletable } from './service-endpoints.ts';
import { type ClusterState, childrenOf, inGroup, type ProcessGroup } from './state.ts';

/** In NiFi's order (StandardProcessGroup.verifyCanDelete): processors, connections, services, then the groups below. Throws 409. */
export function checkRemovable(call: Call, group: ProcessGroup): void {
  const { state } = call;
  for (const component of inGroup(state.components, group.id)) {
    if (component.kind === 'FUNNEL' || component.scheduled !== 'RUNNING') continue;
    throw new HttpError(409, `Cannot delete ${componentLabel(component)} because Processor is running`);
  }
  for (const connection of inGroup(state.connections, group.id)) {
    if (connectionLoad(call.node, [connection.id]).flowFilesQueued > 0) {
      throw new HttpError(409, `Queue not empty for ${connection.id}`);
    }
  }
  for (const service of inGroup(state.services, group.id)) checkDeletable(service);
  for (const child of childrenOf(state, group.id)) checkRemovable(call, child);
}

/** Throws 404 for an unknown context and 409 when something that runs has parameters in its properties. */
export function checkRebinding(
  state: ClusterState,
  group: ProcessGroup,
  wanted: { readonly id?: string | null } | undefined,
): void {
  if (!wanted) return;
  const id = wanted.id ?? undefined;
  if (id !== undefined && !state.parameterContexts.has(id)) {
    throw new HttpError(404, `Unable to find Parameter Context with id '${id}'.`);
  }
  if (id === group.parameterContextId) return;
  for (const component of inGroup(state.components, group.id)) {
    if (component.scheduled !== 'RUNNING' || referencedNames(component).size === 0) continue;
    throw new HttpError(
      409,
      `Cannot change Parameter Context for ${groupLabel(group)} because ${componentLabel(component)} is referencing at least one Parameter and is running`,
    );
  }
}
