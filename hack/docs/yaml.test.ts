// What people apply means the same to kubectl and Helm, which read YAML 1.1, as to the tests, which read 1.2: there a bare `y`, `no` or `on` is a
// boolean, also as the name of a field, and kubectl refuses spec.position.true.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { documents, fenced, page, root } from './pages.ts';

const files = ['config', 'charts'].flatMap((folder) =>
  readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
    // Templates of charts are no YAML before they are rendered.
    .filter((path) => /\.ya?ml$/u.test(path) && !path.includes('/templates/'))
    .map((path) => `${folder}/${path}`),
);
const meaning = (text: string, version: '1.1' | '1.2'): unknown =>
  parseAllDocuments(text, { version }).map((document) => document.toJS() as unknown);

for (const [what, text] of [
  ...files.map((path) => [path, page(path)] as const),
  ...documents().flatMap((path) =>
    fenced(page(path), 'yaml').map((block, index) => [`Example ${index + 1} of ${path}`, block] as const),
  ),
]) {
  test(`${what} means the same in YAML 1.1 as in 1.2`, () => {
    assert.deepEqual(meaning(text, '1.1'), meaning(text, '1.2'));
  });
}
