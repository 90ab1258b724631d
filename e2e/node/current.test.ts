// When the Kubernetes of the current context is meant.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeClient } from '../../pkg/kube/client.ts';
import { isCurrentAsked, leftBehind, refuseOthers } from './current.ts';

test('the current context is used when it is asked for, and by no other word', () => {
  assert.equal(isCurrentAsked({ CLUSTER: 'current' }, false), true);
  assert.equal(isCurrentAsked({}, false), false);
  assert.equal(isCurrentAsked({ CLUSTER: '' }, false), false);
  assert.throws(() => isCurrentAsked({ CLUSTER: 'prod' }, false), /CLUSTER is prod/u);
});

test('the end of make test never uses it, also where a shell has exported the wish', () => {
  assert.equal(isCurrentAsked({ CLUSTER: 'current' }, true), false);
  assert.equal(isCurrentAsked({ CLUSTER: 'prod' }, true), false);
});

test('a Kubernetes that has one of the namespaces already is left alone, and they are named', async () => {
  const having = (...names: readonly string[]): Pick<KubeClient, 'get'> =>
    ({
      get: async (_: unknown, { name }: { readonly name: string }) => (names.includes(name) ? {} : undefined),
    }) as unknown as KubeClient;
  await refuseOthers(having('prod', 'default'), ['scale', 'nifi']);
  await assert.rejects(refuseOthers(having('nifi', 'scale', 'prod'), ['install', 'scale', 'nifi']), /: scale, nifi;/u);
});

test('who stops a run is told what is left, the operator after what it works on', () => {
  const [, first = '', second = '', , last = ''] = leftBehind(['scale', 'nifi']).split('\n');
  assert.match(first, /delete namespace .*scale nifi$/u);
  assert.match(second, /helm uninstall nifi-operator /u);
  assert.match(last, /delete namespace .*nifi-operator$/u);
});
