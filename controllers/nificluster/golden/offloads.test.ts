// Golden logs of offloads that hang or meet a rollout: nothing is deleted, others are not held up for ever, and a restart is
// the cure where one is: of another node by the roll, or of the leaving one by a person's wish.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aModelCluster } from '../model/world.ts';
import { Story } from './story.ts';

const { url } = import.meta;

const patient = aModelCluster().withSpec({ decommissioning: { offloadTimeout: '2m' } });

describe('An offload that hangs', () => {
  test('yields after its time to a roll, whose restart of another node is its cure', async () => {
    const story = await Story.of({ cluster: patient, queued: 500 });
    story.does('the queues of node 2 are blocked by back-pressure', { kind: 'block', id: 2 });
    story.does('scales to 2', { kind: 'scale', replicas: 2 });
    await story.pass(60);
    story.does('gives every node a heap of 2 GiB', { kind: 'configure', value: 2 });
    await story.until('Pod prod-1 is gone', 200);
    story.does('the back-pressure ends with the restart of node 1', { kind: 'heal', id: 2 });
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2]);
    story.isTold(
      url,
      `
         0.0  person      the queues of node 2 are blocked by back-pressure
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
         2.4  Kubernetes  Pod prod-2 is not ready
        60.0  person      gives every node a heap of 2 GiB
        60.1  event       RestartPending: Waiting to restart node 1: node 2 is OFFLOADING
        60.1  event       RestartPending: Waiting to restart node 0: node 2 is OFFLOADING
       120.7  operator    marks node 1 (Restart)
       120.7  event       NodeRestarting: Restarting node 1: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
       120.7  status      Stalled, OffloadStalled: Node 2 has been offloading for more than 2m, 500 flow files are left: look for back-pressure and full disks on the other nodes; nothing is deleted
       120.7  event       Warning OffloadStalled: Node 2 has been offloading for more than 2m, 500 flow files are left: look for back-pressure and full disks on the other nodes; nothing is deleted
       120.7  operator    asks NiFi to disconnect node 1
       120.8  NiFi        calls node 1 DISCONNECTED
       120.8  event       DisconnectRequested: Disconnecting node 1 before its restart
       120.8  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
       120.9  event       RemovalPending: Waiting to offload node 2: the Pod of node 1 is being deleted
       121.7  status      RemovalPending: Waiting to offload node 2: the Pod of node 1 is being deleted (and 2 more: RestartPending, PodTerminating)
       121.9  Kubernetes  Pod prod-1 is gone
       121.9  person      the back-pressure ends with the restart of node 1
       121.9  event       PodCreated: Created Pod prod-1
       122.2  NiFi        node 2 has moved 500 flow files to 0, calls node 2 OFFLOADED
       129.8  NiFi        calls node 1 CONNECTED
       131.2  Kubernetes  Pod prod-1 is ready
       131.2  operator    deletes the old configuration of node 1
       131.3  status      Removing: Removing node 2: it is asked whether its queues are empty (and 1 more: RestartPending)
       131.4  operator    puts on record: node 2 Offloaded
       131.4  event       NodeOffloaded: Node 2 is offloaded
       131.5  operator    asks NiFi to remove node 2
       131.5  NiFi        forgets node 2
       131.5  event       RemovalRequested: Removing node 2 from NiFi's cluster
       132.4  operator    puts on record: node 2 Proven
       132.4  event       NodeEmptied: Node 2 is empty: by its own word, twice
       132.5  operator    deletes prod-2, puts on record: node 2 PodDeleted
       133.5  Kubernetes  Pod prod-2 is gone
       133.6  operator    deletes data-prod-2
       133.6  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-2: Node 2 has left, Emptied <uid> <container>
       133.6  Kubernetes  PersistentVolumeClaim data-prod-2 is gone
       133.7  operator    deletes the old configuration of node 2, deletes the record of node 2
       133.7  event       NodeRemoved: Node 2 has left
       133.7  operator    marks node 0 (Restart)
       133.7  event       NodeRestarting: Restarting node 0: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
       133.8  operator    asks NiFi to disconnect node 0
       133.8  NiFi        calls node 0 DISCONNECTED
       133.8  event       DisconnectRequested: Disconnecting node 0 before its restart
       134.3  status      Restarting: Restarting node 0: ConfigChanged
       134.3  NiFi        node 1 is now coordinator
       135.1  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
       135.3  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
       135.7  Kubernetes  Pod prod-0 is not ready
       136.1  Kubernetes  Pod prod-0 is gone
       136.2  event       PodCreated: Created Pod prod-0
       136.3  status      WaitingForNodes: Node 0 is starting
       144.0  NiFi        calls node 0 CONNECTED
       145.4  Kubernetes  Pod prod-0 is ready
       145.4  operator    deletes the old configuration of node 0
       145.5  status      Ready: All 2 nodes are ready and connected
       145.5  event       ClusterReady: All 2 nodes are ready and connected
      Of 2212 flow files 712 were consumed and 1500 are queued: none is lost.
    `,
    );
  });

  test('ends by a restart of the leaving node that a person asks for', async () => {
    const story = await Story.of({ cluster: patient, queued: 500 });
    story.does('the queues of node 2 are stuck in its process', { kind: 'block', id: 2 });
    story.does('scales to 2', { kind: 'scale', replicas: 2 });
    await story.pass(150);
    story.does('asks for a restart of Pod prod-2', { kind: 'restartNode', id: 2 });
    await story.settles();
    assert.deepEqual(story.replaced(), [2]);
    story.isTold(
      url,
      `
         0.0  person      the queues of node 2 are stuck in its process
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
         2.4  Kubernetes  Pod prod-2 is not ready
       120.7  status      Stalled, OffloadStalled: Node 2 has been offloading for more than 2m, 500 flow files are left: look for back-pressure and full disks on the other nodes; nothing is deleted
       120.7  event       Warning OffloadStalled: Node 2 has been offloading for more than 2m, 500 flow files are left: look for back-pressure and full disks on the other nodes; nothing is deleted
       150.0  person      asks for a restart of Pod prod-2
       150.0  operator    deletes prod-2
       150.0  event       NodeRestarting: Restarting node 2: RestartRequested
       150.0  status      Removing: Removing node 2: it is restarted first
       151.1  Kubernetes  Pod prod-2 is gone
       151.1  event       PodCreated: Created Pod prod-2
       159.0  NiFi        calls node 2 CONNECTED
       159.1  operator    marks node 2 (Emptying)
       159.1  event       NodeLeaving: Removing node 2: its data is moved to the other nodes first
       159.2  operator    asks NiFi to disconnect node 2
       159.2  NiFi        calls node 2 DISCONNECTED
       159.2  event       DisconnectRequested: Disconnecting node 2 to empty it
       159.2  operator    marks node 2 (Offloading)
       159.3  operator    asks NiFi to offload node 2
       159.4  NiFi        calls node 2 OFFLOADING
       159.4  event       OffloadRequested: Offloading node 2
       161.1  NiFi        node 2 has moved 500 flow files to 0, 1, calls node 2 OFFLOADED
       161.6  operator    puts on record: node 2 Offloaded
       161.6  event       NodeOffloaded: Node 2 is offloaded
       161.7  operator    asks NiFi to remove node 2
       161.7  NiFi        forgets node 2
       161.7  event       RemovalRequested: Removing node 2 from NiFi's cluster
       162.2  operator    puts on record: node 2 Proven
       162.2  event       NodeEmptied: Node 2 is empty: by its own word, twice
       162.3  operator    deletes prod-2, puts on record: node 2 PodDeleted
       163.4  Kubernetes  Pod prod-2 is gone
       163.4  operator    deletes data-prod-2
       163.4  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-2: Node 2 has left, Emptied <uid> <container>
       163.5  Kubernetes  PersistentVolumeClaim data-prod-2 is gone
       163.5  operator    deletes the old configuration of node 2, deletes the record of node 2
       163.5  event       NodeRemoved: Node 2 has left
       163.5  status      Ready: All 2 nodes are ready and connected
       163.5  event       ClusterReady: All 2 nodes are ready and connected
      Of 2322 flow files 822 were consumed and 1500 are queued: none is lost.
    `,
    );
  });
});

