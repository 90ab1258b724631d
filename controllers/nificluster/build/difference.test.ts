// What an announced restart says of its cause: the names of what differs, in their places, and nothing of any value.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import type { ClusterBuilder } from '../testing.ts';
import { aCluster, nodeOf, references } from '../testing.ts';
import { differenceOf, type RevisionContent } from './difference.ts';
import { buildRevision } from './revision.ts';

const secret = 'the-password-of-somebody';

function content(cluster: ClusterBuilder, values: Readonly<Record<string, string>> = {}): RevisionContent {
  const resolved = cluster.resolved(references({ 'Secret/extra': { 'nifi.properties': lines(values) } }));
  const revision = buildRevision(resolved, nodeOf(resolved, 0), 'key');
  const data = (object: (KubeObject & { data?: Record<string, string> }) | undefined) => object?.data ?? {};
  return { digest: revision.digest, files: data(revision.configMap), secret: data(revision.secret) };
}

function lines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

const plain = aCluster();
const withProperties = (nifiProperties: Record<string, string>) => plain.withNode({ config: { nifiProperties } });
const withSecret = plain.withNode({ configFrom: [{ secretRef: { name: 'extra' }, file: 'nifi.properties' }] });

describe('The difference of two revisions', () => {
  test('names the properties that differ, whether added, changed or taken away', () => {
    const former = content(withProperties({ 'nifi.queue.swap.threshold': '20000', 'nifi.ui.banner.text': 'a' }));
    const wanted = content(withProperties({ 'nifi.queue.swap.threshold': '40000' }));
    assert.equal(differenceOf(former, wanted), 'nifi.properties: nifi.queue.swap.threshold, nifi.ui.banner.text');
  });

  test('names fields of the Pod by themselves, and files that are no properties as a whole', () => {
    const changed = plain.withSpec({ image: 'registry.example/nifi:2.6.0' });
    assert.equal(differenceOf(content(plain), content(changed)), 'Pod: image');
    const more = changed.withNode({
      resources: { limits: { memory: '3Gi' } },
      config: { files: { 'logback.xml': '<x/>' } },
    });
    assert.match(differenceOf(content(plain), content(more)) ?? '', /logback\.xml.*Pod: image, resources/);
  });

  test('is none between a revision and itself, whatever its digest', () => {
    assert.equal(differenceOf(content(plain), { ...content(plain) }), undefined);
  });

  test('counts what is more than a line can hold', () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`nifi.custom.${index}`, 'x']));
    assert.equal(
      differenceOf(content(plain), content(withProperties(many))),
      'nifi.properties: nifi.custom.0, nifi.custom.1, nifi.custom.2, nifi.custom.3, nifi.custom.4, and 4 more',
    );
  });

  test('of values from Secrets is that there is one', () => {
    const former = content(withSecret, { 'nifi.custom.password': 'former' });
    const wanted = content(withSecret, { 'nifi.custom.password': secret, 'nifi.custom.user': 'alice' });
    assert.equal(differenceOf(former, wanted), 'values from Secrets');
  });

  test('never has a value in it', () => {
    const former = content(plain);
    const wanted = content(
      withProperties({ 'nifi.custom.token': secret }).withNode({
        config: { nifiProperties: { 'nifi.custom.token': secret } },
        env: [{ name: 'TOKEN', value: secret }],
      }),
    );
    const told = differenceOf(former, wanted) ?? '';
    assert.match(told, /nifi\.custom\.token/);
    assert.ok(!told.includes(secret), told);
  });
});
