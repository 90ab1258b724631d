// Which hosts a registry client may not point to, in every spelling that leads there.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refusedHost } from './hosts.ts';

const policy = { allowed: [], apiServer: ['10.96.0.1', 'api.example.com'] };

const refused: readonly (readonly [string, string])[] = [
  ['http://localhost:18080', 'localhost'],
  ['http://LOCALHOST./x', 'localhost'],
  ['https://anything.localhost', 'anything.localhost'],
  ['http://127.0.0.1', '127.0.0.1'],
  ['http://127.1:18080/', '127.0.0.1'],
  ['http://2130706433/', '127.0.0.1'],
  ['http://0x7f.0.0.1', '127.0.0.1'],
  ['http://user:secret@127.0.0.1/', '127.0.0.1'],
  ['ssh://git@127.1/x', '127.0.0.1'],
  ['http://0/', '0.0.0.0'],
  ['http://[::1]:18080', '::1'],
  ['http://[0:0:0:0:0:0:0:1]', '::1'],
  ['http://[::ffff:127.0.0.1]', '::ffff:7f00:1'],
  ['http://[::ffff:169.254.169.254]', '::ffff:a9fe:a9fe'],
  ['http://[fe80::1]', 'fe80::1'],
  ['http://169.254.169.254/latest/meta-data', '169.254.169.254'],
  ['169.254.169.254', '169.254.169.254'],
  ['http://metadata.google.internal', 'metadata.google.internal'],
  ['https://10.96.0.1', '10.96.0.1'],
  ['https://api.example.com:6443', 'api.example.com'],
  ['https://kubernetes.default.svc', 'kubernetes.default.svc'],
  ['https://kubernetes.default.svc.cluster.local:443', 'kubernetes.default.svc.cluster.local'],
  [' http://127.0.0.1 ', '127.0.0.1'],
];

describe('A registry client may not point to', () => {
  for (const [value, host] of refused) test(value, () => assert.equal(refusedHost(value, policy), host));
});

const harmless = [
  'http://nifi-registry.data.svc:18080',
  'https://api.github.com/',
  'api.bitbucket.org',
  'https://127.example.com',
  'http://[2001:db8::1]',
  'http://10.0.0.5',
  'PERSONAL_ACCESS_TOKEN',
  '10 seconds',
  '',
  '-----BEGIN RSA PRIVATE KEY-----\nabc\n',
];

describe('A property may be', () => {
  for (const value of harmless) test(JSON.stringify(value), () => assert.equal(refusedHost(value, policy), undefined));
});

test('A host that the operator allows is let in, and no other', () => {
  const lax = { ...policy, allowed: ['127.0.0.1'] };
  assert.equal(refusedHost('http://127.1:18080', lax), undefined);
  assert.equal(refusedHost('http://127.0.0.2:18080', lax), '127.0.0.2');
});
