// Carries a plan out: the cluster's steps in their order, then all nodes at once, each node's steps in their order, but for the
// growth of its volumes, which nothing waits for.
// What Kubernetes refuses for good becomes a finding and ends that node's steps only; what may pass by itself is thrown
// at the end, when everything else has had its turn. What is not as the plan saw it ends the node's steps without a word:
// a step may rely on it that the one before was carried out by us, on the very object that was planned for.

import { caSecretName } from '../../api/v1/labels.ts';
import { isConflict, isNotFound, KubeApiError, messageOf } from '../../pkg/kube/errors.ts';
import { announcementOf } from './apply/announce.ts';
import { type Authority, changeAuthority, createAuthority, issueInto, knownAuthority } from './apply/authority.ts';
import { type ApplyContext, OutdatedError, RefusedError } from './apply/context.ts';
import { applyNodeStep } from './apply/nodes.ts';
import { Refused } from './apply/refused.ts';
import { missingRights, untilPod } from './apply/rights.ts';
import { applyKey } from './apply/secrets.ts';
import { applyShared, deleteShared } from './apply/shared.ts';
import { applySingleUser } from './apply/single-user.ts';
import {
  type CertificateRequest,
  type ClusterStep,
  type Finding,
  isGrowth,
  type NodeStep,
  type Plan,
  type Step,
} from './plan/steps.ts';

export interface Applied {
  readonly findings: readonly Finding[];
  /** Failures that may pass by themselves. */
  readonly failures: readonly unknown[];
  /** What was carried out, in no order. */
  readonly done: readonly Step[];
}

/** What became of a step; but for `done` the steps of its node end with it. */
type Outcome = 'done' | 'failed' | 'outdated' | Finding;

export async function apply(context: ApplyContext, plan: Plan, refused: Refused = new Refused()): Promise<Applied> {
  const run = new Run(context, refused);
  const shared = plan.steps.filter(isClusterStep);
  run.expectKey(shared);
  // Independent of each other but for two: the authority signs certificates, and a Role is there before it is bound.
  await run.together(shared.filter((step) => !isSecond(step)).map((step) => [step]));
  const missing = (): readonly Step[] => missingRights(shared, run.done, context.world);
  const hasRole = !missing().some((step) => 'object' in step && step.object.kind === 'Role');
  await run.together(shared.filter((step) => isSecond(step) && (hasRole || !isBinding(step))).map((step) => [step]));
  const nodes = byNode(plan.steps);
  // A volume that exists before the key does would make its absence a loss, for ever.
  if (run.keyIsThere) await run.together(missing().length === 0 ? nodes : nodes.map(untilPod));
  return { findings: run.findings, failures: run.failures, done: run.done };
}

function isSecond(step: ClusterStep): boolean {
  return step.kind === 'IssueCertificate' || isBinding(step);
}

function isBinding(step: ClusterStep): boolean {
  return step.kind === 'ApplyShared' && step.object.kind === 'RoleBinding';
}

/** Every step but an announcement is a write. */
type WriteStep = Exclude<Step, { kind: 'Announce' }>;

/** Bound to what the plan saw: a 409 says that it has changed, a 404 that it is gone. */
const boundSteps: ReadonlySet<Step['kind']> = new Set([
  'UpdateRecord',
  'DeleteRecord',
  'MarkPod',
  'DeletePod',
  'DeleteClaim',
  'PatchClaim',
  'DeleteForNode',
  'DeleteRevision',
  'WriteSingleUser',
] satisfies Step['kind'][]);

function isOutdated(step: Step, error: unknown): boolean {
  if (error instanceof OutdatedError) return true;
  return boundSteps.has(step.kind) && (isConflict(error) || isNotFound(error));
}

function isClusterStep(step: Step): step is ClusterStep {
  return !('id' in step);
}

function byNode(steps: readonly Step[]): readonly (readonly NodeStep[])[] {
  const all = steps.filter((step): step is NodeStep => !isClusterStep(step));
  const nodes = Map.groupBy(
    all.filter((step) => !isGrowth(step)),
    ({ id }) => id,
  );
  // Nothing of a node waits for its volumes to grow, which their class may never let them.
  return [...nodes.values(), ...all.filter(isGrowth).map((step) => [step])];
}

/** One pass over a plan: collects what went wrong instead of stopping at it. */
class Run {
  readonly findings: Finding[] = [];
  readonly failures: unknown[] = [];
  readonly done: Step[] = [];
  /** The sensitive properties key is the one that the plan was made with. */
  keyIsThere = true;
  private authority: Authority | undefined;
  private readonly context: ApplyContext;
  private readonly refused: Refused;

