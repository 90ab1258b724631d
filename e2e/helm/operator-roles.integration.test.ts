// The rights that the chart nifi-operator grants: those of config/rbac, which e2e/rbac proves to be enough and not too much.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { readRole } from '../rbac/rights.ts';
import { type Helm, openHelm, render } from './helm.ts';
import { deploymentOf, field, named, ofKind, type Role, rolesOf } from './objects.ts';

const crds = new URL('../../config/crd/', import.meta.url);
let helm: Helm;

before(async () => {
  helm = await openHelm();
});
after(() => helm.close());

const chart = (values: object = {}): Promise<readonly KubeObject[]> => render(helm, 'nifi-operator', values);

describe('The roles of the chart nifi-operator', () => {
  const rulesOf = async (file: string): Promise<unknown> => (await readRole(file)).rules;
  const role = (objects: readonly KubeObject[], kind: 'Role' | 'ClusterRole', name: string): Role | undefined =>
    rolesOf(objects, kind).find(({ metadata }) => metadata.name === name);

  test('grant for all namespaces exactly what config/rbac does', async () => {
    const objects = await chart();
    assert.deepEqual(role(objects, 'ClusterRole', 'ops:nifi-operator')?.rules, await rulesOf('role.yaml'));
    assert.deepEqual(
      role(objects, 'Role', 'nifi-operator-leader-election')?.rules,
      await rulesOf('leader-election-role.yaml'),
    );
  });

  test('grant the same in each watched namespace, and nothing in the others', async () => {
    const objects = await chart({ watchNamespaces: ['a', 'b', 'a'] });
    const watched = rolesOf(objects, 'Role').filter(({ metadata }) => metadata.namespace !== 'ops');
    assert.deepEqual(named(watched), ['Role a ops:nifi-operator', 'Role b ops:nifi-operator']);
    for (const { rules } of watched) assert.deepEqual(rules, await rulesOf('namespaced/role.yaml'));
    assert.deepEqual(named(ofKind(objects, 'ClusterRoleBinding')), []);
    assert.equal(role(objects, 'ClusterRole', 'ops:nifi-operator'), undefined);
  });

  test('grant nothing on cert-manager when that is off, and everything else', async () => {
    const rules = role(await chart({ certManager: { enabled: false } }), 'ClusterRole', 'ops:nifi-operator')?.rules;
    const others = (await readRole('role.yaml')).rules.filter(
      ({ apiGroups }) => !apiGroups.includes('cert-manager.io'),
    );
    assert.ok(others.length < (await readRole('role.yaml')).rules.length);
    assert.deepEqual(rules, others);
  });

  test('grant what PodMonitors need only where they are asked for', async () => {
    const rules = role(await chart({ monitoring: { enabled: true } }), 'ClusterRole', 'ops:nifi-operator')?.rules;
    const both = [...(await readRole('role.yaml')).rules, ...(await readRole('monitoring/role.yaml')).rules];
    assert.deepEqual(rules, both);
  });

  test('grant the Lease under the name that the operator is told, and none without an election', async () => {
    const objects = await chart({ leaderElection: { leaseName: 'mine' } });
    const resourceNames = role(objects, 'Role', 'nifi-operator-leader-election')?.rules[1]?.resourceNames;
    assert.deepEqual(resourceNames, ['mine']);
    const alone = await chart({ replicas: 1, leaderElection: { enabled: false } });
    assert.deepEqual(named(ofKind(alone, 'Role')), []);
  });

  test('grant what the small schema needs only with it, each object by its name', async () => {
    const objects = await chart({ smallSchema: { enabled: true } });
    const small = async (file: string, name: string, own: string): Promise<unknown> => {
      const rules = await rulesOf(`small-schema/${file}`);
      return JSON.parse(JSON.stringify(rules).replaceAll(`["${name}"]`, `["${own}"]`)) as unknown;
    };
    const both = [...(await readRole('role.yaml')).rules, ...(await readRole('small-schema/flows-role.yaml')).rules];
    assert.deepEqual(role(objects, 'ClusterRole', 'ops:nifi-operator')?.rules, both);
    assert.deepEqual(
      role(objects, 'ClusterRole', 'ops:nifi-operator-webhook')?.rules,
      await small('webhook-cluster-role.yaml', 'nifi-operator', 'ops.nifi-operator'),
    );
    assert.deepEqual(
      role(objects, 'Role', 'nifi-operator-webhook')?.rules,
      await small('webhook-role.yaml', 'nifi-operator-webhook-tls', 'nifi-operator-webhook-tls'),
    );
    assert.deepEqual(
      named(await chart()).filter((name) => name.includes('webhook')),
      [],
    );
  });

  test('let the operator only read a certificate of the webhooks that it does not make', async () => {
    const objects = await chart({ smallSchema: { enabled: true, makeCertificate: false, secretName: 'theirs' } });
    assert.deepEqual(role(objects, 'Role', 'nifi-operator-webhook')?.rules, [
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['theirs'], verbs: ['list', 'watch'] },
    ]);
  });

  test('are bound to the account that the Pods have', async () => {
    for (const serviceAccount of [{}, { name: 'other' }, { create: false, name: 'theirs' }, { create: false }]) {
      const objects = await chart({ serviceAccount, watchNamespaces: ['a'] });
      const { serviceAccountName } = deploymentOf(objects).spec.template.spec;
      const bound = ofKind(objects, 'RoleBinding').flatMap((object) => field(object, 'subjects'));
      assert.deepEqual(
        bound,
        [1, 2].map(() => ({ kind: 'ServiceAccount', name: serviceAccountName, namespace: 'ops' })),
      );
      const made = ofKind(objects, 'ServiceAccount').map(({ metadata }) => metadata.name);
      assert.deepEqual(made, 'create' in serviceAccount ? [] : [serviceAccountName]);
    }
  });

  test('are left out on request', async () => {
    const objects = await chart({ rbac: { create: false, aggregate: false } });
    assert.deepEqual(named(objects.filter(({ kind }) => kind.includes('Role'))), []);
  });

  const granted = async (to: string): Promise<readonly string[]> =>
    rolesOf(await chart(), 'ClusterRole')
      .filter(({ metadata }) => metadata.labels?.[`rbac.authorization.k8s.io/aggregate-to-${to}`] === 'true')
      .flatMap(({ rules }) => rules)
      .flatMap(({ apiGroups, resources, verbs }) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${apiGroups.join()}/${resource}`)),
      )
      .toSorted();
  const rights = (verbs: readonly string[], resources: readonly string[]): readonly string[] =>
    verbs.flatMap((verb) => resources.map((resource) => `${verb} datadynamics.io/${resource}`));
  // Written out: the API of dataflows is known, whether or not its CRD is shipped already.
  const kinds = ['nificlusters', 'nifidataflows', 'nifiparametercontexts', 'nifiregistryclients'];
  const states = kinds.map((kind) => `${kind}/status`);
  const view = rights(['get', 'list', 'watch'], [...kinds, ...states, 'nificlusters/scale']);
  const edit = [
    ...view,
    ...rights(['create', 'delete', 'deletecollection', 'patch', 'update'], kinds),
    ...rights(['patch', 'update'], ['nificlusters/scale']),
  ];
  const admin = [...edit, ...rights(['patch', 'update'], states)];

  const expected: Readonly<Record<string, readonly string[]>> = { view, edit, admin };
  for (const [to, all] of Object.entries(expected)) {
    test(`give the role ${to} of Kubernetes what it is for, of the operator's kinds alone`, async () => {
      assert.deepEqual(await granted(to), all.toSorted());
    });
  }

  test('know every kind that there is a CRD for', () => {
    const plurals = readdirSync(crds).map(
      (file) => (parse(readFileSync(new URL(file, crds), 'utf8')) as Crd).spec.names.plural,
    );
    assert.deepEqual(
      plurals.filter((plural) => !kinds.includes(plural)),
      [],
    );
  });
});

interface Crd {
  readonly spec: { readonly names: { readonly plural: string } };
}
