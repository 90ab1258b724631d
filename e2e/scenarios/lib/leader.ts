// Which operator acts.

import { leases } from '../../../pkg/kube/resources.ts';
import { OPERATOR_NAMESPACE } from './oracles.ts';
import type { Ground } from './stage.ts';

/** The name of its Pod; empty while nobody holds the Lease. */
export async function leader({ client }: Ground): Promise<string> {
  const lease = await client.get(leases, { namespace: OPERATOR_NAMESPACE, name: 'nifi-operator' });
  return lease?.spec?.holderIdentity?.split('_')[0] ?? '';
}
