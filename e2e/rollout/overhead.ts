// The operator's own share of a rolling restart: the pauses between the event that allows a step and the step, node by node.
// Read from the API server's audit log and the played NiFi's own log, never from what the operator says. What NiFi and the
// kubelet take is not in it; a step whose event is not found counts nothing, so the names of the gaps are part of the result.

import { auditMs } from '../bench/requests.ts';
import type { AuditEntry } from '../controlplane/audit.ts';

export interface RolloutRecord {
  /** All requests about the namespace from the change of the spec on, in any order, whoever sent them. */
  readonly audit: readonly AuditEntry[];
  /** Changes of nodes that NiFi carried out (PUT to /controller/cluster/nodes), oldest first, in milliseconds. */
  readonly disconnects: readonly number[];
  /** Pod → when NiFi counted its node as connected the last time, in milliseconds. */
  readonly connected: ReadonlyMap<string, number>;
}

export interface NodeOverhead {
  readonly pod: string;
  /** What allowed a step and which → milliseconds between the two. */
  readonly gaps: Readonly<Record<string, number>>;
  readonly totalMs: number;
}

interface Act {
  readonly verb: string;
  readonly kind: string;
  readonly name: string;
  readonly own: boolean;
  readonly beginMs: number;
  readonly endMs: number;
}

/** One entry for each Pod that the operator deleted, in that order. */
export function overheadOf({ audit, disconnects, connected }: RolloutRecord): readonly NodeOverhead[] {
  const acts = audit.filter(({ code }) => code < 300).map(actOf);
  acts.sort((a, b) => a.beginMs - b.beginMs);
  const deletes = acts.filter((act) => act.own && act.verb === 'delete' && act.kind === 'pods');
  const asked = acts.find((act) => !act.own && act.kind === 'nificlusters' && act.verb === 'patch');
  let allowedMs = asked?.endMs;
  return deletes.map((removal, index) => {
    const own = (verbs: string, kind: string, name: (text: string) => boolean): Act | undefined =>
      acts.findLast(
        (act) =>
          act.own && verbs.includes(act.verb) && act.kind === kind && name(act.name) && act.beginMs < removal.beginMs,
      );
    const pod = removal.name;
    const mark = own('patch', 'pods', (name) => name === pod);
    const disconnectMs = disconnects.findLast((at) => at < removal.beginMs && at >= (mark?.beginMs ?? Infinity));
    const revision = own('create', 'configmaps', (name) => name.startsWith(`${pod}-`));
    const record = own('update patch', 'configmaps', (name) => name === pod);
    const gone = acts.find((act) => !act.own && isDelete(act, pod) && act.beginMs > removal.endMs);
    const created = acts.find((act) => act.own && act.verb === 'create' && act.name === pod && act.kind === 'pods');
    const gaps = {
      'allowed → mark': between(allowedMs, mark?.beginMs),
      'mark → disconnect': between(mark?.endMs, disconnectMs),
      'disconnected → revision': between(disconnectMs, revision?.beginMs),
      'revision → record': between(revision?.endMs, record?.beginMs),
      'record → delete': between(record?.endMs, removal.beginMs),
      'gone → create': between(gone?.endMs, created?.beginMs),
    };
    allowedMs = backMs(acts, connected, pod, deletes[index + 1]?.beginMs);
    return { pod, gaps, totalMs: Object.values(gaps).reduce((sum, gap) => sum + gap, 0) };
  });
}

/** NiFi has connected the node and the kubelet has said that it is Ready. */
function backMs(
  acts: readonly Act[],
  connected: ReadonlyMap<string, number>,
  pod: string,
  beforeMs = Number.POSITIVE_INFINITY,
): number | undefined {
  const ready = acts.findLast(
    (act) => !act.own && act.kind === 'pods/status' && act.name === pod && act.beginMs < beforeMs,
  );
  const connectedMs = connected.get(pod);
  return ready === undefined || connectedMs === undefined ? undefined : Math.max(ready.endMs, connectedMs);
}

function between(fromMs: number | undefined, toMs: number | undefined): number {
  return fromMs === undefined || toMs === undefined ? 0 : Math.max(0, toMs - fromMs);
}

function isDelete({ verb, kind, name }: Act, pod: string): boolean {
  return verb === 'delete' && kind === 'pods' && name === pod;
}

function actOf({ verb, objectRef, userAgent, requestReceivedTimestamp, stageTimestamp }: AuditEntry): Act {
  const { resource, subresource, name } = objectRef;
  return {
    verb,
    kind: subresource === '' ? resource : `${resource}/${subresource}`,
    name,
    own: userAgent.startsWith('nifi-operator'),
    beginMs: auditMs(requestReceivedTimestamp),
    endMs: auditMs(stageTimestamp),
  };
}
