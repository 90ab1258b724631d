// Emptying one node, until its Pod was deleted on a proof. Every step follows from what NiFi, the Pod and the record show:
// CONNECTED → marked, disconnected → DISCONNECTED → offloaded → OFFLOADED and its own queues 0 → on record, forgotten by NiFi →
// absent and 0 again → the proof on record → the Pod deleted as it was seen → that on record.
// It must never take a silence for a zero. Surprise: nothing is proven by OFFLOADED alone; only the word of the very
// process that ran then counts, and another container id voids it.

import type { Removal } from '../../build/record.ts';
import { isAbandoned, isLosing } from '../claims.ts';
import type { PlanInput } from '../input.ts';
import { nothingRunsIn } from '../stuck.ts';
import { isReadable, type ObservedPod } from '../world.ts';
import { joinsWithinMs } from './broken.ts';
import { type Connection, connectionOf, isUp, ownWord } from './connection.ts';
import { markOf } from './mark.ts';
import { isOverdue, type Need, restartWish } from './needs.ts';
import { announcing, asking, deleting, marking, progress, recording, stuck, type Turn } from './turn.ts';
import { unrecordedStart } from './unseen.ts';

export interface Leaver {
  readonly input: PlanInput;
  readonly need: Need;
  readonly id: number;
  readonly pod: ObservedPod;
  readonly record: Extract<ReturnType<PlanInput['world']['records']['get']>, { revision: string }>;
  readonly connection: Connection;
}

export function emptyingTurn(input: PlanInput, need: Need): Turn {
  const { id } = need;
  const record = input.world.records.get(id);
  const pod = input.world.pods.get(id);
  if (!isReadable(record)) return {};
  const shortcut = withoutProof(input, need);
  if (shortcut !== undefined) return shortcut;
  if (pod === undefined) return { findings: [said(need, 'its Pod comes back to be emptied')] };
  const leaver: Leaver = { input, need, id, pod, record, connection: connectionOf(input, id) };
  if (isVoid(leaver)) return { steps: [recording(record, {}, 'ProofVoided', voidNote(leaver))] };
  if (pod.deleting) return terminating(leaver);
  if (record.removal?.state === 'Proven') return departing(leaver);
  if (isRestartAsked(leaver)) return restarting(leaver);
  if (pod.container?.state !== 'running' || !pod.container.started) return notUp(leaver);
  const turn = turns[leaver.connection.state];
  return turn?.(leaver) ?? { findings: [said(need, `NiFi has it as ${leaver.connection.state}`)] };
}

/** A node that NiFi never started on is empty; of one that cannot be emptied a person may give up the data. */
export function withoutProof(input: PlanInput, need: Need): Turn | undefined {
  const { id, kind } = need;
  const record = input.world.records.get(id);
  const pod = input.world.pods.get(id);
  if (kind !== 'Remove' || !isReadable(record)) return undefined;
  const why = whyEmpty(input, record);
  if (why === undefined) return undefined;
  const note = why === 'Abandoned' ? 'its data is given up as asked' : 'NiFi never started on its volumes';
  const removal = { state: 'PodDeleted', afterwards: 'Leave', podUid: pod?.uid ?? '', containerId: '', why } as const;
  const gone = recording(record, { removal }, 'NodeLeaving', `Removing node ${id}: ${note}`);
  return { steps: pod === undefined || pod.deleting ? [gone] : [deleting(pod), gone] };
}

function whyEmpty(input: PlanInput, record: Leaver['record']): 'NeverStarted' | 'Abandoned' | undefined {
  if (record.established !== undefined) return isAbandoned(input, record) ? 'Abandoned' : undefined;
  return unrecordedStart(input, record.id) === 'Never' ? 'NeverStarted' : undefined;
}

/** Whether what is on record was seen of another process, or of a node that NiFi has taken back since. */
function isVoid({ record: { removal }, pod, connection }: Leaver): boolean {
  if (removal === undefined || removal.state === 'PodDeleted') return false;
  const same = removal.podUid === pod.uid && removal.containerId === pod.container?.containerId;
  const ended = pod.deleting && pod.container?.containerId === undefined;
  const taken = connection.fresh && !['OFFLOADED', 'Absent', 'Unknown'].includes(connection.state);
  return (!same && !ended) || (taken && !pod.deleting);
}

