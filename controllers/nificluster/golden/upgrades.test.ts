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
    assert.deepEqual(story.versionsWhenReady, ['2.7.0']);
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
         0.3  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         2.3  operator    changes the record of node 1
         9.3  NiFi        calls node 1 CONNECTED
        10.7  Kubernetes  Pod prod-1 is ready
        10.7  operator    deletes the old configuration of node 1, marks node 2 (Restart)
        10.7  event       NodeRestarting: Restarting node 2: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        10.7  status      Restarting: Restarting node 2: VersionChanged (and 1 more: RestartPending)
        10.8  operator    asks NiFi to disconnect node 2
        10.9  NiFi        calls node 2 DISCONNECTED
        10.9  event       DisconnectRequested: Disconnecting node 2 before its restart
        10.9  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
        11.7  status      RestartPending: Waiting to restart node 0: the Pod of node 2 is being deleted (and 1 more: PodTerminating)
        12.0  Kubernetes  Pod prod-2 is gone
        12.0  event       PodCreated: Created Pod prod-2
        13.0  operator    changes the record of node 2
        19.9  NiFi        calls node 2 CONNECTED
        21.3  Kubernetes  Pod prod-2 is ready
        21.3  operator    deletes the old configuration of node 2, marks node 0 (Restart)
        21.3  event       NodeRestarting: Restarting node 0: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        21.3  status      Restarting: Restarting node 0: VersionChanged
        21.4  operator    asks NiFi to disconnect node 0
        21.4  NiFi        calls node 0 DISCONNECTED
        21.4  event       DisconnectRequested: Disconnecting node 0 before its restart
        21.9  NiFi        node 1 is now coordinator
        22.7  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        23.3  Kubernetes  Pod prod-0 is not ready
        23.4  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        23.7  Kubernetes  Pod prod-0 is gone
        23.8  event       PodCreated: Created Pod prod-0
        24.4  status      WaitingForNodes: Node 0 is starting
        24.7  operator    changes the record of node 0
        31.6  NiFi        calls node 0 CONNECTED
        33.0  Kubernetes  Pod prod-0 is ready
        33.1  operator    deletes the old configuration of node 0
        33.1  status      Ready: All 3 nodes are ready and connected
        33.1  event       ClusterReady: All 3 nodes are ready and connected
      Of 660 flow files 360 were consumed and 300 are queued: none is lost.
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
         0.3  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         2.3  operator    changes the record of node 1
         9.3  NiFi        calls node 1 CONNECTED
        10.7  Kubernetes  Pod prod-1 is ready
        10.7  operator    deletes the old configuration of node 1, marks node 2 (Restart)
        10.7  event       NodeRestarting: Restarting node 2: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        10.7  status      Restarting: Restarting node 2: VersionChanged (and 3 more: RestartPending)
        10.8  operator    asks NiFi to disconnect node 2
        10.9  NiFi        calls node 2 DISCONNECTED
        10.9  event       DisconnectRequested: Disconnecting node 2 before its restart
        10.9  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
        11.7  status      RestartPending: Waiting to restart node 3: the Pod of node 2 is being deleted (and 3 more: RestartPending, PodTerminating)
        12.0  Kubernetes  Pod prod-2 is gone
        12.0  event       PodCreated: Created Pod prod-2
        13.0  operator    changes the record of node 2
        19.9  NiFi        calls node 2 CONNECTED
        21.3  Kubernetes  Pod prod-2 is ready
        21.3  operator    deletes the old configuration of node 2, marks node 3 (Restart)
        21.3  event       NodeRestarting: Restarting node 3: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        21.3  status      Restarting: Restarting node 3: VersionChanged (and 2 more: RestartPending)
        21.4  operator    asks NiFi to disconnect node 3
        21.4  NiFi        calls node 3 DISCONNECTED
        21.4  event       DisconnectRequested: Disconnecting node 3 before its restart
        21.5  operator    writes a configuration for node 3, changes the record of node 3, deletes prod-3
        22.3  status      RestartPending: Waiting to restart node 4: the Pod of node 3 is being deleted (and 2 more: RestartPending, PodTerminating)
        22.5  Kubernetes  Pod prod-3 is gone
        22.6  event       PodCreated: Created Pod prod-3
        23.5  operator    changes the record of node 3
        30.4  NiFi        calls node 3 CONNECTED
        31.8  Kubernetes  Pod prod-3 is ready
        31.9  operator    deletes the old configuration of node 3, marks node 4 (Restart)
        31.9  event       NodeRestarting: Restarting node 4: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        31.9  status      Restarting: Restarting node 4: VersionChanged (and 1 more: RestartPending)
        32.0  operator    asks NiFi to disconnect node 4
        32.0  NiFi        calls node 4 DISCONNECTED
        32.0  event       DisconnectRequested: Disconnecting node 4 before its restart
        32.2  operator    writes a configuration for node 4, changes the record of node 4, deletes prod-4
        32.9  status      RestartPending: Waiting to restart node 0: the Pod of node 4 is being deleted (and 1 more: PodTerminating)
        33.2  Kubernetes  Pod prod-4 is gone
        33.3  event       PodCreated: Created Pod prod-4
        34.2  operator    changes the record of node 4
        41.1  NiFi        calls node 4 CONNECTED
        42.5  Kubernetes  Pod prod-4 is ready
        42.6  operator    deletes the old configuration of node 4, marks node 0 (Restart)
        42.6  event       NodeRestarting: Restarting node 0: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        42.6  status      Restarting: Restarting node 0: VersionChanged
        42.7  operator    asks NiFi to disconnect node 0
        42.7  NiFi        calls node 0 DISCONNECTED
        42.7  event       DisconnectRequested: Disconnecting node 0 before its restart
        43.2  NiFi        node 1 is now coordinator
        43.9  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        44.6  Kubernetes  Pod prod-0 is not ready
        44.6  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        45.0  Kubernetes  Pod prod-0 is gone
        45.0  event       PodCreated: Created Pod prod-0
        45.6  status      WaitingForNodes: Node 0 is starting
        45.9  operator    changes the record of node 0
        52.9  NiFi        calls node 0 CONNECTED
        54.3  Kubernetes  Pod prod-0 is ready
        54.3  operator    deletes the old configuration of node 0
        54.4  status      Ready: All 5 nodes are ready and connected
        54.4  event       ClusterReady: All 5 nodes are ready and connected
      Of 1312 flow files 812 were consumed and 500 are queued: none is lost.
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
        60.3  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
        61.4  Kubernetes  Pod prod-1 is gone
        61.4  event       PodCreated: Created Pod prod-1
        62.3  operator    changes the record of node 1
        69.3  NiFi        calls node 1 CONNECTED
        70.7  Kubernetes  Pod prod-1 is ready
        70.7  operator    deletes the old configuration of node 1
        70.8  operator    marks node 0 (Restart)
        70.8  event       NodeRestarting: Restarting node 0: VersionChanged (nifi.properties: nifi.cluster.protocol.is.secure; Pod: image)
        70.9  operator    asks NiFi to disconnect node 0
        70.9  NiFi        calls node 0 DISCONNECTED
        70.9  event       DisconnectRequested: Disconnecting node 0 before its restart
        71.4  NiFi        node 1 is now coordinator
        71.7  status      Restarting: Restarting node 0: VersionChanged
        72.1  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
        72.7  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
        72.7  Kubernetes  Pod prod-0 is not ready
        73.1  Kubernetes  Pod prod-0 is gone
        73.2  event       PodCreated: Created Pod prod-0
        73.7  status      WaitingForNodes: Node 0 is starting
        74.1  operator    changes the record of node 0
        81.0  NiFi        calls node 0 CONNECTED
        82.4  Kubernetes  Pod prod-0 is ready
        82.5  operator    deletes the old configuration of node 0
        82.5  status      Ready: All 2 nodes are ready and connected
        82.5  event       ClusterReady: All 2 nodes are ready and connected
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
         0.3  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         2.3  Kubernetes  Pod prod-1 is in ImagePullBackOff
         2.4  event       RolloutStalled: Waiting to restart node 2: node 1, which has the new configuration, does not start (ImagePullBackOff)
         2.4  event       RolloutStalled: Waiting to restart node 0: node 1, which has the new configuration, does not start (ImagePullBackOff)
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
       130.4  status      Restarting: Restarting node 2: ConfigChanged (and 1 more: RestartPending)
       130.5  operator    asks NiFi to disconnect node 2
       130.6  NiFi        calls node 2 DISCONNECTED
       130.6  event       DisconnectRequested: Disconnecting node 2 before its restart
       130.6  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
       131.4  status      RestartPending: Waiting to restart node 0: the Pod of node 2 is being deleted (and 1 more: PodTerminating)
       131.7  Kubernetes  Pod prod-2 is gone
       131.7  event       PodCreated: Created Pod prod-2
       139.6  NiFi        calls node 2 CONNECTED
       141.0  Kubernetes  Pod prod-2 is ready
       141.0  operator    deletes the old configuration of node 2, marks node 0 (Restart)
       141.0  event       NodeRestarting: Restarting node 0: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
       141.0  status      Restarting: Restarting node 0: ConfigChanged
       141.1  operator    asks NiFi to disconnect node 0
       141.1  NiFi        calls node 0 DISCONNECTED
       141.1  event       DisconnectRequested: Disconnecting node 0 before its restart
       141.6  NiFi        node 1 is now coordinator
       142.4  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
       143.0  Kubernetes  Pod prod-0 is not ready
       143.4  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
       143.4  Kubernetes  Pod prod-0 is gone
       143.4  event       PodCreated: Created Pod prod-0
       144.4  status      WaitingForNodes: Node 0 is starting
       151.3  NiFi        calls node 0 CONNECTED
       152.7  Kubernetes  Pod prod-0 is ready
       152.7  operator    deletes the old configuration of node 0
       152.8  status      Ready: All 3 nodes are ready and connected
       152.8  event       ClusterReady: All 3 nodes are ready and connected
      Of 1128 flow files 828 were consumed and 300 are queued: none is lost.
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
         0.3  operator    writes a configuration for node 1, changes the record of node 1, deletes prod-1
         1.4  Kubernetes  Pod prod-1 is gone
         1.4  event       PodCreated: Created Pod prod-1
         2.3  Kubernetes  Pod prod-1 is in ImagePullBackOff
         2.4  event       RolloutStalled: Waiting to restart node 2: node 1, which has the new configuration, does not start (ImagePullBackOff)
         2.4  event       RolloutStalled: Waiting to restart node 3: node 1, which has the new configuration, does not start (ImagePullBackOff)
         2.4  event       RolloutStalled: Waiting to restart node 4: node 1, which has the new configuration, does not start (ImagePullBackOff)
         2.4  event       RolloutStalled: Waiting to restart node 0: node 1, which has the new configuration, does not start (ImagePullBackOff)
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
       130.5  status      Ready: All 5 nodes are ready and connected
       130.5  event       ClusterReady: All 5 nodes are ready and connected
      Of 1884 flow files 1384 were consumed and 500 are queued: none is lost.
    `,
    );
  });
});
