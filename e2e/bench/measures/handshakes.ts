// TLS handshakes with the API server: each connection is one, counted where all of them pass.

import { inLab, type Measure } from '../bench.ts';
import { startFleet } from '../fleet.ts';
import { withOperator } from '../operator.ts';
import { startPassage } from '../passage.ts';
import { operatorRequests } from '../requests.ts';
import { specOf } from './writes.ts';

const clusters = 30;

export const handshakes: Measure = {
  name: 'handshakes',
  title: 'Connections to the API server',
  run: (bench) =>
    inLab(bench, 'brisk', async (lab) => {
      const passage = await startPassage(new URL(lab.controlPlane.url));
      const controlPlane = { ...lab.controlPlane, url: passage.url };
      const rows = await withOperator(controlPlane, bench.options, ['--leader-election=false'], async () => {
        const watches = passage.connections();
        const since = new Date();
        const fleet = startFleet(lab);
        await fleet.add(clusters, specOf(3));
        await fleet.allReady({ timeoutMs: 600_000 });
        await fleet.stop();
        const { entries } = await operatorRequests(lab, { since });
        const opened = passage.connections() - watches;
        return [
          { measure: 'connections of a start', unit: '', value: watches },
          {
            id: 'P16',
            measure: 'handshakes per 1000 requests',
            unit: '',
            value: (opened * 1000) / entries.length,
            target: 10,
            note: `${opened} for ${entries.length} requests of ${clusters} clusters`,
          },
        ];
      });
      await passage.stop();
      return rows;
    }),
};
