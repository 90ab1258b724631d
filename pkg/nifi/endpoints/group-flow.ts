// What is in one process group: its processors, how they are connected, and the groups in it; and where data comes into it.
// Source: OpenAPI of NiFi 2.11 (ProcessGroupFlowDTO, FlowDTO, ConnectionEntity), transcript 03 of the reference; NiFi's FlowResource.
// Surprising: only the group itself is told, not what is in the groups below it: each of those is a call of its own, so this is read
// for a drain or an explanation and never once a period.

import { field, type JsonObject, listIn, objectAt, objectIn, textIn } from '../decode.ts';
import type { NodeCalls } from '../types.ts';
import { decodeProcessor, type Processor } from './scheduling.ts';

export interface FlowConnection {
  readonly id: string;
  readonly sourceId: string;
  readonly destinationId: string;
}

export interface GroupFlow {
  readonly id: string;
  /** Those that the operator may read. */
  readonly processors: readonly Processor[];
  readonly connections: readonly FlowConnection[];
  /** Ids of the groups in it. */
  readonly groups: readonly string[];
  /** Ids of its remote process groups, which may bring data in too. */
  readonly remoteGroups: readonly string[];
}

/** GET /flow/process-groups/{id}; kind `NotFound` when there is none. */
export async function getGroupFlow(node: NodeCalls, groupId: string): Promise<GroupFlow> {
  const path = '/flow/process-groups/{id}';
  const answer = objectAt(await node.request({ method: 'GET', path, params: { id: groupId } }), 'answer');
  const group = objectIn(answer, 'processGroupFlow');
  const flow = objectIn(group, 'flow');
  const entities = (name: string): readonly JsonObject[] => listIn(flow, name).map((each) => objectAt(each, name));
  return {
    id: textIn(group, 'id'),
    processors: entities('processors')
      .filter((entity) => field(entity, 'component') !== undefined)
      .map(decodeProcessor),
    connections: entities('connections').map((entity) => ({
      id: textIn(entity, 'id'),
      sourceId: textIn(entity, 'sourceId'),
      destinationId: textIn(entity, 'destinationId'),
    })),
    groups: entities('processGroups').map((entity) => textIn(entity, 'id')),
    remoteGroups: entities('remoteProcessGroups').map((entity) => textIn(entity, 'id')),
  };
}

/** The processors that nothing but themselves feeds: stopped, the rest runs empty. */
export function sourcesIn(flow: GroupFlow): readonly Processor[] {
  const fed = new Set(
    flow.connections.filter((each) => each.sourceId !== each.destinationId).map((each) => each.destinationId),
  );
  return flow.processors.filter(({ id }) => !fed.has(id));
}
