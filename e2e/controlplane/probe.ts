// Asks a server of a control plane for nothing but the status of a GET, on a connection of its own.

import { request } from 'node:https';

const TIMEOUT_MS = 2000;

/** The status, or undefined when nobody answers in time. */
export async function getStatus(url: string, caPem: string, token?: string): Promise<number | undefined> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return await new Promise((resolve) => {
    const req = request(url, { ca: caPem, agent: false, timeout: TIMEOUT_MS, headers }, (res) => {
      res.resume();
      resolve(res.statusCode);
    });
    req.on('error', () => resolve(undefined));
    req.on('timeout', () => req.destroy());
    req.end();
  });
}
