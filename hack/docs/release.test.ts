// The release workflow as far as it can be judged without running it: what it calls exists, what it uses cannot be moved, and it is off.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { page } from './pages.ts';

const path = '.github/workflows/release.yaml';
const text = page(path);
const { jobs, permissions } = parse(text) as {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
};

interface Job {
  readonly if?: string;
  readonly needs?: string;
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
}

describe(path, () => {
  test('does nothing before a maintainer says where to', () => {
    const first = Object.values(jobs).filter(({ needs }) => needs === undefined);
    assert.deepEqual(
      first.map((job) => job.if),
      ["vars.RELEASE_REGISTRY != ''"],
    );
  });

  test('uses actions by their commit, with the version beside it', () => {
    const used = text.split('\n').filter((line) => line.includes('uses: '));
    assert.ok(used.length > 5);
    assert.deepEqual(
      used.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/u.test(line)),
      [],
    );
  });

  test('gives no job a right that it does not name', () => {
    assert.deepEqual(permissions, {});
  });

  for (const file of [path, 'docs/releasing.md']) {
    test(`calls only what the Makefile has, in ${file}`, () => {
      const targets = new Set([...page('Makefile').matchAll(/^([a-z-]+):/gmu)].map(([, name]) => name));
      const lines = [...page(file).matchAll(/(?:run: |^ *|`)make ((?:[a-z-]+ ?)+)/gmu)];
      const called = lines.flatMap(([, words = '']) => words.trim().split(' '));
      assert.ok(called.length > 4);
      assert.deepEqual(
        called.filter((name) => !targets.has(name)),
        [],
      );
    });
  }
});
