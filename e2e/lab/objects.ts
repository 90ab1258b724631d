// Objects out of YAML files on their way to an API server: which resource each is of. A kind that no file had so far is an error,
// because the server's answer to a guessed plural would be a riddle.

import { resource } from '../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../pkg/kube/types.ts';

const plurals: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  Namespace: 'namespaces',
  NiFiCluster: 'nificlusters',
  NiFiDataflow: 'nifidataflows',
  NiFiParameterContext: 'nifiparametercontexts',
  NiFiRegistryClient: 'nifiregistryclients',
  ResourceQuota: 'resourcequotas',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  Secret: 'secrets',
  ServiceAccount: 'serviceaccounts',
};

/** Throws Error for a kind that no sample was of so far. */
export function typeOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): ResourceType {
  const plural = plurals[kind];
  if (plural === undefined) throw new Error(`no sample was of kind ${kind} so far`);
  return resource(apiVersion, kind, plural, kind !== 'Namespace');
}
