// The chart nifi-operator-crds is the CRDs of config/crd, and what makes Helm keep them.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { chartFolder, type Helm, openHelm, refusal, render } from './helm.ts';

const folder = new URL('../../config/crd/', import.meta.url);
const smallFolder = new URL('../../config/small-schema/crd/', import.meta.url);
let helm: Helm;

before(async () => {
  helm = await openHelm();
});
after(() => helm.close());

function shipped(): readonly KubeObject[] {
  return readdirSync(folder).map((file) => parse(readFileSync(new URL(file, folder), 'utf8')) as KubeObject);
}

/** Without what Helm and the chart add. */
function byName(objects: readonly KubeObject[]): object {
  return Object.fromEntries(
    objects.map(({ metadata: { name, labels: _labels, annotations: _annotations, ...metadata }, ...rest }) => [
      name,
      { ...rest, metadata },
    ]),
  );
}

describe('The chart nifi-operator-crds', () => {
  test('lints without a warning', async () => {
    assert.match(await helm.succeed(['lint', '--strict', chartFolder('nifi-operator-crds')]), /0 chart\(s\) failed/u);
  });

  test('has every kind of config/crd as it is there, and nothing else', async () => {
    assert.deepEqual(byName(await render(helm, 'nifi-operator-crds')), byName(shipped()));
  });

  test('serves the small schema, too, where it is asked for, and converts at the operator that it is told', async () => {
    const smallSchema = { enabled: true, namespace: 'ops', service: 'other-webhook' };
    const made = await render(helm, 'nifi-operator-crds', { smallSchema });
    const small = readdirSync(smallFolder).map((file) => {
      const text = readFileSync(new URL(file, smallFolder), 'utf8');
      return parse(
        text
          .replace('namespace: nifi-operator\n', 'namespace: ops\n')
          .replace(/name: nifi-operator-webhook$/mu, 'name: other-webhook'),
      ) as KubeObject;
    });
    const names = small.map(({ metadata }) => metadata.name);
    assert.deepEqual(
      byName(made),
      byName([...shipped().filter(({ metadata }) => !names.includes(metadata.name)), ...small]),
    );
  });

  test('keeps every kind, whatever annotations are given', async () => {
    const values = { annotations: { a: 'b' }, labels: { c: 'd' } };
    const objects = await render(helm, 'nifi-operator-crds', values);
    assert.ok(objects.length > 0);
    for (const { metadata } of objects) {
      assert.deepEqual(metadata.annotations, { 'helm.sh/resource-policy': 'keep', a: 'b' });
      assert.equal(metadata.labels?.['c'], 'd');
    }
  });

  test('has no switch that lets an uninstallation delete the kinds', async () => {
    assert.match(await refusal(helm, 'nifi-operator-crds', { keep: false }), /keep/u);
    const policy = { 'helm.sh/resource-policy': 'delete' };
    assert.match(await refusal(helm, 'nifi-operator-crds', { annotations: policy }), /resource-policy/u);
  });
});
