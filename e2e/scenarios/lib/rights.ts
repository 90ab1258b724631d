// Over all scenarios of a run: which rights the operator was given by its chart and never used. A right is a verb on a resource; one of them
// too many is a failure of the whole run, but for those that are named here with their reason.

import type { KubeClient } from '../../../pkg/kube/client.ts';
import { resource, roles } from '../../../pkg/kube/resources.ts';
import { grantedRights, type RoleObject, usedRights } from '../../rbac/rights.ts';
import { handedOn } from '../../rbac/under.ts';
import { OPERATOR_NAMESPACE, operatorRequests } from './oracles.ts';

const clusterRoles = resource<RoleObject>('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', false);

const ours = 'app.kubernetes.io/name=nifi-operator';

/** What was granted and never asked for, but for what is granted for another reason. */
export async function unusedRights(granted: readonly string[], auditLog: string): Promise<readonly string[]> {
  const used = new Set(usedRights(await operatorRequests(auditLog, { openWatches: true })));
  return granted.filter((right) => !used.has(right) && !forOtherReasons(right));
}

/** What the roles of the installed chart grant. */
export async function chartRights(client: KubeClient): Promise<readonly string[]> {
  const [cluster, namespaced] = await Promise.all([
    client.list(clusterRoles, { labelSelector: ours }),
    client.list(roles, { namespace: OPERATOR_NAMESPACE, labelSelector: ours }),
  ]);
  // The others are for people.
  const bound = cluster.items.filter(
    ({ metadata }) => !Object.keys(metadata.labels ?? {}).some((label) => label.includes('aggregate-to-')),
  );
  return [...bound, ...(namespaced.items as unknown as RoleObject[])].flatMap(grantedRights);
}

/** The operator gives these on to NiFi's Pods; lists are for API servers that do not stream them; there is no cert-manager here. */
function forOtherReasons(right: string): boolean {
  return handedOn.includes(right) || right.startsWith('list ') || right.includes(' cert-manager.io/');
}
