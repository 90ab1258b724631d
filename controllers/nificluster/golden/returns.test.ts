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
         0.4  operator    asks NiFi to connect node 2
         0.4  NiFi        calls node 2 CONNECTING
         0.4  event       NodeReconnected: Reconnecting node 2: it is wanted again
         2.3  Kubernetes  Pod prod-2 is not ready
         3.6  NiFi        calls node 2 CONNECTED
         4.1  operator    takes the mark off node 2
         4.1  status      WaitingForNodes: Node 2 has started and is not connected yet
         5.0  Kubernetes  Pod prod-2 is ready
         5.1  status      Ready: All 3 nodes are ready and connected
         5.1  event       ClusterReady: All 3 nodes are ready and connected
        26.2  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1236 flow files 336 were consumed and 900 are queued: none is lost.
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
         0.4  operator    marks node 2 (Offloading)
         0.5  operator    asks NiFi to offload node 2
         0.5  NiFi        calls node 2 OFFLOADING
         0.5  event       OffloadRequested: Offloading node 2
         0.5  person      scales back to 3
         0.6  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         0.6  status      Returning: Node 2 is wanted again: its offload is being stopped (and 1 more: NodeDisconnected)
         0.6  operator    asks NiFi to disconnect node 2
         0.6  NiFi        calls node 2 DISCONNECTED
         0.6  event       DisconnectRequested: Stopping the offload of node 2: it is wanted again
         0.7  operator    deletes prod-2
         0.7  event       NodeRestarting: Restarting node 2: it is wanted again, and its offload was stopped
         1.6  status      PodTerminating: Pod prod-2 is being deleted and not gone yet: node 2 comes back when it is
         1.8  Kubernetes  Pod prod-2 is gone
         1.8  event       PodCreated: Created Pod prod-2
         2.6  status      WaitingForNodes: Node 2 is starting
         9.7  NiFi        calls node 2 CONNECTED
        11.1  Kubernetes  Pod prod-2 is ready
        11.1  status      Ready: All 3 nodes are ready and connected
        11.1  event       ClusterReady: All 3 nodes are ready and connected
        32.5  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1256 flow files 356 were consumed and 900 are queued: none is lost.
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
         0.4  operator    marks node 2 (Offloading)
         0.5  operator    asks NiFi to offload node 2
         0.5  NiFi        calls node 2 OFFLOADING
         0.5  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, how much is left is not known
         2.2  NiFi        node 2 has moved 300 flow files to 0, 1, calls node 2 OFFLOADED
         2.2  person      scales back to 3
         2.3  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         2.3  status      Returning: Node 2 is wanted again: its offload is being stopped (and 1 more: NodeDisconnected)
         2.4  Kubernetes  Pod prod-2 is not ready
         2.4  operator    asks NiFi to connect node 2
         2.4  NiFi        calls node 2 CONNECTING
         2.4  event       NodeReconnected: Reconnecting node 2: it is wanted again
         5.6  NiFi        calls node 2 CONNECTED
         6.2  operator    takes the mark off node 2
         6.2  status      WaitingForNodes: Node 2 has started and is not connected yet
         7.0  Kubernetes  Pod prod-2 is ready
         7.1  status      Ready: All 3 nodes are ready and connected
         7.1  event       ClusterReady: All 3 nodes are ready and connected
        28.2  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1238 flow files 338 were consumed and 900 are queued: none is lost.
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
         0.4  operator    marks node 2 (Offloading)
         0.5  operator    asks NiFi to offload node 2
         0.5  NiFi        calls node 2 OFFLOADING
         0.5  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, how much is left is not known
         2.2  NiFi        node 2 has moved 300 flow files to 0, 1, calls node 2 OFFLOADED
         2.4  Kubernetes  Pod prod-2 is not ready
         2.5  operator    puts on record: node 2 Offloaded
         2.5  event       NodeOffloaded: Node 2 is offloaded
         2.5  person      scales back to 3
         2.6  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod, changes the record of node 2
         2.6  event       NodeReturning: Node 2 is wanted again: it was not emptied to the end
         2.6  status      Returning: Node 2 is wanted again: it stays a member (and 1 more: NodeDisconnected)
         2.7  operator    asks NiFi to connect node 2
         2.7  NiFi        calls node 2 CONNECTING
         2.7  event       NodeReconnected: Reconnecting node 2: it is wanted again
         5.9  NiFi        calls node 2 CONNECTED
         6.1  operator    takes the mark off node 2
         6.1  status      WaitingForNodes: NiFi has node 2 as CONNECTING: User CN=operator.prod.data requested that node connect to cluster
         7.3  Kubernetes  Pod prod-2 is ready
         7.4  status      Ready: All 3 nodes are ready and connected
         7.4  event       ClusterReady: All 3 nodes are ready and connected
        28.5  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1238 flow files 338 were consumed and 900 are queued: none is lost.
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
         0.4  operator    marks node 2 (Offloading)
         0.5  operator    asks NiFi to offload node 2
         0.5  NiFi        calls node 2 OFFLOADING
         0.5  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, how much is left is not known
         2.2  NiFi        node 2 has moved 300 flow files to 0, 1, calls node 2 OFFLOADED
         2.4  Kubernetes  Pod prod-2 is not ready
         2.5  operator    puts on record: node 2 Offloaded
         2.5  event       NodeOffloaded: Node 2 is offloaded
         2.6  operator    asks NiFi to remove node 2
         2.7  NiFi        forgets node 2
         2.7  event       RemovalRequested: Removing node 2 from NiFi's cluster
         2.7  person      scales back to 3
         2.7  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod, changes the record of node 2
         2.7  event       NodeReturning: Node 2 is wanted again: it was not emptied to the end
         2.7  status      Returning: Node 2 is wanted again: it stays a member (and 1 more: WaitingForNodes)
         2.8  operator    deletes prod-2
         2.8  event       NodeRestarting: Restarting node 2: it is wanted again, and NiFi has forgotten it
         3.7  status      PodTerminating: Pod prod-2 is being deleted and not gone yet: node 2 comes back when it is
         3.8  Kubernetes  Pod prod-2 is gone
         3.9  event       PodCreated: Created Pod prod-2
         4.7  status      WaitingForNodes: Node 2 is starting
        11.7  NiFi        calls node 2 CONNECTED
        13.1  Kubernetes  Pod prod-2 is ready
        13.2  status      Ready: All 3 nodes are ready and connected
        13.2  event       ClusterReady: All 3 nodes are ready and connected
        34.7  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1264 flow files 364 were consumed and 900 are queued: none is lost.
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
         0.4  operator    marks node 2 (Offloading)
         0.5  operator    asks NiFi to offload node 2
         0.5  NiFi        calls node 2 OFFLOADING
         0.5  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, how much is left is not known
         2.2  NiFi        node 2 has moved 300 flow files to 0, 1, calls node 2 OFFLOADED
         2.4  Kubernetes  Pod prod-2 is not ready
         2.5  operator    puts on record: node 2 Offloaded
         2.5  event       NodeOffloaded: Node 2 is offloaded
         2.6  operator    asks NiFi to remove node 2
         2.7  NiFi        forgets node 2
         2.7  event       RemovalRequested: Removing node 2 from NiFi's cluster
         3.0  operator    puts on record: node 2 Proven
         3.0  event       NodeEmptied: Node 2 is empty: by its own word, twice
         3.0  person      scales back to 3
         3.1  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod, changes the record of node 2
         3.1  event       NodeReturning: Node 2 is wanted again: it was not emptied to the end
         3.1  status      Returning: Node 2 is wanted again: it stays a member (and 1 more: WaitingForNodes)
         3.2  operator    deletes prod-2
         3.2  event       NodeRestarting: Restarting node 2: it is wanted again, and NiFi has forgotten it
         4.1  status      PodTerminating: Pod prod-2 is being deleted and not gone yet: node 2 comes back when it is
         4.2  Kubernetes  Pod prod-2 is gone
         4.3  event       PodCreated: Created Pod prod-2
         5.1  status      WaitingForNodes: Node 2 is starting
        12.1  NiFi        calls node 2 CONNECTED
        13.5  Kubernetes  Pod prod-2 is ready
        13.6  status      Ready: All 3 nodes are ready and connected
        13.6  event       ClusterReady: All 3 nodes are ready and connected
        35.0  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1268 flow files 368 were consumed and 900 are queued: none is lost.
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
         0.4  operator    marks node 2 (Offloading)
         0.5  operator    asks NiFi to offload node 2
         0.5  NiFi        calls node 2 OFFLOADING
         0.5  event       OffloadRequested: Offloading node 2
         1.1  status      Removing: Removing node 2: it is being offloaded, how much is left is not known
         2.2  NiFi        node 2 has moved 300 flow files to 0, 1, calls node 2 OFFLOADED
         2.4  Kubernetes  Pod prod-2 is not ready
         2.5  operator    puts on record: node 2 Offloaded
         2.5  event       NodeOffloaded: Node 2 is offloaded
         2.6  operator    asks NiFi to remove node 2
         2.7  NiFi        forgets node 2
         2.7  event       RemovalRequested: Removing node 2 from NiFi's cluster
         3.0  operator    puts on record: node 2 Proven
         3.0  event       NodeEmptied: Node 2 is empty: by its own word, twice
         3.1  operator    deletes prod-2, puts on record: node 2 PodDeleted
         3.1  person      scales back to 3
         3.2  operator    writes ConfigMap prod-start, writes PodDisruptionBudget prod
         4.2  Kubernetes  Pod prod-2 is gone
         4.2  operator    deletes data-prod-2
         4.2  event       VolumeDeleted: Deleted PersistentVolumeClaim data-prod-2: Node 2 has left, Emptied <uid> <container>
         4.3  Kubernetes  PersistentVolumeClaim data-prod-2 is gone
         4.3  operator    deletes the old configuration of node 2, deletes the record of node 2
         4.3  event       NodeRemoved: Node 2 has left
         4.3  operator    writes a configuration for node 2, puts node 2 on record
         4.3  event       NodeCreated: Created node 2
         4.3  operator    creates data-prod-2
         5.2  operator    changes the record of node 2
         5.2  event       NodeStarted: Node 2 started for the first time
         5.2  status      WaitingForNodes: Node 2 is starting
        12.2  NiFi        calls node 2 CONNECTED
        13.6  Kubernetes  Pod prod-2 is ready
        13.7  status      Ready: All 3 nodes are ready and connected
        13.7  event       ClusterReady: All 3 nodes are ready and connected
        35.1  person      scales to 2 again
      Node 2 is emptied and proven empty anew, and leaves.
      Of 1268 flow files 368 were consumed and 900 are queued: none is lost.
    `,
    );
  });
});
