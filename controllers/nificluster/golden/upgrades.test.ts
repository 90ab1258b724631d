// Golden logs of upgrades: a new version, an image that is none and its mend, and the way back that needs a person's word.
// Read them as the person on call would. GOLDEN=write writes them anew.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aModelCluster } from '../model/world.ts';
import { Story } from './story.ts';

const { url } = import.meta;

describe('A new version of NiFi', () => {
  test('reaches three nodes one at a time', async () => {
    const story = await Story.of({ queued: 100 });
    story.does('asks for NiFi 2.7.0', { kind: 'upgrade' });
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2]);
    story.isTold(
      url,
      `
         0.0  person      asks for NiFi 2.7.0
         0.1  status      RestartPending: Waiting to restart node 1: nothing is known of node 2 (and 2 more: RestartPending)
         0.1  operator    marks node 1 (Restart)
         0.1  event       NodeRestarting: Restarting node 1: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
         0.1  event       RestartPending: Waiting to restart node 2: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 0: node 1 goes first
         0.2  operator    asks NiFi to disconnect node 1
         0.2  NiFi        calls node 1 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 1 before its restart
         0.6  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.6  Kubernetes  Pod prod-1 is gone
         1.7  event       PodCreated: Created Pod prod-1
         2.6  operator    changes the record of node 1
         9.5  NiFi        calls node 1 CONNECTED
        10.9  Kubernetes  Pod prod-1 is ready
        11.0  operator    deletes the old configuration of node 1, marks node 2 (Restart)
        11.0  event       NodeRestarting: Restarting node 2: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        11.0  status      Restarting: Restarting node 2: VersionChanged (and 1 more: RestartPending)
        11.1  operator    asks NiFi to disconnect node 2
        11.1  NiFi        calls node 2 DISCONNECTED
        11.1  event       DisconnectRequested: Disconnecting node 2 before its restart
        11.4  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
        12.0  status      RestartPending: Waiting to restart node 0: the Pod of node 2 is being deleted (and 1 more: PodTerminating)
        12.5  Kubernetes  Pod prod-2 is gone
        12.5  event       PodCreated: Created Pod prod-2
        13.4  operator    changes the record of node 2
        20.4  NiFi        calls node 2 CONNECTED
        21.8  Kubernetes  Pod prod-2 is ready
        21.8  operator    deletes the old configuration of node 2, marks node 0 (Restart)
        21.8  event       NodeRestarting: Restarting node 0: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        21.8  status      Restarting: Restarting node 0: VersionChanged
        21.9  operator    asks NiFi to disconnect node 0
        21.9  NiFi        calls node 0 DISCONNECTED
        21.9  event       DisconnectRequested: Disconnecting node 0 before its restart
        22.4  NiFi        node 1 is now coordinator
        23.4  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        23.8  Kubernetes  Pod prod-0 is not ready
        23.8  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        24.4  Kubernetes  Pod prod-0 is gone
        24.5  event       PodCreated: Created Pod prod-0
        24.9  status      WaitingForNodes: Node 0 is starting
        25.4  operator    changes the record of node 0
        32.3  NiFi        calls node 0 CONNECTED
        33.7  Kubernetes  Pod prod-0 is ready
        33.8  operator    deletes the old configuration of node 0
        33.8  status      Ready: All 3 nodes are ready and connected
        33.8  event       ClusterReady: All 3 nodes are ready and connected
      Of 780 flow files 480 were consumed and 300 are queued: none is lost.
    `,
    );
  });

  test('reaches five nodes one at a time', async () => {
    const story = await Story.of({ cluster: aModelCluster(5), queued: 100 });
    story.does('asks for NiFi 2.7.0', { kind: 'upgrade' });
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2, 3, 4]);
    story.isTold(
      url,
      `
         0.0  person      asks for NiFi 2.7.0
         0.1  status      RestartPending: Waiting to restart node 1: nothing is known of node 2 (and 4 more: RestartPending)
         0.1  operator    marks node 1 (Restart)
         0.1  event       NodeRestarting: Restarting node 1: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
         0.1  event       RestartPending: Waiting to restart node 2: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 3: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 4: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 0: node 1 goes first
         0.2  operator    asks NiFi to disconnect node 1
         0.2  NiFi        calls node 1 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 1 before its restart
         0.6  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.6  Kubernetes  Pod prod-1 is gone
         1.7  event       PodCreated: Created Pod prod-1
         2.6  operator    changes the record of node 1
         9.5  NiFi        calls node 1 CONNECTED
        10.9  Kubernetes  Pod prod-1 is ready
        11.0  operator    deletes the old configuration of node 1, marks node 2 (Restart)
        11.0  event       NodeRestarting: Restarting node 2: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        11.0  status      Restarting: Restarting node 2: VersionChanged (and 3 more: RestartPending)
        11.1  operator    asks NiFi to disconnect node 2
        11.1  NiFi        calls node 2 DISCONNECTED
        11.1  event       DisconnectRequested: Disconnecting node 2 before its restart
        11.4  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
        12.0  status      RestartPending: Waiting to restart node 3: the Pod of node 2 is being deleted (and 3 more: RestartPending, PodTerminating)
        12.5  Kubernetes  Pod prod-2 is gone
        12.5  event       PodCreated: Created Pod prod-2
        13.4  operator    changes the record of node 2
        20.4  NiFi        calls node 2 CONNECTED
        21.8  Kubernetes  Pod prod-2 is ready
        21.8  operator    deletes the old configuration of node 2, marks node 3 (Restart)
        21.8  event       NodeRestarting: Restarting node 3: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        21.8  status      Restarting: Restarting node 3: VersionChanged (and 2 more: RestartPending)
        21.9  operator    asks NiFi to disconnect node 3
        21.9  NiFi        calls node 3 DISCONNECTED
        21.9  event       DisconnectRequested: Disconnecting node 3 before its restart
        22.3  operator    writes a configuration for node 3, changes the record of node 3, deletes prod-3
        22.8  status      RestartPending: Waiting to restart node 4: the Pod of node 3 is being deleted (and 2 more: RestartPending, PodTerminating)
        23.3  Kubernetes  Pod prod-3 is gone
        23.4  event       PodCreated: Created Pod prod-3
        24.3  operator    changes the record of node 3
        31.2  NiFi        calls node 3 CONNECTED
        32.6  Kubernetes  Pod prod-3 is ready
        32.7  operator    deletes the old configuration of node 3, marks node 4 (Restart)
        32.7  event       NodeRestarting: Restarting node 4: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        32.8  operator    asks NiFi to disconnect node 4
        32.8  NiFi        calls node 4 DISCONNECTED
        32.8  event       DisconnectRequested: Disconnecting node 4 before its restart
        33.1  operator    writes a configuration for node 4, changes the record of node 4, deletes prod-4
        34.2  Kubernetes  Pod prod-4 is gone
        34.2  event       PodCreated: Created Pod prod-4
        35.2  operator    changes the record of node 4
        42.1  NiFi        calls node 4 CONNECTED
        43.5  Kubernetes  Pod prod-4 is ready
        43.5  operator    deletes the old configuration of node 4, marks node 0 (Restart)
        43.5  event       NodeRestarting: Restarting node 0: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        43.5  status      Restarting: Restarting node 0: VersionChanged
        43.6  operator    asks NiFi to disconnect node 0
        43.7  NiFi        calls node 0 DISCONNECTED
        43.7  event       DisconnectRequested: Disconnecting node 0 before its restart
        44.2  NiFi        node 1 is now coordinator
        45.1  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        45.5  Kubernetes  Pod prod-0 is not ready
        45.6  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        46.1  Kubernetes  Pod prod-0 is gone
        46.2  event       PodCreated: Created Pod prod-0
        46.6  status      WaitingForNodes: Node 0 is starting
        47.1  operator    changes the record of node 0
        54.1  NiFi        calls node 0 CONNECTED
        55.5  Kubernetes  Pod prod-0 is ready
        55.5  operator    deletes the old configuration of node 0
        55.5  status      Ready: All 5 nodes are ready and connected
        55.5  event       ClusterReady: All 5 nodes are ready and connected
      Of 1320 flow files 820 were consumed and 500 are queued: none is lost.
    `,
    );
  });

  test('is not taken back until a person allows it', async () => {
    const story = await Story.of({ queued: 100, cluster: aModelCluster(2).withSpec({ version: '2.7.0' }) });
    story.does('asks for NiFi 2.6.0', () => story.spec({ version: '2.6.0' }));
    await story.pass(60);
    assert.deepEqual(story.replaced(), []);
    story.does('allows it by an annotation', () => story.world.wish('allowDowngrade', '2.6.0'));
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1]);
    story.isTold(
      url,
      `
         0.0  person      asks for NiFi 2.6.0
         0.1  status      Stalled, DowngradeRefused: spec.version 2.6.0 is lower than 2.7.0, which has run on the volumes of nodes 0, 1: put 2.7.0 back, or, if NiFi can read there what the newer version wrote, allow it: kubectl annotate nificluster prod nifi.datadynamics.io/allow-downgrade=2.6.0 -n data
         0.1  event       Warning DowngradeRefused: spec.version 2.6.0 is lower than 2.7.0, which has run on the volumes of nodes 0, 1: put 2.7.0 back, or, if NiFi can read there what the newer version wrote, allow it: kubectl annotate nificluster prod nifi.datadynamics.io/allow-downgrade=2.6.0 -n data
        60.0  person      allows it by an annotation
        60.1  status      RestartPending: Waiting to restart node 0: NiFi has not told its view of the cluster yet (and 1 more: RestartPending)
        60.1  operator    marks node 1 (Restart)
        60.1  event       NodeRestarting: Restarting node 1: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        60.1  event       RestartPending: Waiting to restart node 0: node 1 goes first
        60.2  operator    asks NiFi to disconnect node 1
        60.2  NiFi        calls node 1 DISCONNECTED
        60.2  event       DisconnectRequested: Disconnecting node 1 before its restart
        60.6  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
        61.6  Kubernetes  Pod prod-1 is gone
        61.7  event       PodCreated: Created Pod prod-1
        62.6  operator    changes the record of node 1
        69.5  NiFi        calls node 1 CONNECTED
        70.9  Kubernetes  Pod prod-1 is ready
        71.0  operator    deletes the old configuration of node 1
        71.0  operator    marks node 0 (Restart)
        71.0  event       NodeRestarting: Restarting node 0: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        71.1  operator    asks NiFi to disconnect node 0
        71.2  NiFi        calls node 0 DISCONNECTED
        71.2  event       DisconnectRequested: Disconnecting node 0 before its restart
        71.7  NiFi        node 1 is now coordinator
        72.0  status      Restarting: Restarting node 0: VersionChanged
        72.6  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        73.0  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        73.0  Kubernetes  Pod prod-0 is not ready
        73.6  Kubernetes  Pod prod-0 is gone
        73.7  event       PodCreated: Created Pod prod-0
        74.0  status      WaitingForNodes: Node 0 is starting
        74.6  operator    changes the record of node 0
        81.5  NiFi        calls node 0 CONNECTED
        82.9  Kubernetes  Pod prod-0 is ready
        83.0  operator    deletes the old configuration of node 0
        83.0  status      Ready: All 2 nodes are ready and connected
        83.0  event       ClusterReady: All 2 nodes are ready and connected
      Of 636 flow files 436 were consumed and 200 are queued: none is lost.
    `,
    );
  });
});

