// TLS handshakes with the API server: each connection is one, counted where all of them pass.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { inLab, type Measure } from '../bench.ts';
import { startFleet } from '../fleet.ts';
import { withOperator } from '../operator.ts';
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

interface Passage {
  readonly url: string;
  /** How many there have been. */
  connections(): number;
  stop(): Promise<void>;
}

/** Passes bytes on and changes none. */
async function startPassage(target: URL): Promise<Passage> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    count += 1;
    const onward = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return {
    url: `https://127.0.0.1:${address.port}`,
    connections: () => count,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
