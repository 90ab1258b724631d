// The demo's process: `make demo`, or `node e2e/demo/main.ts [--once] [--samples folder] [--timeout seconds]`. Signals and crashes end in the same orderly
// way; a second signal ends at once, and the reapers do the rest.

import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runDemo } from './demo.ts';
import { DemoFailure } from './report.ts';
import { createScreen } from './screen.ts';

const { values } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    samples: { type: 'string', default: fileURLToPath(new URL('../../config/samples/', import.meta.url)) },
    timeout: { type: 'string', default: '180' },
  },
});

class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (ending.signal.aborted) process.exit(130);
    process.stderr.write('\nEnding everything…\n');
    ending.abort(new Interrupted(signal));
  });
}
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  if (ending.signal.aborted) process.exit(1);
  process.exitCode = 1;
  ending.abort(error);
});

// Nothing of this machine's clusters may be reached, by nobody in here.
delete process.env['KUBECONFIG'];

try {
  await runDemo({
    screen: createScreen(process.stdout),
    samples: values.samples,
    once: values.once,
    timeoutMs: Number(values.timeout) * 1000,
    signal: ending.signal,
  });
} catch (error) {
  if (!(error instanceof Interrupted)) {
    process.stderr.write(`${error instanceof DemoFailure ? error.message : String(error)}\n`);
  }
  process.exitCode = error instanceof Interrupted && !values.once ? 0 : 1;
}
process.exit();
