// The closed vocabulary against the code: a word that nothing says would promise in the reference what never happens.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { eventReasons, reasons } from '../api/v1/conditions.ts';

const repository = new URL('../', import.meta.url);
const code = globSync(['controllers/**/*.ts', 'pkg/**/*.ts'], { cwd: repository })
  .filter((file) => !file.includes('.test.') && !file.includes('testing'))
  .map((file) => readFileSync(new URL(file, repository), 'utf8'))
  .join('\n');

describe('every word of the vocabulary is said somewhere', () => {
  for (const word of [...Object.keys(reasons), ...Object.keys(eventReasons)]) {
    test(word, () => assert.ok(code.includes(`'${word}'`), `no code says ${word}: use it or take it out`));
  }
});