describe('An image that does not exist', () => {
  test('takes down one node of three, and the right one goes through without a person', async () => {
    const story = await Story.of({ queued: 100 });
    story.does('asks for an image that does not exist', { kind: 'badImage' });
    await story.pass(120);
    assert.deepEqual(story.replaced(), [1]);
    story.does('corrects it, with a heap of 2 GiB', { kind: 'resume' }, { kind: 'configure', value: 2 });
    await story.settles();
    assert.deepEqual(story.replaced(), [0, 1, 2]);
    story.isTold(
      url,
      `
         0.0  person      asks for an image that does not exist
         0.1  status      RestartPending: Waiting to restart node 1: nothing is known of node 2 (and 2 more: RestartPending)
         0.1  operator    marks node 1 (Restart)
         0.1  event       NodeRestarting: Restarting node 1: ImageChanged (Pod: image)
         0.1  event       RestartPending: Waiting to restart node 2: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 0: node 1 goes first
         0.2  operator    asks NiFi to disconnect node 1
         0.2  NiFi        calls node 1 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 1 before its restart
         0.6  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.6  Kubernetes  Pod prod-1 is gone
         1.7  event       PodCreated: Created Pod prod-1
         2.5  Kubernetes  Pod prod-1 is in ImagePullBackOff
         2.6  event       RolloutStalled: Waiting to restart node 2: node 1, which has the new configuration, does not start (ImagePullBackOff)
         2.6  event       RolloutStalled: Waiting to restart node 0: node 1, which has the new configuration, does not start (ImagePullBackOff)
         3.1  status      Stalled, RolloutStalled: The rollout stops: node 1, which has the new configuration, does not start (ImagePullBackOff) (and 3 more: RolloutStalled, ImagePullFailed)
         3.1  event       Warning RolloutStalled: The rollout stops: node 1, which has the new configuration, does not start (ImagePullBackOff) (and 3 more: RolloutStalled, ImagePullFailed)
       120.0  person      corrects it, with a heap of 2 GiB
       120.1  operator    writes a configuration for node 1
       120.1  event       NodeRestarting: Restarting node 1: ImageChanged (bootstrap.conf: java.arg.2, java.arg.3; Pod: image)
       120.1  operator    changes the record of node 1, deletes prod-1
       120.1  status      Restarting: Restarting node 1: ImageChanged (and 2 more: RestartPending)
       120.1  event       RestartPending: Waiting to restart node 2: the Pod of node 1 is being deleted
       120.1  event       RestartPending: Waiting to restart node 0: the Pod of node 1 is being deleted
       121.1  status      RestartPending: Waiting to restart node 2: the Pod of node 1 is being deleted (and 2 more: RestartPending, PodTerminating)
       121.1  Kubernetes  Pod prod-1 is gone
       121.1  event       PodCreated: Created Pod prod-1
       129.0  NiFi        calls node 1 CONNECTED
       130.4  Kubernetes  Pod prod-1 is ready
       130.4  operator    deletes the old configuration of node 1, deletes the old configuration of node 1, marks node 2 (Restart)
       130.4  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
       130.5  status      Restarting: Restarting node 2: ConfigChanged (and 1 more: RestartPending)
       130.5  operator    asks NiFi to disconnect node 2
       130.6  NiFi        calls node 2 DISCONNECTED
       130.6  event       DisconnectRequested: Disconnecting node 2 before its restart
       130.9  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
       131.5  status      RestartPending: Waiting to restart node 0: the Pod of node 2 is being deleted (and 1 more: PodTerminating)
       131.9  Kubernetes  Pod prod-2 is gone
       132.0  event       PodCreated: Created Pod prod-2
       139.9  NiFi        calls node 2 CONNECTED
       141.3  Kubernetes  Pod prod-2 is ready
       141.3  operator    deletes the old configuration of node 2, marks node 0 (Restart)
       141.3  event       NodeRestarting: Restarting node 0: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
       141.3  status      Restarting: Restarting node 0: ConfigChanged
       141.4  operator    asks NiFi to disconnect node 0
       141.4  NiFi        calls node 0 DISCONNECTED
       141.4  event       DisconnectRequested: Disconnecting node 0 before its restart
       141.9  NiFi        node 1 is now coordinator
       142.8  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
       143.3  Kubernetes  Pod prod-0 is not ready
       143.8  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
       143.9  Kubernetes  Pod prod-0 is gone
       143.9  event       PodCreated: Created Pod prod-0
       144.9  status      WaitingForNodes: Node 0 is starting
       151.8  NiFi        calls node 0 CONNECTED
       153.2  Kubernetes  Pod prod-0 is ready
       153.2  operator    deletes the old configuration of node 0
       153.2  status      Ready: All 3 nodes are ready and connected
       153.2  event       ClusterReady: All 3 nodes are ready and connected
      Of 1142 flow files 842 were consumed and 300 are queued: none is lost.
    `,
    );
  });

  test('takes down one node of five, and nobody else when it is taken back', async () => {
    const story = await Story.of({ cluster: aModelCluster(5), queued: 100 });
    story.does('asks for an image that does not exist', { kind: 'badImage' });
    await story.pass(120);
    story.does('takes that back', { kind: 'revert' });
    await story.settles();
    assert.deepEqual(story.replaced(), [1]);
    story.isTold(
      url,
      `
         0.0  person      asks for an image that does not exist
         0.1  status      RestartPending: Waiting to restart node 1: nothing is known of node 2 (and 4 more: RestartPending)
         0.1  operator    marks node 1 (Restart)
         0.1  event       NodeRestarting: Restarting node 1: ImageChanged (Pod: image)
         0.1  event       RestartPending: Waiting to restart node 2: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 3: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 4: node 1 goes first
         0.1  event       RestartPending: Waiting to restart node 0: node 1 goes first
         0.2  operator    asks NiFi to disconnect node 1
         0.2  NiFi        calls node 1 DISCONNECTED
         0.2  event       DisconnectRequested: Disconnecting node 1 before its restart
         0.6  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.6  Kubernetes  Pod prod-1 is gone
         1.7  event       PodCreated: Created Pod prod-1
         2.5  Kubernetes  Pod prod-1 is in ImagePullBackOff
         2.6  event       RolloutStalled: Waiting to restart node 2: node 1, which has the new configuration, does not start (ImagePullBackOff)
         2.6  event       RolloutStalled: Waiting to restart node 3: node 1, which has the new configuration, does not start (ImagePullBackOff)
         2.6  event       RolloutStalled: Waiting to restart node 4: node 1, which has the new configuration, does not start (ImagePullBackOff)
         2.6  event       RolloutStalled: Waiting to restart node 0: node 1, which has the new configuration, does not start (ImagePullBackOff)
         3.1  status      Stalled, RolloutStalled: The rollout stops: node 1, which has the new configuration, does not start (ImagePullBackOff) (and 5 more: RolloutStalled, ImagePullFailed)
         3.1  event       Warning RolloutStalled: The rollout stops: node 1, which has the new configuration, does not start (ImagePullBackOff) (and 5 more: RolloutStalled, ImagePullFailed)
       120.0  person      takes that back
       120.1  operator    changes the record of node 1
       120.1  event       NodeRestarting: Restarting node 1: ImageChanged (Pod: image)
       120.1  operator    deletes prod-1
       120.1  status      Restarting: Restarting node 1: ImageChanged
       121.1  status      PodTerminating: Pod prod-1 is being deleted and not gone yet: node 1 comes back when it is
       121.1  Kubernetes  Pod prod-1 is gone
       121.1  event       PodCreated: Created Pod prod-1
       122.1  status      WaitingForNodes: Node 1 is starting
       129.0  NiFi        calls node 1 CONNECTED
       130.4  Kubernetes  Pod prod-1 is ready
       130.4  operator    deletes the old configuration of node 1
       130.4  status      Ready: All 5 nodes are ready and connected
       130.4  event       ClusterReady: All 5 nodes are ready and connected
      Of 1886 flow files 1386 were consumed and 500 are queued: none is lost.
    `,
    );
  });
});
