// Who should have access to NiFi: `spec.access`, the single user, who is an administrator, and whoever reads the metrics. Pure.

import type { DefaultedNiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import type { Access, Principals } from '../../pkg/nifi/access/roles.ts';
import { metricsIdentity, nodeIdentity, operatorIdentity } from './build/config/identities.ts';
import { hasMetricsCertificate } from './plan/monitoring.ts';
import type { ResolvedCluster } from './resolved.ts';

type Listed = DefaultedNiFiClusterSpec['access']['admins'];

/** Undefined while it is not known who the single user is: taking somebody out for that would lock a person out. */
export function accessOf(cluster: ResolvedCluster): Access | undefined {
  const { name, namespace, uid, spec, singleUser } = cluster;
  const { access, auth } = spec;
  if (auth?.singleUser !== undefined && singleUser === undefined) return undefined;
  const admins = principals(access.admins);
  return {
    scope: uid.slice(0, 8),
    admins: singleUser === undefined ? admins : { ...admins, users: [...new Set([...admins.users, singleUser])] },
    operators: without(principals(access.operators), singleUser),
    readers: without(principals(access.readers), singleUser),
    metrics: { users: hasMetricsCertificate(cluster) ? [metricsIdentity(name, namespace)] : [], groups: [] },
    strict: access.strict,
    directory: auth?.ldap?.userGroups !== undefined,
    untouched: [operatorIdentity(name, namespace), nodeIdentity(name, namespace)],
  };
}

function principals(listed: Listed = []): Principals {
  return {
    users: listed.flatMap(({ user }) => user ?? []),
    groups: listed.flatMap(({ group }) => group ?? []),
  };
}

/** The single user is an administrator, whatever else it is listed as. */
function without(of: Principals, user: string | undefined): Principals {
  return { ...of, users: of.users.filter((each) => each !== user) };
}
