// The operator's process: options in, operator up, signals to a graceful stop. Nothing else is decided here.
// A lost lease ends the process at once: another one may already act.

import { hostname } from 'node:os';
import process from 'node:process';
import { type Operator, startOperator } from './pkg/operator/operator.ts';
import { helpText, OptionError, readOptions } from './pkg/operator/options.ts';
import { createLogger } from './pkg/telemetry/log.ts';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === undefined) {
    process.stdout.write(helpText());
    return;
  }
  const logger = createLogger({ level: options.logLevel, format: options.logFormat });
  const identity = `${process.env['POD_NAME'] ?? hostname()}_${process.pid}`;
  const onLost = (reason: string): void => {
    logger.error('Lost the lease, ending', { reason });
    process.exit(1);
  };
  const running: { operator?: Operator } = {};
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info('Stopping', { signal });
    // Before it is up there is nothing to give back.
    if (running.operator === undefined) process.exit(0);
    running.operator.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('Could not stop in order', { error });
        process.exit(1);
      },
    );
  };
  // Before anything else: no signal ends the first process of a container by itself.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const operator = await startOperator(options, { logger, identity, env: process.env, onLost });
  running.operator = operator;
  logger.info('Started', { namespaces: options.namespaces, workers: options.workers });
  await operator.started;
}

main().catch((error: unknown) => {
  const text =
    error instanceof OptionError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  process.stderr.write(`nifi-operator: ${text}\n`);
  process.exit(error instanceof OptionError ? 2 : 1);
});
