// Golden logs of clusters that sleep: nothing is offloaded, everything stays, and who is no member any more leaves after waking.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Story } from './story.ts';

const { url } = import.meta;

describe('A cluster that sleeps', () => {
  test('wakes as it was', async () => {
    const story = await Story.of({ queued: 500 });
    story.does('scales to 0', { kind: 'scale', replicas: 0 });
    await story.settles();
    await story.pass(600);
    story.does('scales to 3', { kind: 'scale', replicas: 3 });
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2]);
    story.isTold(
      url,
      `
         0.0  person      scales to 0
         0.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod, deletes prod-0, deletes prod-1, deletes prod-2
         0.1  event       NodeHibernating: Stopping node 0: the cluster has no members, its volumes stay
         0.1  event       NodeHibernating: Stopping node 1: the cluster has no members, its volumes stay
         0.1  event       NodeHibernating: Stopping node 2: the cluster has no members, its volumes stay
         0.1  status      Hibernating: 3 Pods are being stopped, volumes and records stay
         1.1  NiFi        calls node 0 DISCONNECTED
         1.1  Kubernetes  Pod prod-0 is gone
         1.1  NiFi        calls node 1 DISCONNECTED
         1.1  Kubernetes  Pod prod-1 is gone
         1.1  NiFi        calls node 2 DISCONNECTED
         1.1  Kubernetes  Pod prod-2 is gone
         1.1  status      Hibernated: The cluster has no members
         1.1  event       ClusterReady: The cluster has no members
       621.5  person      scales to 3
       621.6  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
       621.6  event       PodCreated: Created Pod prod-0
       621.6  event       PodCreated: Created Pod prod-1
       621.6  event       PodCreated: Created Pod prod-2
       621.6  status      WaitingForNodes: Node 0 has no Pod yet (and 2 more: WaitingForNodes)
       629.4  NiFi        calls node 0 CONNECTED, calls node 1 CONNECTED, calls node 2 CONNECTED
       630.8  Kubernetes  Pod prod-0 is ready, Pod prod-1 is ready, Pod prod-2 is ready
       630.9  status      NiFiUnreachable: NiFi does not tell its view of the cluster: Only a node connected to a cluster can process the request.
       630.9  status      Ready: All 3 nodes are ready and connected
       630.9  event       ClusterReady: All 3 nodes are ready and connected
      Of 1722 flow files 222 were consumed and 1500 are queued: none is lost.
    `,
    );
  });

  test('wakes with all its nodes, and who is no member leaves then', async () => {
    const story = await Story.of({ queued: 500 });
    story.does('scales to 0', { kind: 'scale', replicas: 0 });
    await story.settles();
    await story.pass(600);
    story.does('scales to 2', { kind: 'scale', replicas: 2 });
    await story.settles();
    story.isTold(
      url,
      `
         0.0  person      scales to 0
         0.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod, deletes prod-0, deletes prod-1, deletes prod-2
         0.1  event       NodeHibernating: Stopping node 0: the cluster has no members, its volumes stay
         0.1  event       NodeHibernating: Stopping node 1: the cluster has no members, its volumes stay
         0.1  event       NodeHibernating: Stopping node 2: the cluster has no members, its volumes stay
         0.1  status      Hibernating: 3 Pods are being stopped, volumes and records stay
         1.1  NiFi        calls node 0 DISCONNECTED
         1.1  Kubernetes  Pod prod-0 is gone
         1.1  NiFi        calls node 1 DISCONNECTED
         1.1  Kubernetes  Pod prod-1 is gone
         1.1  NiFi        calls node 2 DISCONNECTED
         1.1  Kubernetes  Pod prod-2 is gone
         1.1  status      Hibernated: The cluster has no members
         1.1  event       ClusterReady: The cluster has no members
       621.5  person      scales to 2
       621.6  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
       621.6  event       PodCreated: Created Pod prod-0
       621.6  event       PodCreated: Created Pod prod-1
       621.6  event       PodCreated: Created Pod prod-2
       621.6  status      RemovalPending: Waiting to offload node 2: node 0 has no Pod (and 2 more: WaitingForNodes)
       621.6  event       RemovalPending: Waiting to offload node 2: node 0 does not run (Pending)
       629.4  NiFi        calls node 0 CONNECTED, calls node 1 CONNECTED, calls node 2 CONNECTED
       630.8  Kubernetes  Pod prod-0 is ready, Pod prod-1 is ready, Pod prod-2 is ready
       630.9  status      NiFiUnreachable: NiFi does not tell its view of the cluster: Only a node connected to a cluster can process the request. (and 1 more: RemovalPending)
       630.9  operator    marks node 2 (Emptying)
       630.9  event       NodeLeaving: Removing node 2: its data is moved to the other nodes first
       631.0  operator    asks NiFi to disconnect node 2
       631.1  NiFi        calls node 2 DISCONNECTED
       631.1  event       DisconnectRequested: Disconnecting node 2 to empty it
       631.2  operator    marks node 2 (Offloading)
       631.3  operator    asks NiFi to offload node 2
       631.3  NiFi        calls node 2 OFFLOADING
       631.3  event       OffloadRequested: Offloading node 2
       631.9  status      Removing: Removing node 2: it is being offloaded, how much is left is not known
       633.0  NiFi        node 2 has moved 500 flow files to 0, 1, calls node 2 OFFLOADED
       633.2  Kubernetes  Pod prod-2 is not ready
       633.3  operator    puts on record: node 2 Offloaded
       633.3  event       NodeOffloaded: Node 2 is offloaded
       633.4  operator    asks NiFi to remove node 2
       633.5  NiFi        forgets node 2
       633.5  event       RemovalRequested: Removing node 2 from NiFi's cluster
       633.9  operator    puts on record: node 2 Proven
       633.9  event       NodeEmptied: Node 2 is empty: by its own word, twice
       634.0  operator    deletes prod-2, puts on record: node 2 PodDeleted
       635.0  Kubernetes  Pod prod-2 is gone
       635.1  operator    deletes data-prod-2
       635.1  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-2: Node 2 has left, Emptied <uid> <container>
       635.1  Kubernetes  PersistentVolumeClaim data-prod-2 is gone
       635.2  operator    deletes the old configuration of node 2, deletes the record of node 2
       635.2  event       NodeRemoved: Node 2 has left
       635.2  status      Ready: All 2 nodes are ready and connected
       635.2  event       ClusterReady: All 2 nodes are ready and connected
      Of 1702 flow files 202 were consumed and 1500 are queued: none is lost.
    `,
    );
  });
});
