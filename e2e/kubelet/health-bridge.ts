// A `curl` for probes that run under a real shell: it takes the path of its URL to a server of ours, which asks the
// Pod's management server. Made for one probe and gone after it; the cheap way is to be a command `probe.ts` recognises.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

interface HealthBridge {
  /** Directory for PATH that holds `curl`. */
  readonly binDir: string;
  stop(): Promise<void>;
}

type AskHealth = (path: string) => Promise<{ readonly status: number; readonly body: string }>;

export async function startHealthBridge(dir: string, ask: AskHealth): Promise<HealthBridge> {
  const server = createServer((request, response) => {
    ask(request.url ?? '/').then(
      ({ status, body }) => response.writeHead(status).end(body),
      () => response.destroy(), // curl sees a broken connection, as of a NiFi that is not there
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const binDir = mkdtempSync(join(dir, 'probe-'));
  const curl = join(binDir, 'curl');
  writeFileSync(curl, curlProgram((server.address() as AddressInfo).port));
  chmodSync(curl, 0o755);
  return {
    binDir,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(binDir, { recursive: true, force: true });
    },
  };
}

/** Knows -f, -o and -w '%{http_code}', and passes over what else a probe uses; exits like curl. */
function curlProgram(port: number): string {
  return `#!${process.execPath}
import { writeFileSync } from 'node:fs';
const args = process.argv.slice(2);
const withValue = new Set(['-o', '--output', '-m', '--max-time', '--connect-timeout', '-H', '--header', '-w', '--write-out']);
const given = {};
let url;
for (let i = 0; i < args.length; i += 1) {
  if (withValue.has(args[i])) given[args[i]] = args[++i];
  else if (!args[i].startsWith('-')) url = new URL(args[i]);
}
const fails = args.some((arg) => arg === '--fail' || /^-[a-zA-Z]*f/.test(arg));
const answer = await fetch('http://127.0.0.1:${port}' + url.pathname + url.search).catch(() => undefined);
if (answer === undefined) process.exit(7);
const body = await answer.text();
const output = given['-o'] ?? given['--output'];
if (output !== undefined) writeFileSync(output, body);
else if (!fails || answer.status < 400) process.stdout.write(body);
process.stdout.write((given['-w'] ?? given['--write-out'] ?? '').replaceAll('%{http_code}', String(answer.status)));
process.exitCode = fails && answer.status >= 400 ? 22 : 0;
`;
}
