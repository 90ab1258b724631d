// A test's handle on the flow of one cluster: what is in it by name, and what a person at the canvas does to it behind the operator's
// back. Everything here happens at once and on all nodes, and moves revisions on as NiFi does.

import type { Cluster } from '../cluster/cluster.ts';
import { advance } from './revisions.ts';
import type {
  ClusterState,
  Component,
  Connection,
  ControllerService,
  ParameterContext,
  ProcessGroup,
  RegistryClient,
} from './state.ts';

export interface FlowHandle {
  readonly state: ClusterState;
  /** These throw when there is not exactly one of that name. */
  group(name: string): ProcessGroup;
  processor(name: string, group?: string): Component;
  service(name: string): ControllerService;
  connection(name: string, group?: string): Connection;
  context(name: string): ParameterContext;
  registryClient(name: string): RegistryClient;
  /** Flow files in a queue, of all connected nodes. */
  queued(connection: Connection): number;
  /** Puts flow files into a queue of every running node, or of the one at this address. */
  fill(connection: Connection, count: number, address?: string): void;
  /** A person sets a property, which is a local change of a group under version control. */
  setProperty(processor: Component, name: string, value: string | null): void;
  /** A person starts, stops or disables a component. */
  schedule(processor: Component, scheduled: Component['scheduled']): void;
  /** A person changes a group; what is not given stays. */
  changeGroup(group: ProcessGroup, change: Partial<Pick<ProcessGroup, 'name' | 'comments' | 'position'>>): void;
  /** A person gives a parameter another value. */
  setParameter(context: ParameterContext, name: string, value: string): void;
}

const person = { clientId: 'somebody-at-the-canvas' };

/** Throws while the cluster has no flow. */
export function flowHandle(
  cluster: Cluster,
  produce: (address: string, connection: string, count: number) => void,
): FlowHandle {
  const { state } = cluster;
  if (!state) throw new Error(`The cluster ${cluster.key} has no flow yet`);
  const changed = ({ id }: { readonly id: string }): void => advance(state.revisions, id, person);
  return {
    state,
    group: (name) => one(state.groups, name),
    processor: (name, group) => one(inside(state, state.components, group), name),
    service: (name) => one(state.services, name),
    connection: (name, group) => one(inside(state, state.connections, group), name),
    context: (name) => one(state.parameterContexts, name),
    registryClient: (name) => one(state.registryClients, name),
    queued: ({ id }) => cluster.members.reduce((sum, member) => sum + member.queuedIn(id), 0),
    fill(connection, count, address) {
      for (const member of cluster.members) {
        if (address === undefined || member.address === address) produce(member.address, connection.id, count);
      }
    },
    setProperty(processor, name, value) {
      processor.properties = { ...processor.properties, [name]: value };
      changed(processor);
    },
    schedule(processor, scheduled) {
      processor.scheduled = scheduled;
      changed(processor);
    },
    changeGroup(group, change) {
      Object.assign(group, change);
      changed(group);
    },
    setParameter(context, name, value) {
      context.parameters = context.parameters.map((parameter) =>
        parameter.name === name ? { ...parameter, value } : parameter,
      );
      changed(context);
    },
  };
}

function inside<T extends { readonly groupId: string }>(
  state: ClusterState,
  items: ReadonlyMap<string, T>,
  group: string | undefined,
): ReadonlyMap<string, T> {
  if (group === undefined) return items;
  const { id } = one(state.groups, group);
  return new Map([...items].filter(([, item]) => item.groupId === id));
}

function one<T extends { readonly name: string }>(items: ReadonlyMap<string, T>, name: string): T {
  const found = [...items.values()].filter((item) => item.name === name);
  const [only] = found;
  if (only && found.length === 1) return only;
  throw new Error(
    `There are ${found.length} of the name ${name}; known are ${[...items.values()].map((item) => item.name).join(', ')}`,
  );
}