function voidNote({ id, connection, pod, record: { removal } }: Leaver): string {
  const other = removal?.podUid !== pod.uid || removal.containerId !== pod.container?.containerId;
  const why = other ? 'its process is another one now' : `NiFi has it as ${connection.state}`;
  return `Node ${id} is emptied again: ${why}`;
}

/** A container of a Pod that is going is not started again: what was proven of it holds, whoever deleted the Pod. */
function terminating({ need, id, pod, record }: Leaver): Turn {
  const { removal } = record;
  if (removal?.state !== 'Proven' || removal.containerId !== pod.container?.containerId) {
    return { findings: [said(need, 'its Pod is being deleted and comes back to be emptied')] };
  }
  return { steps: [recording(record, { removal: deleted(removal, need) }, undefined, '')], findings: [left(id)] };
}

/** The delete holds only for the Pod as it was seen with this container; what follows it only once it was accepted. */
function departing({ need, id, pod, record }: Leaver): Turn {
  const { removal } = record;
  if (removal === undefined) return {};
  return {
    steps: [deleting(pod), recording(record, { removal: deleted(removal, need) }, undefined, '')],
    findings: [left(id)],
  };
}

function deleted(removal: Removal, { kind }: Need): Removal {
  return { ...removal, state: 'PodDeleted', afterwards: kind === 'Remove' ? 'Leave' : 'Rebuild' };
}

/** A person's way out when its own process is what holds the offload up. */
function isRestartAsked(leaver: Leaver): boolean {
  const { input, pod } = leaver;
  if (isLastHolder(leaver)) return false;
  const atMs = restartWish(pod);
  return atMs !== undefined && atMs <= input.now.getTime();
}

/** A deleted volume goes with the Pod that holds it, and nobody has given its data up. */
function isLastHolder({ input, need, record }: Leaver): boolean {
  return need.cause !== 'VolumeLossApproved' && isLosing(input, record);
}

function restarting({ need, id, pod }: Leaver): Turn {
  const note = `Restarting node ${id}: RestartRequested`;
  return {
    steps: [announcing(id, 'NodeRestarting', note), deleting(pod)],
    findings: [said(need, 'it is restarted first')],
  };
}

/** A Pod that waits for a lost volume waits in vain: it is made anew only once the Pod is gone. The other volumes stay. */
function notUp({ need, pod }: Leaver): Turn {
  if (need.cause !== 'VolumeLossApproved' || !nothingRunsIn(pod)) {
    return { findings: [said(need, 'its process is not up, so its data cannot be moved')] };
  }
  return { steps: [deleting(pod)], findings: [said(need, 'its Pod, which waits for the lost volume, is made anew')] };
}

const turns: Readonly<Partial<Record<Connection['state'], (leaver: Leaver) => Turn>>> = {
  CONNECTED: disconnecting,
  DISCONNECTED: offloading,
  OFFLOADING: (leaver) => ({ report: true, findings: [offloadFinding(leaver)] }),
  OFFLOADED: offloaded,
  Absent: forgotten,
};

function disconnecting(leaver: Leaver): Turn {
  const { input, need, id, pod, connection } = leaver;
  const findings = [said(need, 'it is being disconnected')];
  if (connection.entry === undefined) return { findings };
  const purpose = markOf(pod)?.purpose;
  // One that is emptied a second time keeps its mark, and with it the time since when.
  if (purpose === undefined || purpose === 'Restart') {
    const note = `${doing(need)}: its data is moved to the other nodes first`;
    const why = need.kind === 'Remove' ? 'NodeLeaving' : 'NodeRebuilding';
    return { steps: [announcing(id, why, note), marking(input, pod, 'Emptying')], findings };
  }
  const told = { why: 'DisconnectRequested', note: `Disconnecting node ${id} to empty it` } as const;
  return { nifi: [asking(input, 'Disconnect', id, connection.entry, told)], findings };
}

/** The mark says so first: after an offload has begun only a restart makes a disconnected node whole again. */
function offloading(leaver: Leaver): Turn {
  const { input, need, id, pod, connection } = leaver;
  const findings = [said(need, 'it is being offloaded')];
  if (markOf(pod)?.purpose !== 'Offloading') return { steps: [marking(input, pod, 'Offloading')], findings };
  if (connection.entry === undefined) return { findings };
  const told = { why: 'OffloadRequested', note: `Offloading node ${id}` } as const;
  return { nifi: [asking(input, 'Offload', id, connection.entry, told)], findings };
}

