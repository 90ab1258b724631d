// Golden logs of nodes that leave with data on them, and of what comes between: other nodes that are broken, a person who
// connects the leaving node again, its container restarting. Nothing is deleted without a proof of this very process.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aModelCluster } from '../model/world.ts';
import { Story } from './story.ts';

const { url } = import.meta;

describe('A node that leaves', () => {
  test('by its id is replaced by a new one first, and its data moves', async () => {
    const story = await Story.of({ queued: 500 });
    story.does('decommissions node 1', { kind: 'decommission', ids: [1] });
    await story.settles();
    assert.deepEqual(story.replaced(), [1]);
    story.isTold(
      url,
      `
         0.0  person      decommissions node 1
         0.1  operator    writes a configuration for node 3, puts node 3 on record
         0.1  event       NodeCreated: Created node 3
         0.1  operator    creates data-prod-3
         0.1  status      RemovalPending: Waiting to offload node 1: nothing is known of node 2 (and 1 more: WaitingForNodes)
         0.1  event       RemovalPending: Waiting to offload node 1: node 3 does not run (Pending)
         1.0  operator    changes the record of node 3
         1.0  event       NodeStarted: Node 3 started for the first time
         7.9  NiFi        calls node 3 CONNECTED
         9.3  Kubernetes  Pod prod-3 is ready
         9.4  operator    marks node 1 (Emptying)
         9.4  event       NodeLeaving: Removing node 1: its data is moved to the other nodes first
         9.4  status      Removing: Removing node 1: it is being disconnected
         9.5  operator    asks NiFi to disconnect node 1
         9.5  NiFi        calls node 1 DISCONNECTED
         9.5  event       DisconnectRequested: Disconnecting node 1 to empty it
         9.6  operator    marks node 1 (Offloading)
         9.7  operator    asks NiFi to offload node 1
         9.7  NiFi        calls node 1 OFFLOADING
         9.7  event       OffloadRequested: Offloading node 1
        11.4  NiFi        node 1 has moved 500 flow files to 0, 2, 3, calls node 1 OFFLOADED
        11.5  operator    puts on record: node 1 Offloaded
        11.5  event       NodeOffloaded: Node 1 is offloaded
        11.5  Kubernetes  Pod prod-1 is not ready
        11.6  operator    asks NiFi to remove node 1
        11.7  NiFi        forgets node 1
        11.7  event       RemovalRequested: Removing node 1 from NiFi's cluster
        12.0  operator    puts on record: node 1 Proven
        12.0  event       NodeEmptied: Node 1 is empty: by its own word, twice
        12.1  operator    deletes prod-1, puts on record: node 1 PodDeleted
        13.1  Kubernetes  Pod prod-1 is gone
        13.2  operator    deletes data-prod-1
        13.2  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-1: Node 1 has left, Emptied <uid> <container>
        13.2  Kubernetes  PersistentVolumeClaim data-prod-1 is gone
        13.2  operator    deletes the old configuration of node 1, deletes the record of node 1
        13.2  event       NodeRemoved: Node 1 has left
        13.3  status      Ready: All 3 nodes are ready and connected
        13.3  event       ClusterReady: All 3 nodes are ready and connected
      Of 1786 flow files 286 were consumed and 1500 are queued: none is lost.
    `,
    );
  });

  test('waits while another one is broken', async () => {
    const story = await Story.of({ cluster: aModelCluster(4), queued: 500 });
    story.does('the machine of node 3 is lost', { kind: 'loseMachine', id: 3 });
    await story.pass(20);
    story.does('takes node 1 out of four', () => story.spec({ replicas: 3, decommission: [1] }));
    await story.pass(120);
    assert.deepEqual(story.replaced(), []);
    story.does('the machine of node 3 is back', { kind: 'returnMachines' });
    await story.settles();
    assert.deepEqual(story.replaced(), [1, 3]);
    story.isTold(
      url,
      `
         0.0  person      the machine of node 3 is lost
         0.0  Kubernetes  Pod prod-3 is not ready
         0.1  status      WaitingForNodes: Node 3 has started and is not connected yet
         7.6  status      PodTerminating: Pod prod-3 is being deleted and not gone yet: node 3 comes back when it is
        20.0  person      takes node 1 out of four
        20.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
        20.1  status      RemovalPending: Waiting to offload node 1: nothing is known of node 2 (and 1 more: PodTerminating)
        20.1  event       RemovalPending: Waiting to offload node 1: the Pod of node 3 is being deleted
        40.0  NiFi        calls node 3 DISCONNECTED
       140.0  person      the machine of node 3 is back
       140.0  Kubernetes  Pod prod-3 is gone
       140.1  event       PodCreated: Created Pod prod-3
       147.9  NiFi        calls node 3 CONNECTED
       149.3  Kubernetes  Pod prod-3 is ready
       149.4  operator    marks node 1 (Emptying)
       149.4  event       NodeLeaving: Removing node 1: its data is moved to the other nodes first
       149.4  status      Removing: Removing node 1: it is being disconnected
       149.5  operator    asks NiFi to disconnect node 1
       149.5  NiFi        calls node 1 DISCONNECTED
       149.5  event       DisconnectRequested: Disconnecting node 1 to empty it
       149.6  operator    marks node 1 (Offloading)
       149.7  operator    asks NiFi to offload node 1
       149.7  NiFi        calls node 1 OFFLOADING
       149.7  event       OffloadRequested: Offloading node 1
       151.4  NiFi        node 1 has moved 500 flow files to 0, 2, 3, calls node 1 OFFLOADED
       151.5  operator    puts on record: node 1 Offloaded
       151.5  event       NodeOffloaded: Node 1 is offloaded
       151.5  Kubernetes  Pod prod-1 is not ready
       151.6  operator    asks NiFi to remove node 1
       151.7  NiFi        forgets node 1
       151.7  event       RemovalRequested: Removing node 1 from NiFi's cluster
       151.9  operator    puts on record: node 1 Proven
       151.9  event       NodeEmptied: Node 1 is empty: by its own word, twice
       152.0  operator    deletes prod-1, puts on record: node 1 PodDeleted
       153.1  Kubernetes  Pod prod-1 is gone
       153.1  operator    deletes data-prod-1
       153.1  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-1: Node 1 has left, Emptied <uid> <container>
       153.2  Kubernetes  PersistentVolumeClaim data-prod-1 is gone
       153.2  operator    deletes the old configuration of node 1, deletes the record of node 1
       153.2  event       NodeRemoved: Node 1 has left
       153.2  status      Ready: All 3 nodes are ready and connected
       153.2  event       ClusterReady: All 3 nodes are ready and connected
      Of 3152 flow files 1152 were consumed and 2000 are queued: none is lost.
    `,
    );
  });

  test('is emptied again when a person connects it in the UI', async () => {
    const story = await Story.of({ queued: 500 });
    story.does('scales to 2', { kind: 'scale', replicas: 2 });
    await story.until('node 2 has moved');
    story.does('connects node 2 in the UI', { kind: 'connect', id: 2 });
    await story.settles();
    assert.deepEqual(story.replaced(), [2]);
    story.isTold(
      url,
      `
         0.0  person      scales to 2
         0.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         0.1  status      RemovalPending: Waiting to offload node 2: NiFi has not told its view of the cluster yet
         0.1  operator    marks node 2 (Emptying)
         0.1  event       NodeLeaving: Removing node 2: its data is moved to the other nodes first
         0.2  operator    asks NiFi to disconnect node 2
         0.2  NiFi        calls node 2 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 2 to empty it
         0.4  operator    marks node 2 (Offloading)
         0.5  operator    asks NiFi to offload node 2
         0.5  NiFi        calls node 2 OFFLOADING
         0.5  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, how much is left is not known
         2.2  NiFi        node 2 has moved 500 flow files to 0, 1, calls node 2 OFFLOADED
         2.2  person      connects node 2 in the UI
         2.2  NiFi        calls node 2 CONNECTING
         2.4  Kubernetes  Pod prod-2 is not ready
         5.4  NiFi        calls node 2 CONNECTED
         6.0  operator    asks NiFi to disconnect node 2
         6.0  NiFi        calls node 2 DISCONNECTED
         6.0  event       DisconnectRequested: Disconnecting node 2 to empty it
         6.1  operator    asks NiFi to offload node 2
         6.2  NiFi        calls node 2 OFFLOADING
         6.2  event       OffloadRequested: Offloading node 2
         7.9  NiFi        node 2 has moved 0 flow files to 0, 1, calls node 2 OFFLOADED
         8.1  operator    puts on record: node 2 Offloaded
         8.1  event       NodeOffloaded: Node 2 is offloaded
         8.2  operator    asks NiFi to remove node 2
         8.2  NiFi        forgets node 2
         8.2  event       RemovalRequested: Removing node 2 from NiFi's cluster
         9.1  operator    puts on record: node 2 Proven
         9.1  event       NodeEmptied: Node 2 is empty: by its own word, twice
         9.2  operator    deletes prod-2, puts on record: node 2 PodDeleted
        10.2  Kubernetes  Pod prod-2 is gone
        10.3  operator    deletes data-prod-2
        10.3  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-2: Node 2 has left, Emptied <uid> <container>
        10.3  Kubernetes  PersistentVolumeClaim data-prod-2 is gone
        10.4  operator    deletes the old configuration of node 2, deletes the record of node 2
        10.4  event       NodeRemoved: Node 2 has left
        10.5  status      Ready: All 2 nodes are ready and connected
        10.5  event       ClusterReady: All 2 nodes are ready and connected
      Of 1708 flow files 208 were consumed and 1500 are queued: none is lost.
    `,
    );
  });

  test('is emptied again when its container restarts after it was OFFLOADED', async () => {
    const story = await Story.of({ queued: 500 });
    story.does('scales to 2', { kind: 'scale', replicas: 2 });
    await story.until('Node 2 is offloaded');
    story.does('the container of node 2 restarts', { kind: 'killProcess', id: 2 });
    await story.settles();
    assert.deepEqual(story.replaced(), [2]);
    story.isTold(
      url,
      `
         0.0  person      scales to 2
         0.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         0.1  status      RemovalPending: Waiting to offload node 2: NiFi has not told its view of the cluster yet
         0.1  operator    marks node 2 (Emptying)
         0.1  event       NodeLeaving: Removing node 2: its data is moved to the other nodes first
         0.2  operator    asks NiFi to disconnect node 2
         0.2  NiFi        calls node 2 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 2 to empty it
         0.4  operator    marks node 2 (Offloading)
         0.5  operator    asks NiFi to offload node 2
         0.5  NiFi        calls node 2 OFFLOADING
         0.5  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, how much is left is not known
         2.2  NiFi        node 2 has moved 500 flow files to 0, 1, calls node 2 OFFLOADED
         2.4  Kubernetes  Pod prod-2 is not ready
         2.5  operator    puts on record: node 2 Offloaded
         2.5  event       NodeOffloaded: Node 2 is offloaded
         2.5  person      the container of node 2 restarts
         2.5  Kubernetes  Pod prod-2 is in CrashLoopBackOff
         3.1  status      Stalled, NodeCrashLooping: NiFi in Pod prod-2 exits at start (exit code 1, its last lines: exit): correct what it complains about. Node 2 leaves, and its data cannot be moved before it runs: a corrected spec reaches it by itself, or once it is a member again; what is queued on it is given up only by the annotation nifi.datadynamics.io/abandon
         3.1  event       Warning NodeCrashLooping: NiFi in Pod prod-2 exits at start (exit code 1, its last lines: exit): correct what it complains about. Node 2 leaves, and its data cannot be moved before it runs: a corrected spec reaches it by itself, or once it is a member again; what is queued on it is given up only by the annotation nifi.datadynamics.io/abandon
         4.3  operator    changes the record of node 2
         4.3  event       ProofVoided: Node 2 is emptied again: its process is another one now
         4.3  status      Removing: Removing node 2
         8.5  operator    puts on record: node 2 Offloaded
         8.5  event       NodeOffloaded: Node 2 is offloaded
         8.7  operator    changes the record of node 2
         8.7  event       ProofVoided: Node 2 is emptied again: NiFi has it as CONNECTING
        11.3  NiFi        calls node 2 CONNECTED
        11.5  operator    asks NiFi to disconnect node 2
        11.5  NiFi        calls node 2 DISCONNECTED
        11.5  event       DisconnectRequested: Disconnecting node 2 to empty it
        11.6  operator    asks NiFi to offload node 2
        11.7  NiFi        calls node 2 OFFLOADING
        11.7  event       OffloadRequested: Offloading node 2
        13.4  NiFi        node 2 has moved 0 flow files to 0, 1, calls node 2 OFFLOADED
        13.8  operator    puts on record: node 2 Offloaded
        13.8  event       NodeOffloaded: Node 2 is offloaded
        13.9  operator    asks NiFi to remove node 2
        14.0  NiFi        forgets node 2
        14.0  event       RemovalRequested: Removing node 2 from NiFi's cluster
        14.8  operator    puts on record: node 2 Proven
        14.8  event       NodeEmptied: Node 2 is empty: by its own word, twice
        14.9  operator    deletes prod-2, puts on record: node 2 PodDeleted
        15.9  Kubernetes  Pod prod-2 is gone
        16.0  operator    deletes data-prod-2
        16.0  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-2: Node 2 has left, Emptied <uid> <container>
        16.0  Kubernetes  PersistentVolumeClaim data-prod-2 is gone
        16.0  operator    deletes the old configuration of node 2, deletes the record of node 2
        16.0  event       NodeRemoved: Node 2 has left
        16.1  status      Ready: All 2 nodes are ready and connected
        16.1  event       ClusterReady: All 2 nodes are ready and connected
      Of 1734 flow files 234 were consumed and 1500 are queued: none is lost.
    `,
    );
  });

  test('and cannot start is given the mended spec, and is emptied then', async () => {
    const story = await Story.of({ queued: 500 });
    story.does('gives an image that cannot be pulled', { kind: 'badImage' });
    await story.until('ImagePullBackOff');
    story.does('takes node 1 out, which has it', () => story.spec({ replicas: 2, decommission: [1] }));
    await story.pass(60);
    story.does('mends the image', { kind: 'resume' });
    await story.settles();
    assert.deepEqual(story.replaced(), [1]);
    story.isTold(
      url,
      `
         0.0  person      gives an image that cannot be pulled
         0.1  status      RestartPending: Waiting to restart node 1: nothing is known of node 2 (and 2 more: RestartPending)
         0.1  operator    marks node 1 (Restart)
         0.1  event       NodeRestarting: Restarting node 1: ImageChanged (Pod: image)
         0.1  event       RestartPending: Waiting to restart node 2: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 0: node 1 goes first
         0.2  operator    asks NiFi to disconnect node 1
         0.2  NiFi        calls node 1 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 1 before its restart
         0.3  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         2.3  Kubernetes  Pod prod-1 is in ImagePullBackOff
         2.3  person      takes node 1 out, which has it
         2.3  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         2.3  status      Stalled, ImagePullFailed: The image of Pod prod-1 cannot be pulled: not found: correct spec.image or spec.version. Node 1 leaves, and its data cannot be moved before it runs: a corrected spec reaches it by itself, or once it is a member again; what is queued on it is given up only by the annotation nifi.datadynamics.io/abandon
         2.3  event       Warning ImagePullFailed: The image of Pod prod-1 cannot be pulled: not found: correct spec.image or spec.version. Node 1 leaves, and its data cannot be moved before it runs: a corrected spec reaches it by itself, or once it is a member again; what is queued on it is given up only by the annotation nifi.datadynamics.io/abandon
        62.3  person      mends the image
        62.3  operator    changes the record of node 1
        62.3  event       ConfigurationReplaced: Node 1 was given the configuration of the spec
        62.3  operator    deletes prod-1
        62.3  event       PodRemoved: Deleted Pod prod-1: nothing runs in it, and its configuration was mended
        63.3  status      Removing: Removing node 1: its Pod is being deleted and comes back to be emptied
        63.4  Kubernetes  Pod prod-1 is gone
        63.4  event       PodCreated: Created Pod prod-1
        68.3  operator    marks node 1 (Offloading)
        68.4  operator    asks NiFi to offload node 1
        68.4  NiFi        calls node 1 OFFLOADING
        68.4  event       OffloadRequested: Offloading node 1
        71.2  NiFi        calls node 1 CONNECTED
        71.6  operator    asks NiFi to disconnect node 1
        71.6  NiFi        calls node 1 DISCONNECTED
        71.6  event       DisconnectRequested: Disconnecting node 1 to empty it
        71.7  operator    asks NiFi to offload node 1
        71.7  NiFi        calls node 1 OFFLOADING
        71.7  event       OffloadRequested: Offloading node 1
        73.4  NiFi        node 1 has moved 500 flow files to 0, 2, calls node 1 OFFLOADED
        73.5  operator    puts on record: node 1 Offloaded
        73.5  event       NodeOffloaded: Node 1 is offloaded
        73.6  operator    asks NiFi to remove node 1
        73.6  NiFi        forgets node 1
        73.6  event       RemovalRequested: Removing node 1 from NiFi's cluster
        74.5  operator    puts on record: node 1 Proven
        74.5  event       NodeEmptied: Node 1 is empty: by its own word, twice
        74.6  operator    deletes prod-1, puts on record: node 1 PodDeleted
        75.6  Kubernetes  Pod prod-1 is gone
        75.6  operator    deletes data-prod-1
        75.6  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-1: Node 1 has left, Emptied <uid> <container>
        75.7  Kubernetes  PersistentVolumeClaim data-prod-1 is gone
        75.8  operator    deletes the old configuration of node 1, deletes the old configuration of node 1, deletes the record of node 1
        75.8  event       NodeRemoved: Node 1 has left
        75.8  status      Ready: All 2 nodes are ready and connected
        75.8  event       ClusterReady: All 2 nodes are ready and connected
      Of 1970 flow files 470 were consumed and 1500 are queued: none is lost.
    `,
    );
  });

  test('and that nobody saw start is not taken for one that never did', async () => {
    const story = await Story.of({ cluster: aModelCluster(2), queued: 500 });
    story.does('adds node 2', { kind: 'scale', replicas: 3 });
    await story.until('create Pod prod-2');
    story.does('the operator hears of no Pod any more', { kind: 'cutWatch', plural: 'pods', ms: 30_000 });
    await story.until('node 2 CONNECTED');
    story.does('100 flow files come to node 2', () => story.world.disks.produce(story.world.diskOf(2), 100));
    await story.pass(5);
    story.does('deletes prod-2', { kind: 'deletePod', id: 2 });
    await story.until('Pod prod-2 is gone');
    story.does('scales to 2', { kind: 'scale', replicas: 2 });
    await story.settles();
    story.isTold(
      url,
      `
         0.0  person      adds node 2
         0.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod, writes a configuration for node 2, puts node 2 on record
         0.1  event       NodeCreated: Created node 2
         0.1  operator    creates data-prod-2
         0.1  status      WaitingForNodes: Node 2 has no Pod yet
         0.1  person      the operator hears of no Pod any more
         7.9  NiFi        calls node 2 CONNECTED
         7.9  person      100 flow files come to node 2
         9.3  Kubernetes  Pod prod-2 is ready
        12.9  person      deletes prod-2
        14.0  NiFi        calls node 2 DISCONNECTED
        14.0  Kubernetes  Pod prod-2 is gone
        14.0  person      scales to 2
        30.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
        30.1  status      RemovalPending: Waiting to offload node 2: nothing is known of node 0
        30.2  event       PodCreated: Created Pod prod-2
        31.1  operator    changes the record of node 2
        31.1  event       NodeStarted: Node 2 started for the first time
        31.1  status      Removing: Removing node 2: its process is not up, so its data cannot be moved
        35.1  operator    marks node 2 (Offloading)
        35.2  operator    asks NiFi to offload node 2
        35.2  NiFi        calls node 2 OFFLOADING
        35.2  event       OffloadRequested: Offloading node 2
        38.0  NiFi        calls node 2 CONNECTED
        38.6  operator    asks NiFi to disconnect node 2
        38.6  NiFi        calls node 2 DISCONNECTED
        38.6  event       DisconnectRequested: Disconnecting node 2 to empty it
        38.7  operator    asks NiFi to offload node 2
        38.7  NiFi        calls node 2 OFFLOADING
        38.7  event       OffloadRequested: Offloading node 2
        40.5  NiFi        node 2 has moved 100 flow files to 0, 1, calls node 2 OFFLOADED
        40.7  operator    puts on record: node 2 Offloaded
        40.7  event       NodeOffloaded: Node 2 is offloaded
        40.8  operator    asks NiFi to remove node 2
        40.8  NiFi        forgets node 2
        40.8  event       RemovalRequested: Removing node 2 from NiFi's cluster
        41.8  operator    puts on record: node 2 Proven
        41.8  event       NodeEmptied: Node 2 is empty: by its own word, twice
        41.9  operator    deletes prod-2
        41.9  operator    deletes prod-2, puts on record: node 2 PodDeleted
        43.0  Kubernetes  Pod prod-2 is gone
        43.0  operator    deletes data-prod-2
        43.0  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-2: Node 2 has left, Emptied <uid> <container>
        43.1  Kubernetes  PersistentVolumeClaim data-prod-2 is gone
        43.1  operator    deletes the old configuration of node 2, deletes the record of node 2
        43.1  event       NodeRemoved: Node 2 has left
        43.1  status      Ready: All 2 nodes are ready and connected
        43.1  event       ClusterReady: All 2 nodes are ready and connected
      Of 1422 flow files 322 were consumed and 1100 are queued: none is lost.
    `,
    );
  });
});
