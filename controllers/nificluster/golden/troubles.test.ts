// Golden logs of what a rollout meets: a drain, a key that is lost, a first configuration that breaks every node.
// It waits or stops, and says what for; whoever is well is left alone.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { secrets } from '../../../pkg/kube/resources.ts';
import { brokenVariable } from '../model/manifest.ts';
import { key } from '../model/names.ts';
import { aModelCluster } from '../model/world.ts';
import { Story } from './story.ts';

const { url } = import.meta;

describe('During a rollout', () => {
  test('a Kubernetes node is drained: it waits for the budget, and the rollout for the drained node', async () => {
    const story = await Story.of({ queued: 100 });
    story.does('gives every node a heap of 2 GiB', { kind: 'configure', value: 2 });
    await story.until('Pod prod-1 is gone');
    assert.equal(story.evicts(0), false);
    story.does('drains the machine of node 0: the eviction of prod-0 is refused as long as node 1 is away');
    await story.until('Pod prod-1 is ready');
    assert.equal(story.evicts(0), true);
    story.does('the eviction of prod-0 is asked for again, and allowed');
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
         1.4  person      drains the machine of node 0: the eviction of prod-0 is refused as long as node 1 is away
         1.4  event       PodCreated: Created Pod prod-1
         9.3  NiFi        calls node 1 CONNECTED
        10.7  Kubernetes  Pod prod-1 is ready
        10.7  person      the eviction of prod-0 is asked for again, and allowed
        10.7  operator    deletes the old configuration of node 1, writes a configuration for node 0
        10.7  event       NodeRestarting: Node 0 comes back with what the spec asks for: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        10.7  operator    changes the record of node 0
        11.7  NiFi        calls node 0 DISCONNECTED
        11.7  Kubernetes  Pod prod-0 is gone
        11.8  event       PodCreated: Created Pod prod-0
        12.2  NiFi        node 1 is now coordinator
        19.6  NiFi        calls node 0 CONNECTED
        21.0  Kubernetes  Pod prod-0 is ready
        21.0  operator    deletes the old configuration of node 0, marks node 2 (Restart)
        21.0  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
        21.0  status      Restarting: Restarting node 2: ConfigChanged
        21.1  operator    asks NiFi to disconnect node 2
        21.2  NiFi        calls node 2 DISCONNECTED
        21.2  event       DisconnectRequested: Disconnecting node 2 before its restart
        21.2  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
        22.0  status      PodTerminating: Pod prod-2 is being deleted and not gone yet: node 2 comes back when it is
        22.3  Kubernetes  Pod prod-2 is gone
        22.4  event       PodCreated: Created Pod prod-2
        23.1  status      WaitingForNodes: Node 2 is starting
        30.2  NiFi        calls node 2 CONNECTED
        31.6  Kubernetes  Pod prod-2 is ready
        31.6  operator    deletes the old configuration of node 2
        31.7  status      Ready: All 3 nodes are ready and connected
        31.7  event       ClusterReady: All 3 nodes are ready and connected
      Of 648 flow files 348 were consumed and 300 are queued: none is lost.
    `,
    );
  });

  test('the sensitive key is lost: nothing is restarted until it is back', async () => {
    const story = await Story.of({ queued: 100 });
    story.does('gives every node a heap of 2 GiB', { kind: 'configure', value: 2 });
    await story.until('Pod prod-1 is gone');
    const { api } = story.world;
    const [kept] = [...api.snapshot(secrets).values()].filter(({ metadata: { name } }) => name.includes('sensitive'));
    assert.ok(kept);
    story.does('deletes the Secret of the sensitive key', () =>
      api.drop(secrets, { ...key, name: kept.metadata.name }),
    );
    await story.pass(120);
    story.does('puts the Secret back from a backup');
    await api.create(secrets, { ...kept });
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
         1.4  person      deletes the Secret of the sensitive key
         2.1  status      Stalled, SensitiveKeyMissing: Secret prod-sensitive-key, which holds the sensitive properties key, is gone while volumes of the cluster exist: restore it from a backup. No node is created or restarted until then, because it could not read its flow
         2.1  event       Warning SensitiveKeyMissing: Secret prod-sensitive-key, which holds the sensitive properties key, is gone while volumes of the cluster exist: restore it from a backup. No node is created or restarted until then, because it could not read its flow
       121.4  person      puts the Secret back from a backup
       121.4  event       PodCreated: Created Pod prod-1
       121.4  status      RestartPending: Waiting to restart node 2: node 1 has no Pod (and 2 more: RestartPending, WaitingForNodes)
       121.5  event       RestartPending: Waiting to restart node 2: node 1 does not run (Pending)
       121.5  event       RestartPending: Waiting to restart node 0: node 1 does not run (Pending)
       129.3  NiFi        calls node 1 CONNECTED
       130.7  Kubernetes  Pod prod-1 is ready
       130.7  operator    deletes the old configuration of node 1, marks node 2 (Restart)
       130.7  event       NodeRestarting: Restarting node 2: ConfigChanged (bootstrap.conf: java.arg.2, java.arg.3)
       130.8  status      Restarting: Restarting node 2: ConfigChanged (and 1 more: RestartPending)
       130.8  operator    asks NiFi to disconnect node 2
       130.9  NiFi        calls node 2 DISCONNECTED
       130.9  event       DisconnectRequested: Disconnecting node 2 before its restart
       130.9  operator    writes a configuration for node 2, changes the record of node 2, deletes prod-2
       131.8  status      RestartPending: Waiting to restart node 0: the Pod of node 2 is being deleted (and 1 more: PodTerminating)
       132.0  Kubernetes  Pod prod-2 is gone
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
       142.7  operator    writes a configuration for node 0, changes the record of node 0, deletes prod-0
       143.3  Kubernetes  Pod prod-0 is not ready
       143.7  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is
       143.7  Kubernetes  Pod prod-0 is gone
       143.8  event       PodCreated: Created Pod prod-0
       144.7  status      WaitingForNodes: Node 0 is starting
       151.6  NiFi        calls node 0 CONNECTED
       153.0  Kubernetes  Pod prod-0 is ready
       153.1  operator    deletes the old configuration of node 0
       153.1  status      Ready: All 3 nodes are ready and connected
       153.1  event       ClusterReady: All 3 nodes are ready and connected
      Of 1134 flow files 834 were consumed and 300 are queued: none is lost.
    `,
    );
  });
});

