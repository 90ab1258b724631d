// The shipped roles read well: sorted, each verb with its reason, nothing by wildcard, the two variants alike.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { page } from './pages.ts';

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

const files = [
  'role.yaml',
  'namespaced/role.yaml',
  'leader-election-role.yaml',
  'small-schema/webhook-cluster-role.yaml',
  'small-schema/webhook-role.yaml',
  'small-schema/flows-role.yaml',
  'small-schema/namespaced/flows-role.yaml',
  'monitoring/role.yaml',
  'monitoring/namespaced/role.yaml',
].map((name) => `config/rbac/${name}`);

for (const file of files) {
  const text = page(file);
  const { rules } = parse(text) as Role;

  test(`${file} is sorted by group, resource and verb`, () => {
    const order = rules.map(({ apiGroups, resources }) => `${apiGroups.join()} ${resources.join()}`);
    assert.deepEqual(order, order.toSorted());
    for (const { verbs } of rules) assert.deepEqual(verbs, verbs.toSorted());
  });

  test(`${file} says of every verb why it is needed`, () => {
    const verbs = text.split('\n').filter((line) => /^ {6}- /u.test(line));
    assert.equal(verbs.length, rules.flatMap((rule) => rule.verbs).length);
    for (const line of verbs) assert.match(line, /^ {6}- [a-z]+ # \S.{5,}$/u);
  });

  test(`${file} grants nothing by wildcard and no way to more rights`, () => {
    const granted = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]);
    const forbidden = ['*', 'escalate', 'bind', 'impersonate', 'pods/exec', 'deletecollection'];
    assert.deepEqual(
      granted.filter((word) => forbidden.includes(word)),
      [],
    );
  });
}

for (const [everywhere, single] of [
  ['role.yaml', 'namespaced/role.yaml'],
  ['small-schema/flows-role.yaml', 'small-schema/namespaced/flows-role.yaml'],
  ['monitoring/role.yaml', 'monitoring/namespaced/role.yaml'],
] as const) {
  test(`The rules of ${single} are those of ${everywhere}`, () => {
    const [wide, narrow] = [everywhere, single].map((name) => parse(page(`config/rbac/${name}`)) as Role);
    assert.deepEqual(narrow?.rules, wide?.rules);
  });
}
