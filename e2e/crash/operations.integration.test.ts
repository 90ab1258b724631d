// An operator may die at any moment of a restart, a decommission, a sleep. Here it does: once after every single write of
// each operation in one run, so that no two writes are of one process, and after single writes in runs of their own.
// Every time the end is the same, nothing was done twice that takes something away, and no flow file is lost.
// CRASH_SEED decides which single writes are drawn; CRASH_ALL=1 takes all of them, heard and unheard; CRASH_OP (a pattern)
// keeps to some operations, CRASH_AT (a pattern such as `POST pods`) to some writes.

import assert from 'node:assert/strict';
import process from 'node:process';
import { after, before, describe, test } from 'node:test';
import { sample, shuffledSubarray } from 'fast-check';
import { type Lab, startLab } from '../lab/lab.ts';
import { type Audited, AuditTail, doneIn, type Tally } from './audit-tail.ts';
import { clusterName } from './bring-up.ts';
import { endStateOf, revisionNaming } from './end-state.ts';
import { differences, type EndState } from './flatten.ts';
import { OperationRun } from './operation-run.ts';
import { type Operation, operations } from './operations.ts';
import { at, atEach, type Kill } from './operators.ts';
import { bundledOperator, type Program } from './program.ts';
import { type Deaths, repeated } from './repeated.ts';
import { describeWrite, isTold, type Write } from './writes.ts';

/** Operations at the same time, and runs of each; most of a run is waiting. */
const concurrency = 2;
/** Single writes of each operation that are drawn. */
const drawn = 3;
const all = process.env['CRASH_ALL'] === '1';
const only = new RegExp(process.env['CRASH_OP'] ?? '', 'u');
const onlyAt = new RegExp(process.env['CRASH_AT'] ?? '', 'u');
const seed = Number(process.env['CRASH_SEED'] ?? 1_627_171_468);
/** Digests of what a namespace's name is part of. */
const chance = /( data\.inputs|\/applied)$/u;

interface Outcome extends Deaths {
  readonly endState: EndState;
  readonly audited: Audited;
  readonly writes: readonly Write[];
}

describe(`An operator that is killed during an operation (CRASH_SEED=${seed})`, { concurrency }, () => {
  const runs = new Map<string, OperationRun>();
  let started = 0;
  let lab: Lab;
  let audit: AuditTail;
  let program: Program;

  before(async () => {
    program = await bundledOperator();
    lab = await startLab({
      // One Node and no shell: which Node a Pod gets is chance, and scripts are others' tests.
      kubelet: { serviceAccountTokens: true, nodes: 1, runEntryScript: false },
      nifi: { beforeAnswer: async (request) => runs.get(request.namespace)?.bringUp.operators.answered(request) },
    });
    audit = new AuditTail(lab.controlPlane.auditLog);
  });
  after(async () => {
    await lab?.stop();
    await program?.remove();
  });

  /** Carries the operation out in a namespace of its own. Resolves with how it ended and where its operators died. */
  const carriedOut = async (operation: Operation, kills: readonly Kill[]): Promise<Outcome> => {
    started += 1;
    const namespace = `crash-${String(started).padStart(3, '0')}`;
    const run = new OperationRun(lab, program.file, namespace, operation);
    runs.set(namespace, run);
    try {
      await run.carryOut(kills);
      await run.assertOutcome();
      const { writes, killedAt, lastWrites } = run.bringUp.operators;
      const endState = await endStateOf(lab, namespace, clusterName);
      const audited = await audit.tally(namespace, revisionNaming(clusterName));
      return { endState, audited, writes: [...writes], killedAt, lastWrites };
    } finally {
      await run.stop();
      runs.delete(namespace);
    }
  };

  const references = new Map<Operation, Outcome>();

  const assertSame = (operation: Operation, { endState, audited, ...deaths }: Outcome): void => {
    const reference = references.get(operation);
    assert.ok(reference);
    const where = `killed after ${deaths.killedAt.map(describeWrite).join(', ')}`;
    const different = differences(reference.endState, endState, new Set()).filter(
      (line) => !chance.test(line.slice(0, line.indexOf(': '))),
    );
    assert.deepEqual(different, [], `another end: ${where}`);
    const once = reference.audited.done;
    const expected = { ...once, ...repeated(operation, once, audited.done, deaths) };
    assert.deepEqual(
      volumesAndPods(doneIn(audited, expected)),
      volumesAndPods(expected),
      `Pods or volumes were created or deleted another number of times: ${where}`,
    );
  };

  for (const operation of operations.filter(({ name }) => only.test(name))) {
    test(operation.name, { concurrency }, async (t) => {
      const reference = await carriedOut(operation, []);
      references.set(operation, reference);
      const points = crashPoints(reference.writes);
      t.diagnostic(`${reference.writes.length} writes, killed at ${points.length} of them alone`);
      const everywhere = t.test('killed after every write, one process after another', async (own) => {
        const writes = reference.writes.filter((write) => !isTold(write));
        const run = await carriedOut(operation, atEach(writes));
        own.diagnostic(`${run.killedAt.length} operators were killed, at ${writes.length} writes`);
        assertSame(operation, run);
      });
      const alone = points.map(({ write, heard }) =>
        t.test(`killed after ${describeWrite(write)}${heard ? ', which it heard of' : ''}`, async () => {
          const run = await carriedOut(operation, [at(write, heard)]);
          // How often something is told depends on how long everything takes.
          if (!isTold(write)) assert.deepEqual(run.killedAt, [write]);
          assertSame(operation, run);
        }),
      );
      await Promise.all([everywhere, ...alone]);
    });
  }
});

interface CrashPoint {
  readonly write: Write;
  readonly heard: boolean;
}

/** All writes of an operation, heard and unheard, and what it told; or those that are drawn, of what it did. */
function crashPoints(writes: readonly Write[]): readonly CrashPoint[] {
  const chosen = writes.filter((write) => onlyAt.test(describeWrite(write)));
  const points = chosen
    .filter((write) => !isTold(write))
    .flatMap((write) => [false, true].map((heard) => ({ write, heard })));
  const told = chosen.filter(isTold).map((write) => ({ write, heard: false }));
  if (all) return [...points, ...told];
  const length = { minLength: points.length, maxLength: points.length };
  const [shuffled = []] = sample(shuffledSubarray(points, length), { seed, numRuns: 1 });
  return shuffled.slice(0, drawn);
}

/** How often each Pod and each volume was created and deleted. */
function volumesAndPods(done: Tally): Tally {
  const lasting = Object.entries(done).filter(([what]) =>
    /^(create|delete) (pods|persistentvolumeclaims)\//u.test(what),
  );
  return Object.fromEntries(lasting.toSorted(([a], [b]) => a.localeCompare(b)));
}
