import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { brokenOperators, edited } from './broken.ts';

const repository = new URL('../../', import.meta.url);

describe('Operators that are broken on purpose', () => {
  for (const { name, edits, noticedBy } of brokenOperators) {
    test(`${name} can still be broken in its way, in one place`, async () => {
      for (const edit of edits) {
        const text = await readFile(new URL(edit.file, repository), 'utf8');
        assert.notEqual(edited(text, edit), text);
      }
    });

    test(`${name} must be noticed by a scenario that there is`, () => {
      assert.ok(existsSync(new URL(`e2e/scenarios/${noticedBy}.ts`, repository)), noticedBy);
    });
  }
});
