// Every field of NiFiCluster, by a walk over the schema, on a real API server: each value that fits goes in and out again (A, B, A) or is
// refused by a rule of ours in words; null and absence never harm; each value that does not fit is refused by the field's path.
// A schema that stands in several places (overrides of groups and of nodes) is tried at the last of them.
// The object on the server changes only by what was accepted. A field that no base object has fails the test.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { rootSchema } from '../../pkg/schema/kind.ts';
import { walk } from '../../pkg/schema/lint.ts';
import type { Json, Structural } from '../../pkg/schema/structural.ts';
import { valuesOf } from '../../pkg/schema/values.ts';
import { type Admission, type Stored, startAdmission, type Verdict } from './admission.fixture.ts';
import { bases } from './nificluster.leaves.bases.ts';
import { nifiCluster } from './nificluster.schema.ts';

interface Leaf {
  readonly path: string;
  readonly schema: Structural;
  readonly base: number;
  /** JSON pointer of the field in the base, from the root of the object. */
  readonly pointer: string;
}

const ruleWords = [...walk(rootSchema(nifiCluster), '')].flatMap(([, schema]) =>
  (schema['x-kubernetes-validations'] ?? []).flatMap(({ message = '', messageExpression }) => [
    message,
    ...(messageExpression ? [messageExpression.split("'")[1] ?? ''] : []),
  ]),
);
const fields = eachOnce([...walk(nifiCluster.spec, 'spec')].slice(1));
let admission: Admission;

before(async () => {
  admission = await startAdmission();
  for (const [index, spec] of bases.entries()) {
    const created = await admission.create(`base-${index}x`, spec, { keep: true });
    assert.ok(created.accepted, created.accepted ? '' : created.message);
  }
});
after(async () => {
  await admission.stop();
});

describe('Every field of the spec', () => {
  for (const [path, schema] of fields) {
    test(`${path} takes what fits, refuses what does not, and is back where it was`, async () => {
      const leaf = locate(path, schema);
      const { good, bad } = valuesOf(schema);
      const original = await admission.get(objectOf(leaf));
      for (const { value } of good) await thereAndBack(leaf, value, original.spec);
      await survives(leaf, [{ op: 'replace', path: leaf.pointer, value: null }]);
      await survives(leaf, [{ op: 'remove', path: leaf.pointer }]);
      for (const { what, value } of bad) {
        const verdict = await admission.patch(objectOf(leaf), [{ op: 'replace', path: leaf.pointer, value }]);
        assert.equal(verdict.accepted, false, `${what} was accepted: ${JSON.stringify(value).slice(0, 80)}`);
        assert.ok(mentions(verdict, leaf), `${what}: ${verdict.accepted ? '' : verdict.message}`);
      }
      assert.deepEqual((await admission.get(objectOf(leaf))).spec, original.spec);
    });
  }
});

/** The value goes in and the former one is put back, unless a rule of ours says no, either way. */
async function thereAndBack(leaf: Leaf, value: Json, former: Stored['spec']): Promise<void> {
  const name = objectOf(leaf);
  const there = await admission.patch(name, [{ op: 'replace', path: leaf.pointer, value }], { keep: true });
  if (!there.accepted) {
    assert.ok(isOurs(there.message), `${JSON.stringify(value).slice(0, 80)}: ${there.message}`);
    return;
  }
  const back = await admission.replace(name, former, { keep: true });
  if (back.accepted) return;
  // A rule that lets a change go only one way (a volume that grew): the object starts anew.
  assert.ok(isOurs(back.message), back.message);
  await admission.recreate(name, former);
}

async function survives(leaf: Leaf, operations: readonly object[]): Promise<void> {
  const verdict = await admission.patch(objectOf(leaf), operations);
  if (!verdict.accepted) assert.ok(mentions(verdict, leaf) || isOurs(verdict.message), verdict.message);
}

function eachOnce(found: readonly (readonly [string, Structural])[]): (readonly [string, Structural])[] {
  const last = new Map(found.map(([path, schema]) => [schema, path] as const));
  return [...last].map(([schema, path]) => [path, schema] as const);
}

function isOurs(message: string): boolean {
  return ruleWords.some((words) => words !== '' && message.includes(words));
}

/** The refusal names the field, an entry of it, or says that it is required. */
function mentions(verdict: Verdict, leaf: Leaf): boolean {
  if (verdict.accepted) return false;
  const key = leaf.pointer.split('/').at(-1) ?? '';
  const named =
    leaf.path
      .split('.')
      .findLast((segment) => segment !== '*')
      ?.replaceAll('[]', '') ?? key;
  return verdict.message.includes(named);
}

function objectOf(leaf: Leaf): string {
  return `base-${leaf.base}x`;
}

function locate(path: string, schema: Structural): Leaf {
  const steps = path.replaceAll('[]', '.[]').split('.').slice(1);
  for (const [base, spec] of bases.entries()) {
    const pointer = find(spec, steps);
    if (pointer !== undefined) return { path, schema, base, pointer: `/spec${pointer}` };
  }
  return assert.fail(`${path}: no base object has this field; add it to nificluster.leaves.bases.ts`);
}

/** JSON pointer of the first place that the steps lead to; `[]` is any entry of a list, `*` any key of a map. */
function find(value: Json, steps: readonly string[]): string | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return '';
  if (typeof value !== 'object' || value === null) return undefined;
  const candidates =
    step === '[]' || step === '*' ? Object.entries(value) : Object.entries(value).filter(([key]) => key === step);
  for (const [key, child] of candidates) {
    const pointer = find(child, rest);
    if (pointer !== undefined) return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}${pointer}`;
  }
  return undefined;
}
