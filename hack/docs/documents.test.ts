// The documents hold together: their links lead somewhere, their examples are valid, their words exist.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { reasonGroups } from '../../api/v1/conditions.reasons.ts';
import { eventReasons, reasons } from '../../api/v1/conditions.ts';
import { decodeNiFiCluster, withDefaults } from '../../api/v1/nificluster.ts';
import { decodeNiFiDataflow } from '../../api/v1/nifidataflow.ts';
import { decodeNiFiParameterContext } from '../../api/v1/nifiparametercontext.ts';
import { decodeNiFiRegistryClient } from '../../api/v1/nifiregistryclient.ts';
import type { NiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import { anchors, documents, fenced, links, page, root } from './pages.ts';

for (const path of documents()) {
  test(`Every relative link of ${path} leads to a file, and to a heading where it names one`, () => {
    const broken = links(page(path)).filter((target) => !/^(https?|mailto):/u.test(target) && !resolves(path, target));
    assert.deepEqual(broken, []);
  });
}

function resolves(from: string, target: string): boolean {
  const [file = '', heading] = target.split('#');
  const path = file === '' ? join(root, from) : join(root, dirname(from), file);
  if (!existsSync(path)) return false;
  return heading === undefined || anchors(readFileSync(path, 'utf8')).has(heading);
}

for (const path of ['README.md', 'docs/concepts/nificluster.md']) {
  test(`The example of ${path} is a valid NiFiCluster`, () => {
    const [example = '', ...more] = fenced(page(path), 'yaml');
    assert.deepEqual(more, []);
    const { metadata, ...rest } = parse(example) as NiFiCluster;
    const decoded = decodeNiFiCluster(withDefaults({ ...rest, metadata }));
    assert.deepEqual(decoded.ok ? [] : decoded.problems, []);
  });
}

test('The example of docs/concepts/nifiregistryclient.md is a valid NiFiRegistryClient', () => {
  const examples = fenced(page('docs/concepts/nifiregistryclient.md'), 'yaml').map((text) => parse(text) as unknown);
  const decoded = examples.map((example) => decodeNiFiRegistryClient(example));
  assert.deepEqual(
    decoded.map((each) => (each.ok ? [] : each.problems)),
    [[]],
  );
});

test('The example of docs/concepts/nifiparametercontext.md is a valid NiFiParameterContext', () => {
  const examples = fenced(page('docs/concepts/nifiparametercontext.md'), 'yaml').map((text) => parse(text) as unknown);
  const decoded = examples.map((example) => decodeNiFiParameterContext(example));
  assert.deepEqual(
    decoded.map((each) => (each.ok ? [] : each.problems)),
    [[]],
  );
});

test('The examples of docs/concepts/nifidataflow.md are valid NiFiDataflows', () => {
  const examples = fenced(page('docs/concepts/nifidataflow.md'), 'yaml').map((text) => parse(text) as unknown);
  const decoded = examples.map((example) => decodeNiFiDataflow(example));
  assert.ok(decoded.length > 0);
  assert.deepEqual(
    decoded.flatMap((each) => (each.ok ? [] : each.problems)),
    [],
  );
});

test('The pages for the person on call use only reasons that exist', () => {
  const known = new Set([...Object.keys(reasons), ...Object.keys(eventReasons), ...kubernetesWords]);
  const used = ['docs/failure-modes.md', 'docs/operations.md', 'docs/troubleshooting.md'].flatMap((path) =>
    [...page(path).matchAll(/`([A-Z][a-z]+(?:[A-Z][A-Za-z]*)+)`/gu)].map(([, word = '']) => word),
  );
  assert.ok(used.length > 20);
  assert.deepEqual(
    used.filter((word) => !known.has(word)),
    [],
  );
});

/** Words in the same form that are not reasons. */
const kubernetesWords = ['NiFiCluster', 'SpecAccepted', 'NodesHealthy', 'NeverStarted'];

test('Every reason that may need a person has a place in the failure modes', () => {
  const text = page('docs/failure-modes.md');
  const { 'At work, or well': _, ...others } = reasonGroups;
  const asked = Object.values(others).flatMap((group) => Object.keys(group));
  const placed = (reason: string) => text.includes(`\`${reason}\``) || text.includes(`### ${reason}\n`);
  assert.deepEqual(
    asked.filter((reason) => !placed(reason) && !notRaised.includes(reason)),
    [],
  );
});

/** In the vocabulary, and no finding has them yet: a page for the person on call does not speak of them. */
const notRaised = ['CertificateInvalid'];
