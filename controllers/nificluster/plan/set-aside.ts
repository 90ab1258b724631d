// Which nodes must set the flow and the authorizations aside that they find on a volume that was taken back: a node that
// left and returns years later would otherwise join with a flow of that time. Nothing is deleted.
// The word goes into the start ConfigMap, which every start reads, and no Pod is made before it stands there. A node sets
// aside once for each token, and keeps on the volume that it did; so the token may stand there for ever.

import { startConfigMapName } from '../../../api/v1/labels.ts';
import type { ConfigMap } from '../../../pkg/kube/resources.ts';
import { digestOf } from '../build/digest.ts';
import { setAsideKey } from '../build/resources/start.ts';
import type { PlanInput } from './input.ts';

type Known = Pick<PlanInput, 'cluster' | 'world'>;

/** Node id → token. The same claim that leaves again and comes back again gives another one. */
export function setAsideTokens({ cluster, world }: Known): ReadonlyMap<number, string> {
  const adopted = [...world.claims.values()].filter(
    (claim) => claim.volume === 'data' && claim.clusterUid === cluster.uid && claim.released === undefined,
  );
  return new Map(
    adopted
      .flatMap(({ id, uid, adopted: proof }) => (proof === undefined ? [] : [[id, digestOf({ uid, proof })] as const]))
      .toSorted(([a], [b]) => a - b),
  );
}

/** True also for the many nodes that have nothing to set aside. */
export function isToldToSetAside({ cluster, world }: Known, id: number): boolean {
  const token = setAsideTokens({ cluster, world }).get(id);
  if (token === undefined) return true;
  const start: ConfigMap | undefined = world.shared.get(`ConfigMap/${startConfigMapName(cluster.name)}`);
  return start?.data?.[setAsideKey(id)] === token;
}
