// The operator's options: flags, and for each flag an environment variable of the same name. A flag wins.
// Everything is checked here, so that a wrong option ends the process at once with the option's name and the mend.

import { parseArgs } from 'node:util';
import { parseDuration } from '../schema/duration.ts';
import { type LogFormat, type LogLevel, logLevels } from '../telemetry/log.ts';
import { parseAddress } from '../telemetry/server.ts';

export interface OperatorOptions {
  readonly namespaces: readonly string[] | 'all';
  readonly workers: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly metricsAddress: string | undefined;
  readonly healthAddress: string | undefined;
  readonly leaderElection: { readonly namespace: string | undefined; readonly name: string } | undefined;
  readonly kubeconfig: string | undefined;
  readonly serviceAccountDir: string;
  readonly driftPeriodMs: number;
  /** Whether clusters may have their certificates from cert-manager. */
  readonly certManager: boolean;
  /** Whether clusters with `spec.monitoring` get a PodMonitor. */
  readonly podMonitors: boolean;
  /** Absent: conversion and validation are not offered. */
  readonly webhook: WebhookOptions | undefined;
  /** Whether NiFiFlows are worked on. */
  readonly flows: boolean;
  /** Host names and addresses, lower case. */
  readonly allowedRegistryHosts: readonly string[];
}

export interface WebhookOptions {
  readonly address: string;
  /** Who makes the certificate: the operator, or whoever writes the Secret. */
  readonly certificate: 'operator' | 'secret';
  /** Of the operator's own namespace. */
  readonly secret: string;
  readonly service: string;
  readonly hosts: readonly string[];
  /** Name of the ValidatingWebhookConfiguration. */
  readonly configuration: string;
}

interface Flag {
  readonly default: string;
  readonly help: string;
}

export const flags = {
  'watch-namespaces': { default: '', help: 'Namespaces to watch, separated by commas; empty for all' },
  workers: { default: '4', help: 'Clusters that are worked on at the same time' },
  'log-level': { default: 'info', help: `One of ${logLevels.join(', ')}` },
  'log-format': { default: 'json', help: 'json or text' },
  'metrics-address': { default: ':8080', help: 'Address of /metrics; empty for none' },
  'health-address': { default: ':8081', help: 'Address of /healthz and /readyz; empty for none' },
  'leader-election': { default: 'true', help: 'Whether only the holder of a Lease acts' },
  'leader-election-namespace': { default: '', help: "Namespace of the Lease; the operator's own when empty" },
  'leader-election-name': { default: 'nifi-operator', help: 'Name of the Lease' },
  kubeconfig: { default: '', help: 'A kubeconfig file; the credentials of the Pod when empty' },
  'service-account-dir': {
    default: '/var/run/secrets/kubernetes.io/serviceaccount',
    help: 'Where token, ca.crt and namespace of the Pod are',
  },
  'cert-manager': { default: 'true', help: 'Whether clusters may have their certificates from cert-manager' },
  'pod-monitors': { default: 'false', help: 'Whether clusters with spec.monitoring get a PodMonitor' },
  'allowed-registry-hosts': {
    default: '',
    help: 'Hosts that registry clients may reach although they are inside, separated by commas',
  },
  'drift-period': { default: '60s', help: 'How often NiFi is asked for its view when nothing is under way' },
  'webhook-address': { default: '', help: 'Address of the webhooks of the small schema; empty for none' },
  'webhook-certificate': { default: 'operator', help: 'operator: makes and renews it; secret: somebody else does' },
  'webhook-secret': {
    default: 'nifi-operator-webhook-tls',
    help: "Secret of that certificate, in the operator's own namespace",
  },
  'webhook-service': {
    default: 'nifi-operator-webhook',
    help: "Service of the webhooks, in the operator's own namespace",
  },
  'webhook-hosts': { default: '', help: 'More names in that certificate, separated by commas' },
  'webhook-configuration': { default: 'nifi-operator', help: 'ValidatingWebhookConfiguration that gets the authority' },
  flows: { default: 'false', help: 'Whether NiFiFlows of the small schema are worked on' },
} as const satisfies Record<string, Flag>;

type FlagName = keyof typeof flags;