function offloadFinding({ input, need, id }: Leaver): ReturnType<typeof progress> {
  const left = ownWord(input, id, 0)?.flowFilesQueued;
  const amount = left === undefined ? 'how much is left is not known' : `${left} flow files are left`;
  if (!isOverdue(input, id)) return said(need, `it is being offloaded, ${amount}`);
  const message = `Node ${id} has been offloading for more than ${input.cluster.spec.decommissioning.offloadTimeout}, ${amount}: look for back-pressure and full disks on the other nodes; nothing is deleted`;
  return stuck(id, 'OffloadStalled', message);
}

function offloaded(leaver: Leaver): Turn {
  const { input, need, id, pod, record, connection } = leaver;
  const { entry } = connection;
  // What it said while it was still offloading says nothing now.
  const report = ownWord(input, id, entry?.sinceMs ?? input.monotonicMs);
  if (report === undefined || entry === undefined || !connection.fresh) {
    return { report: true, findings: [said(need, 'it is asked whether its queues are empty')] };
  }
  if (report.flowFilesQueued > 0) {
    const note = `Node ${id} is OFFLOADED and has ${report.flowFilesQueued} flow files: it is connected to be offloaded again`;
    return {
      nifi: [asking(input, 'Connect', id, entry, { why: 'NodeReconnected', note })],
      findings: [said(need, note)],
    };
  }
  if (record.removal === undefined) {
    const removal: Removal = { ...processOf(pod), state: 'Offloaded', why: 'Emptied' };
    return { steps: [recording(record, { removal }, 'NodeOffloaded', `Node ${id} is offloaded`)] };
  }
  const told = { why: 'RemovalRequested', note: `Removing node ${id} from NiFi's cluster` } as const;
  return {
    nifi: [asking(input, 'Remove', id, entry, told)],
    findings: [said(need, 'NiFi is told to forget it')],
  };
}

/** Out of NiFi's cluster nothing can reach it: what it says now is final for this process. */
function forgotten(leaver: Leaver): Turn {
  const { input, need, id, record, connection } = leaver;
  if (record.removal === undefined) return rejoining(leaver);
  const report = connection.fresh ? ownWord(input, id, connection.takenAtMs) : undefined;
  if (report === undefined) return { report: true, findings: [said(need, 'it is asked once more')] };
  if (report.flowFilesQueued > 0) {
    return { steps: [recording(record, {}, 'ProofVoided', `Node ${id} has flow files again and is emptied again`)] };
  }
  const removal: Removal = { ...record.removal, state: 'Proven' };
  return { steps: [recording(record, { removal }, 'NodeEmptied', `Node ${id} is empty: by its own word, twice`)] };
}

/** NiFi has forgotten a node that was not emptied: only a restart of its process brings it back, with its data. */
function rejoining(leaver: Leaver): Turn {
  const { input, need, id, pod, connection } = leaver;
  const upMs = input.now.getTime() - (pod.container?.startedAtMs ?? input.now.getTime());
  const apart = ownWord(input, id, connection.takenAtMs) !== undefined;
  const target = input.cluster.members.some((other) => other !== id && isUp(input, other));
  if (!connection.fresh || !apart || !target || upMs < joinsWithinMs || isLastHolder(leaver)) {
    return { report: connection.fresh, findings: [said(need, 'it has not joined yet')] };
  }
  const note = `Restarting node ${id}: NiFi does not know it, and it must join to be emptied`;
  return { steps: [announcing(id, 'NodeRestarting', note), deleting(pod)], findings: [said(need, note)] };
}

function processOf(pod: ObservedPod): Pick<Removal, 'podUid' | 'containerId'> {
  return { podUid: pod.uid, containerId: pod.container?.containerId ?? '' };
}

function said(need: Need, what: string): ReturnType<typeof progress> {
  return progress(need.id, need.kind === 'Remove' ? 'Removing' : 'Rebuilding', `${doing(need)}: ${what}`);
}

function doing({ id, kind, cause }: Need): string {
  return kind === 'Remove' ? `Removing node ${id}` : `Rebuilding node ${id} (${cause})`;
}

function left(id: number): ReturnType<typeof progress> {
  return progress(id, 'Removing', `Node ${id} is empty, its Pod is being deleted`);
}