describe('A first configuration that breaks every node', () => {
  test('is mended for all of them at once', async () => {
    const broken = aModelCluster().withNode({ env: [{ name: brokenVariable, value: 'yes' }] });
    const story = await Story.of({ cluster: broken, unsettled: true });
    story.does('creates a cluster whose configuration does not work');
    await story.world.create();
    await story.pass(60);
    story.does('corrects it', { kind: 'resume' });
    await story.settles();
    story.isTold(
      url,
      `
         0.0  person      creates a cluster whose configuration does not work
         0.1  operator    creates prod-sensitive-key, writes ServiceAccount prod-nodes, writes Role prod-nodes, writes Service prod-nodes, writes Service prod, writes ConfigMap prod-start, writes PodDisruptionBudget prod, writes NetworkPolicy prod
         0.1  event       SensitiveKeyCreated: Created the sensitive properties key in Secret prod-sensitive-key: back it up
         0.1  operator    writes RoleBinding prod-nodes, writes a configuration for node 0, writes a configuration for node 1, writes a configuration for node 2, puts node 0 on record, puts node 1 on record, puts node 2 on record
         0.1  event       NodeCreated: Created node 0
         0.1  event       NodeCreated: Created node 1
         0.1  event       NodeCreated: Created node 2
         0.1  operator    creates data-prod-0, creates data-prod-1, creates data-prod-2
         0.1  status      WaitingForNodes: Node 0 has no Pod yet (and 2 more: WaitingForNodes)
         1.0  operator    changes the record of node 0, changes the record of node 1, changes the record of node 2
         1.0  event       NodeStarted: Node 0 started for the first time
         1.0  event       NodeStarted: Node 1 started for the first time
         1.0  event       NodeStarted: Node 2 started for the first time
         1.5  Kubernetes  Pod prod-0 is in CrashLoopBackOff, Pod prod-1 is in CrashLoopBackOff, Pod prod-2 is in CrashLoopBackOff
         2.1  status      Stalled, NodeCrashLooping: NiFi in Pod prod-0 exits at start (exit code 1, its last lines: exit): correct what it complains about (and 2 more: NodeCrashLooping)
         2.1  event       Warning NodeCrashLooping: NiFi in Pod prod-0 exits at start (exit code 1, its last lines: exit): correct what it complains about (and 2 more: NodeCrashLooping)
        16.6  status      WaitingForNodes: Node 0 is starting (and 2 more: WaitingForNodes)
        17.1  Kubernetes  Pod prod-0 is in CrashLoopBackOff, Pod prod-1 is in CrashLoopBackOff, Pod prod-2 is in CrashLoopBackOff
        17.6  status      Stalled, NodeCrashLooping: NiFi in Pod prod-0 exits at start (exit code 1, its last lines: exit): correct what it complains about (and 2 more: NodeCrashLooping)
        17.6  event       Warning NodeCrashLooping: NiFi in Pod prod-0 exits at start (exit code 1, its last lines: exit): correct what it complains about (and 2 more: NodeCrashLooping)
        32.7  Kubernetes  Pod prod-0 is in CrashLoopBackOff, Pod prod-1 is in CrashLoopBackOff, Pod prod-2 is in CrashLoopBackOff
        48.3  Kubernetes  Pod prod-0 is in CrashLoopBackOff, Pod prod-1 is in CrashLoopBackOff, Pod prod-2 is in CrashLoopBackOff
        60.0  person      corrects it
        60.1  operator    writes a configuration for node 0, writes a configuration for node 1, writes a configuration for node 2
        60.1  event       NodeRestarting: Restarting node 0: ConfigChanged (Pod: env)
        60.1  operator    changes the record of node 0
        60.1  event       NodeRestarting: Restarting node 1: ConfigChanged (Pod: env)
        60.1  operator    changes the record of node 1
        60.1  event       NodeRestarting: Restarting node 2: ConfigChanged (Pod: env)
        60.1  operator    changes the record of node 2, deletes prod-0, deletes prod-1, deletes prod-2
        60.1  status      Restarting: Restarting node 0: ConfigChanged (and 2 more: Restarting)
        61.1  status      PodTerminating: Pod prod-0 is being deleted and not gone yet: node 0 comes back when it is (and 2 more: PodTerminating)
        61.1  Kubernetes  Pod prod-0 is gone, Pod prod-1 is gone, Pod prod-2 is gone
        61.1  event       PodCreated: Created Pod prod-0
        61.1  event       PodCreated: Created Pod prod-1
        61.1  event       PodCreated: Created Pod prod-2
        62.1  status      WaitingForNodes: Node 0 is starting (and 2 more: WaitingForNodes)
        69.0  NiFi        calls node 0 CONNECTED, calls node 1 CONNECTED, calls node 2 CONNECTED
        70.4  Kubernetes  Pod prod-0 is ready, Pod prod-1 is ready, Pod prod-2 is ready
        70.4  operator    deletes the old configuration of node 0, deletes the old configuration of node 1, deletes the old configuration of node 2
        70.5  status      Ready: All 3 nodes are ready and connected
        70.5  event       ClusterReady: All 3 nodes are ready and connected
      Of 132 flow files 132 were consumed and 0 are queued: none is lost.
    `,
    );
  });
});
