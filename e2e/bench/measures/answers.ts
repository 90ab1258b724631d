// For how long the largest answers of NiFi that the operator takes, and the worst that it refuses, keep it from anything else: at most
// for the CPU time that one costs, whoever else uses the machine. The longest delay of the event loop is told beside it.
// A server in this process gives them over a real connection, so its own part is in the numbers as well.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { NiFiClient } from '../../../pkg/nifi/client.ts';
import { defaultLimits } from '../../../pkg/nifi/connection.ts';
import { parseDefinition } from '../../../pkg/nifi/definition.ts';
import { listProcessGroups } from '../../../pkg/nifi/endpoints/process-groups.ts';
import { flowContents } from '../../nifi/flow/flow-scene.ts';
import type { Measure } from '../bench.ts';
import { quantile, type Row } from '../rows.ts';

const groups = 3_000;
const rounds = 9;
const targetMs = 200;
const megabyte = 1024 * 1024;

export const answers: Measure = {
  name: 'answers',
  title: 'The largest answers of NiFi, and how long each keeps the operator from anything else',
  async run() {
    const honest = Buffer.from(JSON.stringify({ processGroups: Array.from({ length: groups }, (_, id) => group(id)) }));
    const hostile = (text: string): Buffer =>
      Buffer.from(`[${`${text},`.repeat((8 * megabyte) / (text.length + 1) - 2)}0]`);
    const keys = Buffer.from(`{${Array.from({ length: 480_000 }, (_, id) => `"k${id}":0`).join(',')}}`);
    const definition = largeDefinition();
    const size = (honest.length / megabyte).toFixed(1);
    return [
      await blocked(`${groups} groups of ${size} MiB in one answer`, () => asking(honest), targetMs),
      await blocked('8 MiB of `{}` in one answer, refused', () => asking(hostile('{}'))),
      await blocked('480,000 different keys in one answer, of no use', () => asking(keys)),
      await blocked('a flow definition of 1 MiB', async () => void parseDefinition(definition), targetMs),
    ];
  },
};

/** As large as NiFi's own entities of groups with a status. */
function group(index: number): object {
  const counts = Object.fromEntries(Array.from({ length: 27 }, (_, each) => [`someCountOfComponents${each}`, each]));
  return {
    id: `01234567-89ab-cdef-0123-${String(index).padStart(12, '0')}`,
    revision: { version: index },
    permissions: { canRead: true, canWrite: true },
    component: { name: `group ${index}`, comments: '', position: { x: 0, y: index }, ...counts },
    status: { aggregateSnapshot: { flowFilesQueued: 0, bytesQueued: 0, ...counts } },
    ...counts,
  };
}

function largeDefinition(): string {
  const one = JSON.stringify(flowContents('1B'));
  const processGroups = `[${Array.from({ length: Math.floor(megabyte / (one.length + 1)) - 1 }, () => one).join(',')}]`;
  return `{"flowContents":{"identifier":"x","name":"large","processors":[],"processGroups":${processGroups}}}`;
}

/** What is not of the expected shape is refused, which is part of what is measured. */
async function asking(body: Buffer): Promise<void> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new NiFiClient({
    limits: defaultLimits,
    maxInFlight: 4,
    shared: pLimit(4),
    observe: () => undefined,
  });
  const node = { id: 0, host: 'nifi.example.com', ip: '127.0.0.1', port, podUid: 'pod', ready: true };
  client.update({ transport: 'InsecureHTTP', nodes: [node] });
  await Promise.allSettled([listProcessGroups(client.on(0), 'root')]);
  client.close();
  server.closeAllConnections();
  server.close();
}

interface Cost {
  readonly cpuMs: number;
  readonly delayMs: number;
}

async function blocked(what: string, act: () => Promise<void>, target?: number): Promise<Row> {
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round += 1) costs.push(await costOf(act));
  const cpuMs = quantile(
    costs.map((each) => each.cpuMs),
    0.5,
  );
  const delayMs = quantile(
    costs.map((each) => each.delayMs),
    0.5,
  );
  return {
    measure: `CPU for ${what}`,
    unit: 'ms',
    value: cpuMs,
    ...(target === undefined ? {} : { target }),
    note: `the event loop was late by ${delayMs.toFixed(0)} ms, with a load of ${(loadavg()[0] ?? 0).toFixed(1)}`,
  };
}

async function costOf(act: () => Promise<void>): Promise<Cost> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await sleep(50);
  delay.enable();
  await sleep(5);
  const before = process.threadCpuUsage();
  await act();
  const { user, system } = process.threadCpuUsage(before);
  await sleep(5);
  delay.disable();
  return { cpuMs: (user + system) / 1000, delayMs: delay.max / 1e6 };
}
