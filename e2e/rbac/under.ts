// Runs the operator as its ServiceAccount, under the roles of config/rbac and no others, through the life of life.ts.
// A Lease is held in the operator's own namespace, the clusters are in another, so that the rights of both roles are told
// apart. One laboratory a process: the addresses of played nodes are the process's own.

import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { nifiDataflow } from '../../api/v1/nifidataflow.schema.ts';
import { kubeconfigAccess } from '../../pkg/kube/access.ts';
import { KubeClient } from '../../pkg/kube/client.ts';
import { pods, resource } from '../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../pkg/kube/types.ts';
import { crdYaml } from '../../pkg/schema/crd.ts';
import { type AuditEntry, readAudit, settleAudit } from '../controlplane/audit.ts';
import { aNamespace } from '../lab/cluster.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';
import { liveAndDie } from './life.ts';
import { grantedRights, type RoleObject, rbacObjects, usedRights } from './rights.ts';

/** The operator's namespace. */
export const home = 'nifi-operator';
/** The clusters' namespace. */
export const namespace = 'clusters';
export const user = {
  name: `system:serviceaccount:${home}:nifi-operator`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${home}`],
};

/** Granted, and never used by the operator itself: it may give NiFi's Pods only what it has. */
export const handedOn: readonly string[] = [
  'create coordination.k8s.io/leases',
  'patch coordination.k8s.io/leases',
  'update configmaps',
  'update coordination.k8s.io/leases',
];

export interface Run {
  /** Files below config/rbac. */
  readonly role: string;
  readonly binding: string;
  /** The role goes into the clusters' namespace; cluster-wide when false. */
  readonly namespaced: boolean;
  readonly operatorArguments: readonly string[];
  readonly apiServerFlags: readonly string[];
}

/** What the operator asked of the API server in a whole life; throws when anything was refused for want of a right. */
export async function runUnder(run: Run): Promise<readonly AuditEntry[]> {
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
  const dataflows = parse(crdYaml(nifiDataflow, '')) as KubeObject;
  await lab.client.apply(crds, dataflows, { fieldManager: 'lab', force: true });
  await lab.namespace(home);
  for (const file of ['service-account.yaml', 'leader-election-role.yaml', 'leader-election-role-binding.yaml'])
    await applyFile(lab, file);
  const where = namespaced ? namespace : undefined;
  for (const file of [role, binding]) await applyFile(lab, file, where);
  const kubeconfig = await lab.controlPlane.userKubeconfig(user);
  await untilAllowed(kubeconfig, where);
  return kubeconfig;
}

export async function applyFile(lab: Lab, file: string, where?: string): Promise<void> {
  for (const object of await rbacObjects(file)) {
    const { apiVersion, kind } = object;
    const type: ResourceType = resource(apiVersion, kind, `${kind.toLowerCase()}s`, !kind.startsWith('Cluster'));
    const metadata = where === undefined ? object.metadata : { ...object.metadata, namespace: where };
    await lab.client.apply(type, { ...object, metadata }, { fieldManager: 'lab' });
  }
}

/** The API server's authorizer learns of a role by a watch of its own. */
export async function untilAllowed(kubeconfig: string, where: string | undefined): Promise<void> {
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
export function without(role: RoleObject, used: readonly string[]): readonly string[] {
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
