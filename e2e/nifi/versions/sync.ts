// The look for newer versions that NiFi takes of itself every nifi.flowcontroller.registry.sync.interval. Here it is taken when
// somebody asks and the last one is old enough: the answer still shows what was known before, as in NiFi.

import type { NodeFlows } from '../flow/node-flows.ts';
import type { ClusterState, VersionControl } from '../flow/state.ts';
import type { Call } from '../http/endpoint.ts';
import { RegistryApi } from '../registries/registry-api.ts';

export function syncWhenDue(call: Call): void {
  const { flows } = call.node;
  const now = flows.clock.monotonicMs();
  if (now - flows.lastSyncMs < flows.timing.registrySyncMs) return;
  flows.lastSyncMs = now;
  void syncRegistries(call.state, flows);
}

/** Never rejects: what goes wrong becomes the group's state. */
export async function syncRegistries(state: ClusterState, flows: NodeFlows): Promise<void> {
  const controls = [...state.groups.values()].flatMap(({ versionControl }) => versionControl ?? []);
  await Promise.all(controls.map((control) => syncOne(state, flows, control)));
}

async function syncOne(state: ClusterState, flows: NodeFlows, control: VersionControl): Promise<void> {
  const client = state.registryClients.get(control.registryId);
  if (!client) {
    control.syncFailure = `Unable to synchronize Process Group with Flow Registry because Process Group was placed under Version Control using Flow Registry with identifier ${control.registryId} but cannot find any Flow Registry with this identifier`;
    return;
  }
  try {
    const flow = await new RegistryApi(flows, client).flow(control.bucketId, control.flowId);
    control.stale = flow.versionCount > Number(control.version);
    control.bucketName = flow.bucketName ?? control.bucketName;
    control.flowName = flow.name;
    control.flowDescription = flow.description;
    control.syncFailure = undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    control.syncFailure = `Failed to synchronize Process Group with Flow Registry : ${why}`;
  }
}
