// What the operator reports. Nothing here is read back to decide: it can be deleted at any time and comes back from the world.

import { boolean, enumeration, integer, listMap, object, set, string } from '../../pkg/schema/helpers.ts';
import { conditions } from '../../pkg/schema/kubernetes.ts';
import type { Structural } from '../../pkg/schema/structural.ts';
import { conditionTypes } from './conditions.ts';

/** What a cluster is about, in one word. */
const phases = ['Creating', 'Running', 'Scaling', 'Updating', 'Hibernated', 'Error'] as const;

/** States of a node as NiFi's cluster view has them. */
const nodeStates = [
  'CONNECTING',
  'CONNECTED',
  'DISCONNECTING',
  'DISCONNECTED',
  'OFFLOADING',
  'OFFLOADED',
  'REMOVED',
] as const;

const highestCount = 100000;
const id = integer('Id of the node.', { min: 0, max: 999 });
const count = (description: string): Structural => integer(description, { min: 0, max: highestCount });

const node: Structural = object('One node, also while it leaves.', {
  name: 'NodeStatus',
  required: { id },
  optional: {
    pod: string('Name of its Pod; absent while there is none.', { max: 253 }),
    state: enumeration("State in NiFi's cluster view; absent while no view tells it.", nodeStates),
    ready: boolean('Whether its Pod is ready.'),
    updated: boolean('Whether it runs what the spec asks for.'),
    version: string('NiFi version that it runs.', { max: 64 }),
    reason: string('Why it is not ready or not updated, in one word.', { max: 128 }),
    message: string('The same in a sentence.', { max: 4096 }),
  },
});

export const status: Structural = object('What the operator observed; never an input.', {
  name: 'NiFiClusterStatus',
  optional: {
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      minimum: 0,
      description: 'Generation of the spec that this status is about.',
    },
    conditions: conditions(Object.keys(conditionTypes).join(', ')),
    phase: enumeration('What the cluster is about, in one word.', phases),
    version: string('NiFi version that the nodes run; the oldest while they differ.', { max: 64 }),
    url: string('Address of the UI inside the Kubernetes cluster.', { max: 512 }),
    singleUserSecret: string('Secret with the name and the password of the single user, where there is one.', {
      max: 253,
    }),
    coordinator: string("Pod of NiFi's cluster coordinator.", { max: 253 }),
    primary: string("Pod of NiFi's primary node.", { max: 253 }),
    replicas: count('Nodes that exist.'),
    readyNodes: count('Nodes whose Pod is ready and that NiFi calls connected.'),
    selector: string('Label selector of the Pods, for the scale subresource.', { max: 1024 }),
    nodes: listMap('The nodes one by one.', ['id'], node, { max: 512 }),
    planned: object('Changes of membership, named before anything is done.', {
      name: 'PlannedChanges',
      optional: {
        joining: set('Ids that will join.', id, { max: 512 }),
        leaving: set('Ids that will leave.', id, { max: 512 }),
      },
    }),
  },
});
