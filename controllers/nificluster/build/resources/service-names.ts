// Names under which the cluster's Services are reached from inside the Kubernetes cluster.

import { uiServiceName } from '../../../../api/v1/labels.ts';

/** Without ports, the shortest first. */
export function serviceNames(cluster: { readonly name: string; readonly namespace: string }): readonly string[] {
  const name = uiServiceName(cluster.name);
  return [name, `${name}.${cluster.namespace}`, `${name}.${cluster.namespace}.svc`];
}
