// From the name in clusterRef to a NiFi that can be worked with, or to the reason why there is none yet.
// The gateway is borrowed: the NiFiCluster's own controller makes it and tells it where the nodes are; nobody else may.

import type { DefaultedNiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import type { ObjectKey } from '../../pkg/kube/types.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import type { ClusterView } from '../../pkg/nifi/types.ts';
import { stalled, type Verdict, working } from './verdict.ts';

export type ClusterState =
  | { readonly state: 'ready'; readonly gateway: Gateway }
  /** There is no such NiFiCluster, or it is being deleted: what was made there is gone, or goes with it. */
  | { readonly state: 'gone'; readonly verdict: Verdict }
  /** It is there, and its NiFi is not: what was made in it is still on its volumes. `tentative`: nobody has been asked yet. */
  | { readonly state: 'unready'; readonly verdict: Verdict; readonly tentative: boolean };

export interface ClusterSources {
  readonly clusters: { get(key: ObjectKey): DefaultedNiFiCluster | undefined };
  /** Makes one on first use; so it is asked only for a cluster that exists. */
  readonly gateways: { for(key: ObjectKey): Gateway };
}

export function clusterState({ clusters, gateways }: ClusterSources, key: ObjectKey): ClusterState {
  const cluster = clusters.get(key);
  if (cluster === undefined)
    return gone(
      `spec.clusterRef names the NiFiCluster ${key.name}, which does not exist: create it or correct the name`,
    );
  if (cluster.metadata.deletionTimestamp !== undefined) return gone(`the NiFiCluster ${key.name} is being deleted`);
  if (cluster.spec.replicas === 0 || cluster.spec.nodeIds?.length === 0) {
    const verdict = stalled('ClusterNotReady', `the NiFiCluster ${key.name} sleeps: it has no members`);
    return { state: 'unready', verdict, tentative: false };
  }
  const gateway = gateways.for(key);
  const [view, problem] = [gateway.lastView(), gateway.problem()];
  if (problem === undefined && isSomebodyConnected(view)) return { state: 'ready', gateway };
  const because = problem?.message ?? 'no node of it is connected yet';
  const verdict = working('ClusterNotReady', `the NiFiCluster ${key.name} cannot be worked with: ${because}`);
  return { state: 'unready', verdict, tentative: view === undefined && problem === undefined };
}

function gone(message: string): ClusterState {
  return { state: 'gone', verdict: stalled('ClusterMissing', message) };
}

function isSomebodyConnected(view: ClusterView | undefined): boolean {
  return view?.nodes.some(({ status }) => status === 'CONNECTED') === true;
}
