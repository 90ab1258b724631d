// Golden logs of machines that are lost, and of a coordinator that moves, in mid-rollout: the rollout waits, and says what for.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aModelCluster } from '../model/world.ts';
import { Story } from './story.ts';

const { url } = import.meta;

describe('During a rollout', () => {
  test('a machine of three is lost: the others wait until it is back', async () => {
    const story = await Story.of({ queued: 100 });
    story.does('gives every node a heap of 2 GiB', { kind: 'configure', value: 2 });
    await story.until('Pod prod-1 is ready');
    story.does('the machine of node 0 is lost', { kind: 'loseMachine', id: 0 });
    await story.pass(180);
    story.does('the machine is back', { kind: 'returnMachines' });
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2]);
    story.isTold(
      url,
      `
         0.0  person      gives every node a heap of 2 GiB
         0.1  status      RestartPending: Waiting to restart node 1: nothing is known of node 2 (and 2 more: RestartPending)
         0.1  operator    marks node 1 (Restart)
         0.1  event       NodeRestarting: Restarting node 1: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
         0.1  event       RestartPending: Waiting to restart node 2: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 0: node 1 goes first
         0.2  operator    asks NiFi to disconnect node 1
         0.2  NiFi        calls node 1 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 1 before its restart
         0.3  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         9.3  NiFi        calls node 1 CONNECTED
        10.7  Kubernetes  Pod prod-1 is ready
        10.7  person      the machine of node 0 is lost
        10.7  Kubernetes  Pod prod-0 is not ready
        10.7  operator    deletes the old configuration of node 1, marks node 0 (Restart)
        10.7  event       NodeRestarting: Restarting node 0: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        10.9  event       WaitingForNodes: Waiting to disconnect node 0: NiFi gives no answer
        11.7  status      WaitingForNodes: Waiting to disconnect node 0: NiFi gives no answer (and 3 more: Restarting, RestartPending, WaitingForNodes)
        15.6  status      RestartPending: Waiting to restart node 0: NiFi has not told its view of the cluster yet (and 2 more: RestartPending, WaitingForNodes)
        15.7  event       RestartPending: Waiting to restart node 0: NiFi has not told its view of the cluster yet
        18.2  operator    writes a configuration for node 0
        18.2  event       NodeRestarting: Node 0 comes back with what the spec asks for: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        18.2  operator    changes the record of node 0
        26.7  NiFi        node 1 is now coordinator
        30.8  status      NiFiUnreachable: NiFi does not tell its view of the cluster: Cannot replicate request to Node because the node is not connected (and 2 more: RestartPending, PodTerminating)
        42.3  status      RestartPending: Waiting to restart node 2: the Pod of node 0 is being deleted (and 1 more: PodTerminating)
        50.7  NiFi        calls node 0 DISCONNECTED
       190.7  person      the machine is back
       190.7  Kubernetes  Pod prod-0 is gone
       190.7  event       PodCreated: Created Pod prod-0
       198.6  NiFi        calls node 0 CONNECTED
       200.0  Kubernetes  Pod prod-0 is ready
       200.0  operator    deletes the old configuration of node 0, marks node 2 (Restart)
       200.0  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
       200.1  status      Restarting: Restarting node 2: ConfigChanged
       200.1  operator    asks NiFi to disconnect node 2
       200.1  NiFi        calls node 2 DISCONNECTED
       200.1  event       DisconnectRequested: Disconnecting node 2 before its restart
       200.2  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
       201.1  status      PodTerminating: Pod prod-2 is being deleted and not gone yet: node 2 comes back when it is
       201.3  Kubernetes  Pod prod-2 is gone
       201.3  event       PodCreated: Created Pod prod-2
       202.1  status      WaitingForNodes: Node 2 is starting
       209.2  NiFi        calls node 2 CONNECTED
       210.6  Kubernetes  Pod prod-2 is ready
       210.6  operator    deletes the old configuration of node 2
       210.7  status      Ready: All 3 nodes are ready and connected
       210.7  event       ClusterReady: All 3 nodes are ready and connected
      Of 1362 flow files 1062 were consumed and 300 are queued: none is lost.
    `,
    );
  });

  test('a machine of five is lost: the others wait until it is back', async () => {
    const story = await Story.of({ cluster: aModelCluster(5), queued: 100 });
    story.does('gives every node a heap of 2 GiB', { kind: 'configure', value: 2 });
    await story.until('Pod prod-1 is ready');
    story.does('the machine of node 4 is lost', { kind: 'loseMachine', id: 4 });
    await story.pass(180);
    story.does('the machine is back', { kind: 'returnMachines' });
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2, 3, 4]);
    story.isTold(
      url,
      `
         0.0  person      gives every node a heap of 2 GiB
         0.1  status      RestartPending: Waiting to restart node 1: nothing is known of node 2 (and 4 more: RestartPending)
         0.1  operator    marks node 1 (Restart)
         0.1  event       NodeRestarting: Restarting node 1: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
         0.1  event       RestartPending: Waiting to restart node 2: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 3: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 4: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 0: node 1 goes first
         0.2  operator    asks NiFi to disconnect node 1
         0.2  NiFi        calls node 1 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 1 before its restart
         0.3  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         9.3  NiFi        calls node 1 CONNECTED
        10.7  Kubernetes  Pod prod-1 is ready
        10.7  person      the machine of node 4 is lost
        10.7  Kubernetes  Pod prod-4 is not ready
        10.7  operator    deletes the old configuration of node 1, marks node 4 (Restart)
        10.7  event       NodeRestarting: Restarting node 4: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        10.8  operator    asks NiFi to disconnect node 4
        10.9  NiFi        calls node 4 DISCONNECTED
        10.9  event       DisconnectRequested: Disconnecting node 4 before its restart
        10.9  operator    writes a configuration for node 4, changes the record of node 4, deletes prod-4
       190.7  person      the machine is back
       190.7  Kubernetes  Pod prod-4 is gone
       190.7  event       PodCreated: Created Pod prod-4
       198.6  NiFi        calls node 4 CONNECTED
       200.0  Kubernetes  Pod prod-4 is ready
       200.0  operator    deletes the old configuration of node 4, marks node 2 (Restart)
       200.0  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
       200.1  operator    asks NiFi to disconnect node 2
       200.2  NiFi        calls node 2 DISCONNECTED
       200.2  event       DisconnectRequested: Disconnecting node 2 before its restart
       200.3  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
       200.3  status      Restarting: Restarting node 2: ConfigChanged (and 2 more: RestartPending)
       201.3  status      RestartPending: Waiting to restart node 3: the Pod of node 2 is being deleted (and 2 more: RestartPending, PodTerminating)
       201.4  Kubernetes  Pod prod-2 is gone
       201.4  event       PodCreated: Created Pod prod-2
       209.2  NiFi        calls node 2 CONNECTED
       210.6  Kubernetes  Pod prod-2 is ready
       210.7  operator    deletes the old configuration of node 2, marks node 3 (Restart)
       210.7  event       NodeRestarting: Restarting node 3: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
       210.7  status      Restarting: Restarting node 3: ConfigChanged (and 1 more: RestartPending)
       210.8  operator    asks NiFi to disconnect node 3
       210.8  NiFi        calls node 3 DISCONNECTED
       210.8  event       DisconnectRequested: Disconnecting node 3 before its restart
       210.9  operator    writes a configuration for node 3, changes the record of node 3, deletes prod-3
       211.7  status      RestartPending: Waiting to restart node 0: the Pod of node 3 is being deleted (and 1 more: PodTerminating)
       211.9  Kubernetes  Pod prod-3 is gone
       212.0  event       PodCreated: Created Pod prod-3
       219.8  NiFi        calls node 3 CONNECTED
       221.2  Kubernetes  Pod prod-3 is ready
       221.3  operator    deletes the old configuration of node 3, marks node 0 (Restart)
       221.3  event       NodeRestarting: Restarting node 0: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
       221.3  status      Restarting: Restarting node 0: ConfigChanged
       221.4  operator    asks NiFi to disconnect node 0
       221.4  NiFi        calls node 0 DISCONNECTED
       221.4  event       DisconnectRequested: Disconnecting node 0 before its restart
       221.9  NiFi        node 1 is now coordinator
       222.6  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
       223.3  Kubernetes  Pod prod-0 is not ready
       223.6  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
       223.6  Kubernetes  Pod prod-0 is gone
       223.7  event       PodCreated: Created Pod prod-0
       224.6  status      WaitingForNodes: Node 0 is starting
       231.5  NiFi        calls node 0 CONNECTED
       232.9  Kubernetes  Pod prod-0 is ready
       233.0  operator    deletes the old configuration of node 0
       233.0  status      Ready: All 5 nodes are ready and connected
       233.0  event       ClusterReady: All 5 nodes are ready and connected
      Of 2730 flow files 2230 were consumed and 500 are queued: none is lost.
    `,
    );
  });

  test('the coordinator moves: whoever it is now comes last', async () => {
    const story = await Story.of({ queued: 100 });
    story.does('gives every node a heap of 2 GiB', { kind: 'configure', value: 2 });
    await story.until('NiFi calls node 1 CONNECTED');
    story.does('node 2 takes the lease of the coordinator from node 0', () => {
      const { nifi } = story.world;
      nifi.coordinator = [...nifi.processes].find(({ id }) => id === 2);
    });
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2]);
    story.isTold(
      url,
      `
         0.0  person      gives every node a heap of 2 GiB
         0.1  status      RestartPending: Waiting to restart node 1: nothing is known of node 2 (and 2 more: RestartPending)
         0.1  operator    marks node 1 (Restart)
         0.1  event       NodeRestarting: Restarting node 1: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
         0.1  event       RestartPending: Waiting to restart node 2: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 0: node 1 goes first
         0.2  operator    asks NiFi to disconnect node 1
         0.2  NiFi        calls node 1 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 1 before its restart
         0.3  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         9.3  NiFi        calls node 1 CONNECTED
         9.3  person      node 2 takes the lease of the coordinator from node 0
        10.7  Kubernetes  Pod prod-1 is ready
        10.7  operator    deletes the old configuration of node 1, marks node 0 (Restart)
        10.7  event       NodeRestarting: Restarting node 0: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        10.8  operator    asks NiFi to disconnect node 0
        10.9  NiFi        calls node 0 DISCONNECTED
        10.9  event       DisconnectRequested: Disconnecting node 0 before its restart
        10.9  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        11.9  Kubernetes  Pod prod-0 is gone
        12.0  event       PodCreated: Created Pod prod-0
        19.9  NiFi        calls node 0 CONNECTED
        21.3  Kubernetes  Pod prod-0 is ready
        21.3  operator    deletes the old configuration of node 0, marks node 2 (Restart)
        21.3  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        21.4  operator    asks NiFi to disconnect node 2
        21.4  NiFi        calls node 2 DISCONNECTED
        21.4  event       DisconnectRequested: Disconnecting node 2 before its restart
        21.9  NiFi        node 0 is now coordinator
        22.1  status      Restarting: Restarting node 2: ConfigChanged
        22.7  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
        23.1  status      PodTerminating: Pod prod-2 is being deleted and not gone yet: node 2 comes back when it is
        23.3  Kubernetes  Pod prod-2 is not ready
        23.7  Kubernetes  Pod prod-2 is gone
        23.8  event       PodCreated: Created Pod prod-2
        24.1  status      WaitingForNodes: Node 2 is starting
        31.6  NiFi        calls node 2 CONNECTED
        33.0  Kubernetes  Pod prod-2 is ready
        33.0  operator    deletes the old configuration of node 2
        33.1  status      Ready: All 3 nodes are ready and connected
        33.1  event       ClusterReady: All 3 nodes are ready and connected
      Of 648 flow files 348 were consumed and 300 are queued: none is lost.
    `,
    );
  });
});