  constructor(context: ApplyContext, refused: Refused) {
    this.context = context;
    this.refused = refused;
    this.authority = knownAuthority(context, caSecretName(context.cluster.name));
  }

  expectKey(steps: readonly ClusterStep[]): void {
    this.keyIsThere = !steps.some(({ kind }) => kind === 'CreateSensitiveKey' || kind === 'AdoptSecret');
  }

  async together(chains: readonly (readonly Step[])[]): Promise<void> {
    const ends = await Promise.all(chains.map((chain) => this.chain(chain)));
    // In the plan's order: in that of the answers, the status would be another one after every try.
    this.findings.push(...ends.filter((end) => end !== undefined));
  }

  /** What ended it before its time, if that is to be told. */
  private async chain(steps: readonly Step[]): Promise<Finding | undefined> {
    let announce: (() => void) | undefined;
    for (const step of steps) {
      if (step.kind === 'Announce') {
        announce = await announcementOf(this.context, step);
        continue;
      }
      const outcome = this.refused.recall(step) ?? (await this.tried(step));
      if (typeof outcome === 'object') return outcome;
      if (outcome !== 'done') return undefined;
      // Told once the first write was accepted: before that it could be told again and again, and nothing be done.
      announce?.();
      announce = undefined;
      this.done.push(step);
    }
    announce?.();
    return undefined;
  }

  private async tried(step: WriteStep): Promise<Outcome> {
    try {
      await this.step(step);
      return 'done';
    } catch (error) {
      if (isOutdated(step, error)) return 'outdated';
      const said = error instanceof RefusedError ? error.finding : refusedByKubernetes(step, error);
      if (said === undefined) {
        this.failures.push(error);
        return 'failed';
      }
      const finding = { ...('id' in step ? { node: step.id } : {}), ...said };
      this.refused.remember(step, finding);
      return finding;
    }
  }

  private async step(step: WriteStep): Promise<void> {
    if (!isClusterStep(step)) {
      await (step.kind === 'IssueNodeCertificate' ? this.issue(step.certificate) : applyNodeStep(this.context, step));
      return;
    }
    switch (step.kind) {
      case 'ApplyShared':
        await applyShared(this.context, step.object);
        return;
      case 'DeleteShared':
        await deleteShared(this.context, step.object);
        return;
      case 'CreateSensitiveKey':
      case 'AdoptSecret':
        this.keyIsThere = await applyKey(this.context, step);
        return;
      case 'WriteSingleUser':
        await applySingleUser(this.context, step);
        return;
      case 'CreateAuthority':
        this.authority = await createAuthority(this.context, step.name);
        return;
      case 'PrepareAuthority':
      case 'TrustAuthorities':
      case 'PromoteAuthority':
      case 'ProveAuthority':
        await changeAuthority(this.context, step, this.authority);
        return;
      case 'IssueCertificate':
        await this.issue(step.certificate);
    }
  }

  private async issue(certificate: CertificateRequest): Promise<void> {
    await issueInto(this.context, certificate, this.authority);
  }
}

/** 403 and 422 will be said again until somebody changes something; the words of the API server are the best there are. */
function refusedByKubernetes(step: WriteStep, error: unknown): Finding | undefined {
  if (!(error instanceof KubeApiError) || ![400, 403, 413, 422].includes(error.status)) return undefined;
  const node = 'id' in step ? { node: step.id } : {};
  if (error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')) {
    return { reason: 'Deleting', message: 'The namespace is being deleted', ...node, effect: 'waits' };
  }
  const message = `Kubernetes refuses ${subjectOf(step)}: ${messageOf(error)}`;
  if (step.kind === 'CreatePod') return { reason: 'PodRefused', message, ...node, effect: 'blocks' };
  if (step.kind === 'CreateRevision' && error.status !== 403) {
    const mend = 'shorten config.files and what configFrom names, or put large files into an extension';
    return { reason: 'ConfigTooLarge', message: `${message}: ${mend}`, ...node, effect: 'blocks' };
  }
  return { reason: 'KubernetesApiError', message, ...node, effect: 'blocks' };
}

function subjectOf(step: WriteStep): string {
  if ('object' in step)
    return `${step.object.kind} ${'metadata' in step.object ? step.object.metadata.name : step.object.name}`;
  if ('certificate' in step) return `Secret ${step.certificate.secret}`;
  if (step.kind === 'CreatePod') return `the Pod of node ${step.id}`;
  if (step.kind === 'CreateRevision') return `the configuration of node ${step.id}`;
  return 'id' in step ? `a change for node ${step.id} (${step.kind})` : `Secret ${step.name}`;
}
