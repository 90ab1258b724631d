// Golden logs of rollouts that people hold up, take back or ask for: nothing is done twice, and who is well stays up.
// Read them as the person on call would. GOLDEN=write writes them anew.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Story } from './story.ts';

const { url } = import.meta;

describe('A change of configuration', () => {
  test('is held up by a pause in mid-rollout, and goes on', async () => {
    const story = await Story.of({ queued: 100 });
    story.does('gives every node a heap of 2 GiB', { kind: 'configure', value: 2 });
    await story.until('Restarting node 2');
    story.does('pauses the rollout', { kind: 'pauseRollout' });
    await story.pass(60);
    story.does('lets it go on', { kind: 'resume' });
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
         0.6  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.6  Kubernetes  Pod prod-1 is gone
         1.7  event       PodCreated: Created Pod prod-1
         9.5  NiFi        calls node 1 CONNECTED
        10.9  Kubernetes  Pod prod-1 is ready
        11.0  operator    deletes the old configuration of node 1, marks node 2 (Restart)
        11.0  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        11.0  status      Restarting: Restarting node 2: ConfigChanged (and 1 more: RestartPending)
        11.0  person      pauses the rollout
        11.1  status      Stalled, Paused: Waiting to restart node 2: spec.rollout.paused is true (and 1 more: Paused)
        11.1  event       Paused: Waiting to restart node 2: spec.rollout.paused is true (and 1 more: Paused)
        11.1  event       Paused: Waiting to restart node 0: spec.rollout.paused is true
        21.0  operator    takes the mark off node 2
        71.0  person      lets it go on
        71.1  status      RestartPending: Waiting to restart node 2: NiFi has not told its view of the cluster yet (and 1 more: RestartPending)
        71.1  operator    marks node 2 (Restart)
        71.1  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        71.1  event       RestartPending: Waiting to restart node 0: node 2 goes first
        71.2  operator    asks NiFi to disconnect node 2
        71.3  NiFi        calls node 2 DISCONNECTED
        71.3  event       DisconnectRequested: Disconnecting node 2 before its restart
        71.6  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
        72.6  Kubernetes  Pod prod-2 is gone
        72.7  event       PodCreated: Created Pod prod-2
        80.5  NiFi        calls node 2 CONNECTED
        81.9  Kubernetes  Pod prod-2 is ready
        82.0  operator    deletes the old configuration of node 2, marks node 0 (Restart)
        82.0  event       NodeRestarting: Restarting node 0: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        82.0  status      Restarting: Restarting node 0: ConfigChanged
        82.1  operator    asks NiFi to disconnect node 0
        82.1  NiFi        calls node 0 DISCONNECTED
        82.1  event       DisconnectRequested: Disconnecting node 0 before its restart
        82.6  NiFi        node 1 is now coordinator
        83.5  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        84.0  Kubernetes  Pod prod-0 is not ready
        84.5  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        84.6  Kubernetes  Pod prod-0 is gone
        84.6  event       PodCreated: Created Pod prod-0
        85.5  status      WaitingForNodes: Node 0 is starting
        92.5  NiFi        calls node 0 CONNECTED
        93.9  Kubernetes  Pod prod-0 is ready
        93.9  operator    deletes the old configuration of node 0
        93.9  status      Ready: All 3 nodes are ready and connected
        93.9  event       ClusterReady: All 3 nodes are ready and connected
      Of 1022 flow files 722 were consumed and 300 are queued: none is lost.
    `,
    );
  });

  test('is taken back in mid-rollout: who has it goes back, who has it not is left alone', async () => {
    const story = await Story.of({ queued: 100 });
    story.does('gives every node a heap of 2 GiB', { kind: 'configure', value: 2 });
    await story.until('Restarting node 2');
    story.does('takes that back', { kind: 'revert' });
    await story.settles();
    assert.deepEqual(story.replaced(), [1]);
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
         0.6  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.6  Kubernetes  Pod prod-1 is gone
         1.7  event       PodCreated: Created Pod prod-1
         9.5  NiFi        calls node 1 CONNECTED
        10.9  Kubernetes  Pod prod-1 is ready
        11.0  operator    deletes the old configuration of node 1, marks node 2 (Restart)
        11.0  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        11.0  status      Restarting: Restarting node 2: ConfigChanged (and 1 more: RestartPending)
        11.0  person      takes that back
        11.1  status      RestartPending: Waiting to restart node 1: node 2 goes first (and 1 more: Returning)
        11.1  event       RestartPending: Waiting to restart node 1: node 2 goes first
        21.0  operator    takes the mark off node 2
        21.1  operator    marks node 1 (Restart)
        21.1  event       NodeRestarting: Restarting node 1: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        21.2  operator    asks NiFi to disconnect node 1
        21.2  NiFi        calls node 1 DISCONNECTED
        21.2  event       DisconnectRequested: Disconnecting node 1 before its restart
        21.5  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
        22.0  status      PodTerminating: Pod prod-1 is being deleted and not gone yet: node 1 comes back when it is
        22.5  Kubernetes  Pod prod-1 is gone
        22.6  event       PodCreated: Created Pod prod-1
        23.0  status      WaitingForNodes: Node 1 is starting
        30.4  NiFi        calls node 1 CONNECTED
        31.8  Kubernetes  Pod prod-1 is ready
        31.9  operator    deletes the old configuration of node 1
        31.9  status      Ready: All 3 nodes are ready and connected
        31.9  event       ClusterReady: All 3 nodes are ready and connected
      Of 660 flow files 360 were consumed and 300 are queued: none is lost.
    `,
    );
  });
});

