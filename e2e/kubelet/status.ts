// The status of a Pod as the kubelet writes it, out of what the kubelet knows. Pure.
// A condition keeps its transition time until its status changes, so equal knowledge gives an equal status and no write.

import type { ContainerState, ContainerStatus, ObjectCondition, PodStatus } from '../../pkg/kube/resources.ts';

export interface ContainerView {
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState & { readonly terminated?: { readonly containerID?: string } };
  readonly lastState?: ContainerState;
  readonly containerId?: string;
  readonly restartCount: number;
  readonly started: boolean;
  readonly ready: boolean;
}

interface PodView {
  readonly hostIp: string;
  readonly podIp: string | undefined;
  readonly startTime: string;
  readonly initialized: boolean;
  readonly initContainers: readonly ContainerView[];
  readonly containers: readonly ContainerView[];
  /** The containers ended for good: nothing restarts them. */
  readonly finished: boolean;
  /** Set once the kubelet has given the Pod up: phase Failed. */
  readonly failed: { readonly reason: string; readonly message: string } | undefined;
}

/** Status of the Pod; `present` are the conditions it has on the API server, of which foreign ones are not repeated. */
export function podStatus(view: PodView, present: readonly ObjectCondition[], now: string): PodStatus {
  const phase = phaseOf(view);
  const terminal = view.finished || view.failed !== undefined;
  return {
    phase,
    ...(view.failed === undefined ? {} : view.failed),
    hostIP: view.hostIp,
    ...addresses('hostIPs', view.hostIp),
    ...(view.podIp === undefined ? {} : { podIP: view.podIp, ...addresses('podIPs', view.podIp) }),
    startTime: view.startTime,
    conditions: conditionsOf(view, terminal).map((condition) => withTransition(condition, present, now)),
    ...(view.initContainers.length === 0 ? {} : { initContainerStatuses: view.initContainers.map(containerStatus) }),
    containerStatuses: view.containers.map(containerStatus),
  };
}

/** The list beside the single address, which the operator's own types leave out. */
function addresses(field: 'hostIPs' | 'podIPs', ip: string): object {
  return { [field]: [{ ip }] };
}

function phaseOf(view: PodView): string {
  if (view.failed !== undefined) return 'Failed';
  if (view.finished) {
    return view.containers.every(({ state }) => state.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed';
  }
  const everStarted = view.containers.every(({ containerId }) => containerId !== undefined);
  return view.initialized && everStarted ? 'Running' : 'Pending';
}

function conditionsOf(view: PodView, terminal: boolean): readonly ObjectCondition[] {
  const unready = view.containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const containersReady =
    unready.length === 0 && view.initialized && !terminal
      ? isTrue()
      : isFalse(
          terminal ? 'PodFailed' : 'ContainersNotReady',
          `containers with unready status: [${unready.join(' ')}]`,
        );
  const initialized = view.initialized
    ? isTrue()
    : isFalse('ContainersNotInitialized', `containers with incomplete status: [${incomplete(view).join(' ')}]`);
  return [
    { type: 'PodReadyToStartContainers', ...(view.podIp === undefined || terminal ? isFalse() : isTrue()) },
    { type: 'Initialized', ...initialized },
    { type: 'Ready', ...containersReady },
    { type: 'ContainersReady', ...containersReady },
    { type: 'PodScheduled', ...isTrue() },
    ...(view.failed?.reason === 'Evicted'
      ? [{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message: view.failed.message }]
      : []),
  ];
}

function incomplete(view: PodView): readonly string[] {
  return view.initContainers.filter(({ state }) => state.terminated?.exitCode !== 0).map(({ name }) => name);
}

function isTrue(): Omit<ObjectCondition, 'type'> {
  return { status: 'True' };
}

function isFalse(reason?: string, message?: string): Omit<ObjectCondition, 'type'> {
  return {
    status: 'False',
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}

function withTransition(condition: ObjectCondition, present: readonly ObjectCondition[], now: string): ObjectCondition {
  const before = present.find(({ type }) => type === condition.type);
  const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
  // Null takes away what a merge patch would leave standing.
  const cleared = { reason: condition.reason ?? null, message: condition.message ?? null };
  return { ...condition, ...(before === undefined ? {} : (cleared as object)), lastTransitionTime: since ?? now };
}

function containerStatus(view: ContainerView): ContainerStatus {
  return {
    name: view.name,
    image: view.image,
    imageID: view.containerId === undefined ? '' : `${view.image}@played`,
    ...(view.containerId === undefined ? {} : { containerID: view.containerId }),
    restartCount: view.restartCount,
    started: view.started,
    ready: view.ready,
    state: view.state,
    ...(view.lastState === undefined ? {} : { lastState: view.lastState }),
  };
}
