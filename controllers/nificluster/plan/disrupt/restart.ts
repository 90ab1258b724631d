// One node's restart: marked, disconnected in NiFi where others stay, given its new record, and its Pod deleted; provision
// then makes the Pod from the record. After a crash at any line the same checks lead on from there.
// The record moves only when nothing is taken from the cluster any more: until then a killed Pod comes back as it was. One that
// is on its way out by somebody's hand when its turn comes takes its new record along, and is not started twice.

import type { PlanInput } from '../input.ts';
import { kept, recordOf, revisionSteps } from '../node.ts';
import type { NodeStep } from '../steps.ts';
import { isReadable, type ObservedPod } from '../world.ts';
import { connectionOf, countsAsConnected, isUp } from './connection.ts';
import { markOf } from './mark.ts';
import type { Need } from './needs.ts';
import { announcing, asking, deleting, marking, progress, type Turn } from './turn.ts';

export function restartTurn(input: PlanInput, { id, cause }: Need): Turn {
  const pod = input.world.pods.get(id);
  const record = input.world.records.get(id);
  if (pod === undefined || !isReadable(record)) return {};
  const what = `Restarting node ${id}: ${cause}`;
  const announced = announcing(id, 'NodeRestarting', what, formerOf(input, pod, id));
  if (pod.deleting) {
    const note = `Node ${id} comes back with what the spec asks for: ${cause}`;
    return { steps: [announcing(id, 'NodeRestarting', note, formerOf(input, pod, id)), ...moving(input, id)] };
  }
  const marked = markOf(pod) !== undefined;
  const said = progress(id, 'Restarting', what);
  const others = [...input.world.pods.keys()].some((other) => other !== id && isUp(input, other));
  if (countsAsConnected(input, id) === false || !others) {
    return { steps: [...(marked ? [] : [announced]), ...replacing(input, pod)], findings: [said] };
  }
  if (!marked) return { steps: [announced, marking(input, pod, 'Restart')], findings: [said] };
  const { state, entry } = connectionOf(input, id);
  if (state !== 'CONNECTED' || entry === undefined) return { findings: [said] };
  const told = { why: 'DisconnectRequested', note: `Disconnecting node ${id} before its restart` } as const;
  return { nifi: [asking(input, 'Disconnect', id, entry, told)], findings: [said] };
}

/** What the node runs now, when that differs from what it is to run. */
function formerOf({ desired }: PlanInput, pod: ObservedPod, id: number): string | undefined {
  return pod.revision === desired.get(id)?.digest ? undefined : pod.revision;
}

/** New ConfigMap, record, Pod: in this order a crash leaves a Pod that its record can bring back. */
function replacing(input: PlanInput, pod: ObservedPod): readonly NodeStep[] {
  return [...moving(input, pod.id), deleting(pod)];
}

function moving(input: PlanInput, id: number): readonly NodeStep[] {
  const record = input.world.records.get(id);
  const desired = input.desired.get(id);
  if (!isReadable(record) || desired === undefined || record.revision === desired.digest) return [];
  const next = { ...recordOf(desired, input.keyCheck), ...kept(record) };
  return [...revisionSteps(input, next, desired), { kind: 'UpdateRecord', id, record: next, why: undefined, note: '' }];
}