describe('A roll and a scale at once', () => {
  test('remove who leaves first, and restart who stays, the coordinator last', async () => {
    const story = await Story.of({ queued: 500 });
    story.does('scales to 2 and gives every node a heap of 2 GiB', () =>
      story.world.respec(story.world.cluster.withSpec({ replicas: 2 }).withNode({ jvm: { heap: '2g' } })),
    );
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2]);
    story.isTold(
      url,
      `
         0.0  person      scales to 2 and gives every node a heap of 2 GiB
         0.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         0.1  status      RemovalPending: Waiting to offload node 2: NiFi has not told its view of the cluster yet (and 2 more: RestartPending)
         0.1  operator    marks node 2 (Emptying)
         0.1  event       NodeLeaving: Removing node 2: its data is moved to the other nodes first
         0.1  event       RestartPending: Waiting to restart node 1: node 2 goes first
         0.1  event       RestartPending: Waiting to restart node 0: node 2 goes first
         0.2  operator    asks NiFi to disconnect node 2
         0.2  NiFi        calls node 2 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 2 to empty it
         0.4  operator    marks node 2 (Offloading)
         0.5  operator    asks NiFi to offload node 2
         0.5  NiFi        calls node 2 OFFLOADING
         0.5  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, how much is left is not known (and 2 more: RestartPending)
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
         4.4  operator    marks node 1 (Restart)
         4.4  event       NodeRestarting: Restarting node 1: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
         4.5  operator    asks NiFi to disconnect node 1
         4.5  NiFi        calls node 1 DISCONNECTED
         4.5  event       DisconnectRequested: Disconnecting node 1 before its restart
         4.5  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         5.1  status      RestartPending: Waiting to restart node 0: the Pod of node 1 is being deleted (and 1 more: PodTerminating)
         5.6  Kubernetes  Pod prod-1 is gone
         5.6  event       PodCreated: Created Pod prod-1
        13.5  NiFi        calls node 1 CONNECTED
        14.9  Kubernetes  Pod prod-1 is ready
        15.0  operator    deletes the old configuration of node 1
        15.0  operator    marks node 0 (Restart)
        15.0  event       NodeRestarting: Restarting node 0: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        15.1  operator    asks NiFi to disconnect node 0
        15.1  status      Restarting: Restarting node 0: ConfigChanged
        15.1  NiFi        calls node 0 DISCONNECTED
        15.1  event       DisconnectRequested: Disconnecting node 0 before its restart
        15.6  NiFi        node 1 is now coordinator
        16.3  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        17.0  Kubernetes  Pod prod-0 is not ready
        17.3  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        17.4  Kubernetes  Pod prod-0 is gone
        17.4  event       PodCreated: Created Pod prod-0
        18.4  status      WaitingForNodes: Node 0 is starting
        25.3  NiFi        calls node 0 CONNECTED
        26.7  Kubernetes  Pod prod-0 is ready
        26.7  operator    deletes the old configuration of node 0
        26.8  status      Ready: All 2 nodes are ready and connected
        26.8  event       ClusterReady: All 2 nodes are ready and connected
      Of 1738 flow files 238 were consumed and 1500 are queued: none is lost.
    `,
    );
  });

  test('start who joins with the new configuration, and restart the others', async () => {
    const story = await Story.of({ queued: 500 });
    story.does('scales to 4 and gives every node a heap of 2 GiB', () =>
      story.world.respec(story.world.cluster.withSpec({ replicas: 4 }).withNode({ jvm: { heap: '2g' } })),
    );
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2]);
    story.isTold(
      url,
      `
         0.0  person      scales to 4 and gives every node a heap of 2 GiB
         0.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod, writes a configuration for node 3, puts node 3 on record
         0.1  event       NodeCreated: Created node 3
         0.1  operator    creates data-prod-3
         0.1  status      RestartPending: Waiting to restart node 1: nothing is known of node 2 (and 3 more: RestartPending, WaitingForNodes)
         0.1  event       RestartPending: Waiting to restart node 1: node 3 does not run (Pending)
         0.1  event       RestartPending: Waiting to restart node 2: node 3 does not run (Pending)
         0.1  event       RestartPending: Waiting to restart node 0: node 3 does not run (Pending)
         1.0  operator    changes the record of node 3
         1.0  event       NodeStarted: Node 3 started for the first time
         7.9  NiFi        calls node 3 CONNECTED
         9.3  Kubernetes  Pod prod-3 is ready
         9.4  operator    marks node 1 (Restart)
         9.4  event       NodeRestarting: Restarting node 1: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
         9.4  status      Restarting: Restarting node 1: ConfigChanged (and 2 more: RestartPending)
         9.5  operator    asks NiFi to disconnect node 1
         9.5  NiFi        calls node 1 DISCONNECTED
         9.5  event       DisconnectRequested: Disconnecting node 1 before its restart
         9.6  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
        10.4  status      RestartPending: Waiting to restart node 2: the Pod of node 1 is being deleted (and 2 more: RestartPending, PodTerminating)
        10.6  Kubernetes  Pod prod-1 is gone
        10.7  event       PodCreated: Created Pod prod-1
        18.5  NiFi        calls node 1 CONNECTED
        19.9  Kubernetes  Pod prod-1 is ready
        20.0  operator    deletes the old configuration of node 1, marks node 2 (Restart)
        20.0  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        20.0  status      Restarting: Restarting node 2: ConfigChanged (and 1 more: RestartPending)
        20.0  operator    asks NiFi to disconnect node 2
        20.1  NiFi        calls node 2 DISCONNECTED
        20.1  event       DisconnectRequested: Disconnecting node 2 before its restart
        20.2  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
        21.0  status      RestartPending: Waiting to restart node 0: the Pod of node 2 is being deleted (and 1 more: PodTerminating)
        21.2  Kubernetes  Pod prod-2 is gone
        21.3  event       PodCreated: Created Pod prod-2
        29.1  NiFi        calls node 2 CONNECTED
        30.5  Kubernetes  Pod prod-2 is ready
        30.5  operator    deletes the old configuration of node 2, marks node 0 (Restart)
        30.5  event       NodeRestarting: Restarting node 0: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        30.5  status      Restarting: Restarting node 0: ConfigChanged
        30.6  operator    asks NiFi to disconnect node 0
        30.7  NiFi        calls node 0 DISCONNECTED
        30.7  event       DisconnectRequested: Disconnecting node 0 before its restart
        31.2  NiFi        node 1 is now coordinator
        31.8  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        32.5  Kubernetes  Pod prod-0 is not ready
        32.8  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        32.9  Kubernetes  Pod prod-0 is gone
        32.9  event       PodCreated: Created Pod prod-0
        33.8  status      WaitingForNodes: Node 0 is starting
        40.7  NiFi        calls node 0 CONNECTED
        42.1  Kubernetes  Pod prod-0 is ready
        42.2  operator    deletes the old configuration of node 0
        42.2  status      Ready: All 4 nodes are ready and connected
        42.2  event       ClusterReady: All 4 nodes are ready and connected
      Of 2026 flow files 526 were consumed and 1500 are queued: none is lost.
    `,
    );
  });
});