describe('A restart on request', () => {
  test('of the cluster restarts every node, with the configuration that it has', async () => {
    const story = await Story.of({ queued: 100 });
    story.does('asks for a restart of the cluster', { kind: 'restart' });
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2]);
    story.isTold(
      url,
      `
         0.0  person      asks for a restart of the cluster
         0.1  status      RestartPending: Waiting to restart node 1: nothing is known of node 2 (and 2 more: RestartPending)
         0.1  operator    marks node 1 (Restart)
         0.1  event       NodeRestarting: Restarting node 1: RestartRequested
         0.1  event       RestartPending: Waiting to restart node 2: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 0: node 1 goes first
         0.2  operator    asks NiFi to disconnect node 1
         0.2  NiFi        calls node 1 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 1 before its restart
         0.6  operator    deletes prod-1
         1.6  Kubernetes  Pod prod-1 is gone
         1.7  event       PodCreated: Created Pod prod-1
         9.5  NiFi        calls node 1 CONNECTED
        10.9  Kubernetes  Pod prod-1 is ready
        11.0  operator    marks node 2 (Restart)
        11.0  event       NodeRestarting: Restarting node 2: RestartRequested
        11.0  status      Restarting: Restarting node 2: RestartRequested (and 1 more: RestartPending)
        11.1  operator    asks NiFi to disconnect node 2
        11.1  NiFi        calls node 2 DISCONNECTED
        11.1  event       DisconnectRequested: Disconnecting node 2 before its restart
        11.4  operator    deletes prod-2
        12.0  status      RestartPending: Waiting to restart node 0: the Pod of node 2 is being deleted (and 1 more: PodTerminating)
        12.5  Kubernetes  Pod prod-2 is gone
        12.5  event       PodCreated: Created Pod prod-2
        20.4  NiFi        calls node 2 CONNECTED
        21.8  Kubernetes  Pod prod-2 is ready
        21.8  operator    marks node 0 (Restart)
        21.8  event       NodeRestarting: Restarting node 0: RestartRequested
        21.8  status      Restarting: Restarting node 0: RestartRequested
        21.9  operator    asks NiFi to disconnect node 0
        21.9  NiFi        calls node 0 DISCONNECTED
        21.9  event       DisconnectRequested: Disconnecting node 0 before its restart
        22.4  NiFi        node 1 is now coordinator
        23.4  operator    deletes prod-0
        23.8  Kubernetes  Pod prod-0 is not ready
        24.4  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        24.4  Kubernetes  Pod prod-0 is gone
        24.4  event       PodCreated: Created Pod prod-0
        25.4  status      WaitingForNodes: Node 0 is starting
        32.3  NiFi        calls node 0 CONNECTED
        33.7  Kubernetes  Pod prod-0 is ready
        33.7  status      Ready: All 3 nodes are ready and connected
        33.7  event       ClusterReady: All 3 nodes are ready and connected
      Of 660 flow files 360 were consumed and 300 are queued: none is lost.
    `,
    );
  });

  test('of one Pod restarts that node', async () => {
    const story = await Story.of({ queued: 100 });
    story.does('asks for a restart of Pod prod-2', { kind: 'restartNode', id: 2 });
    await story.settles();
    assert.deepEqual(story.replaced(), [2]);
    story.isTold(
      url,
      `
         0.0  person      asks for a restart of Pod prod-2
         0.1  status      RestartPending: Waiting to restart node 2: NiFi has not told its view of the cluster yet
         0.1  operator    marks node 2 (Restart)
         0.1  event       NodeRestarting: Restarting node 2: RestartRequested
         0.2  operator    asks NiFi to disconnect node 2
         0.2  NiFi        calls node 2 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 2 before its restart
         0.6  operator    deletes prod-2
         1.1  status      PodTerminating: Pod prod-2 is being deleted and not gone yet: node 2 comes back when it is
         1.6  Kubernetes  Pod prod-2 is gone
         1.7  event       PodCreated: Created Pod prod-2
         2.1  status      WaitingForNodes: Node 2 is starting
         9.5  NiFi        calls node 2 CONNECTED
        10.9  Kubernetes  Pod prod-2 is ready
        11.0  status      Ready: All 3 nodes are ready and connected
        11.0  event       ClusterReady: All 3 nodes are ready and connected
      Of 554 flow files 254 were consumed and 300 are queued: none is lost.
    `,
    );
  });
});
