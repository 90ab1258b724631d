// The log: one line an entry, errors by name, reason and message, and a stack only for who asks for it.

import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import winston from 'winston';
import { KubeApiError } from '../kube/errors.ts';
import { createLogger, type LogFormat, type LogLevel } from './log.ts';

/** What such a logger writes. */
function written(
  options: { level: LogLevel; format: LogFormat },
  use: (log: winston.Logger) => void,
): readonly string[] {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(chunk.toString().trimEnd());
      done();
    },
  });
  const log = createLogger(options);
  log.clear().add(new winston.transports.Stream({ stream }));
  use(log);
  return lines;
}

const refused = new KubeApiError(403, { reason: 'Forbidden', message: 'exceeded quota' });

describe('The log', () => {
  test('is one JSON object a line, with time, level, message and fields', () => {
    const [line = '', ...others] = written({ level: 'info', format: 'json' }, (log) =>
      log.info('hello', { cluster: 'data/prod' }),
    );
    assert.deepEqual(others, []);
    const { timestamp, ...entry } = JSON.parse(line) as Record<string, string>;
    assert.deepEqual(entry, { level: 'info', message: 'hello', cluster: 'data/prod' });
    assert.match(timestamp ?? '', /^\d{4}-\d\d-\d\dT/);
  });

  test('has errors with name, reason, status and message, and no stack', () => {
    const [line = ''] = written({ level: 'info', format: 'json' }, (log) =>
      log.error('reconcile failed', { error: refused }),
    );
    assert.deepEqual((JSON.parse(line) as { error: unknown }).error, {
      name: 'KubeApiError',
      message: 'exceeded quota',
      reason: 'Forbidden',
      status: 403,
    });
  });

  test('has the stack too at level debug', () => {
    const [line = ''] = written({ level: 'debug', format: 'json' }, (log) => log.error('failed', { error: refused }));
    assert.match((JSON.parse(line) as { error: { stack: string } }).error.stack, /log\.test\.ts/);
  });

  test('leaves out what is below its level', () => {
    const lines = written({ level: 'warn', format: 'json' }, (log) => log.info('hello').warn('look'));
    assert.equal(lines.length, 1);
  });

  test('is a plain line for people', () => {
    const [line = ''] = written({ level: 'info', format: 'text' }, (log) =>
      log.warn('slow', { cluster: 'data/prod', ms: 7 }),
    );
    assert.match(line, /^\S+ WARN slow cluster=data\/prod ms=7$/);
  });

  test('stays one line whatever an error says', () => {
    const many = new Error('first\nsecond');
    for (const format of ['json', 'text'] as const) {
      const lines = written({ level: 'info', format }, (log) => log.error('failed', { error: many }));
      assert.equal(lines.join('').split('\n').length, 1, format);
    }
  });
});
