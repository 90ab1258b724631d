// Golden logs of a node that is put back while it leaves, at every step of its way out: 3 → 2 → 3 → 2. It comes back as it
// was, its proof goes first, and when it leaves for good it is emptied anew: a stale proof never counts.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Story } from './story.ts';

const { url } = import.meta;

const proofs = ['(removal Offloaded)', 'NiFi forgets node 2', '(removal Proven)', '(removal PodDeleted)'];

/** Scales to 2, at this word back to 3, and once that is reached to 2 again: then every step of the proof is done anew. */
async function putBackAt(word: string): Promise<Story> {
  const story = await Story.of({ queued: 300 });
  story.does('scales to 2', { kind: 'scale', replicas: 2 });
  await story.until(word);
  story.does('scales back to 3', { kind: 'scale', replicas: 3 });
  await story.settles();
  story.does('scales to 2 again', { kind: 'scale', replicas: 2 });
  story.ends('Node 2 is emptied and proven empty anew, and leaves.');
  const { lines } = story.world.trace;
  const from = lines.length;
  await story.settles();
  const steps = lines.slice(from).flatMap(({ text }) => proofs.find((proof) => text.includes(proof)) ?? []);
  assert.deepEqual(steps, proofs);
  assert.deepEqual(story.replaced(), [2]);
  return story;
}

