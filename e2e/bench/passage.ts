// A way to the API server that passes bytes on and changes none: connections are counted where all of them pass, and can be cut for a while.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Passage {
  readonly url: string;
  /** How many there have been, tries in vain included. */
  connections(): number;
  /** Ends every connection, and every one that is tried until it is mended. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

export async function startPassage(target: URL): Promise<Passage> {
  let count = 0;
  let isCut = false;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    count += 1;
    if (isCut) {
      socket.destroy();
      return;
    }
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
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `https://127.0.0.1:${address.port}`,
    connections: () => count,
    cut() {
      isCut = true;
      endAll();
    },
    mend() {
      isCut = false;
    },
    async stop() {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}
