// Golden logs of several nodes that leave at once, with data on them: one after the other, and all of it stays.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aModelCluster } from '../model/world.ts';
import { Story } from './story.ts';

const { url } = import.meta;

describe('Several nodes that leave', () => {
  test('from 5 to 2 go one at a time, the highest first', async () => {
    const story = await Story.of({ cluster: aModelCluster(5), queued: 500 });
    story.does('scales to 2', { kind: 'scale', replicas: 2 });
    await story.settles();
    assert.deepEqual(story.replaced(), [2, 3, 4]);
    story.isTold(
      url,
      `
         0.0  person      scales to 2
         0.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         0.1  status      RemovalPending: Waiting to offload node 4: nothing is known of node 2 (and 2 more: RemovalPending)
         0.1  operator    marks node 4 (Emptying)
         0.1  event       NodeLeaving: Removing node 4: its data is moved to the other nodes first
         0.1  event       RemovalPending: Waiting to offload node 3: node 4 goes first
         0.1  event       RemovalPending: Waiting to offload node 2: node 4 goes first
         0.2  operator    asks NiFi to disconnect node 4
         0.2  NiFi        calls node 4 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 4 to empty it
         0.3  operator    marks node 4 (Offloading)
         0.4  operator    asks NiFi to offload node 4
         0.4  NiFi        calls node 4 OFFLOADING
         0.4  event       OffloadRequested: Offloading node 4
         1.1  status      Removing: Removing node 4: it is being offloaded, how much is left is not known (and 2 more: RemovalPending)
         2.1  NiFi        node 4 has moved 500 flow files to 0, 1, 2, 3, calls node 4 OFFLOADED
         2.3  Kubernetes  Pod prod-4 is not ready
         2.5  operator    puts on record: node 4 Offloaded
         2.5  event       NodeOffloaded: Node 4 is offloaded
         2.6  operator    asks NiFi to remove node 4
         2.6  NiFi        forgets node 4
         2.6  event       RemovalRequested: Removing node 4 from NiFi's cluster
         3.1  operator    puts on record: node 4 Proven
         3.1  event       NodeEmptied: Node 4 is empty: by its own word, twice
         3.1  operator    deletes prod-4, puts on record: node 4 PodDeleted
         4.2  Kubernetes  Pod prod-4 is gone
         4.2  operator    deletes data-prod-4
         4.2  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-4: Node 4 has left, Emptied <uid> <container>
         4.3  Kubernetes  PersistentVolumeClaim data-prod-4 is gone
         4.3  operator    deletes the old configuration of node 4, deletes the record of node 4
         4.3  event       NodeRemoved: Node 4 has left
         4.4  operator    marks node 3 (Emptying)
         4.4  event       NodeLeaving: Removing node 3: its data is moved to the other nodes first
         4.5  operator    asks NiFi to disconnect node 3
         4.5  NiFi        calls node 3 DISCONNECTED
         4.5  event       DisconnectRequested: Disconnecting node 3 to empty it
         4.6  operator    marks node 3 (Offloading)
         4.6  operator    asks NiFi to offload node 3
         4.7  NiFi        calls node 3 OFFLOADING
         4.7  event       OffloadRequested: Offloading node 3
         6.4  NiFi        node 3 has moved 625 flow files to 0, 1, 2, calls node 3 OFFLOADED
         6.5  Kubernetes  Pod prod-3 is not ready
         6.5  operator    puts on record: node 3 Offloaded
         6.5  event       NodeOffloaded: Node 3 is offloaded
         6.6  operator    asks NiFi to remove node 3
         6.7  NiFi        forgets node 3
         6.7  event       RemovalRequested: Removing node 3 from NiFi's cluster
         7.1  operator    puts on record: node 3 Proven
         7.1  event       NodeEmptied: Node 3 is empty: by its own word, twice
         7.1  status      RemovalPending: Waiting to offload node 2: node 3 is leaving (and 1 more: Removing)
         7.2  operator    deletes prod-3, puts on record: node 3 PodDeleted
         8.1  status      Removing: Node 3 is empty, its Pod is going (and 1 more: RemovalPending)
         8.2  Kubernetes  Pod prod-3 is gone
         8.3  operator    deletes data-prod-3
         8.3  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-3: Node 3 has left, Emptied <uid> <container>
         8.3  Kubernetes  PersistentVolumeClaim data-prod-3 is gone
         8.4  operator    deletes the old configuration of node 3, deletes the record of node 3
         8.4  event       NodeRemoved: Node 3 has left
         8.4  operator    marks node 2 (Emptying)
         8.4  event       NodeLeaving: Removing node 2: its data is moved to the other nodes first
         8.5  operator    asks NiFi to disconnect node 2
         8.6  NiFi        calls node 2 DISCONNECTED
         8.6  event       DisconnectRequested: Disconnecting node 2 to empty it
         8.7  operator    marks node 2 (Offloading)
         8.8  operator    asks NiFi to offload node 2
         8.9  NiFi        calls node 2 OFFLOADING
         8.9  event       OffloadRequested: Offloading node 2
        10.6  NiFi        node 2 has moved 833 flow files to 0, 1, calls node 2 OFFLOADED
        10.7  Kubernetes  Pod prod-2 is not ready
        11.0  operator    puts on record: node 2 Offloaded
        11.0  event       NodeOffloaded: Node 2 is offloaded
        11.1  operator    asks NiFi to remove node 2
        11.1  NiFi        forgets node 2
        11.1  event       RemovalRequested: Removing node 2 from NiFi's cluster
        11.5  operator    puts on record: node 2 Proven
        11.5  event       NodeEmptied: Node 2 is empty: by its own word, twice
        11.6  operator    deletes prod-2, puts on record: node 2 PodDeleted
        12.7  Kubernetes  Pod prod-2 is gone
        12.7  operator    deletes data-prod-2
        12.7  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-2: Node 2 has left, Emptied <uid> <container>
        12.8  Kubernetes  PersistentVolumeClaim data-prod-2 is gone
        12.8  operator    deletes the old configuration of node 2, deletes the record of node 2
        12.8  event       NodeRemoved: Node 2 has left
        12.8  status      Ready: All 2 nodes are ready and connected
        12.8  event       ClusterReady: All 2 nodes are ready and connected
      Of 2796 flow files 296 were consumed and 2500 are queued: none is lost.
    `,
    );
  });

  test('from 3 to 1 leave all their data with the last one', async () => {
    const story = await Story.of({ queued: 500 });
    story.does('scales to 1', { kind: 'scale', replicas: 1 });
    await story.settles();
    assert.deepEqual(story.replaced(), [1, 2]);
    story.isTold(
      url,
      `
         0.0  person      scales to 1
         0.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         0.1  status      RemovalPending: Waiting to offload node 2: NiFi has not told its view of the cluster yet (and 1 more: RemovalPending)
         0.1  operator    marks node 2 (Emptying)
         0.1  event       NodeLeaving: Removing node 2: its data is moved to the other nodes first
         0.1  event       RemovalPending: Waiting to offload node 1: node 2 goes first
         0.2  operator    asks NiFi to disconnect node 2
         0.2  NiFi        calls node 2 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 2 to empty it
         0.4  operator    marks node 2 (Offloading)
         0.5  operator    asks NiFi to offload node 2
         0.5  NiFi        calls node 2 OFFLOADING
         0.5  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, how much is left is not known (and 1 more: RemovalPending)
         2.2  NiFi        node 2 has moved 500 flow files to 0, 1, calls node 2 OFFLOADED
         2.4  Kubernetes  Pod prod-2 is not ready
         2.5  operator    puts on record: node 2 Offloaded
         2.5  event       NodeOffloaded: Node 2 is offloaded
         2.6  operator    asks NiFi to remove node 2
         2.7  NiFi        forgets node 2
         2.7  event       RemovalRequested: Removing node 2 from NiFi's cluster
         3.0  operator    puts on record: node 2 Proven
         3.0  event       NodeEmptied: Node 2 is empty: by its own word, twice
         3.1  operator    deletes prod-2, puts on record: node 2 PodDeleted
         4.2  Kubernetes  Pod prod-2 is gone
         4.2  operator    deletes data-prod-2
         4.2  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-2: Node 2 has left, Emptied <uid> <container>
         4.3  Kubernetes  PersistentVolumeClaim data-prod-2 is gone
         4.3  operator    deletes the old configuration of node 2, deletes the record of node 2
         4.3  event       NodeRemoved: Node 2 has left
         4.4  operator    marks node 1 (Emptying)
         4.4  event       NodeLeaving: Removing node 1: its data is moved to the other nodes first
         4.5  operator    asks NiFi to disconnect node 1
         4.5  NiFi        calls node 1 DISCONNECTED
         4.5  event       DisconnectRequested: Disconnecting node 1 to empty it
         4.5  operator    marks node 1 (Offloading)
         4.6  operator    asks NiFi to offload node 1
         4.7  NiFi        calls node 1 OFFLOADING
         4.7  event       OffloadRequested: Offloading node 1
         6.4  NiFi        node 1 has moved 750 flow files to 0, calls node 1 OFFLOADED
         6.5  Kubernetes  Pod prod-1 is not ready
         6.5  operator    puts on record: node 1 Offloaded
         6.5  event       NodeOffloaded: Node 1 is offloaded
         6.6  operator    asks NiFi to remove node 1
         6.6  NiFi        forgets node 1
         6.6  event       RemovalRequested: Removing node 1 from NiFi's cluster
         7.1  operator    puts on record: node 1 Proven
         7.1  event       NodeEmptied: Node 1 is empty: by its own word, twice
         7.2  operator    deletes prod-1, puts on record: node 1 PodDeleted
         8.2  Kubernetes  Pod prod-1 is gone
         8.3  operator    deletes data-prod-1
         8.3  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-1: Node 1 has left, Emptied <uid> <container>
         8.3  Kubernetes  PersistentVolumeClaim data-prod-1 is gone
         8.3  operator    deletes the old configuration of node 1, deletes the record of node 1
         8.3  event       NodeRemoved: Node 1 has left
         8.4  status      Ready: The only node is ready and connected
         8.4  event       ClusterReady: The only node is ready and connected
      Of 1648 flow files 148 were consumed and 1500 are queued: none is lost.
    `,
    );
  });
});
