// What the API server says now of everything that lives in NiFi: registry clients, parameter contexts and dataflows.

import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import { nifiParameterContextType } from '../../api/v1/nifiparametercontext.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { DefaultedNiFiParameterContext } from '../../api/v1/zz_generated.nifiparametercontext.ts';
import type { DefaultedNiFiRegistryClient } from '../../api/v1/zz_generated.nifiregistryclient.ts';
import type { KubeClient } from '../../pkg/kube/client.ts';
import { Reflector } from '../../pkg/kube/reflector.ts';

type Living = DefaultedNiFiDataflow | DefaultedNiFiParameterContext | DefaultedNiFiRegistryClient;

export interface FlowState {
  readonly kind: string;
  readonly name: string;
  readonly ready: boolean;
  readonly reason: string;
  readonly message: string;
  readonly conditions: readonly string[];
  /** The version that is in NiFi and what is queued, of a dataflow. */
  readonly note: string;
}

export interface WatchingFlows {
  snapshot(): readonly FlowState[];
  stop(): Promise<void>;
}

export const flowKinds: readonly string[] = ['NiFiRegistryClient', 'NiFiParameterContext', 'NiFiDataflow'];

export function watchFlows(client: KubeClient, onChange: () => void): WatchingFlows {
  const clients = new Reflector<DefaultedNiFiRegistryClient>({ client, type: nifiRegistryClientType });
  const contexts = new Reflector<DefaultedNiFiParameterContext>({ client, type: nifiParameterContextType });
  const dataflows = new Reflector<DefaultedNiFiDataflow>({ client, type: nifiDataflowType });
  const reflectors = [clients, contexts, dataflows] as const;
  for (const { store } of reflectors) store.subscribe(onChange);
  for (const reflector of reflectors) reflector.start();
  return {
    snapshot: () =>
      reflectors.flatMap(({ store }, index) =>
        store
          .list()
          .map((object: Living) => flowStateOf(flowKinds[index] ?? '', object))
          .toSorted((a, b) => a.name.localeCompare(b.name)),
      ),
    async stop() {
      await Promise.all(reflectors.map((reflector) => reflector.stop()));
    },
  };
}

/** `kind` is given, because objects of a list do not say theirs. */
export function flowStateOf(kind: string, { metadata, status }: Living): FlowState {
  const conditions = status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  return {
    kind,
    name: metadata.name,
    ready: ready?.status === 'True' && status?.observedGeneration === metadata.generation,
    reason: ready?.reason ?? 'NotObserved',
    message: ready?.message ?? '',
    conditions: conditions.map(
      ({ type, status: value, reason, message }) => `${type}=${value} (${reason}): ${message}`,
    ),
    note: status !== undefined && 'counts' in status ? noteOf(status) : '',
  };
}

function noteOf({ observedVersion, counts }: NonNullable<DefaultedNiFiDataflow['status']>): string {
  const queued = counts?.queued === undefined ? '' : `, ${counts.queued} queued`;
  return `version ${observedVersion ?? '-'}${queued}`;
}
