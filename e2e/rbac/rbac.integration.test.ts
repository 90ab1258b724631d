// The shipped roles are enough and not too much: the operator runs under exactly them, once for all namespaces and once
// for one, and then the audit log tells which requests were refused and which rights nobody used.
// The second API server streams no lists, as older ones do not, so that the rights of that way are used, too.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kubeconfigAccess } from '../../pkg/kube/access.ts';
import { KubeClient } from '../../pkg/kube/client.ts';
import { pods, resource } from '../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../pkg/kube/types.ts';
import { type AuditEntry, readAudit, settleAudit } from '../controlplane/audit.ts';
import { aNamespace } from '../lab/cluster.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';
import { liveAndDie } from './life.ts';
import { grantedRights, rbacObjects, readRole, usedRights } from './rights.ts';

const home = 'nifi-operator';
const namespace = 'clusters';
const user = {
  name: `system:serviceaccount:${home}:nifi-operator`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${home}`],
};

/** Granted, and never used by the operator itself: it may give NiFi's Pods only what it has. */
const handedOn = [
  'create coordination.k8s.io/leases',
  'get coordination.k8s.io/leases',
  'patch coordination.k8s.io/leases',
  'update configmaps',
  'update coordination.k8s.io/leases',
];

interface Run {
  readonly role: string;
  readonly binding: string;
  /** The role goes into the clusters' namespace; cluster-wide when false. */
  readonly namespaced: boolean;
  readonly operatorArguments: readonly string[];
  readonly apiServerFlags: readonly string[];
}

const everywhere: Run = {
  role: 'role.yaml',
  binding: 'role-binding.yaml',
  namespaced: false,
  operatorArguments: [],
  apiServerFlags: [],
};
const single: Run = {
  role: 'namespaced/role.yaml',
  binding: 'namespaced/role-binding.yaml',
  namespaced: true,
  operatorArguments: ['--watch-namespaces', namespace],
  apiServerFlags: ['--feature-gates=WatchList=false'],
};

describe('the operator under its own roles', () => {
  test('the cluster-wide role is what the operator needs, and no more', async () => {
    const entries = await runUnder(everywhere);
    const used = usedRights(entries.filter(({ objectRef }) => objectRef.namespace !== home));
    // Lists are for API servers that do not stream them; configmaps are listed for another reason, too.
    const lists = grantedRights(await readRole('role.yaml')).filter((right) => right.startsWith('list '));
    const streamed = lists.filter((right) => right !== 'list configmaps');
    assert.deepEqual(without(await readRole('role.yaml'), used), [...handedOn, ...streamed].toSorted());
  });

  test('the role for single namespaces is what the operator needs there, and no more', async () => {
    const entries = await runUnder(single);
    const abroad = entries.filter(({ objectRef }) => objectRef.namespace !== home);
    assert.deepEqual(without(await readRole('namespaced/role.yaml'), usedRights(abroad)), handedOn);
    assert.deepEqual(usedRights(abroad.filter(({ objectRef }) => objectRef.namespace !== namespace)), []);
    const atHome = entries.filter(({ objectRef }) => objectRef.namespace === home);
    assert.deepEqual(without(await readRole('leader-election-role.yaml'), usedRights(atHome)), []);
  });
});

/** What the operator asked of the API server in a whole life; throws when anything was refused for want of a right. */
async function runUnder(run: Run): Promise<readonly AuditEntry[]> {
  const { apiServerFlags } = run;
  const lab = await startLab({ kubelet: { serviceAccountTokens: true }, apiServerFlags, nifi: tolerant });
  try {
    const space = await aNamespace(lab, namespace);
    const kubeconfig = await install(lab, run);
    const election = ['--leader-election', 'true', '--leader-election-namespace', home];
    const operator = await runOperator(kubeconfig, [...election, ...run.operatorArguments]);
    try {
      await liveAndDie(lab, namespace, space);
    } finally {
      await operator.stop();
    }
    await settleAudit(lab.controlPlane.auditLog);
    const filter = { user: user.name, userAgent: 'nifi-operator', openWatches: true };
    const entries = await readAudit(lab.controlPlane.auditLog, filter);
    assert.deepEqual(usedRights(entries.filter(({ code }) => code === 401 || code === 403)), []);
    return entries;
  } finally {
    await lab.stop();
  }
}

/** Resolves with the operator's kubeconfig once its roles are in force. */
async function install(lab: Lab, { role, binding, namespaced }: Run): Promise<string> {
  await lab.client.create(crds, certificates);
  await lab.namespace(home);
  for (const file of ['service-account.yaml', 'leader-election-role.yaml', 'leader-election-role-binding.yaml'])
    await applyFile(lab, file);
  const where = namespaced ? namespace : undefined;
  for (const file of [role, binding]) await applyFile(lab, file, where);
  const kubeconfig = await lab.controlPlane.userKubeconfig(user);
  await untilAllowed(kubeconfig, where);
  return kubeconfig;
}

async function applyFile(lab: Lab, file: string, where?: string): Promise<void> {
  for (const object of await rbacObjects(file)) {
    const { apiVersion, kind } = object;
    const type: ResourceType = resource(apiVersion, kind, `${kind.toLowerCase()}s`, !kind.startsWith('Cluster'));
    const metadata = where === undefined ? object.metadata : { ...object.metadata, namespace: where };
    await lab.client.apply(type, { ...object, metadata }, { fieldManager: 'lab' });
  }
}

/** The API server's authorizer learns of a role by a watch of its own. */
async function untilAllowed(kubeconfig: string, where: string | undefined): Promise<void> {
  const client = new KubeClient({ access: await kubeconfigAccess(kubeconfig), userAgent: 'probe' });
  const may = async (): Promise<boolean> => {
    try {
      await client.list(pods, where === undefined ? {} : { namespace: where });
      return true;
    } catch {
      return false;
    }
  };
  await until('the operator may list Pods', may);
  await client.close();
}

/** The rights of the role that were not used. */
function without(role: Parameters<typeof grantedRights>[0], used: readonly string[]): readonly string[] {
  return grantedRights(role).filter((right) => !used.includes(right));
}

/** The garbage collector may take the Role of a deleted cluster before its Pods: NiFi's renewals are then refused. */
const tolerant = {
  beforeAnswer: () => undefined,
  onError(error: unknown): void {
    if (!/KubernetesClientException: Received status 40[13]/u.test(String(error))) throw error;
  },
};

const crds = resource('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', false);

/** What the operator needs of cert-manager to ask for certificates; nobody issues any here. */
const certificates = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'certificates.cert-manager.io' },
  spec: {
    group: 'cert-manager.io',
    names: { kind: 'Certificate', listKind: 'CertificateList', plural: 'certificates', singular: 'certificate' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
} as unknown as KubeObject;
