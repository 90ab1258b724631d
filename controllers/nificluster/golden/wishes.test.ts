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
         0.3  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         9.3  NiFi        calls node 1 CONNECTED
        10.7  Kubernetes  Pod prod-1 is ready
        10.7  operator    deletes the old configuration of node 1, marks node 2 (Restart)
        10.7  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        10.7  status      Restarting: Restarting node 2: ConfigChanged (and 1 more: RestartPending)
        10.7  person      pauses the rollout
        10.8  status      Stalled, Paused: Waiting to restart node 2: spec.rollout.paused is true (and 1 more: Paused)
        10.8  event       Paused: Waiting to restart node 2: spec.rollout.paused is true (and 1 more: Paused)
        10.9  event       Paused: Waiting to restart node 0: spec.rollout.paused is true
        20.7  operator    takes the mark off node 2
        70.7  person      lets it go on
        70.8  status      RestartPending: Waiting to restart node 2: NiFi has not told its view of the cluster yet (and 1 more: RestartPending)
        70.9  operator    marks node 2 (Restart)
        70.9  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        70.9  event       RestartPending: Waiting to restart node 0: node 2 goes first
        70.9  operator    asks NiFi to disconnect node 2
        71.0  NiFi        calls node 2 DISCONNECTED
        71.0  event       DisconnectRequested: Disconnecting node 2 before its restart
        71.1  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
        72.1  Kubernetes  Pod prod-2 is gone
        72.2  event       PodCreated: Created Pod prod-2
        80.0  NiFi        calls node 2 CONNECTED
        81.4  Kubernetes  Pod prod-2 is ready
        81.5  operator    deletes the old configuration of node 2, marks node 0 (Restart)
        81.5  event       NodeRestarting: Restarting node 0: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        81.5  status      Restarting: Restarting node 0: ConfigChanged
        81.6  operator    asks NiFi to disconnect node 0
        81.6  NiFi        calls node 0 DISCONNECTED
        81.6  event       DisconnectRequested: Disconnecting node 0 before its restart
        82.1  NiFi        node 1 is now coordinator
        82.7  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        83.5  Kubernetes  Pod prod-0 is not ready
        83.7  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        83.8  Kubernetes  Pod prod-0 is gone
        83.8  event       PodCreated: Created Pod prod-0
        84.7  status      WaitingForNodes: Node 0 is starting
        91.7  NiFi        calls node 0 CONNECTED
        93.1  Kubernetes  Pod prod-0 is ready
        93.1  operator    deletes the old configuration of node 0
        93.2  status      Ready: All 3 nodes are ready and connected
        93.2  event       ClusterReady: All 3 nodes are ready and connected
      Of 1008 flow files 708 were consumed and 300 are queued: none is lost.
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
         0.3  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         9.3  NiFi        calls node 1 CONNECTED
        10.7  Kubernetes  Pod prod-1 is ready
        10.7  operator    deletes the old configuration of node 1, marks node 2 (Restart)
        10.7  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        10.7  status      Restarting: Restarting node 2: ConfigChanged (and 1 more: RestartPending)
        10.7  person      takes that back
        10.8  status      RestartPending: Waiting to restart node 1: node 2 goes first (and 1 more: Returning)
        10.9  event       RestartPending: Waiting to restart node 1: node 2 goes first
        20.7  operator    takes the mark off node 2
        20.8  operator    marks node 1 (Restart)
        20.8  event       NodeRestarting: Restarting node 1: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        20.9  operator    asks NiFi to disconnect node 1
        20.9  NiFi        calls node 1 DISCONNECTED
        20.9  event       DisconnectRequested: Disconnecting node 1 before its restart
        21.0  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
        21.7  status      PodTerminating: Pod prod-1 is being deleted and not gone yet: node 1 comes back when it is
        22.0  Kubernetes  Pod prod-1 is gone
        22.1  event       PodCreated: Created Pod prod-1
        22.7  status      WaitingForNodes: Node 1 is starting
        30.0  NiFi        calls node 1 CONNECTED
        31.4  Kubernetes  Pod prod-1 is ready
        31.4  operator    deletes the old configuration of node 1
        31.4  status      Ready: All 3 nodes are ready and connected
        31.4  event       ClusterReady: All 3 nodes are ready and connected
      Of 658 flow files 358 were consumed and 300 are queued: none is lost.
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
         0.3  operator    deletes prod-1
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         9.3  NiFi        calls node 1 CONNECTED
        10.7  Kubernetes  Pod prod-1 is ready
        10.7  operator    marks node 2 (Restart)
        10.7  event       NodeRestarting: Restarting node 2: RestartRequested
        10.7  status      Restarting: Restarting node 2: RestartRequested (and 1 more: RestartPending)
        10.8  operator    asks NiFi to disconnect node 2
        10.9  NiFi        calls node 2 DISCONNECTED
        10.9  event       DisconnectRequested: Disconnecting node 2 before its restart
        10.9  operator    deletes prod-2
        11.7  status      RestartPending: Waiting to restart node 0: the Pod of node 2 is being deleted (and 1 more: PodTerminating)
        12.0  Kubernetes  Pod prod-2 is gone
        12.0  event       PodCreated: Created Pod prod-2
        19.9  NiFi        calls node 2 CONNECTED
        21.3  Kubernetes  Pod prod-2 is ready
        21.3  operator    marks node 0 (Restart)
        21.3  event       NodeRestarting: Restarting node 0: RestartRequested
        21.3  status      Restarting: Restarting node 0: RestartRequested
        21.4  operator    asks NiFi to disconnect node 0
        21.4  NiFi        calls node 0 DISCONNECTED
        21.4  event       DisconnectRequested: Disconnecting node 0 before its restart
        21.9  NiFi        node 1 is now coordinator
        22.6  operator    deletes prod-0
        23.3  Kubernetes  Pod prod-0 is not ready
        23.6  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        23.6  Kubernetes  Pod prod-0 is gone
        23.7  event       PodCreated: Created Pod prod-0
        24.6  status      WaitingForNodes: Node 0 is starting
        31.5  NiFi        calls node 0 CONNECTED
        32.9  Kubernetes  Pod prod-0 is ready
        33.0  status      Ready: All 3 nodes are ready and connected
        33.0  event       ClusterReady: All 3 nodes are ready and connected
      Of 648 flow files 348 were consumed and 300 are queued: none is lost.
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
         0.3  operator    deletes prod-2
         1.1  status      PodTerminating: Pod prod-2 is being deleted and not gone yet: node 2 comes back when it is
         1.4  Kubernetes  Pod prod-2 is gone
         1.4  event       PodCreated: Created Pod prod-2
         2.1  status      WaitingForNodes: Node 2 is starting
         9.3  NiFi        calls node 2 CONNECTED
        10.7  Kubernetes  Pod prod-2 is ready
        10.8  status      Ready: All 3 nodes are ready and connected
        10.8  event       ClusterReady: All 3 nodes are ready and connected
      Of 554 flow files 254 were consumed and 300 are queued: none is lost.
    `,
    );
  });
});
