// What is wrong with a node, read off its Pod and NiFi's view of it, in the words of whoever knows best: the scheduler,
// the kubelet, or NiFi's own last lines.

import { annotations } from '../../../api/v1/labels.ts';
import { leavingIds } from './disrupt/needs.ts';
import type { PlanInput } from './input.ts';
import type { Finding } from './steps.ts';
import { waitingReasons } from './stuck.ts';
import { isReadable, type ObservedContainer, type ObservedPod } from './world.ts';

type Check = (id: number, pod: ObservedPod, nowMs: number) => Finding | undefined;

/** A scheduler says so of every Pod whose claims are still being bound. */
const placingMs = 30_000;

/** In the order of what explains most; the first that applies is the node's. */
const checks: readonly Check[] = [terminating, unschedulable, imagePull, crashLoop, notStarted];

/** One finding for each member that is not well, and for each node that leaves and cannot start. */
export function planHealth(input: Pick<PlanInput, 'cluster' | 'world' | 'now'>): readonly Finding[] {
  const { cluster, world, now } = input;
  const members = cluster.members.flatMap((id) => {
    const pod = world.pods.get(id);
    if (pod === undefined) return [waiting(id, `Node ${id} has no Pod yet`)];
    const wrong = wrongWith(id, pod, now);
    if (wrong !== undefined) return [wrong];
    if (!pod.ready) return [notReady(id, pod, world.view)];
    return [...disconnected(id, world.view), ...otherVersion(id, cluster.spec.version, world.versions.get(id))];
  });
  // Nobody leaves a sleeping cluster.
  const leaving = cluster.members.length === 0 ? [] : leavingIds(input);
  return [...members, ...leaving.flatMap((id) => leaverHealth(input, id))];
}

function wrongWith(id: number, pod: ObservedPod, now: Date): Finding | undefined {
  return checks.map((check) => check(id, pod, now.getTime())).find((finding) => finding !== undefined);
}

/** How far it is on its way out is told elsewhere. One that never started is empty, and goes as it is. */
function leaverHealth({ world, now }: Pick<PlanInput, 'world' | 'now'>, id: number): readonly Finding[] {
  const pod = world.pods.get(id);
  const record = world.records.get(id);
  const isEmpty = !isReadable(record) || record.established === undefined;
  const wrong = pod === undefined || pod.deleting || isEmpty ? undefined : wrongWith(id, pod, now);
  if (wrong === undefined) return [];
  const mend =
    `Node ${id} leaves, and its data cannot be moved before it runs: a corrected spec reaches it by itself, or once it is a member again; ` +
    `what is queued on it is given up only by the annotation ${annotations.abandon}`;
  return [{ ...wrong, message: `${wrong.message}. ${mend}` }];
}

function waiting(id: number, message: string): Finding {
  return { reason: 'WaitingForNodes', message, node: id, effect: 'waits' };
}

function terminating(id: number, pod: ObservedPod): Finding | undefined {
  if (!pod.deleting) return undefined;
  const message = `Pod ${pod.name} is being deleted and not gone yet: node ${id} comes back when it is`;
  return { reason: 'PodTerminating', message, node: id, effect: 'waits' };
}

function unschedulable(id: number, pod: ObservedPod, nowMs: number): Finding | undefined {
  if (pod.unschedulable === undefined) return undefined;
  return {
    reason: 'Unschedulable',
    message: `No Kubernetes node takes Pod ${pod.name}: ${pod.unschedulable}`,
    node: id,
    effect: nowMs - pod.createdAtMs < placingMs ? 'waits' : 'blocks',
  };
}

function imagePull(id: number, { name, container }: ObservedPod): Finding | undefined {
  if (container?.state !== 'waiting' || !isWaitingFor('image', container)) return undefined;
  const message = `The image of Pod ${name} cannot be pulled: ${container.waitingMessage ?? container.waitingReason}: correct spec.image or spec.version`;
  return { reason: 'ImagePullFailed', message, node: id, effect: 'blocks' };
}

function crashLoop(id: number, { name, container }: ObservedPod): Finding | undefined {
  if (container?.lastExit === undefined || container.started) return undefined;
  // A single restart, after running out of memory say, is no loop; between the restarts of a loop the container runs.
  if (!isWaitingFor('crash', container) && container.restartCount < 2) return undefined;
  const { exitCode, reason, message } = container.lastExit;
  const said = lastLines(message);
  const cause = said === '' ? `${reason}, exit code ${exitCode}` : `exit code ${exitCode}, its last lines: ${said}`;
  return {
    reason: 'NodeCrashLooping',
    message: `NiFi in Pod ${name} exits at start (${cause}): correct what it complains about`,
    node: id,
    effect: 'blocks',
  };
}

function isWaitingFor(what: keyof typeof waitingReasons, { waitingReason }: ObservedContainer): boolean {
  return waitingReasons[what].some((reason) => reason === waitingReason);
}

/** The termination message is the tail of the log (FallbackToLogsOnError); the end of it is the cause. */
function lastLines(message: string): string {
  return message.trim().split('\n').slice(-3).join(' | ').slice(-600);
}

function notStarted(id: number, { name, container }: ObservedPod): Finding | undefined {
  if (container?.state !== 'waiting' || !isWaitingFor('container', container)) return undefined;
  const message = `Pod ${name} cannot start: ${container.waitingMessage ?? container.waitingReason}`;
  return { reason: 'ContainerNotStarted', message, node: id, effect: 'blocks' };
}

function notReady(id: number, pod: ObservedPod, view: PlanInput['world']['view']): Finding {
  const [told] = disconnected(id, view);
  if (told !== undefined) return told;
  const started = pod.container?.started === true;
  return waiting(id, started ? `Node ${id} has started and is not connected yet` : `Node ${id} is starting`);
}

/** Files are rendered for the version of the spec; a node may run another one only because the image says otherwise. */
function otherVersion(id: number, wanted: string, running: string | undefined): readonly Finding[] {
  if (running === undefined || running === wanted) return [];
  const message = `Node ${id} runs NiFi ${running}, and spec.version is ${wanted}: correct spec.image or spec.version`;
  return [{ reason: 'VersionMismatch', message, node: id, effect: 'notes' }];
}

function disconnected(id: number, view: PlanInput['world']['view']): readonly Finding[] {
  const node = view?.nodes.find((one) => one.id === id);
  if (node === undefined || node.status === 'CONNECTED') return [];
  const why = node.events[0]?.message;
  const message = `NiFi has node ${id} as ${node.status}${why === undefined ? '' : `: ${why}`}`;
  return [
    {
      reason: node.status === 'CONNECTING' ? 'WaitingForNodes' : 'NodeDisconnected',
      message,
      node: id,
      effect: 'waits',
    },
  ];
}
