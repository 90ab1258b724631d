// Every fault of the list has a test that exists under the title that the table gives, or a documented impossibility.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { faults } from './faults.ts';

const repository = new URL('../', import.meta.url);
const numbers = Array.from({ length: 100 }, (_, index) => index + 1);

test('Every fault is in the table', () => {
  assert.deepEqual(Object.keys(faults).map(Number).toSorted(ascending), numbers);
});

describe('The tests of a fault exist under their titles', () => {
  for (const [number, { what, tests, impossible }] of Object.entries(faults)) {
    test(`${number}: ${what}`, () => {
      assert.notEqual(impossible === undefined, Object.keys(tests).length === 0, 'either tests, or why there are none');
      const missing = Object.entries(tests).flatMap(([file, titles]) =>
        titles.filter((title) => !hasTitle(file, title)).map((title) => `${file}: ${title}`),
      );
      assert.deepEqual(missing, []);
    });
  }
});

test('What no test can show is told in the failure modes', () => {
  const page = read('docs/failure-modes.md');
  const reasons = Object.values(faults).flatMap(({ impossible }) => impossible ?? []);
  assert.deepEqual(
    reasons.filter((reason) => !page.includes(reason)),
    [],
  );
});

test('A title counts only as that of a test, or of a case in a table of tests', () => {
  const file = 'hack/faults.test.ts';
  assert.ok(hasTitle(file, 'What no test can show is told in the failure modes'));
  assert.ok(!hasTitle(file, 'hack/faults.test.ts'));
  assert.ok(!hasTitle('hack/faults/nodes.ts', 'The longest names, and ids whose volumes stayed'));
  assert.ok(!hasTitle('hack/nowhere.test.ts', 'anything'));
  const cases = 'controllers/nificluster/plan/resilience.test.ts';
  assert.ok(hasTitle(cases, 'while its image takes twenty minutes'));
  assert.ok(!hasTitle(cases, 'while its image takes two minutes'));
});

/** Whether a test, or a scenario, of the file has this title, or one with a variable that a quoted text of the file fills in. */
function hasTitle(file: string, title: string): boolean {
  if (!/\.(test|cases)\.ts$|^e2e\/scenarios\/[\w-]+\.ts$/u.test(file) || !existsSync(new URL(file, repository)))
    return false;
  const text = read(file);
  return titlesOf(text).some((found) => {
    const variable = filling(found, title);
    return found === title || (variable !== undefined && text.includes(`'${variable}'`));
  });
}

function titlesOf(text: string): readonly string[] {
  const quoted = text.matchAll(/(?:\b(?:test|scenario)\(\s*|\bwhat: )(['"`])((?:\\.|(?!\1).)*)\1/gu);
  return [...quoted].map(([, , title = '']) => title.replaceAll(/\\(['"`])/gu, '$1'));
}

/** What the one variable of a title would have to be; undefined when that cannot make it the wanted one. */
function filling(found: string, wanted: string): string | undefined {
  const [before = '', after, ...more] = found.split(/\$\{[^}]*\}/u);
  if (after === undefined || more.length > 0) return undefined;
  const fits = wanted.startsWith(before) && wanted.endsWith(after) && wanted.length > before.length + after.length;
  return fits ? wanted.slice(before.length, wanted.length - after.length) : undefined;
}

function read(file: string): string {
  return readFileSync(new URL(file, repository), 'utf8');
}

function ascending(a: number, b: number): number {
  return a - b;
}
