// Two operators, and the leader is stopped in the middle of something for longer than its lease. The other takes over and
// finishes; the first writes nothing more when it wakes up, and ends.
// The times of the lease are the real ones, so each of these takes the better part of a minute.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { persistentVolumeClaims } from '../../pkg/kube/resources.ts';
import { entriesOf } from '../bench/requests.ts';
import { WRITE_VERBS } from '../controlplane/audit.ts';
import { watchNodes } from '../crash/watch.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { type OperatorProcess, spawnOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';
import { stateOf } from '../rollout/scene.ts';
import { aChange, assertNothingLost, create, movesIn, named, patient, play, podsDeleted, writesTo } from './scene.ts';

/** What had left the process when it fell silent may still be on its way. */
const underwayMs = 1_000;

interface Contender {
  readonly user: string;
  readonly process: OperatorProcess;
}

describe('A leader that falls silent for longer than its lease', { concurrency: 2 }, () => {
  const contenders: Contender[] = [];
  let lab: Lab;

  before(async () => {
    lab = await startLab();
  });
  after(async () => {
    for (const { process } of contenders) {
      process.child.kill('SIGCONT');
      await process.kill('SIGKILL');
    }
    await lab?.stop();
  });

  /** An operator of its own name, so that the audit log tells it from the other. */
  async function contend(namespace: string, name: string): Promise<Contender> {
    const user = `${namespace}-${name}`;
    const kubeconfig = await lab.controlPlane.userKubeconfig({ name: user, groups: ['system:masters'] });
    const election = ['--leader-election', 'true', '--leader-election-namespace', namespace];
    const process = spawnOperator(kubeconfig, ['--watch-namespaces', namespace, ...election]);
    const contender = { user, process };
    contenders.push(contender);
    return contender;
  }

  async function writesOf({ user }: Contender, since: Date): Promise<readonly string[]> {
    const entries = await entriesOf(lab, { since }, (line) => line.includes(`"username":"${user}"`));
    return entries.filter(({ verb }) => WRITE_VERBS.includes(verb)).map(named);
  }

  async function isLed(namespace: string): Promise<void> {
    await until(
      'there is a leader',
      () =>
        contenders.some(
          ({ user, process }) => user.startsWith(namespace) && process.output.join('').includes('Became the leader'),
        ),
      patient,
    );
  }

  test('in a rollout writes nothing when it wakes up, and the other one restarts each node that is left once', async () => {
    const cluster = await create(lab, 'stopped', { replicas: 3 });
    const leader = await contend('stopped', 'first');
    await isLed('stopped');
    await cluster.ready(patient);
    const other = await contend('stopped', 'second');
    const flow = play(lab, cluster, [0, 1, 2]);
    const watched = watchNodes(lab, cluster, [0, 1, 2]);
    const since = new Date();
    await cluster.patch(aChange);
    await until('a node is being restarted', () => watched.ever.size > 0, { ...patient, everyMs: 5 });
    leader.process.child.kill('SIGSTOP');
    const silent = new Date(Date.now() + underwayMs);
    await cluster.until(
      'all are rolled out',
      ({ status }) => status?.nodes?.every(({ updated }) => updated === true) === true,
      patient,
    );
    await cluster.ready(patient);
    const ended = once(leader.process.child, 'exit');
    leader.process.child.kill('SIGCONT');
    assert.deepEqual(await ended, [1, null]);
    assert.deepEqual(await writesOf(leader, silent), []);
    assert.ok((await writesOf(other, since)).length > 0);
    assert.deepEqual(podsDeleted(await writesTo(lab, cluster, since)).toSorted(), ['prod-0', 'prod-1', 'prod-2']);
    watched.stop();
    assert.equal(watched.most, 1);
    assertNothingLost(flow);
  });

  test('in an offload does nothing when it wakes up, and the other one ends it: nothing is done twice', async () => {
    const cluster = await create(lab, 'blocked', { replicas: 3 });
    const leader = await contend('blocked', 'first');
    await isLed('blocked');
    await cluster.ready(patient);
    const other = await contend('blocked', 'second');
    const flow = play(lab, cluster, [0, 1, 2]);
    const release = lab.nifi.nodeOfPod('blocked', 'prod-2').blockOffload();
    const since = new Date();
    await cluster.patch({ spec: { replicas: 2 } });
    await until('node 2 is offloading', () => stateOf(lab, cluster, 2) === 'OFFLOADING', { ...patient, everyMs: 5 });
    leader.process.child.kill('SIGSTOP');
    const silent = new Date(Date.now() + underwayMs);
    release();
    await cluster.until('node 2 has left', ({ status }) => status?.nodes?.length === 2, patient);
    await cluster.ready(patient);
    const ended = once(leader.process.child, 'exit');
    leader.process.child.kill('SIGCONT');
    assert.deepEqual(await ended, [1, null]);
    assert.deepEqual(await writesOf(leader, silent), []);
    assert.ok((await writesOf(other, since)).length > 0);
    assert.deepEqual(movesIn(lab, cluster, since), ['PUT', 'PUT', 'DELETE']);
    const deleted = (await writesTo(lab, cluster, since)).filter(
      ({ verb, objectRef }) => verb === 'delete' && ['pods', 'persistentvolumeclaims'].includes(objectRef.resource),
    );
    assert.deepEqual(deleted.map(named), ['delete pods/prod-2', 'delete persistentvolumeclaims/data-prod-2']);
    assert.equal((await cluster.list(persistentVolumeClaims)).length, 2);
    assertNothingLost(flow);
  });
});
