// An operator may die at any moment. Here it does, after single writes of a bring-up, to Kubernetes and to NiFi, and
// whoever comes next must end where an undisturbed operator ends, having created nothing twice.
// CRASH_ALL=1 takes every write; without it writes are taken evenly, and another CRASH_SEED takes others. It decides which
// ones, and the pairs of crashes that a run has drawn; CRASH_AT (a pattern such as `POST pods`) keeps to some writes.

import assert from 'node:assert/strict';
import process from 'node:process';
import { after, before, describe, type TestContext, test } from 'node:test';
import { nat, noBias, sample, tuple } from 'fast-check';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { type Audited, AuditTail, doneIn, type Tally } from './audit-tail.ts';
import { BringUp, clusterName, type Progress } from './bring-up.ts';
import { endStateOf, revisionNaming } from './end-state.ts';
import { chanceIn, differences, type EndState } from './flatten.ts';
import { at, atWriteOfProcess, type Kill } from './operators.ts';
import { bundledOperator, type Program } from './program.ts';
import { describeWrite, isTold, sameWrite, type Write } from './writes.ts';

const spec: NiFiClusterSpec = {
  version: '2.6.0',
  replicas: 3,
  maxTimerDrivenThreadCount: 20,
  node: {
    storage: [
      { name: 'data', size: '1Gi' },
      { name: 'content', size: '1Gi' },
    ],
  },
};

/** Bring-ups at the same time; most of each is waiting. */
const concurrency = 4;
const all = process.env['CRASH_ALL'] === '1';
/** After every so many writes the operator dies before it hears of its write, and after every so many once it has. */
const every = all ? { unheard: 1, heard: 4 } : { unheard: 3, heard: 12 };
const pairs = all ? 10 : 4;
/** How often a run is tried whose operator had nothing more to tell when it should have died telling it. */
const tries = 4;

const only = new RegExp(process.env['CRASH_AT'] ?? '', 'u');
const seed = Number(process.env['CRASH_SEED'] ?? 1_214_897_315);

interface Outcome {
  readonly bringUp: BringUp;
  readonly endState: EndState;
  readonly audited: Audited;
  readonly progress: Progress;
}

