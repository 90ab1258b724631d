import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { brokenOperators } from './broken.ts';

const repository = new URL('../../', import.meta.url);

describe('Operators that are broken on purpose', () => {
  for (const { name, edits, noticedBy } of brokenOperators) {
    test(`${name} can still be broken in its way, in one place`, async () => {
      for (const { file, find, replace } of edits) {
        const text = await readFile(new URL(file, repository), 'utf8');
        assert.equal(text.split(find).length - 1, 1, `${file} has this once: ${find}`);
        assert.notEqual(find, replace);
      }
    });

    test(`${name} must be noticed by a scenario that there is`, () => {
      assert.ok(existsSync(new URL(`e2e/scenarios/${noticedBy}.ts`, repository)), noticedBy);
    });
  }
});
