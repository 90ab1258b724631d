// Stands in a container where NiFi would: it is what nifi.sh runs in the image that plays NiFi. The process that plays all nodes (host.ts) is
// reached at the Pod's gateway; this one listens where NiFi would, hands every byte on, and ends as it is told. It needs nothing but Node.
// When that process is gone, so is this one: a NiFi nobody plays must not look alive.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

const hostPort = 7070;
const managementPort = 52_020;
const token = randomUUID();

type Order =
  | { readonly say: 'listen'; readonly port: number }
  | { readonly say: 'exit'; readonly code: number; readonly lastLines: string }
  | { readonly say: 'health'; readonly id: number; readonly status: number; readonly body: string };

process.title = token;
const control = open(`run ${JSON.stringify({ token, env: process.env })}`);
control.on('close', () => end(137, 'the process that plays NiFi is gone'));
const orders = createInterface({ input: control });
orders.on('error', () => undefined);
orders.on('line', (line) => obey(JSON.parse(line) as Order));
process.on('SIGTERM', () => control.write('stop\n'));

const waiting = new Map<number, (status: number, body: string) => void>();
let asked = 0;

createHttpServer((request, response) => {
  asked += 1;
  waiting.set(asked, (status, body) => {
    if (status === 0) response.destroy();
    else response.writeHead(status).end(body);
  });
  control.write(`health ${asked} ${request.method ?? 'GET'} ${request.url ?? '/'}\n`);
}).listen(managementPort, '127.0.0.1');

function obey(order: Order): void {
  if (order.say === 'listen') createServer(relay).listen(order.port, '0.0.0.0');
  else if (order.say === 'exit') end(order.code, order.lastLines);
  else {
    waiting.get(order.id)?.(order.status, order.body);
    waiting.delete(order.id);
  }
}

function relay(client: Socket): void {
  const node = open(`connect ${token}`);
  for (const [one, other] of [
    [client, node],
    [node, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
    one.pipe(other);
  }
}

function open(firstLine: string): Socket {
  const socket = connect({ host: gateway(), port: hostPort, noDelay: true });
  socket.on('error', () => undefined);
  socket.write(`${firstLine}\n`);
  return socket;
}

/** The default route, whose address the kernel writes as a number in the machine's byte order. */
function gateway(): string {
  const routes = readFileSync('/proc/net/route', 'utf8')
    .split('\n')
    .map((line) => line.split('\t'));
  const address = routes.find(([, destination]) => destination === '00000000')?.[2] ?? '';
  return [...Buffer.from(address, 'hex')].reverse().join('.');
}

function end(code: number, lastLines: string): void {
  if (lastLines !== '') process.stdout.write(`${lastLines}\n`);
  process.exit(code);
}
