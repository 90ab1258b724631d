// What is on disk is what the source says: regenerating would change nothing.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { chartFiles } from './chart-files.ts';
import { dashboardFiles } from './dashboards/files.ts';
import { generatedFiles } from './generated-files.ts';

const generated = { ...generatedFiles(), ...dashboardFiles() };
for (const [path, text] of Object.entries({ ...generated, ...chartFiles(generated) })) {
  test(`${path} is up to date`, () => {
    const onDisk = readFileSync(join(import.meta.dirname, '..', path), 'utf8');
    assert.ok(onDisk === text, `${path} differs from its source: run node hack/generate.ts`);
  });
}
