// The API server cannot be reached for a while: what the operator tries meanwhile, and how soon it does what was left undone.
// Without leader election: with it a process that cannot renew its Lease ends and is started again, which is another thing to measure.

import { setTimeout as sleep } from 'node:timers/promises';
import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import { until } from '../../lab/until.ts';
import { inLab, type Measure } from '../bench.ts';
import { startFleet } from '../fleet.ts';
import { withOperator } from '../operator.ts';
import { startPassage } from '../passage.ts';
import { operatorEntries, operatorRequests } from '../requests.ts';
import { specOf } from './writes.ts';

const clusters = 10;
const quietMs = 15_000;
/** Tries a second of an informer that cannot reach its server, as client-go makes them. */
const leastTries = 0.22;

export const outage: Measure = {
  name: 'outage',
  title: 'An API server that cannot be reached',
  run: (bench) =>
    inLab(bench, 'brisk', async (lab) => {
      const seconds = bench.options.outageSeconds;
      const passage = await startPassage(new URL(lab.controlPlane.url));
      const flags = ['--leader-election=false'];
      const rows = await withOperator({ ...lab.controlPlane, url: passage.url }, bench.options, flags, async () => {
        const watches = passage.connections();
        const fleet = startFleet(lab);
        const keys = await fleet.add(clusters, specOf(3));
        await fleet.allReady({ timeoutMs: 300_000 });
        await fleet.stop();
        await sleep(quietMs);
        const before = passage.connections();
        passage.cut();
        const [changed] = keys;
        if (changed === undefined) throw new RangeError('there is no cluster');
        await lab.client.patch(nifiClusterType, changed, { spec: { autoHeal: { reconnectAfter: '66s' } } });
        await sleep(seconds * 1000);
        const tries = passage.connections() - before;
        const since = new Date();
        passage.mend();
        const mended = performance.now();
        await until(
          'the change has been seen',
          async () => {
            const entries = await operatorEntries(lab, { since });
            return entries.some(({ verb, objectRef }) => verb === 'patch' && objectRef.name === changed.name);
          },
          { timeoutMs: 180_000, everyMs: 200 },
        );
        const recovered = (performance.now() - mended) / 1000;
        await sleep(quietMs);
        const { writes, statusWrites, byKind } = await operatorRequests(lab, { since });
        bench.say(`after the outage: ${JSON.stringify(byKind)}`);
        return [
          {
            id: 'P20',
            measure: `connections that were tried in an outage of ${seconds} s`,
            unit: '',
            value: tries,
            floor: Math.round(leastTries * watches * seconds),
            target: 1.2,
            targetIsRatio: true,
            note: `${watches} connections of a start`,
          },
          {
            id: 'P20',
            measure: 'back again: until what was left undone is begun',
            unit: 's',
            value: recovered,
            target: 60,
          },
          {
            id: 'P20',
            measure: 'back again: writes but the one asked for',
            unit: '',
            value: writes + statusWrites - 1,
            floor: 0,
            target: 0,
          },
        ];
      });
      await passage.stop();
      return rows;
    }),
};
