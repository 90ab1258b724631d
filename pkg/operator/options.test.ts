// The operator's options: a flag wins over the environment, and a wrong one is told with its name and the mend.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { environmentName, flags, helpText, OptionError, readOptions } from './options.ts';

const defaults = readOptions([], {});

describe('The options', () => {
  test('have defaults that fit a Pod', () => {
    assert.deepEqual(defaults, {
      namespaces: 'all',
      workers: 4,
      logLevel: 'info',
      logFormat: 'json',
      metricsAddress: ':8080',
      healthAddress: ':8081',
      leaderElection: { namespace: undefined, name: 'nifi-operator' },
      kubeconfig: undefined,
      serviceAccountDir: '/var/run/secrets/kubernetes.io/serviceaccount',
      driftPeriodMs: 60_000,
      certManager: true,
      podMonitors: false,
      webhook: undefined,
      flows: false,
      allowedRegistryHosts: [],
    });
  });

  test('come from flags in both notations', () => {
    const options = readOptions(
      [
        '--workers=16',
        '--log-level',
        'debug',
        '--log-format=text',
        '--drift-period=5m',
        '--kubeconfig',
        '/k',
        '--metrics-address=',
      ],
      {},
    );
    assert.deepEqual(options, {
      ...defaults,
      workers: 16,
      logLevel: 'debug',
      logFormat: 'text',
      driftPeriodMs: 300_000,
      kubeconfig: '/k',
      metricsAddress: undefined,
    });
  });

  test('come from the environment where there is no flag', () => {
    const env = { NIFI_OPERATOR_WORKERS: '2', NIFI_OPERATOR_LOG_LEVEL: 'warn', WORKERS: '9' };
    const options = readOptions(['--log-level=error'], env);
    assert.deepEqual([options?.workers, options?.logLevel], [2, 'error']);
  });

  test('leave cert-manager alone', () => {
    assert.equal(readOptions(['--cert-manager=false'], {})?.certManager, false);
    assert.equal(readOptions(['--pod-monitors=true'], {})?.podMonitors, true);
  });

  test('name namespaces once each, blanks aside', () => {
    assert.deepEqual(readOptions(['--watch-namespaces= a, b,a,'], {})?.namespaces, ['a', 'b']);
    assert.equal(readOptions(['--watch-namespaces=,'], {})?.namespaces, 'all');
  });

  test('switch leader election off, or place its Lease', () => {
    assert.equal(readOptions(['--leader-election=false'], {})?.leaderElection, undefined);
    const lease = readOptions(['--leader-election-namespace=ops', '--leader-election-name=mine'], {})?.leaderElection;
    assert.deepEqual(lease, { namespace: 'ops', name: 'mine' });
  });

  test('turn the webhooks on by their address', () => {
    const webhook = {
      address: ':9443',
      certificate: 'secret',
      secret: 'nifi-operator-webhook-tls',
      service: 'nifi-operator-webhook',
      hosts: ['localhost'],
      configuration: 'nifi-operator',
    };
    const given = ['--webhook-address=:9443', '--webhook-certificate=secret', '--webhook-hosts=localhost'];
    assert.deepEqual(readOptions(given, {})?.webhook, webhook);
    assert.equal(readOptions(['--flows=true'], {})?.flows, true);
  });

  const bad: readonly [string, RegExp][] = [
    ['--workers=0', /--workers cannot be "0": give a whole number from 1 to 999/],
    ['--workers=many', /--workers cannot be "many"/],
    ['--log-level=loud', /--log-level cannot be "loud": give one of error, warn, info, debug/],
    ['--log-format=xml', /--log-format cannot be "xml": give one of json, text/],
    ['--metrics-address=8080', /--metrics-address cannot be "8080": give an address such as :8080/],
    ['--health-address=:99999', /--health-address cannot be ":99999"/],
    ['--cert-manager=maybe', /--cert-manager cannot be "maybe": give one of true, false/],
    ['--leader-election=maybe', /--leader-election cannot be "maybe": give one of true, false/],
    [
      '--leader-election-name=Mine',
      /--leader-election-name cannot be "Mine": give the name of an object, in lower case/,
    ],
    ['--leader-election-name=', /--leader-election-name cannot be ""/],
    ['--leader-election-namespace=O.ps', /--leader-election-namespace cannot be "O.ps": give the name of a namespace/],
    ['--drift-period=0s', /--drift-period cannot be "0s": give a duration of at least a second/],
    ['--drift-period=soon', /--drift-period cannot be "soon"/],
    ['--allowed-registry-hosts=https://localhost', /--allowed-registry-hosts cannot be "https:.*give host names/],
    ['--watch-namespaces=a,B!', /--watch-namespaces cannot be "B!": give names of namespaces/],
    ['--webhook-address=9443', /--webhook-address cannot be "9443"/],
    ['--flows=maybe', /--flows cannot be "maybe": give one of true, false/],
    ['--no-such-flag', /no-such-flag.*--help lists the options/s],
    ['argument', /argument.*--help lists the options/s],
  ];
  for (const [argument, message] of bad) {
    test(`refuse ${argument} and say how to mend it`, () => {
      assert.throws(
        () => readOptions([argument], {}),
        (error) => error instanceof OptionError && message.test(error.message),
      );
    });
  }

  test('of webhooks are read only where there are webhooks', () => {
    const wrong = ['--webhook-secret=A/B'];
    assert.equal(readOptions(wrong, {})?.webhook, undefined);
    assert.throws(() => readOptions([...wrong, '--webhook-address=:1'], {}), /--webhook-secret cannot be "A\/B"/);
  });

  test('that are wrong in the environment are told as well', () => {
    assert.throws(() => readOptions([], { NIFI_OPERATOR_WORKERS: '-1' }), OptionError);
  });
});

describe('The help', () => {
  test('is asked for by --help, whatever else is given', () => {
    assert.equal(readOptions(['--workers=0', '--help'], {}), undefined);
  });

  test('lists every flag with its variable', () => {
    for (const flag of Object.keys(flags)) {
      assert.ok(helpText().includes(`--${flag} `), flag);
      assert.ok(helpText().includes(environmentName(flag)), flag);
    }
    assert.equal(environmentName('log-level'), 'NIFI_OPERATOR_LOG_LEVEL');
  });
});