describe('A node that is put back', () => {
  test('right after it was marked was never away', async () => {
    const story = await putBackAt('patch Pod prod-2 (disconnected-by=Emptying');
    story.isTold(
      url,
      `
         0.0  person      scales to 2
         0.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         0.1  status      RemovalPending: Waiting to offload node 2: NiFi has not told its view of the cluster yet
         0.1  operator    marks node 2 (Emptying)
         0.1  event       NodeLeaving: Removing node 2: its data is moved to the other nodes first
         0.1  person      scales back to 3
         0.2  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         0.2  status      Returning: Node 2 is wanted again: a disconnection that was asked for may still come
        10.2  operator    takes the mark off node 2
        10.2  status      Ready: All 3 nodes are ready and connected
        10.2  event       ClusterReady: All 3 nodes are ready and connected
        30.6  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1262 flow files 362 were consumed and 900 are queued: none is lost.
    `,
    );
  });

  test('while it is disconnected is connected again', async () => {
    const story = await putBackAt('NiFi calls node 2 DISCONNECTED');
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
         0.2  person      scales back to 3
         0.3  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         0.3  status      Returning: Node 2 is wanted again: a disconnection that was asked for may still come
         0.5  operator    asks NiFi to connect node 2
         0.6  NiFi        calls node 2 CONNECTING
         0.6  event       NodeReconnected: Reconnecting node 2: it is wanted again
         2.4  Kubernetes  Pod prod-2 is not ready
         3.8  NiFi        calls node 2 CONNECTED
         3.9  operator    takes the mark off node 2
         3.9  status      WaitingForNodes: Node 2 has started and is not connected yet
         5.2  Kubernetes  Pod prod-2 is ready
         5.2  status      Ready: All 3 nodes are ready and connected
         5.2  event       ClusterReady: All 3 nodes are ready and connected
        26.2  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1240 flow files 340 were consumed and 900 are queued: none is lost.
    `,
    );
  });

  test('while it offloads is stopped and restarted', async () => {
    const story = await putBackAt('NiFi calls node 2 OFFLOADING');
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
         0.6  operator    marks node 2 (Offloading)
         0.7  operator    asks NiFi to offload node 2
         0.7  NiFi        calls node 2 OFFLOADING
         0.7  event       OffloadRequested: Offloading node 2
         0.7  person      scales back to 3
         0.8  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod, deletes prod-2
         0.8  event       NodeRestarting: Restarting node 2: it is wanted again, and its offload was stopped
         0.8  status      Returning: Node 2 is wanted again: its offload was stopped, so it is restarted
         1.8  status      PodTerminating: Pod prod-2 is being deleted and not gone yet: node 2 comes back when it is
         1.9  Kubernetes  Pod prod-2 is gone
         1.9  event       PodCreated: Created Pod prod-2
         2.8  status      WaitingForNodes: Node 2 is starting
         9.7  NiFi        calls node 2 CONNECTED
        11.1  Kubernetes  Pod prod-2 is ready
        11.2  status      Ready: All 3 nodes are ready and connected
        11.2  event       ClusterReady: All 3 nodes are ready and connected
        31.2  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1252 flow files 352 were consumed and 900 are queued: none is lost.
    `,
    );
  });

  test('when it is OFFLOADED is connected again', async () => {
    const story = await putBackAt('NiFi calls node 2 OFFLOADED');
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
         0.6  operator    marks node 2 (Offloading)
         0.7  operator    asks NiFi to offload node 2
         0.7  NiFi        calls node 2 OFFLOADING
         0.7  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, 300 flow files are left
         2.1  Kubernetes  Pod prod-2 is not ready
         2.4  NiFi        node 2 has moved 300 flow files to 0, 1, calls node 2 OFFLOADED
         2.4  person      scales back to 3
         2.5  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         2.5  status      Returning: Node 2 is wanted again: its offload is being stopped (and 1 more: NodeDisconnected)
         2.6  operator    asks NiFi to connect node 2
         2.6  NiFi        calls node 2 CONNECTING
         2.6  event       NodeReconnected: Reconnecting node 2: it is wanted again
         5.8  NiFi        calls node 2 CONNECTED
         6.0  operator    takes the mark off node 2
         6.0  status      WaitingForNodes: Node 2 has started and is not connected yet
         7.2  Kubernetes  Pod prod-2 is ready
         7.3  status      Ready: All 3 nodes are ready and connected
         7.3  event       ClusterReady: All 3 nodes are ready and connected
        28.4  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1244 flow files 344 were consumed and 900 are queued: none is lost.
    `,
    );
  });

  test('when that is on record loses its proof first', async () => {
    const story = await putBackAt('(removal Offloaded)');
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
         0.6  operator    marks node 2 (Offloading)
         0.7  operator    asks NiFi to offload node 2
         0.7  NiFi        calls node 2 OFFLOADING
         0.7  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, 300 flow files are left
         2.1  Kubernetes  Pod prod-2 is not ready
         2.4  NiFi        node 2 has moved 300 flow files to 0, 1, calls node 2 OFFLOADED
         2.6  operator    puts on record: node 2 Offloaded
         2.6  event       NodeOffloaded: Node 2 is offloaded
         2.6  person      scales back to 3
         2.7  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod, changes the record of node 2
         2.7  event       NodeReturning: Node 2 is wanted again: it was not emptied to the end
         2.7  status      Returning: Node 2 is wanted again: it stays a member (and 1 more: NodeDisconnected)
         2.8  operator    asks NiFi to connect node 2
         2.8  NiFi        calls node 2 CONNECTING
         2.8  event       NodeReconnected: Reconnecting node 2: it is wanted again
         6.0  NiFi        calls node 2 CONNECTED
         6.0  operator    takes the mark off node 2
         6.0  status      WaitingForNodes: NiFi has node 2 as CONNECTING: User CN=operator.prod.data requested that node connect to cluster
         7.4  Kubernetes  Pod prod-2 is ready
         7.4  status      Ready: All 3 nodes are ready and connected
         7.4  event       ClusterReady: All 3 nodes are ready and connected
        28.6  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1248 flow files 348 were consumed and 900 are queued: none is lost.
    `,
    );
  });

  test('when NiFi has forgotten it is restarted, which alone brings it back', async () => {
    const story = await putBackAt('NiFi forgets node 2');
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
         0.6  operator    marks node 2 (Offloading)
         0.7  operator    asks NiFi to offload node 2
         0.7  NiFi        calls node 2 OFFLOADING
         0.7  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, 300 flow files are left
         2.1  Kubernetes  Pod prod-2 is not ready
         2.4  NiFi        node 2 has moved 300 flow files to 0, 1, calls node 2 OFFLOADED
         2.6  operator    puts on record: node 2 Offloaded
         2.6  event       NodeOffloaded: Node 2 is offloaded
         2.7  operator    asks NiFi to remove node 2
         2.7  NiFi        forgets node 2
         2.7  event       RemovalRequested: Removing node 2 from NiFi's cluster
         2.7  person      scales back to 3
         2.8  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod, changes the record of node 2
         2.8  event       NodeReturning: Node 2 is wanted again: it was not emptied to the end
         2.8  status      Returning: Node 2 is wanted again: it stays a member (and 1 more: NodeDisconnected)
         2.9  operator    deletes prod-2
         2.9  event       NodeRestarting: Restarting node 2: it is wanted again, and NiFi has forgotten it
         3.8  status      PodTerminating: Pod prod-2 is being deleted and not gone yet: node 2 comes back when it is
         4.0  Kubernetes  Pod prod-2 is gone
         4.1  event       PodCreated: Created Pod prod-2
         4.8  status      WaitingForNodes: Node 2 is starting
        11.9  NiFi        calls node 2 CONNECTED
        13.3  Kubernetes  Pod prod-2 is ready
        13.3  status      Ready: All 3 nodes are ready and connected
        13.3  event       ClusterReady: All 3 nodes are ready and connected
        34.7  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1272 flow files 372 were consumed and 900 are queued: none is lost.
    `,
    );
  });

  test('when it was proven empty loses the proof and is restarted', async () => {
    const story = await putBackAt('(removal Proven)');
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
         0.6  operator    marks node 2 (Offloading)
         0.7  operator    asks NiFi to offload node 2
         0.7  NiFi        calls node 2 OFFLOADING
         0.7  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, 300 flow files are left
         2.1  Kubernetes  Pod prod-2 is not ready
         2.4  NiFi        node 2 has moved 300 flow files to 0, 1, calls node 2 OFFLOADED
         2.6  operator    puts on record: node 2 Offloaded
         2.6  event       NodeOffloaded: Node 2 is offloaded
         2.7  operator    asks NiFi to remove node 2
         2.7  NiFi        forgets node 2
         2.7  event       RemovalRequested: Removing node 2 from NiFi's cluster
         2.9  operator    puts on record: node 2 Proven
         2.9  event       NodeEmptied: Node 2 is empty: by its own word, twice
         2.9  person      scales back to 3
         3.0  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod, changes the record of node 2
         3.0  event       NodeReturning: Node 2 is wanted again: it was not emptied to the end
         3.0  status      Returning: Node 2 is wanted again: it stays a member (and 1 more: NodeDisconnected)
         3.0  operator    deletes prod-2
         3.0  event       NodeRestarting: Restarting node 2: it is wanted again, and NiFi has forgotten it
         4.0  status      PodTerminating: Pod prod-2 is being deleted and not gone yet: node 2 comes back when it is
         4.1  Kubernetes  Pod prod-2 is gone
         4.1  event       PodCreated: Created Pod prod-2
         5.1  status      WaitingForNodes: Node 2 is starting
        12.0  NiFi        calls node 2 CONNECTED
        13.4  Kubernetes  Pod prod-2 is ready
        13.4  status      Ready: All 3 nodes are ready and connected
        13.4  event       ClusterReady: All 3 nodes are ready and connected
        34.9  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1272 flow files 372 were consumed and 900 are queued: none is lost.
    `,
    );
  });

  test('when its Pod was deleted on the proof leaves to the end, and is made anew', async () => {
    const story = await putBackAt('(removal PodDeleted)');
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
         0.6  operator    marks node 2 (Offloading)
         0.7  operator    asks NiFi to offload node 2
         0.7  NiFi        calls node 2 OFFLOADING
         0.7  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, 300 flow files are left
         2.1  Kubernetes  Pod prod-2 is not ready
         2.4  NiFi        node 2 has moved 300 flow files to 0, 1, calls node 2 OFFLOADED
         2.6  operator    puts on record: node 2 Offloaded
         2.6  event       NodeOffloaded: Node 2 is offloaded
         2.7  operator    asks NiFi to remove node 2
         2.7  NiFi        forgets node 2
         2.7  event       RemovalRequested: Removing node 2 from NiFi's cluster
         2.9  operator    puts on record: node 2 Proven
         2.9  event       NodeEmptied: Node 2 is empty: by its own word, twice
         3.0  operator    deletes prod-2, puts on record: node 2 PodDeleted
         3.0  person      scales back to 3
         3.0  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         4.0  Kubernetes  Pod prod-2 is gone
         4.0  operator    deletes data-prod-2
         4.0  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-2: Node 2 has left, Emptied <uid> <container>
         4.1  Kubernetes  PersistentVolumeClaim data-prod-2 is gone
         4.2  operator    deletes the old configuration of node 2, deletes the record of node 2
         4.2  event       NodeRemoved: Node 2 has left
         4.2  operator    writes a configuration for node 2, puts node 2 on record
         4.2  event       NodeCreated: Created node 2
         4.2  operator    creates data-prod-2
         5.0  status      WaitingForNodes: Node 2 is starting
         5.1  operator    changes the record of node 2
         5.1  event       NodeStarted: Node 2 started for the first time
        12.1  NiFi        calls node 2 CONNECTED
        13.5  Kubernetes  Pod prod-2 is ready
        13.5  status      Ready: All 3 nodes are ready and connected
        13.5  event       ClusterReady: All 3 nodes are ready and connected
        35.0  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1272 flow files 372 were consumed and 900 are queued: none is lost.
    `,
    );
  });
});