describe('an operator that is killed', () => {
  const runs = new Map<string, BringUp>();
  let started = 0;
  let lab: Lab;
  let audit: AuditTail;
  let program: Program;
  let reference: Outcome;
  let another: Outcome;
  /** How far an undisturbed bring-up comes in NiFi. */
  let progress: Progress;
  /** Every write of the reference, in its order. */
  let writes: readonly Write[];
  let chance: ReadonlySet<string>;

  before(async () => {
    program = await bundledOperator();
    lab = await startLab({
      // One Node and no shell: which Node a Pod gets is chance, and scripts are others' tests.
      kubelet: { serviceAccountTokens: true, nodes: 1, runEntryScript: false },
      nifi: { beforeAnswer: async (request) => runs.get(request.namespace)?.operators.answered(request) },
    });
    audit = new AuditTail(lab.controlPlane.auditLog);
    reference = await undisturbed();
    another = await undisturbed();
    progress = reference.progress;
    chance = chanceIn(reference.endState, another.endState);
    writes = reference.bringUp.operators.writes.filter((write) =>
      another.bringUp.operators.writes.some((seen) => sameWrite(seen, write)),
    );
  });
  after(async () => {
    await lab?.stop();
    await program?.remove();
  });

  /** One bring-up, which is gone afterwards however it went. */
  const during = async <T>(
    kills: readonly Kill[],
    run: (bringUp: BringUp) => Promise<T>,
    gracefully = false,
  ): Promise<T> => {
    started += 1;
    const namespace = `crash-${String(started).padStart(3, '0')}`;
    const bringUp = new BringUp(lab, program.file, namespace, kills);
    runs.set(namespace, bringUp);
    try {
      await bringUp.start(spec);
      return await run(bringUp);
    } finally {
      await bringUp.stop({ gracefully });
      runs.delete(namespace);
    }
  };

  const outcome = async (bringUp: BringUp): Promise<Outcome> => ({
    bringUp,
    progress: bringUp.progress,
    endState: await endStateOf(lab, bringUp.namespace, clusterName),
    audited: await audit.tally(bringUp.namespace, revisionNaming(clusterName)),
  });

  const undisturbed = async (): Promise<Outcome> =>
    during(
      [],
      async (bringUp) => {
        await bringUp.converged({ looks: 1, policies: 1 });
        return outcome(bringUp);
      },
      true,
    );

  const assertSame = ({ bringUp, endState, audited }: Outcome): void => {
    const where = `${bringUp.namespace}, killed after ${bringUp.operators.killedAt.map(describeWrite).join(' and ')}`;
    assert.deepEqual(differences(reference.endState, endState, chance), [], `another end state: ${where}`);
    const { done } = reference.audited;
    assert.deepEqual(doneIn(audited, done), done, `other writes: ${where}`);
    assert.deepEqual(mutations(bringUp), mutations(reference.bringUp), `other writes to NiFi: ${where}`);
  };

  /** One bring-up with a kill at this write, and its end compared. Resolves with the writes at which it was killed. */
  const killedAt = async (write: Write, heard: boolean, left: number): Promise<readonly Write[]> => {
    const happened = await during([at(write, heard)], async (bringUp) => {
      await bringUp.converged(progress);
      if (bringUp.operators.pending > 0 && left > 1) return undefined;
      assertSame(await outcome(bringUp));
      return bringUp.operators.killedAt;
    });
    return happened ?? killedAt(write, heard, left - 1);
  };

  /** A subtest for each write to one of the two, with a kill at it. */
  const everyWrite = async (t: TestContext, to: Write['to'], heard: boolean): Promise<void> => {
    const wanted = writes.filter((write) => write.to === to);
    const step = heard ? every.heard : every.unheard;
    const sampled = wanted.filter((_, i) => i % step === seed % step);
    const chosen = sampled.filter((write) => only.test(describeWrite(write)));
    t.diagnostic(`${wanted.length} writes to ${to} in a bring-up, killed at ${chosen.length} of them`);
    const reached: Write[] = [];
    await Promise.all(
      chosen.map((write) =>
        t.test(`${wanted.indexOf(write) + 1} of ${wanted.length}: ${describeWrite(write)}`, async () => {
          const happened = await killedAt(write, heard, isTold(write) ? tries : 1);
          assert.deepEqual(happened, [write]);
          reached.push(...happened);
        }),
      ),
    );
    assert.equal(reached.length, chosen.length, 'every write was reached, the last one too');
  };

  test('two undisturbed bring-ups end alike, and each object is created once', () => {
    assert.deepEqual(another.audited, reference.audited);
    assert.deepEqual(mutations(another.bringUp), mutations(reference.bringUp));
    const created = Object.entries(reference.audited.done).filter(([what]) => what.startsWith('create '));
    assert.deepEqual(
      created.filter(([, times]) => times !== 1),
      [],
    );
    // Eight policies and the settings are asked for, by every process anew.
    assert.deepEqual([progress.looks, another.progress], [9, progress]);
    // A node: record, configuration, certificate, Pod and two claims. The cluster: eight objects and three Secrets.
    assert.equal(created.length, 3 * 6 + 11);
    // Digests of what a namespace's name is part of.
    const other = [...chance].filter((path) => !/( data\.inputs|\/applied)$/u.test(path));
    assert.deepEqual(other, [], 'nothing but these may differ, or a crash could hide behind it');
  });

  test(
    'after a write to Kubernetes, before it hears of it, leaves the same cluster behind',
    { concurrency },
    async (t) => everyWrite(t, 'Kubernetes', false),
  );

  test('after a write to NiFi, before it hears of it, leaves the same cluster behind', { concurrency }, async (t) =>
    everyWrite(t, 'NiFi', false),
  );

  test('after a write to Kubernetes of which it has heard leaves the same cluster behind', { concurrency }, async (t) =>
    everyWrite(t, 'Kubernetes', true),
  );

  test('after a write to NiFi of which it has heard leaves the same cluster behind', { concurrency }, async (t) =>
    everyWrite(t, 'NiFi', true),
  );

  test(`twice leaves the same cluster behind (CRASH_SEED=${seed})`, { concurrency }, async (t) => {
    const fraction = noBias(nat(999_999)).map((millionths) => millionths / 1_000_000);
    const drawn = sample(tuple(fraction, fraction), { seed, numRuns: pairs });
    await Promise.all(
      drawn.map(([first, second], i) => {
        const k = Math.floor(first * writes.length);
        const left = writes.slice(k + 1).filter((write) => !isTold(write)).length;
        const m = 1 + Math.floor(second * left);
        const write = writes[k];
        if (write === undefined) throw new RangeError(`there is no write ${k}`);
        return t.test(`pair ${i + 1}: ${describeWrite(write)}, then write ${m} of the recovery`, async () =>
          during([at(write), atWriteOfProcess(m)], async (bringUp) => {
            await bringUp.converged(progress);
            // The recovery had less to do, because more was under way when the first one died.
            for (; bringUp.operators.pending > 0; await bringUp.converged(progress)) await bringUp.operators.killNow();
            assertSame(await outcome(bringUp));
          }),
        );
      }),
    );
  });
});

/** How often NiFi carried each write out. */
function mutations({ operators: { writes } }: BringUp): Tally {
  const tally: Record<string, number> = {};
  for (const { to, what } of writes) if (to === 'NiFi') tally[what] = (tally[what] ?? 0) + 1;
  return tally;
}
