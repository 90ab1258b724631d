// Keeps the two objects of a NiFiFlow as its spec says, and its status as theirs. It never asks NiFi anything.
// There is no finalizer: what belongs to the flow is deleted by Kubernetes, and its own controllers take it out of NiFi.
// Surprise: an object of the same name that does not belong to this very flow is never written, also when it belonged to an earlier
// flow of that name and is still leaving NiFi.

import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { DefaultedNiFiRegistryClient } from '../../api/v1/zz_generated.nifiregistryclient.ts';
import { decodeNiFiFlow, nifiFlowType } from '../../api/v1alpha1/nififlow.ts';
import type { DefaultedNiFiFlow } from '../../api/v1alpha1/zz_generated.nififlow.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import type { WriteTracker } from '../../pkg/kube/consistency.ts';
import type { Result } from '../../pkg/kube/controller.ts';
import { isConflict, messageOf } from '../../pkg/kube/errors.ts';
import type { EventRecorder } from '../../pkg/kube/events.ts';
import { statusPatch } from '../../pkg/kube/status-patch.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../pkg/kube/types.ts';
import { StatusWriter } from '../nifi/status-writer.ts';
import { conditionsFor, stalled, type Verdict } from '../nifi/verdict.ts';
import { belongsTo, dataflowOf, ownedFields, registryClientOf } from './build/children.ts';
import { type Children, factsOf, verdictOf } from './status.ts';

export interface FlowDependencies {
  readonly client: KubeApi;
  readonly flows: { get(key: ObjectKey): DefaultedNiFiFlow | undefined };
  readonly clients: { get(key: ObjectKey): DefaultedNiFiRegistryClient | undefined };
  readonly dataflows: { get(key: ObjectKey): DefaultedNiFiDataflow | undefined };
  readonly tracker: WriteTracker;
  readonly recorder: Pick<EventRecorder, 'event'>;
}

interface Moment {
  readonly now: Date;
  readonly monotonicMs: number;
}

const none: Children = { client: undefined, dataflow: undefined };

export class NiFiFlowReconciler {
  private readonly deps: FlowDependencies;
  private readonly status: StatusWriter<DefaultedNiFiFlow>;

  constructor(deps: FlowDependencies) {
    this.deps = deps;
    this.status = new StatusWriter(nifiFlowType, deps);
  }

  async reconcile(key: ObjectKey, moment: Moment): Promise<Result | undefined> {
    const { flows, tracker } = this.deps;
    const flow = flows.get(key);
    if (flow === undefined) {
      tracker.forget(key);
      this.status.forget(key);
      return undefined;
    }
    tracker.observe(key, flow.metadata.uid ?? '');
    if (tracker.caughtUp(key) !== true) return { requeueAfterMs: 200 };
    const decoded = decodeNiFiFlow(flow);
    if (!decoded.ok)
      return this.tell(flow, stalled('InvalidSpec', decoded.problems.slice(0, 5).join('; ')), none, moment);
    const children = { client: this.deps.clients.get(key), dataflow: this.deps.dataflows.get(key) };
    const problem = flow.metadata.deletionTimestamp === undefined ? await this.keep(flow, key, children) : undefined;
    if (problem === 'again') return { requeueAfterMs: 1_000 };
    const own = { client: ownOf(flow, children.client), dataflow: ownOf(flow, children.dataflow) };
    return this.tell(flow, problem ?? verdictOf(own), own, moment);
  }

  /** What is in the way, if anything is. */
  private async keep(
    flow: DefaultedNiFiFlow,
    key: ObjectKey,
    { client, dataflow }: Children,
  ): Promise<Verdict | 'again' | undefined> {
    return (
      (await this.keepOne(flow, key, nifiRegistryClientType, registryClientOf(flow), client)) ??
      (await this.keepOne(flow, key, nifiDataflowType, dataflowOf(flow), dataflow))
    );
  }

  private async keepOne(
    flow: DefaultedNiFiFlow,
    key: ObjectKey,
    type: ResourceType,
    wanted: KubeObject & { readonly spec: object },
    known: (KubeObject & { readonly spec: object }) | undefined,
  ): Promise<Verdict | 'again' | undefined> {
    const who = `${wanted.kind} ${key.name}`;
    if (known !== undefined && !belongsTo(flow, known))
      return stalled('NameConflict', `the ${who} does not belong to this NiFiFlow: remove it, or rename the flow`);
    if (known !== undefined && isAsWanted(wanted, known)) return undefined;
    // No object has this version, so that what exists without our knowing is refused instead of taken over.
    const object = known ? wanted : { ...wanted, metadata: { ...wanted.metadata, resourceVersion: '1' } };
    try {
      const written = await this.deps.client.apply(type, object);
      this.deps.tracker.wrote(key, type, written.metadata.resourceVersion);
      return undefined;
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (known === undefined) return 'again';
      return stalled('FieldConflict', `the ${who} has a field that somebody else set: ${messageOf(error)}`);
    }
  }

  private async tell(
    flow: DefaultedNiFiFlow,
    verdict: Verdict,
    children: Children,
    { now, monotonicMs }: Moment,
  ): Promise<Result | undefined> {
    const { generation, deletionTimestamp } = flow.metadata;
    const isGoing = deletionTimestamp !== undefined;
    const conditions = conditionsFor(flow.status?.conditions, verdict, { generation, now });
    const facts = factsOf(verdict, children, { autoStart: flow.spec.autoStart, isGoing });
    const observed = generation === undefined ? {} : { observedGeneration: generation };
    return this.status.write(flow, { ...facts, ...observed, conditions }, monotonicMs);
  }
}

function ownOf<T extends KubeObject>(flow: DefaultedNiFiFlow, child: T | undefined): T | undefined {
  return child !== undefined && belongsTo(flow, child) ? child : undefined;
}

/** In the fields that come from the flow; the defaults of those are none. */
function isAsWanted(
  wanted: { readonly kind: string; readonly spec: object },
  known: { readonly spec: object },
): boolean {
  const fields = ownedFields[wanted.kind] ?? [];
  const of = (spec: object): object =>
    Object.fromEntries(Object.entries(spec).filter(([name]) => fields.includes(name)));
  return statusPatch(of(known.spec), of(wanted.spec)) === undefined;
}
