// Golden logs of restarts: what a person asks for and takes back, node by node, and never two at a time.
// Read them as the person on call would. GOLDEN=write writes them anew.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aModelCluster } from '../model/world.ts';
import { Story } from './story.ts';

const { url } = import.meta;

describe('A change of configuration', () => {
  test('restarts three nodes one at a time, the coordinator last, and says what it waits for', async () => {
    const story = await Story.of({ queued: 100, everySentence: true });
    story.does('gives every node a heap of 2 GiB', { kind: 'configure', value: 2 });
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
         1.1  status      RestartPending: Waiting to restart node 2: the Pod of node 1 is being deleted (and 2 more: RestartPending, PodTerminating)
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         2.1  status      RestartPending: Waiting to restart node 2: node 1 does not run (Pending) (and 2 more: RestartPending, WaitingForNodes)
         3.1  status      RestartPending: Waiting to restart node 2: node 1 is DISCONNECTED (and 2 more: RestartPending, WaitingForNodes)
         7.3  status      RestartPending: Waiting to restart node 2: node 1 is CONNECTING (and 2 more: RestartPending, WaitingForNodes)
         9.3  NiFi        calls node 1 CONNECTED
         9.3  status      RestartPending: Waiting to restart node 2: node 1 is not ready (and 2 more: RestartPending, WaitingForNodes)
        10.7  Kubernetes  Pod prod-1 is ready
        10.7  operator    deletes the old configuration of node 1, marks node 2 (Restart)
        10.7  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        10.7  status      Restarting: Restarting node 2: ConfigChanged (and 1 more: RestartPending)
        10.8  operator    asks NiFi to disconnect node 2
        10.9  NiFi        calls node 2 DISCONNECTED
        10.9  event       DisconnectRequested: Disconnecting node 2 before its restart
        10.9  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
        11.7  status      RestartPending: Waiting to restart node 0: the Pod of node 2 is being deleted (and 1 more: PodTerminating)
        12.0  Kubernetes  Pod prod-2 is gone
        12.0  event       PodCreated: Created Pod prod-2
        12.7  status      RestartPending: Waiting to restart node 0: node 2 does not run (Pending) (and 1 more: WaitingForNodes)
        13.7  status      RestartPending: Waiting to restart node 0: node 2 is DISCONNECTED (and 1 more: WaitingForNodes)
        18.0  status      RestartPending: Waiting to restart node 0: node 2 is CONNECTING (and 1 more: WaitingForNodes)
        19.9  NiFi        calls node 2 CONNECTED
        20.0  status      RestartPending: Waiting to restart node 0: node 2 is not ready (and 1 more: WaitingForNodes)
        21.3  Kubernetes  Pod prod-2 is ready
        21.3  operator    deletes the old configuration of node 2, marks node 0 (Restart)
        21.3  event       NodeRestarting: Restarting node 0: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        21.3  status      Restarting: Restarting node 0: ConfigChanged
        21.4  operator    asks NiFi to disconnect node 0
        21.4  NiFi        calls node 0 DISCONNECTED
        21.4  event       DisconnectRequested: Disconnecting node 0 before its restart
        21.9  NiFi        node 1 is now coordinator
        22.6  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        23.3  Kubernetes  Pod prod-0 is not ready
        23.6  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        23.6  Kubernetes  Pod prod-0 is gone
        23.7  event       PodCreated: Created Pod prod-0
        24.6  status      WaitingForNodes: Node 0 is starting
        28.6  status      WaitingForNodes: Node 0 has started and is not connected yet
        29.6  status      WaitingForNodes: NiFi has node 0 as CONNECTING: Connection requested from existing node. Setting status to connecting.
        31.5  NiFi        calls node 0 CONNECTED
        31.7  status      WaitingForNodes: Node 0 has started and is not connected yet
        32.9  Kubernetes  Pod prod-0 is ready
        33.0  operator    deletes the old configuration of node 0
        33.0  status      Ready: All 3 nodes are ready and connected
        33.0  event       ClusterReady: All 3 nodes are ready and connected
      Of 660 flow files 360 were consumed and 300 are queued: none is lost.
    `,
    );
  });

  test('restarts five nodes, two at a time where two may be down', async () => {
    const story = await Story.of({
      cluster: aModelCluster(5).withSpec({ rollout: { maxUnavailable: 2 } }),
      queued: 100,
    });
    story.does('gives every node a heap of 2 GiB', { kind: 'configure', value: 2 });
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2, 3, 4]);
    story.isTold(
      url,
      `
         0.0  person      gives every node a heap of 2 GiB
         0.1  status      RestartPending: Waiting to restart node 1: NiFi has not told its view of the cluster yet (and 4 more: RestartPending)
         0.1  operator    marks node 1 (Restart), marks node 2 (Restart)
         0.1  event       NodeRestarting: Restarting node 1: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
         0.1  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
         0.1  event       RestartPending: Waiting to restart node 3: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 4: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 0: node 1 goes first
         0.2  operator    asks NiFi to disconnect node 2, asks NiFi to disconnect node 1
         0.2  NiFi        calls node 2 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 2 before its restart
         0.2  NiFi        calls node 1 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 1 before its restart
         0.3  operator    writes a configuration for node 1, writes a configuration for node 2, changes the record of node 1, changes the record of node 2, deletes prod-1, deletes prod-2
         1.4  Kubernetes  Pod prod-1 is gone, Pod prod-2 is gone
         1.4  event       PodCreated: Created Pod prod-1
         1.4  event       PodCreated: Created Pod prod-2
         9.3  NiFi        calls node 1 CONNECTED, calls node 2 CONNECTED
        10.7  Kubernetes  Pod prod-1 is ready, Pod prod-2 is ready
        10.7  operator    deletes the old configuration of node 1, deletes the old configuration of node 2, marks node 3 (Restart), marks node 4 (Restart)
        10.7  event       NodeRestarting: Restarting node 3: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        10.7  event       NodeRestarting: Restarting node 4: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        10.7  status      Restarting: Restarting node 3: ConfigChanged (and 2 more: Restarting, RestartPending)
        10.8  operator    asks NiFi to disconnect node 4, asks NiFi to disconnect node 3
        10.9  NiFi        calls node 4 DISCONNECTED
        10.9  event       DisconnectRequested: Disconnecting node 4 before its restart
        10.9  NiFi        calls node 3 DISCONNECTED
        10.9  event       DisconnectRequested: Disconnecting node 3 before its restart
        10.9  operator    writes a configuration for node 3, writes a configuration for node 4, changes the record of node 3, changes the record of node 4, deletes prod-3, deletes prod-4
        11.7  status      RestartPending: Waiting to restart node 0: the Pod of node 3 is being deleted (and 2 more: PodTerminating)
        12.0  Kubernetes  Pod prod-3 is gone, Pod prod-4 is gone
        12.0  event       PodCreated: Created Pod prod-3
        12.0  event       PodCreated: Created Pod prod-4
        19.9  NiFi        calls node 3 CONNECTED, calls node 4 CONNECTED
        21.3  Kubernetes  Pod prod-3 is ready, Pod prod-4 is ready
        21.3  operator    deletes the old configuration of node 3, deletes the old configuration of node 4, marks node 0 (Restart)
        21.3  event       NodeRestarting: Restarting node 0: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        21.3  status      Restarting: Restarting node 0: ConfigChanged
        21.4  operator    asks NiFi to disconnect node 0
        21.4  NiFi        calls node 0 DISCONNECTED
        21.4  event       DisconnectRequested: Disconnecting node 0 before its restart
        21.9  NiFi        node 1 is now coordinator
        22.6  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        23.3  Kubernetes  Pod prod-0 is not ready
        23.6  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        23.6  Kubernetes  Pod prod-0 is gone
        23.7  event       PodCreated: Created Pod prod-0
        24.6  status      WaitingForNodes: Node 0 is starting
        31.5  NiFi        calls node 0 CONNECTED
        32.9  Kubernetes  Pod prod-0 is ready
        33.0  operator    deletes the old configuration of node 0
        33.0  status      Ready: All 5 nodes are ready and connected
        33.0  event       ClusterReady: All 5 nodes are ready and connected
      Of 1100 flow files 600 were consumed and 500 are queued: none is lost.
    `,
    );
  });

  test('of one node restarts that one', async () => {
    const story = await Story.of({ queued: 100 });
    story.does('gives node 1 a heap of 3 GiB', { kind: 'configureNode', id: 1, value: 3 });
    await story.settles();
    assert.deepEqual(story.replaced(), [1]);
    story.isTold(
      url,
      `
         0.0  person      gives node 1 a heap of 3 GiB
         0.1  status      RestartPending: Waiting to restart node 1: nothing is known of node 2
         0.1  operator    marks node 1 (Restart)
         0.1  event       NodeRestarting: Restarting node 1: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
         0.2  operator    asks NiFi to disconnect node 1
         0.2  NiFi        calls node 1 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 1 before its restart
         0.3  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.1  status      PodTerminating: Pod prod-1 is being deleted and not gone yet: node 1 comes back when it is
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         2.1  status      WaitingForNodes: Node 1 is starting
         9.3  NiFi        calls node 1 CONNECTED
        10.7  Kubernetes  Pod prod-1 is ready
        10.7  operator    deletes the old configuration of node 1
        10.8  status      Ready: All 3 nodes are ready and connected
        10.8  event       ClusterReady: All 3 nodes are ready and connected
      Of 554 flow files 254 were consumed and 300 are queued: none is lost.
    `,
    );
  });
});