/** Thrown for an option that cannot be used; the message names it and the mend. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** `WATCH_NAMESPACES` for `--watch-namespaces`, with the prefix that keeps it apart from others'. */
export function environmentName(flag: string): string {
  return `NIFI_OPERATOR_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/** Undefined when help was asked for. Throws OptionError. */
export function readOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): OperatorOptions | undefined {
  const given = parse(argv);
  if (given['help'] === true) return undefined;
  const text = (name: FlagName): string => {
    const flag = given[name];
    return typeof flag === 'string' ? flag : (env[environmentName(name)] ?? flags[name].default);
  };
  const elect = oneOf('leader-election', text('leader-election'), ['true', 'false']) === 'true';
  const namespaces = listOf(text('watch-namespaces'));
  for (const name of namespaces) {
    if (!isNamespace(name)) throw bad('watch-namespaces', name, 'give names of namespaces, separated by commas');
  }
  return {
    namespaces: namespaces.length === 0 ? 'all' : [...new Set(namespaces)],
    workers: wholeNumber('workers', text('workers')),
    logLevel: oneOf('log-level', text('log-level'), logLevels),
    logFormat: oneOf('log-format', text('log-format'), ['json', 'text']),
    metricsAddress: address('metrics-address', text('metrics-address')),
    healthAddress: address('health-address', text('health-address')),
    leaderElection: elect ? lease(text) : undefined,
    kubeconfig: text('kubeconfig') || undefined,
    serviceAccountDir: text('service-account-dir'),
    certManager: oneOf('cert-manager', text('cert-manager'), ['true', 'false']) === 'true',
    podMonitors: oneOf('pod-monitors', text('pod-monitors'), ['true', 'false']) === 'true',
    webhook: webhook(text),
    flows: oneOf('flows', text('flows'), ['true', 'false']) === 'true',
    allowedRegistryHosts: hosts('allowed-registry-hosts', text('allowed-registry-hosts')),
    driftPeriodMs: period('drift-period', text('drift-period')),
  };
}

function lease(text: (name: FlagName) => string): OperatorOptions['leaderElection'] {
  const namespace = text('leader-election-namespace');
  if (namespace !== '' && !isNamespace(namespace))
    throw bad('leader-election-namespace', namespace, 'give the name of a namespace');
  return { namespace: namespace || undefined, name: objectName('leader-election-name', text('leader-election-name')) };
}

function webhook(text: (name: FlagName) => string): WebhookOptions | undefined {
  const at = address('webhook-address', text('webhook-address'));
  if (at === undefined) return undefined;
  return {
    address: at,
    certificate: oneOf('webhook-certificate', text('webhook-certificate'), ['operator', 'secret']),
    secret: objectName('webhook-secret', text('webhook-secret')),
    service: objectName('webhook-service', text('webhook-service')),
    hosts: hosts('webhook-hosts', text('webhook-hosts')),
    configuration: objectName('webhook-configuration', text('webhook-configuration')),
  };
}

export function helpText(): string {
  const lines = Object.entries(flags).map(([name, { default: fallback, help }]) => {
    const value = fallback === '' ? '' : ` (default ${fallback})`;
    return `  --${name.padEnd(28)} ${help}${value}; ${environmentName(name)}`;
  });
  return ['Usage: nifi-operator [options]', '', ...lines, `  --${'help'.padEnd(28)} Show this`, ''].join('\n');
}

function parse(argv: readonly string[]): Readonly<Record<string, unknown>> {
  const options = Object.fromEntries(Object.keys(flags).map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...argv], options: { ...options, help: { type: 'boolean' } } }).values;
  } catch (error) {
    throw new OptionError(`${error instanceof Error ? error.message : String(error)}; --help lists the options`);
  }
}

function bad(name: FlagName, value: string, mend: string): OptionError {
  return new OptionError(`--${name} cannot be "${value}": ${mend}`);
}

function oneOf<T extends string>(name: FlagName, value: string, values: readonly T[]): T {
  const found = values.find((one) => one === value);
  if (found === undefined) throw bad(name, value, `give one of ${values.join(', ')}`);
  return found;
}

function wholeNumber(name: FlagName, value: string): number {
  if (!/^[1-9]\d{0,2}$/u.test(value)) throw bad(name, value, 'give a whole number from 1 to 999');
  return Number(value);
}

function listOf(value: string): readonly string[] {
  return value
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function hosts(name: FlagName, value: string): readonly string[] {
  const given = listOf(value.toLowerCase());
  const wrong = given.find((host) => !/^[a-z0-9._:-]+$/u.test(host));
  if (wrong !== undefined) throw bad(name, wrong, 'give host names or addresses without a scheme, separated by commas');
  return [...new Set(given)];
}

function isNamespace(name: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/u.test(name);
}

function objectName(name: FlagName, value: string): string {
  if (/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/u.test(value)) return value;
  throw bad(name, value, 'give the name of an object, in lower case letters, digits, hyphens and dots');
}

function address(name: FlagName, value: string): string | undefined {
  if (value === '') return undefined;
  try {
    parseAddress(value);
    return value;
  } catch {
    throw bad(name, value, 'give an address such as :8080 or 127.0.0.1:8080');
  }
}

function period(name: FlagName, value: string): number {
  try {
    const ms = parseDuration(value);
    if (ms >= 1000) return ms;
  } catch {
    // Told below, with the same mend as a period that is too short.
  }
  throw bad(name, value, 'give a duration of at least a second, such as 60s');
}
