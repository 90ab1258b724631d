// Golden logs of volumes: one that is added, one that is lost, one that stays when its node leaves and is taken back. Data is
// moved away before a volume goes, and what nobody can move is given up only by a person's word.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { persistentVolumeClaims } from '../../../pkg/kube/resources.ts';
import { key } from '../model/names.ts';
import { aModelCluster } from '../model/world.ts';
import { Story } from './story.ts';

const { url } = import.meta;

describe('A set of volumes', () => {
  test('that changes: each node is emptied and made anew, one at a time', async () => {
    const story = await Story.of({ queued: 500 });
    story.does('adds a volume for the FlowFile repository', { kind: 'addVolume' });
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2]);
    story.isTold(
      url,
      `
         0.0  person      adds a volume for the FlowFile repository
         0.1  status      RebuildPending: Waiting to rebuild node 1: nothing is known of node 2 (and 2 more: RebuildPending)
         0.1  operator    marks node 1 (Emptying)
         0.1  event       NodeRebuilding: Rebuilding node 1 (VolumesChanged): its data is moved to the other nodes first
         0.1  event       RebuildPending: Waiting to rebuild node 2: node 1 goes first
         0.1  event       RebuildPending: Waiting to rebuild node 0: node 1 goes first
         0.2  operator    asks NiFi to disconnect node 1
         0.2  NiFi        calls node 1 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 1 to empty it
         0.3  operator    marks node 1 (Offloading)
         0.4  operator    asks NiFi to offload node 1
         0.4  NiFi        calls node 1 OFFLOADING
         0.4  event       OffloadRequested: Offloading node 1
         1.1  status      Rebuilding: Rebuilding node 1 (VolumesChanged): it is being offloaded, how much is left is not known (and 3 more: RebuildPending, NodeDisconnected)
         2.1  NiFi        node 1 has moved 500 flow files to 0, 2, calls node 1 OFFLOADED
         2.3  Kubernetes  Pod prod-1 is not ready
         2.5  operator    puts on record: node 1 Offloaded
         2.5  event       NodeOffloaded: Node 1 is offloaded
         2.6  operator    asks NiFi to remove node 1
         2.6  NiFi        forgets node 1
         2.6  event       RemovalRequested: Removing node 1 from NiFi's cluster
         3.1  operator    puts on record: node 1 Proven
         3.1  event       NodeEmptied: Node 1 is empty: by its own word, twice
         3.1  operator    deletes prod-1, puts on record: node 1 PodDeleted
         3.1  status      Removing: Node 1 is empty, its Pod is being deleted (and 2 more: RebuildPending)
         4.1  status      RebuildPending: Waiting to rebuild node 2: the Pod of node 1 is being deleted (and 2 more: RebuildPending, PodTerminating)
         4.2  Kubernetes  Pod prod-1 is gone
         4.2  operator    writes a configuration for node 1, changes the record of node 1
         4.2  event       ConfigurationReplaced: Node 1 was given the configuration of the spec
         4.2  operator    creates flowfile-prod-1
         4.2  event       VolumeCreated: Created PersistentVolumeClaim flowfile-prod-1 for node 1
         4.2  event       PodCreated: Created Pod prod-1
         5.1  operator    changes the record of node 1
        12.0  NiFi        calls node 1 CONNECTED
        13.4  Kubernetes  Pod prod-1 is ready
        13.5  operator    deletes the old configuration of node 1, marks node 2 (Emptying)
        13.5  event       NodeRebuilding: Rebuilding node 2 (VolumesChanged): its data is moved to the other nodes first
        13.5  status      Rebuilding: Rebuilding node 2 (VolumesChanged): it is being disconnected (and 1 more: RebuildPending)
        13.6  operator    asks NiFi to disconnect node 2
        13.6  NiFi        calls node 2 DISCONNECTED
        13.6  event       DisconnectRequested: Disconnecting node 2 to empty it
        13.8  operator    marks node 2 (Offloading)
        13.9  operator    asks NiFi to offload node 2
        13.9  NiFi        calls node 2 OFFLOADING
        13.9  event       OffloadRequested: Offloading node 2
        15.6  NiFi        node 2 has moved 750 flow files to 0, 1, calls node 2 OFFLOADED
        15.7  Kubernetes  Pod prod-2 is not ready
        15.8  operator    puts on record: node 2 Offloaded
        15.8  event       NodeOffloaded: Node 2 is offloaded
        15.8  status      RebuildPending: Waiting to rebuild node 0: node 2 is OFFLOADED (and 1 more: NodeDisconnected)
        16.1  operator    asks NiFi to remove node 2
        16.2  NiFi        forgets node 2
        16.2  event       RemovalRequested: Removing node 2 from NiFi's cluster
        16.7  operator    puts on record: node 2 Proven
        16.7  event       NodeEmptied: Node 2 is empty: by its own word, twice
        16.7  operator    deletes prod-2, puts on record: node 2 PodDeleted
        17.8  Kubernetes  Pod prod-2 is gone
        17.8  operator    writes a configuration for node 2, changes the record of node 2
        17.8  event       ConfigurationReplaced: Node 2 was given the configuration of the spec
        17.8  operator    creates flowfile-prod-2
        17.8  event       VolumeCreated: Created PersistentVolumeClaim flowfile-prod-2 for node 2
        17.8  event       PodCreated: Created Pod prod-2
        18.7  operator    changes the record of node 2
        25.7  NiFi        calls node 2 CONNECTED
        27.1  Kubernetes  Pod prod-2 is ready
        27.1  operator    deletes the old configuration of node 2, marks node 0 (Emptying)
        27.1  event       NodeRebuilding: Rebuilding node 0 (VolumesChanged): its data is moved to the other nodes first
        27.1  status      Rebuilding: Rebuilding node 0 (VolumesChanged): it is being disconnected
        27.2  operator    asks NiFi to disconnect node 0
        27.2  NiFi        calls node 0 DISCONNECTED
        27.2  event       DisconnectRequested: Disconnecting node 0 to empty it
        27.7  NiFi        node 1 is now coordinator
        28.4  operator    marks node 0 (Offloading)
        28.5  operator    asks NiFi to offload node 0
        28.6  NiFi        calls node 0 OFFLOADING
        28.6  event       OffloadRequested: Offloading node 0
        29.1  Kubernetes  Pod prod-0 is not ready
        30.3  NiFi        node 0 has moved 1125 flow files to 1, 2, calls node 0 OFFLOADED
        30.6  operator    puts on record: node 0 Offloaded
        30.6  event       NodeOffloaded: Node 0 is offloaded
        30.7  operator    asks NiFi to remove node 0
        30.8  NiFi        forgets node 0
        30.8  event       RemovalRequested: Removing node 0 from NiFi's cluster
        31.1  operator    puts on record: node 0 Proven
        31.1  event       NodeEmptied: Node 0 is empty: by its own word, twice
        31.1  operator    deletes prod-0, puts on record: node 0 PodDeleted
        31.5  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        32.2  Kubernetes  Pod prod-0 is gone
        32.3  operator    writes a configuration for node 0, changes the record of node 0
        32.3  event       ConfigurationReplaced: Node 0 was given the configuration of the spec
        32.3  operator    creates flowfile-prod-0
        32.3  event       VolumeCreated: Created PersistentVolumeClaim flowfile-prod-0 for node 0
        32.3  event       PodCreated: Created Pod prod-0
        32.5  status      WaitingForNodes: Node 0 is starting
        33.2  operator    changes the record of node 0
        40.1  NiFi        calls node 0 CONNECTED
        41.5  Kubernetes  Pod prod-0 is ready
        41.5  operator    deletes the old configuration of node 0
        41.6  status      Ready: All 3 nodes are ready and connected
        41.6  event       ClusterReady: All 3 nodes are ready and connected
      Of 1882 flow files 382 were consumed and 1500 are queued: none is lost.
    `,
    );
  });

  test('of which one is lost: the node stops until a person approves that it begins anew', async () => {
    const story = await Story.of({ queued: 500 });
    const name = 'data-prod-2';
    const { api, deletedByPerson } = story.world;
    const uid = api.peek(persistentVolumeClaims, { ...key, name })?.metadata.uid ?? '';
    deletedByPerson.set(uid, 2);
    story.does('deletes data-prod-2 and Pod prod-2', () => api.drop(persistentVolumeClaims, { ...key, name }), {
      kind: 'deletePod',
      id: 2,
    });
    await story.pass(60);
    story.does('approves that node 2 begins anew', () => story.world.wish('rebuild', `2/${uid}`));
    await story.settles();
    assert.deepEqual(story.replaced(), [2]);
    story.isTold(
      url,
      `
         0.0  person      deletes data-prod-2 and Pod prod-2
         0.1  status      Stalled, VolumeLost: PersistentVolumeClaim data-prod-2, which holds data of node 2, is being deleted: the node is not started on an empty volume. Restore the claim with its volume, or give up the data on it: kubectl annotate nificluster prod nifi.datadynamics.io/rebuild=2/<uid> -n data
         0.1  event       Warning VolumeLost: PersistentVolumeClaim data-prod-2, which holds data of node 2, is being deleted: the node is not started on an empty volume. Restore the claim with its volume, or give up the data on it: kubectl annotate nificluster prod nifi.datadynamics.io/rebuild=2/<uid> -n data
         1.1  NiFi        calls node 2 DISCONNECTED
         1.1  Kubernetes  Pod prod-2 is gone
         1.1  Kubernetes  PersistentVolumeClaim data-prod-2 is gone with 500 flow files
        60.0  person      approves that node 2 begins anew
        60.1  operator    changes the record of node 2, creates data-prod-2
        60.1  event       VolumeCreated: Created PersistentVolumeClaim data-prod-2 for node 2
        60.1  event       PodCreated: Created Pod prod-2
        60.1  status      WaitingForNodes: Node 2 has no Pod yet
        61.0  operator    changes the record of node 2
        61.0  event       NodeStarted: Node 2 started for the first time
        67.9  NiFi        calls node 2 CONNECTED
        69.3  Kubernetes  Pod prod-2 is ready
        69.4  status      Ready: All 3 nodes are ready and connected
        69.4  event       ClusterReady: All 3 nodes are ready and connected
      Of 1990 flow files 490 were consumed and 1000 are queued: 500 were on what a person deleted, none else is lost.
    `,
    );
  });

  test('that is lost while the node runs is told at once; approved, the node is emptied first', async () => {
    const story = await Story.of({ queued: 500 });
    const name = 'data-prod-2';
    const { api, deletedByPerson } = story.world;
    const uid = api.peek(persistentVolumeClaims, { ...key, name })?.metadata.uid ?? '';
    deletedByPerson.set(uid, 2);
    story.does('deletes data-prod-2, which Pod prod-2 still uses', () =>
      api.drop(persistentVolumeClaims, { ...key, name }),
    );
    await story.pass(60);
    story.does('approves that node 2 begins anew', () => story.world.wish('rebuild', `2/${uid}`));
    await story.settles();
    assert.deepEqual(story.replaced(), [2]);
    story.isTold(
      url,
      `
         0.0  person      deletes data-prod-2, which Pod prod-2 still uses
         0.1  status      Stalled, VolumeLost: PersistentVolumeClaim data-prod-2, which holds data of node 2, is being deleted: the node is not started on an empty volume. Restore the claim with its volume, or give up the data on it: kubectl annotate nificluster prod nifi.datadynamics.io/rebuild=2/<uid> -n data
         0.1  event       Warning VolumeLost: PersistentVolumeClaim data-prod-2, which holds data of node 2, is being deleted: the node is not started on an empty volume. Restore the claim with its volume, or give up the data on it: kubectl annotate nificluster prod nifi.datadynamics.io/rebuild=2/<uid> -n data
        60.0  person      approves that node 2 begins anew
        60.1  status      RebuildPending: Waiting to rebuild node 2: NiFi has not told its view of the cluster yet
        60.1  operator    marks node 2 (Emptying)
        60.1  event       NodeRebuilding: Rebuilding node 2 (VolumeLossApproved): its data is moved to the other nodes first
        60.2  operator    asks NiFi to disconnect node 2
        60.2  NiFi        calls node 2 DISCONNECTED
        60.2  event       DisconnectRequested: Disconnecting node 2 to empty it
        60.3  operator    marks node 2 (Offloading)
        60.4  operator    asks NiFi to offload node 2
        60.4  NiFi        calls node 2 OFFLOADING
        60.4  event       OffloadRequested: Offloading node 2
        61.1  status      Rebuilding: Rebuilding node 2 (VolumeLossApproved): it is being offloaded, how much is left is not known (and 1 more: NodeDisconnected)
        62.1  NiFi        node 2 has moved 500 flow files to 0, 1, calls node 2 OFFLOADED
        62.3  Kubernetes  Pod prod-2 is not ready
        62.5  operator    puts on record: node 2 Offloaded
        62.5  event       NodeOffloaded: Node 2 is offloaded
        62.6  operator    asks NiFi to remove node 2
        62.6  NiFi        forgets node 2
        62.6  event       RemovalRequested: Removing node 2 from NiFi's cluster
        63.1  operator    puts on record: node 2 Proven
        63.1  event       NodeEmptied: Node 2 is empty: by its own word, twice
        63.1  operator    deletes prod-2, puts on record: node 2 PodDeleted
        63.1  status      Removing: Node 2 is empty, its Pod is being deleted
        64.1  status      PodTerminating: Pod prod-2 is being deleted and not gone yet: node 2 comes back when it is
        64.2  Kubernetes  Pod prod-2 is gone
        64.2  operator    changes the record of node 2
        64.3  Kubernetes  PersistentVolumeClaim data-prod-2 is gone
        64.3  operator    creates data-prod-2
        64.3  event       VolumeCreated: Created PersistentVolumeClaim data-prod-2 for node 2
        64.3  event       PodCreated: Created Pod prod-2
        65.1  status      WaitingForNodes: Node 2 is starting
        65.2  operator    changes the record of node 2
        65.2  event       NodeStarted: Node 2 started for the first time
        72.2  NiFi        calls node 2 CONNECTED
        73.6  Kubernetes  Pod prod-2 is ready
        73.7  status      Ready: All 3 nodes are ready and connected
        73.7  event       ClusterReady: All 3 nodes are ready and connected
      Of 2126 flow files 626 were consumed and 1500 are queued: none is lost.
    `,
    );
  });

  test('that is kept is released with its proof, and taken back when the node returns', async () => {
    const keeping = aModelCluster().withSpec({ volumeRetention: { whenDecommissioned: 'Retain' } });
    const story = await Story.of({ cluster: keeping, queued: 500 });
    story.does('scales to 2', { kind: 'scale', replicas: 2 });
    await story.settles();
    story.does('scales to 3', { kind: 'scale', replicas: 3 });
    await story.pass(30);
    story.does('says that volumes may be taken back', () => story.spec({ adoptVolumes: true }));
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
         2.6  operator    asks NiFi to remove node 2
         2.7  NiFi        forgets node 2
         2.7  event       RemovalRequested: Removing node 2 from NiFi's cluster
         3.0  operator    puts on record: node 2 Proven
         3.0  event       NodeEmptied: Node 2 is empty: by its own word, twice
         3.1  operator    deletes prod-2, puts on record: node 2 PodDeleted
         4.2  Kubernetes  Pod prod-2 is gone
         4.2  operator    annotates data-prod-2
         4.2  event       VolumeReleased: Node 2: data-prod-2 stays as it is, Emptied <uid> <container>
         4.2  operator    deletes the old configuration of node 2, deletes the record of node 2
         4.2  event       NodeRemoved: Node 2 has left
         4.3  status      Ready: All 2 nodes are ready and connected
         4.3  event       ClusterReady: All 2 nodes are ready and connected
        24.5  person      scales to 3
        24.6  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
        24.6  status      Stalled, VolumesLeftBehind: Node 2 left its volumes behind when it was taken out (data-prod-2): set spec.adoptVolumes to true to take them back with what is on them except flow and authorizations, or delete these PersistentVolumeClaims
        24.6  event       Warning VolumesLeftBehind: Node 2 left its volumes behind when it was taken out (data-prod-2): set spec.adoptVolumes to true to take them back with what is on them except flow and authorizations, or delete these PersistentVolumeClaims
        54.5  person      says that volumes may be taken back
        54.6  operator    writes a configuration for node 2, puts node 2 on record
        54.6  event       NodeCreated: Created node 2
        54.6  operator    annotates data-prod-2
        54.6  event       VolumeAdopted: Node 2: took back data-prod-2
        54.6  status      WaitingForNodes: Node 2 has no Pod yet
        54.6  operator    writes ConfigMap prod-start
        54.7  event       PodCreated: Created Pod prod-2
        55.6  operator    changes the record of node 2
        62.5  NiFi        calls node 2 CONNECTED
        63.9  Kubernetes  Pod prod-2 is ready
        64.0  status      Ready: All 3 nodes are ready and connected
        64.0  event       ClusterReady: All 3 nodes are ready and connected
      Of 1964 flow files 464 were consumed and 1500 are queued: none is lost.
    `,
    );
  });
});
