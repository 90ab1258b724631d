// Rollouts and decommissions over a connection to the API server that breaks all the time: watches that are cut every second,
// that are too old, or say nothing more although they stay open; writes that are refused, or were carried out and never answered.
// They end as without: each Pod is deleted once, one node is down at a time, and no flow file is lost.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { persistentVolumeClaims } from '../../pkg/kube/resources.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import {
  type FaultProxy,
  type Faults,
  type Match,
  type ProxiedRequest,
  startKubeconfigProxy,
} from '../controlplane/faultproxy.ts';
import { watchNodes } from '../crash/watch.ts';
import type { ClusterHandle } from '../lab/cluster.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { isRolledOut } from '../rollout/scene.ts';
import { aChange, assertNothingLost, create, named, patient, play, podsDeleted, writesTo } from './scene.ts';

const isWatch: Match = ({ watch }) => watch;
const all = [0, 1, 2];

/** After more of them the operator waits ever longer between two tries, as it should, and the rollout takes minutes. */
const cuts = 8;

/** Every second all watches are cut, each time in another way. */
function cutWatches(faults: Faults): () => void {
  const ways = [
    () => faults.cut({ how: 'rst', match: isWatch }),
    () => faults.cut({ how: 'fin', match: isWatch }),
    () => faults.injectWatchError(410),
  ];
  let turn = 0;
  const timer = setInterval(() => {
    ways[turn++ % ways.length]?.();
    if (turn === cuts) clearInterval(timer);
  }, 1_000);
  return () => clearInterval(timer);
}

/** Of the writes one after another: refused with 429, refused with 500, carried out and never answered, and two that pass. */
function spoilWrites(faults: Faults): () => void {
  const numbers = new WeakMap<ProxiedRequest, number>();
  let count = 0;
  const isNth =
    (nth: number): Match =>
    (request) => {
      if (request.method === 'GET') return false;
      const number = numbers.get(request) ?? count++;
      numbers.set(request, number);
      return number % 5 === nth;
    };
  faults.answer(429, undefined, undefined, isNth(0));
  faults.answer(500, undefined, undefined, isNth(1));
  faults.loseAnswer(isNth(2));
  return () => faults.clear();
}

/** The watches of now stay open and say nothing any more. */
function silenceWatches(faults: Faults): () => void {
  faults.cut({ how: 'silent', match: isWatch });
  return () => undefined;
}

interface Trouble {
  readonly what: string;
  readonly namespace: string;
  /** Begun anew for the decommission. */
  readonly again?: boolean;
  /** Whether a Pod may have to be emptied twice. */
  readonly mayRepeat?: boolean;
  readonly begin: (faults: Faults) => () => void;
}

const troubles: readonly Trouble[] = [
  { what: 'while its watches are cut every second and are too old', namespace: 'cut', again: true, begin: cutWatches },
  {
    what: 'while its writes are refused, or carried out and never answered',
    namespace: 'spoilt',
    mayRepeat: true,
    begin: spoilWrites,
  },
  { what: 'although its watches say nothing any more', namespace: 'silent', begin: silenceWatches },
];

describe('An operator with a bad connection', { concurrency: troubles.length }, () => {
  const operators: Operator[] = [];
  const proxies: FaultProxy[] = [];
  let lab: Lab;

  before(async () => {
    lab = await startLab();
  });
  after(async () => {
    for (const { faults } of proxies) faults.clear();
    await Promise.all(operators.map((operator) => operator.stop()));
    for (const proxy of proxies) await proxy.stop();
    await lab?.stop();
  });

  async function connected(namespace: string): Promise<Faults> {
    const proxy = await startKubeconfigProxy(lab.controlPlane.kubeconfig);
    proxies.push(proxy);
    operators.push(await runOperator(proxy.kubeconfig, ['--watch-namespaces', namespace]));
    return proxy.faults;
  }

  /** The Pods and volumes that were deleted since, in order. */
  async function deleted(cluster: ClusterHandle, since: Date): Promise<readonly string[]> {
    const writes = await writesTo(lab, cluster, since);
    const lasting = writes.filter(({ objectRef }) => ['pods', 'persistentvolumeclaims'].includes(objectRef.resource));
    return lasting.filter(({ verb }) => verb === 'delete').map(named);
  }

  for (const { what, namespace, begin, again = false, mayRepeat = false } of troubles) {
    test(`restarts every node once, and empties the one that leaves, ${what}`, async () => {
      const faults = await connected(namespace);
      const cluster = await create(lab, namespace, { replicas: 3 });
      await cluster.ready(patient);
      const flow = play(lab, cluster, all);
      const watched = watchNodes(lab, cluster, all);
      const since = new Date();
      const ends = [begin(faults)];
      await cluster.patch(aChange);
      await cluster.until('all are rolled out', isRolledOut, patient);
      assert.deepEqual(podsDeleted(await writesTo(lab, cluster, since)).toSorted(), ['prod-0', 'prod-1', 'prod-2']);
      assert.equal(watched.most, 1);
      if (again) ends.push(begin(faults));
      const later = new Date();
      await cluster.patch({ spec: { replicas: 2 } });
      await cluster.until('node 2 has left', ({ status }) => status?.nodes?.length === 2, patient);
      await cluster.ready(patient);
      for (const end of ends) end();
      watched.stop();
      assert.equal(watched.most, 1);
      const gone = await deleted(cluster, later);
      // Of a Pod that ends before its delete is on record nobody knows that it was empty: it comes back, and is emptied again.
      assert.deepEqual(mayRepeat ? [...new Set(gone)] : gone, [
        'delete pods/prod-2',
        'delete persistentvolumeclaims/data-prod-2',
      ]);
      assert.equal((await cluster.list(persistentVolumeClaims)).length, 2);
      assertNothingLost(flow);
    });
  }
});
