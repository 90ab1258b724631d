// What plans come to: their writes to Kubernetes, their moves in NiFi, and what is told of both.
// The writes are awaited, NiFi never is. What is remembered from one time to the next is only the pace of refused steps, what
// was verified in this term, and what was told: nothing is decided from it.

import type { DefaultedNiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import type { WriteTracker } from '../../pkg/kube/consistency.ts';
import type { ObjectKey } from '../../pkg/kube/types.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import type { ApplyContext } from './apply/context.ts';
import { RefusedSteps } from './apply/refused.ts';
import { VerifiedClusters } from './apply/verify.ts';
import { apply } from './apply.ts';
import { NiFiDriver } from './drive.ts';
import { Explanations } from './explain.ts';
import { askFor } from './nifi.ts';
import type { PlanInput } from './plan/input.ts';
import type { DisruptPlan, Finding, NiFiStep, Plan, Step } from './plan/steps.ts';

export interface ActInput {
  readonly input: PlanInput;
  readonly provision: Plan;
  readonly disrupt: DisruptPlan;
  /** What was planned with. */
  readonly object: DefaultedNiFiCluster;
  readonly gateway: Gateway;
  readonly event: ApplyContext['event'];
}

export interface Acted {
  /** What Kubernetes refuses. */
  readonly refusals: readonly Finding[];
  /** What NiFi refuses, or waits for. */
  readonly waits: readonly Finding[];
  /** Failures that may pass by themselves. */
  readonly failures: readonly unknown[];
  /** Steps of the disrupt plan that were carried out. */
  readonly done: readonly Step[];
  /** What NiFi has accepted: its effect will show soon. */
  readonly asked: readonly NiFiStep[];
  /** Milliseconds to the next try of a step that was refused. */
  readonly refusedMs: number | undefined;
  /** Milliseconds until something is told of NiFi that has not lasted long enough yet. */
  readonly untoldMs: number | undefined;
  /** In a moment it is known whether people have access to NiFi. */
  readonly unknown: boolean;
}

export class Actor {
  private readonly client: KubeApi;
  private readonly tracker: WriteTracker;
  private readonly refused = new RefusedSteps();
  private readonly verified: VerifiedClusters;
  private readonly driver = new NiFiDriver();
  private readonly explanations = new Explanations();

  constructor(deps: { readonly client: KubeApi; readonly tracker: WriteTracker }) {
    this.client = deps.client;
    this.tracker = deps.tracker;
    this.verified = new VerifiedClusters(deps.client);
  }

  async act(key: ObjectKey, { input, provision, disrupt, object, gateway, event }: ActInput): Promise<Acted> {
    const { client, tracker } = this;
    const { cluster, world, now, render, monotonicMs } = input;
    const refused = this.refused.at(key, monotonicMs);
    const applied = await apply(
      { client, tracker, cluster, world, now, event, render, verify: this.verified.of(object) },
      // What provision does for a node comes first; the disrupt plan leaves such a node alone.
      { steps: [...provision.steps, ...disrupt.steps], findings: [] },
      refused,
    );
    const drove = this.driver.drive(gateway, { cluster, world, plan: disrupt, monotonicMs }, event);
    askFor(gateway, disrupt.asks, world);
    this.explanations.tell(key, [...provision.findings, ...drove.findings, ...disrupt.findings], event);
    return {
      refusals: applied.findings,
      waits: drove.findings,
      failures: applied.failures,
      done: applied.done.filter((step) => disrupt.steps.some((one) => one === step)),
      asked: drove.asked,
      refusedMs: refused.nextMs,
      untoldMs: drove.againMs,
      unknown: drove.unknown,
    };
  }

  forget(key: ObjectKey): void {
    for (const memory of [this.refused, this.verified, this.driver, this.explanations]) memory.forget(key);
  }
}
