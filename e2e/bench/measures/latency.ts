// How soon the operator acts: from the answer that a change was stored to the arrival of the operator's first request.
// Both times are the API server's own, from its audit log; the fleet is quiet otherwise.

import { setTimeout as sleep } from 'node:timers/promises';
import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import { pods } from '../../../pkg/kube/resources.ts';
import { keyText, type ObjectKey } from '../../../pkg/kube/types.ts';
import type { AuditEntry } from '../../controlplane/audit.ts';
import type { Lab } from '../../lab/lab.ts';
import { inLab, type Measure } from '../bench.ts';
import { startFleet } from '../fleet.ts';
import { withOperator } from '../operator.ts';
import { auditMs, entriesOf } from '../requests.ts';
import { quantile, type Row } from '../rows.ts';
import { specOf } from './writes.ts';

const hangingClusters = 30;
const pauseMs = 300;
const settleMs = 10_000;

export const latency: Measure = {
  name: 'latency',
  title: 'From a change to the first request',
  run: (bench) =>
    inLab(bench, 'steady', (lab) =>
      withOperator(lab.controlPlane, bench.options, [], async () => {
        const fleet = startFleet(lab);
        const clusters = bench.options.fleet;
        const keys = await fleet.add(clusters, specOf(3));
        await fleet.allReady({
          timeoutMs: 900_000,
          progress: (ready) => bench.say(`${ready} of ${clusters} are Ready`),
        });
        await fleet.stop();
        await sleep(settleMs);
        const changed = await afterChange(lab, keys);
        const deleted = await afterDelete(lab, keys);
        const hanging = await afterDelete(lab, await hang(lab, keys.slice(0, hangingClusters)));
        return [
          ...rows('P5', 'a change of the spec to the first write', changed, [10, 50]),
          ...rows('P6', 'a Pod that is gone to the request for the next', deleted, [undefined, 100]),
          ...rows('P6', 'a Pod that is gone, its NiFi hanging, to the request for the next', hanging, [undefined, 100]),
        ];
      }),
    ),
};

/** A field that restarts nothing: the first write is the status that has seen the new generation. */
async function afterChange(lab: Lab, keys: readonly ObjectKey[]): Promise<readonly number[]> {
  const since = new Date();
  for (const key of keys) {
    await lab.client.patch(nifiClusterType, key, { spec: { autoHeal: { reconnectAfter: '77s' } } });
    await sleep(pauseMs);
  }
  const entries = await entriesOf(lab, { since }, (line) => line.includes('"resource":"nificlusters"'));
  const nameOf = ({ objectRef: { namespace, name } }: AuditEntry): string => keyText({ namespace, name });
  return keys.flatMap((key) => {
    const own = entries.filter((entry) => nameOf(entry) === keyText(key) && entry.verb === 'patch');
    const change = own.find(({ userAgent }) => userAgent === 'lab');
    const answer = own.find(({ userAgent }) => userAgent.startsWith('nifi-operator'));
    return change === undefined || answer === undefined ? [] : [between(change, answer)];
  });
}

/** The nodes beside the one that is deleted take every call and never answer: nothing can be known of these clusters. */
async function hang(lab: Lab, keys: readonly ObjectKey[]): Promise<readonly ObjectKey[]> {
  for (const { namespace, name } of keys)
    for (const id of [0, 2]) lab.nifi.nodeOfPod(namespace, `${name}-${id}`).hang({ heartbeats: true });
  await sleep(settleMs);
  return keys;
}

/** The kubelet's last DELETE is the one that takes the object away. */
async function afterDelete(lab: Lab, keys: readonly ObjectKey[]): Promise<readonly number[]> {
  const since = new Date();
  const names = keys.map(({ namespace, name }) => ({ namespace, name: `${name}-1` }));
  for (const name of names) {
    await lab.client.delete(pods, name);
    await sleep(pauseMs);
  }
  await sleep(settleMs);
  const entries = await entriesOf(lab, { since }, (line) => line.includes('"resource":"pods"'));
  return names.flatMap(({ namespace, name }) => {
    const own = entries.filter(({ objectRef }) => objectRef.namespace === namespace && objectRef.name === name);
    const gone = own.findLast(({ verb, code }) => verb === 'delete' && code < 300);
    const again = own.find(({ verb, userAgent }) => verb === 'create' && userAgent.startsWith('nifi-operator'));
    return gone === undefined || again === undefined ? [] : [between(gone, again)];
  });
}

/** The answer may be under way before the audit log has the end of what it answers. */
function between(change: AuditEntry, answer: AuditEntry): number {
  return Math.max(0, auditMs(answer.requestReceivedTimestamp) - auditMs(change.stageTimestamp));
}

function rows(
  id: string,
  what: string,
  samples: readonly number[],
  [p50, p99]: readonly [number | undefined, number],
): readonly Row[] {
  const note = `${samples.length} samples`;
  const row = (share: number, target: number | undefined): Row => ({
    id,
    measure: `p${share * 100} from ${what}`,
    unit: 'ms',
    value: quantile(samples, share),
    ...(target === undefined ? {} : { target }),
    note,
  });
  return [row(0.5, p50), row(0.99, p99)];
}
