// The operator against a lab: in this process for speed, or as a process of its own where it must be killed.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import winston from 'winston';
import { type Operator, type OperatorSurroundings, startOperator } from '../../pkg/operator/operator.ts';
import { type OperatorOptions, readOptions } from '../../pkg/operator/options.ts';

/** Arguments of an operator that a lab runs: no lease and free ports, unless told otherwise. */
export function operatorArguments(kubeconfig: string, more: readonly string[] = []): readonly string[] {
  const given = ['--kubeconfig', kubeconfig, '--metrics-address', '127.0.0.1:0', '--health-address', '127.0.0.1:0'];
  return [...given, '--leader-election', 'false', ...more];
}

/** Runs in this process; `lines` gets everything it logs. */
export async function runOperator(
  kubeconfig: string,
  more: readonly string[] = [],
  lines: unknown[] = [],
  surroundings: Partial<Pick<OperatorSurroundings, 'absentMs' | 'identity' | 'lookup' | 'webhookSettleMs'>> = {},
): Promise<Operator> {
  const options = readOptions(operatorArguments(kubeconfig, more), {}) as OperatorOptions;
  const logger = winston.createLogger({ level: 'debug', transports: [new Collector(lines)] });
  const operator = await startOperator(options, {
    logger,
    identity: 'lab-operator',
    env: {},
    ...surroundings,
    onLost: (reason) => lines.push({ message: 'lost the lease', reason }),
  });
  await operator.started;
  return operator;
}

/** The operator as a process. `output` grows as it writes. */
export interface OperatorProcess {
  readonly child: ChildProcess;
  readonly output: string[];
  /** Ends it with the signal and waits for its end. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

const main = fileURLToPath(new URL('../../main.ts', import.meta.url));

/** `program` is a bundle of the operator for whoever starts many. */
export function spawnOperator(kubeconfig: string, more: readonly string[] = [], program = main): OperatorProcess {
  const child = spawn(process.execPath, [program, ...operatorArguments(kubeconfig, more)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  return {
    child,
    output,
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

class Collector extends winston.transports.Stream {
  constructor(lines: unknown[]) {
    super({ stream: process.stdout });
    this.log = (info: unknown, next: () => void): void => {
      lines.push(info);
      next();
    };
  }
}
