// The operator's log: one JSON object a line on standard output, or plain lines for people.
// Errors are written with name, reason and message; a stack only at debug level. Values are never searched for secrets:
// nothing secret may be given to the log in the first place.

import winston from 'winston';

export type LogFormat = 'json' | 'text';
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export function createLogger(options: { readonly level: LogLevel; readonly format: LogFormat }): winston.Logger {
  const { combine, timestamp, json, printf } = winston.format;
  const errors = winston.format((info) => withErrors(info, options.level === 'debug'))();
  const shape = options.format === 'json' ? json() : printf(textLine);
  return winston.createLogger({
    level: options.level,
    format: combine(errors, timestamp(), shape),
    transports: [new winston.transports.Console()],
  });
}

function withErrors(info: winston.Logform.TransformableInfo, stacks: boolean): winston.Logform.TransformableInfo {
  for (const [key, value] of Object.entries(info)) {
    if (value instanceof Error) info[key] = describe(value, stacks);
  }
  return info;
}

function describe(error: Error, stacks: boolean): Record<string, unknown> {
  const { reason, status } = error as { readonly reason?: unknown; readonly status?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(reason === undefined ? {} : { reason }),
    ...(status === undefined ? {} : { status }),
    ...(stacks ? { stack: error.stack } : {}),
  };
}

function textLine(info: winston.Logform.TransformableInfo): string {
  const { timestamp, level, message, ...fields } = info;
  const rest = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [timestamp, level.toUpperCase(), message, ...rest].join(' ');
}
